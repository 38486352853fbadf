//! Properties of objects that may be anything.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// Undefined if it is absent or cannot be read.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Something that a browser may not have, of `navigator`'s.
pub(crate) fn of_navigator(name: &str) -> JsValue {
    property(&property(&js_sys::global(), "navigator"), name)
}
