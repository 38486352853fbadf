//! From a source Blob to a sealed one, a few segments at a time.

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
/// Sealed segments handed to the browser's blob store at a time, which may keep them on disk.
const SEGMENTS_PER_BLOB: usize = 64;

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
        let segments = (0..content_bytes.div_ceil(SEGMENT_BYTES)).map(|index| {
            let start = index.saturating_mul(SEGMENT_BYTES);
            let end = start.saturating_add(SEGMENT_BYTES).min(content_bytes);
            seal_segment(source, start, end, &encryptor, abort)
        });
        let mut sealed = stream::iter(segments)
            .buffered(SEGMENTS_IN_FLIGHT)
            .try_chunks(SEGMENTS_PER_BLOB);
        let mut done: u64 = 0;
        while let Some(chunk) = sealed.next().await {
            let chunk = chunk.map_err(|error| error.1)?;
            let buffers = Array::new();
            for segment in &chunk {
                done = done.saturating_add(segment.length().into());
                buffers.push(segment);
            }
            parts.push(new_blob(&buffers)?.as_ref());
            chunk.iter().for_each(release);
            progress.report(Phase::Encrypt, done, total);
        }
    }
    let tag = encryptor.finish()?;
    parts.push(&Uint8Array::from(tag.as_slice()));
    let body = new_blob(&parts)?;
    progress.report(Phase::Encrypt, total, total);
    Ok(body)
}

async fn seal_segment(
    source: &Blob,
    start: u64,
    end: u64,
    encryptor: &Encryptor<&BrowserEngine>,
    abort: &Abort,
) -> Result<Uint8Array, Failure> {
    let failed = |cause| Failure::caused(Error::ReadFailed, cause);
    let slice = source
        .slice_with_f64_and_f64(start as f64, end as f64)
        .map_err(failed)?;
    let buffer = abort.wait(slice.array_buffer()).await?.map_err(failed)?;
    let plaintext = Uint8Array::new(&buffer);
    if u64::from(plaintext.length()) != end.saturating_sub(start) {
        return Err(Error::FileChanged.into());
    }
    Ok(encryptor.encrypt(start.div_euclid(BLOCK_BYTES), plaintext).await?)
}

pub(super) fn new_blob(parts: &Array) -> Result<Blob, Failure> {
    Blob::new_with_buffer_source_sequence(parts)
        .map_err(|cause: JsValue| Failure::caused(Error::UnsupportedBrowser("room for the encrypted file"), cause))
}
