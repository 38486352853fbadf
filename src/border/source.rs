//! What is encrypted: a Blob or File, or bytes in memory.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{Blob, File};

use super::{
    given::{bytes, is_blob, is_file},
    js_error::Failure,
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
    pub(crate) fn into_blob(self) -> Result<Self, Failure> {
        let no_room = |cause| Failure::caused(Error::UnsupportedBrowser("room for the file"), cause);
        Ok(Self::Blob(match self {
            Self::Blob(blob) => blob,
            Self::Bytes(bytes) => Blob::new_with_buffer_source_sequence(&Array::of1(&bytes)).map_err(no_room)?,
        }))
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

/// A buffer, which may be more than the platform has.
fn room(bytes: u32) -> Result<Uint8Array, Error> {
    match Room::new(bytes) {
        Ok(buffer) => Ok(buffer.unchecked_into()),
        Err(_) => Err(Error::UnsupportedBrowser("memory for so many bytes at once")),
    }
}

#[wasm_bindgen]
extern "C" {
    type Room;

    /// As in js-sys, but it may throw.
    #[wasm_bindgen(catch, constructor, js_class = "Uint8Array")]
    fn new(bytes: u32) -> Result<Room, JsValue>;
}
