//! What is encrypted: a Blob or File, or bytes in memory.

use std::ops::Range;

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{Blob, File};

use crate::browser::{
    Failure,
    crypto::stretch::{Stretch, part, room},
    js::{
        abort::Abort,
        blob::new_blob,
        given::{bytes, is_blob, is_file},
    },
};
use crate::{Error, checkpoint::SourceFacts};

/// Content of known length.
#[derive(Clone)]
pub(crate) enum Source {
    Blob(Blob),
    Bytes(Uint8Array),
}

impl Source {
    /// What the caller gave, where it is.
    pub(crate) fn parse(source: &JsValue) -> Result<Self, Failure> {
        if is_blob(source) {
            return Ok(Self::Blob(source.unchecked_ref::<Blob>().clone()));
        }
        match bytes(source) {
            Some(bytes) => Ok(Self::Bytes(bytes)),
            None => Err(Error::misuse(
                "the source is not a Blob, a File or a Uint8Array of memory that no other thread has",
            )
            .into()),
        }
    }

    /// As it is now, whatever the caller does with the bytes later; unless they are lent.
    pub(crate) fn into_own(self, lent: bool) -> Result<Self, Failure> {
        match self {
            Self::Bytes(bytes) if !lent => {
                let own = room(bytes.length())?;
                own.set(&bytes, 0);
                Ok(Self::Bytes(own))
            }
            source => Ok(source),
        }
    }

    /// For the shell.
    pub(crate) fn into_js(self) -> JsValue {
        match self {
            Self::Blob(blob) => blob.into(),
            Self::Bytes(bytes) => bytes.into(),
        }
    }

    /// As a Blob, whose content nobody can change any more.
    pub(crate) fn into_blob(self) -> Result<Blob, Failure> {
        match self {
            Self::Blob(blob) => Ok(blob),
            Self::Bytes(bytes) => new_blob(&Array::of1(&bytes)),
        }
    }

    /// A file may be gone, or be another one, since it was chosen: its last byte tells that before any other work is done. Chromium says of one
    /// that is gone that it is empty, and reads nothing of a slice of it; the file itself says that it cannot be read.
    pub(crate) async fn ensure_there(&self, abort: &Abort) -> Result<(), Failure> {
        let Self::Blob(blob) = self else { return Ok(()) };
        let bytes = self.bytes();
        if bytes > 0 {
            return self.read(bytes.saturating_sub(1)..bytes, abort).await.map(drop);
        }
        let failed = |cause| Failure::caused(Error::ReadFailed, cause);
        let read = whole(blob).map_err(failed)?;
        abort.wait(read).await?.map_err(failed)?;
        Ok(())
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
            Self::Blob(blob) if is_file(blob) => Some(blob.unchecked_ref::<File>()),
            _ => None,
        };
        SourceFacts {
            bytes: self.bytes(),
            name: file.map(File::name),
            last_modified: file.map(|file| file.last_modified() as u64),
            fingerprint: None,
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
    let buffer = abort.wait(whole(&slice).map_err(failed)?).await?.map_err(failed)?;
    Ok(Uint8Array::new(&buffer))
}

#[wasm_bindgen]
extern "C" {
    type AnyBlob;

    /// As in web-sys, but a method of the caller's may throw.
    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    fn array_buffer(this: &AnyBlob) -> Result<Promise, JsValue>;
}

fn whole(blob: &Blob) -> Result<Promise, JsValue> {
    blob.unchecked_ref::<AnyBlob>().array_buffer()
}
