//! Where plaintext goes before anyone may see it.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, WritableStream, WritableStreamDefaultWriter};

use crate::Error;
use crate::browser::{
    Failure,
    crypto::{stretch::room, webcrypto::free},
    js::{blob::new_blob, given::is_file_stream},
};

/// Takes bytes in order, and with them their buffers, which are nobody else's. One type, so that what fills a sink is compiled once.
pub(crate) enum Sink<'a> {
    Blob(&'a mut BlobSink),
    Stream(&'a mut StreamSink),
}

impl Sink<'_> {
    pub(crate) async fn write(&mut self, bytes: Uint8Array) -> Result<(), Failure> {
        match self {
            Self::Blob(sink) => sink.write(&bytes),
            Self::Stream(sink) => sink.write(bytes).await,
        }
    }
}

/// Memory, or the browser's blob store.
#[derive(Default)]
pub(crate) struct BlobSink {
    parts: Array,
    waiting: Array,
}

impl BlobSink {
    /// A Blob of 16 MiB is made three times as fast as 64 of 256 KiB.
    const WAITING: u32 = 32;

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

    pub(crate) fn into_blob(mut self) -> Result<Blob, Failure> {
        self.flush()?;
        new_blob(&self.parts)
    }
}

/// What waits to be written to a file. Each write goes through the browser's own process: 256 MiB come and are written in 2.8 s by pieces of
/// 512 KiB, in 2.4 s by 2 MiB, in 2.3 s by 8 MiB; but of the last, Chromium reports a full disk as a broken pipe.
struct Buffer {
    bytes: Uint8Array,
    filled: u32,
}

impl Buffer {
    const BYTES: u32 = 2 << 20;

    fn new() -> Result<Self, Error> {
        let bytes = room(Self::BYTES)?;
        Ok(Self { bytes, filled: 0 })
    }

    /// Takes what there is room for, and gives back the rest.
    fn add(&mut self, bytes: &Uint8Array) -> Uint8Array {
        let taken = bytes.length().min(Self::BYTES.saturating_sub(self.filled));
        self.bytes.set(&bytes.subarray(0, taken), self.filled);
        self.filled = self.filled.saturating_add(taken);
        bytes.subarray(taken, bytes.length())
    }

    /// What is there; it has to be written before more is added.
    fn take(&mut self) -> Uint8Array {
        self.bytes.subarray(0, std::mem::take(&mut self.filled))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        free(&self.bytes);
    }
}

/// A writable stream: a file that appears only when closed, or a reader who asked for delayed authentication.
///
/// One write is under way while what follows it is made; an error of it is told with the next.
pub(crate) struct StreamSink {
    writer: WritableStreamDefaultWriter,
    under_way: Option<JsFuture>,
    /// The browser's own file copies what it is given, some time until the write has ended; any other stream gets the bytes themselves, and
    /// may keep them.
    buffers: Option<[Buffer; 2]>,
}

impl StreamSink {
    pub(crate) fn new(stream: &WritableStream) -> Result<Self, Failure> {
        let buffers = match is_file_stream(stream) {
            true => Some([Buffer::new()?, Buffer::new()?]),
            false => None,
        };
        Ok(Self {
            writer: stream.get_writer().map_err(failed)?,
            under_way: None,
            buffers,
        })
    }

    async fn write(&mut self, bytes: Uint8Array) -> Result<(), Failure> {
        let Some([filling, _]) = &mut self.buffers else {
            return self.pass_on(&bytes).await;
        };
        let mut rest = filling.add(&bytes);
        while self.fills(Buffer::BYTES) {
            self.flush().await?;
            if let Some([filling, _]) = &mut self.buffers {
                rest = filling.add(&rest);
            }
        }
        free(&bytes);
        Ok(())
    }

    fn fills(&self, bytes: u32) -> bool {
        matches!(&self.buffers, Some([filling, _]) if filling.filled >= bytes)
    }

    /// Has the filled buffer written, and fills the other one from then on.
    async fn flush(&mut self) -> Result<(), Failure> {
        let Some([filling, other]) = &mut self.buffers else {
            return Ok(());
        };
        let bytes = filling.take();
        std::mem::swap(filling, other);
        self.pass_on(&bytes).await
    }

    /// Begins a write once the one before it has ended.
    async fn pass_on(&mut self, bytes: &Uint8Array) -> Result<(), Failure> {
        self.settle().await?;
        self.under_way = Some(JsFuture::from(self.writer.write_with_chunk(bytes)));
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Failure> {
        match self.under_way.take() {
            Some(write) => write.await.map_err(failed).map(drop),
            None => Ok(()),
        }
    }

    /// Makes what was written visible.
    pub(crate) async fn close(mut self) -> Result<(), Failure> {
        if self.fills(1) {
            self.flush().await?;
        }
        self.settle().await?;
        JsFuture::from(self.writer.close()).await.map_err(failed).map(drop)
    }

    /// Discards what was written.
    pub(crate) async fn discard(self, reason: &JsValue) {
        // The stream may have failed already; then there is nothing to discard.
        let _ = JsFuture::from(self.writer.abort_with_reason(reason)).await;
    }
}

fn failed(cause: JsValue) -> Failure {
    Failure::caused(Error::WriteFailed, cause)
}
