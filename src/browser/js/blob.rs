//! Blobs, which the browser may keep on disk.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::Blob;

use crate::Error;
use crate::browser::Failure;

pub(crate) fn new_blob(parts: &Array) -> Result<Blob, Failure> {
    Blob::new_with_buffer_source_sequence(parts)
        .map_err(|cause: JsValue| Failure::caused(Error::UnsupportedBrowser("room for the file"), cause))
}
