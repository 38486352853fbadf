//! What is encrypted: a Blob or File, bytes in memory, or a stream.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{Blob, File};

use super::{
    given::{bytes, is_blob, is_file, is_unread},
    js_error::Failure,
};
use crate::{Error, checkpoint::SourceFacts};

/// Content of known length.
#[derive(Clone)]
pub(crate) enum Source {
    Blob(Blob),
    Bytes(Uint8Array),
    /// A `ReadableStream` or an asynchronous iterable, and how many bytes it will give.
    Stream(JsValue, u64),
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
                "the source is not a Blob, a File, a Uint8Array of memory that no other thread has or, for putObject, a stream that nobody reads",
            )
            .into()),
        }
    }

    /// What is to be stored: a Blob, whose content nobody can change any more, or a stream of so many bytes.
    pub(crate) fn parse_stored(source: &JsValue, content_length: Option<u64>) -> Result<Self, Failure> {
        let source = match Self::parse(source) {
            Err(_) if is_unread(source) => {
                let bytes = content_length.ok_or_else(|| Error::misuse("a stream needs its contentLength"))?;
                return Ok(Self::Stream(source.clone(), bytes));
            }
            given => given?.into_blob()?,
        };
        match content_length {
            Some(bytes) if bytes != source.bytes() => {
                Err(Error::misuse("contentLength is not the length of the source").into())
            }
            _ => Ok(source),
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
            Self::Stream(stream, _) => stream,
        }
    }

    pub(crate) const fn is_in_memory(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }

    pub(crate) const fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(..))
    }

    /// As a Blob, whose content nobody can change any more.
    fn into_blob(self) -> Result<Self, Failure> {
        let no_room = |cause| Failure::caused(Error::UnsupportedBrowser("room for the file"), cause);
        match self {
            Self::Bytes(bytes) => {
                let blob = Blob::new_with_buffer_source_sequence(&Array::of1(&bytes)).map_err(no_room)?;
                Ok(Self::Blob(blob))
            }
            source => Ok(source),
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Blob(blob) => blob.size() as u64,
            Self::Bytes(bytes) => bytes.length().into(),
            Self::Stream(_, bytes) => *bytes,
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
