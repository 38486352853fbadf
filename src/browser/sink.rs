//! Where plaintext goes before anyone may see it.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileSystemWritableFileStream, WritableStream, WritableStreamDefaultWriter};

use super::{Failure, webcrypto::free};
use crate::Error;

/// Takes bytes in order, and with them their buffers, which are nobody else's. One type, so that what fills a sink is compiled once.
pub(super) enum Sink<'a> {
    Blob(&'a mut BlobSink),
    Stream(&'a mut StreamSink),
}

impl Sink<'_> {
    pub(super) async fn write(&mut self, bytes: Uint8Array) -> Result<(), Failure> {
        match self {
            Self::Blob(sink) => sink.write(&bytes),
            Self::Stream(sink) => sink.write(bytes).await,
        }
    }
}

/// Pieces that wait to become a Blob: one of 16 MiB is made three times as fast as 64 of 256 KiB, and written to a file on its way
/// through the browser's own process once instead of 16 times, which takes a fifth off the time.
#[derive(Default)]
struct Gathered(Array);

impl Gathered {
    /// Of 512 KiB each.
    const PIECES: u32 = 16;

    /// A Blob once there are enough.
    fn add(&mut self, bytes: &Uint8Array) -> Result<Option<Blob>, Failure> {
        self.0.push(bytes);
        match self.0.length() < Self::PIECES {
            true => Ok(None),
            false => self.take().map(Some),
        }
    }

    fn take(&mut self) -> Result<Blob, Failure> {
        let blob = new_blob(&self.0)?;
        for bytes in std::mem::take(&mut self.0) {
            // Of plaintext that nothing vouches for yet, no copy stays in the page.
            bytes.dyn_ref().map(free);
        }
        Ok(blob)
    }
}

/// Memory, or the browser's blob store.
#[derive(Default)]
pub(super) struct BlobSink {
    parts: Array,
    gathered: Gathered,
}

impl BlobSink {
    fn write(&mut self, bytes: &Uint8Array) -> Result<(), Failure> {
        if let Some(blob) = self.gathered.add(bytes)? {
            self.parts.push(&blob);
        }
        Ok(())
    }

    pub(super) fn into_blob(mut self) -> Result<Blob, Failure> {
        self.parts.push(self.gathered.take()?.as_ref());
        new_blob(&self.parts)
    }
}

/// A writable stream: a file that appears only when closed, or a reader who asked for delayed authentication.
pub(super) struct StreamSink {
    writer: WritableStreamDefaultWriter,
    /// The browser's own file takes Blobs; any other stream gets the bytes, and may keep them.
    gathered: Option<Gathered>,
}

impl StreamSink {
    pub(super) fn new(stream: &WritableStream) -> Result<Self, Failure> {
        let is_file = stream.is_instance_of::<FileSystemWritableFileStream>();
        Ok(Self {
            writer: stream.get_writer().map_err(failed)?,
            gathered: is_file.then(Gathered::default),
        })
    }

    async fn write(&mut self, bytes: Uint8Array) -> Result<(), Failure> {
        match &mut self.gathered {
            None => self.pass_on(&bytes).await,
            Some(gathered) => match gathered.add(&bytes)? {
                Some(blob) => self.pass_on(&blob).await,
                None => Ok(()),
            },
        }
    }

    async fn pass_on(&self, chunk: &JsValue) -> Result<(), Failure> {
        let written = JsFuture::from(self.writer.write_with_chunk(chunk)).await;
        written.map_err(failed).map(drop)
    }

    /// Makes what was written visible.
    pub(super) async fn close(mut self) -> Result<(), Failure> {
        if let Some(gathered) = &mut self.gathered {
            let last = gathered.take()?;
            self.pass_on(&last).await?;
        }
        JsFuture::from(self.writer.close()).await.map_err(failed).map(drop)
    }

    /// Discards what was written.
    pub(super) async fn discard(self, reason: &JsValue) {
        // The stream may have failed already; then there is nothing to discard.
        let _ = JsFuture::from(self.writer.abort_with_reason(reason)).await;
    }
}

pub(super) fn new_blob(parts: &Array) -> Result<Blob, Failure> {
    Blob::new_with_buffer_source_sequence(parts)
        .map_err(|cause: JsValue| Failure::caused(Error::UnsupportedBrowser("room for the file"), cause))
}

fn failed(cause: JsValue) -> Failure {
    Failure::caused(Error::WriteFailed, cause)
}
