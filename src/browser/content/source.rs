//! What is encrypted: a Blob or File, or bytes in memory.

use std::ops::Range;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use crate::browser::{
    Failure,
    crypto::stretch::{Stretch, part},
    js::{abort::Abort, blob::new_blob, reflect::property},
};
use crate::{Error, upload::checkpoint::SourceFacts};

/// Content of known length.
#[derive(Clone)]
pub(crate) enum Source {
    Blob(Blob),
    Bytes(Uint8Array),
}

impl Source {
    pub(crate) fn parse(source: JsValue) -> Result<Self, Failure> {
        // What only looks like a Blob has no size; and what other threads may write to cannot be encrypted.
        let has_size = property(&source, "size").as_f64().is_some();
        let source = match source.dyn_into() {
            Ok(blob) if has_size => return Ok(Self::Blob(blob)),
            Ok(_) => JsValue::UNDEFINED,
            Err(source) => source,
        };
        source
            .dyn_into()
            .ok()
            .filter(|bytes: &Uint8Array| bytes.buffer().is_instance_of::<ArrayBuffer>())
            .map(Self::Bytes)
            .ok_or_else(|| Error::misuse("the source is not a Blob, a File or a Uint8Array of unshared memory").into())
    }

    /// As a Blob, whose content nobody can change any more.
    pub(crate) fn into_blob(self) -> Result<Blob, Failure> {
        match self {
            Self::Blob(blob) => Ok(blob),
            Self::Bytes(bytes) => new_blob(&Array::of1(&bytes)),
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Blob(blob) => blob.size() as u64,
            Self::Bytes(bytes) => bytes.length().into(),
        }
    }

    /// What is known of it without reading it.
    pub(crate) fn facts(&self) -> SourceFacts {
        let file = match self {
            Self::Blob(blob) => blob.dyn_ref::<File>(),
            Self::Bytes(_) => None,
        };
        SourceFacts {
            bytes: self.bytes(),
            name: file.map(File::name),
            last_modified: file.map(|file| file.last_modified() as u64),
        }
    }

    /// Bytes of the source, all of which must be there.
    pub(crate) async fn read(&self, range: Range<u64>, abort: &Abort) -> Result<Stretch, Failure> {
        let stretch = match self {
            Self::Blob(blob) => Stretch::of_the_page(read(blob, range.clone(), abort).await?),
            Self::Bytes(bytes) => Stretch::of_the_caller(part(bytes, range.start as u32, range.end as u32)?),
        };
        if u64::from(stretch.bytes.length()) != range.end.saturating_sub(range.start) {
            return Err(Error::FileChanged.into());
        }
        Ok(stretch)
    }
}

async fn read(blob: &Blob, range: Range<u64>, abort: &Abort) -> Result<Uint8Array, Failure> {
    let failed = |cause| Failure::caused(Error::ReadFailed, cause);
    let slice = blob
        .slice_with_f64_and_f64(range.start as f64, range.end as f64)
        .map_err(failed)?;
    let buffer = abort.wait(slice.array_buffer()).await?.map_err(failed)?;
    Ok(Uint8Array::new(&buffer))
}
