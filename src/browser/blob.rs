//! From a source Blob to a sealed one: read in long stretches, sealed in short segments.

use std::ops::Range;

use futures_util::{StreamExt, TryStreamExt, stream};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::{
    BrowserEngine, Failure,
    abort::Abort,
    progress::{Phase, Progress},
    webcrypto::release,
};
use crate::{
    AlgorithmSuite, Error,
    content::{BLOCK_BYTES, Encryptor},
};

/// Bytes of one WebCrypto call. 256 KiB is the fastest measured in Chromium: larger buffers are fresh memory each time.
pub(super) const SEGMENT_BYTES: u64 = 256 * 1024;
/// Calls under way at once: enough to keep the browser's crypto threads busy while the page reads on.
pub(super) const SEGMENTS_IN_FLIGHT: usize = 6;
/// Bytes of one read of the source. In Chromium a file comes at 210 MiB/s in reads of 256 KiB and at 920 in reads of 8 MiB.
const STRETCH_BYTES: u64 = 8 << 20;
/// Reads ahead while others are sealed.
const STRETCHES_IN_FLIGHT: usize = 2;

/// Encrypts the whole source. The source's bytes are read once.
pub(super) async fn seal(
    source: &Blob,
    encryptor: Encryptor<&BrowserEngine>,
    abort: &Abort,
    progress: &Progress,
) -> Result<Blob, Failure> {
    let content_bytes = source.size() as u64;
    let total = AlgorithmSuite::stored_bytes(content_bytes)?;
    let parts = Array::new();
    {
        let stretches = (0..content_bytes.div_ceil(STRETCH_BYTES)).map(|index| {
            let start = index.saturating_mul(STRETCH_BYTES);
            seal_stretch(
                source,
                start..start.saturating_add(STRETCH_BYTES).min(content_bytes),
                &encryptor,
                abort,
            )
        });
        let mut sealed = stream::iter(stretches).buffered(STRETCHES_IN_FLIGHT);
        let mut done: u64 = 0;
        while let Some(segments) = sealed.try_next().await? {
            // The browser's blob store may keep them on disk.
            let buffers = Array::new();
            for segment in &segments {
                done = done.saturating_add(segment.length().into());
                buffers.push(segment);
            }
            parts.push(new_blob(&buffers)?.as_ref());
            segments.iter().for_each(release);
            progress.report(Phase::Encrypt, done, total);
        }
    }
    let tag = encryptor.finish()?;
    parts.push(&Uint8Array::from(tag.as_slice()));
    let body = new_blob(&parts)?;
    progress.report(Phase::Encrypt, total, total);
    Ok(body)
}

/// The sealed segments of a stretch of the source, in their order.
pub(super) async fn seal_stretch(
    source: &Blob,
    stretch: Range<u64>,
    encryptor: &Encryptor<&BrowserEngine>,
    abort: &Abort,
) -> Result<Vec<Uint8Array>, Failure> {
    let plaintext = read(source, stretch.clone(), abort).await?;
    let segments = (stretch.start..stretch.end)
        .step_by(SEGMENT_BYTES as usize)
        .map(|start| {
            let within = start.saturating_sub(stretch.start) as u32;
            let end = within.saturating_add(SEGMENT_BYTES as u32).min(plaintext.length());
            encryptor.encrypt(start.div_euclid(BLOCK_BYTES), plaintext.subarray(within, end))
        });
    let sealed = stream::iter(segments)
        .buffered(SEGMENTS_IN_FLIGHT)
        .try_collect()
        .await?;
    release(&plaintext);
    Ok(sealed)
}

/// Bytes of the source, all of which must be there.
pub(super) async fn read(source: &Blob, range: Range<u64>, abort: &Abort) -> Result<Uint8Array, Failure> {
    let failed = |cause| Failure::caused(Error::ReadFailed, cause);
    let slice = source
        .slice_with_f64_and_f64(range.start as f64, range.end as f64)
        .map_err(failed)?;
    let buffer = abort.wait(slice.array_buffer()).await?.map_err(failed)?;
    let bytes = Uint8Array::new(&buffer);
    if u64::from(bytes.length()) != range.end.saturating_sub(range.start) {
        return Err(Error::FileChanged.into());
    }
    Ok(bytes)
}

pub(super) fn new_blob(parts: &Array) -> Result<Blob, Failure> {
    Blob::new_with_buffer_source_sequence(parts)
        .map_err(|cause: JsValue| Failure::caused(Error::UnsupportedBrowser("room for the encrypted file"), cause))
}
