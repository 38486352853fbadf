//! What is encrypted: a Blob or File, or bytes in memory.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use crate::browser::{
    Failure,
    crypto::stretch::room,
    js::{
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
}
