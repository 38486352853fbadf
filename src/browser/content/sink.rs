//! Where sealed content goes.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::Blob;

use crate::browser::{Failure, crypto::webcrypto::free, js::blob::new_blob};

/// Takes bytes in order, and with them their buffers, which are nobody else's.
pub(crate) enum Sink<'a> {
    Blob(&'a mut BlobSink),
}

impl Sink<'_> {
    pub(crate) async fn write(&mut self, bytes: Uint8Array) -> Result<(), Failure> {
        match self {
            Self::Blob(sink) => sink.write(&bytes),
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
