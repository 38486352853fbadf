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
    Stream(&'a StreamSink),
}

impl Sink<'_> {
    pub(super) async fn write(&mut self, bytes: Uint8Array) -> Result<(), Failure> {
        match self {
            Self::Blob(sink) => sink.write(&bytes),
            Self::Stream(sink) => sink.write(&bytes).await,
        }
    }
}

/// Memory, or the browser's blob store.
#[derive(Default)]
pub(super) struct BlobSink {
    parts: Array,
    waiting: Array,
}

impl BlobSink {
    /// A Blob of 16 MiB is made three times as fast as 64 of 256 KiB.
    const WAITING: u32 = 32;

    pub(super) fn into_blob(mut self) -> Result<Blob, Failure> {
        self.flush()?;
        new_blob(&self.parts)
    }

    fn write(&mut self, bytes: &Uint8Array) -> Result<(), Failure> {
        self.waiting.push(bytes);
        match self.waiting.length() < Self::WAITING {
            true => Ok(()),
            false => self.flush(),
        }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.parts.push(new_blob(&self.waiting)?.as_ref());
        for bytes in std::mem::take(&mut self.waiting) {
            // Of plaintext that nothing vouches for yet, no copy stays in the page.
            bytes.dyn_ref().map(free);
        }
        Ok(())
    }
}

/// A writable stream: a file that appears only when closed, or a reader who asked for delayed authentication.
pub(super) struct StreamSink {
    writer: WritableStreamDefaultWriter,
    /// The browser's own file has copied what was written; any other stream may keep what it was given.
    is_file: bool,
}

impl StreamSink {
    pub(super) fn new(stream: &WritableStream) -> Result<Self, Failure> {
        Ok(Self {
            writer: stream.get_writer().map_err(failed)?,
            is_file: stream.is_instance_of::<FileSystemWritableFileStream>(),
        })
    }

    async fn write(&self, bytes: &Uint8Array) -> Result<(), Failure> {
        JsFuture::from(self.writer.write_with_chunk(bytes))
            .await
            .map_err(failed)?;
        if self.is_file {
            free(bytes);
        }
        Ok(())
    }

    /// Makes what was written visible.
    pub(super) async fn close(self) -> Result<(), Failure> {
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
