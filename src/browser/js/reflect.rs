//! Properties of objects that may be anything.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsValue;

/// Undefined if it is absent or cannot be read.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

pub(crate) fn has_method(object: &JsValue, name: &str) -> bool {
    property(object, name).is_function()
}

/// A copy of bytes that the caller may have transferred away: those have no length, and copying them would throw.
pub(crate) fn bytes_of(array: &Uint8Array) -> Vec<u8> {
    match array.length() {
        0 => Vec::new(),
        _ => array.to_vec(),
    }
}

/// Something that a browser may not have, of `navigator`'s.
pub(crate) fn of_navigator(name: &str) -> JsValue {
    property(&property(&js_sys::global(), "navigator"), name)
}
