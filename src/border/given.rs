//! What callers hand in, told by its brand and read without what was added to the roots of prototypes.

use js_sys::{JsString, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

#[wasm_bindgen(module = "/src/border/given.js")]
extern "C" {
    /// A property that the object has, or inherits from anything but a root prototype. Getters and proxies may throw.
    #[wasm_bindgen(catch)]
    pub(crate) fn given(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = isBlob)]
    pub(crate) fn is_blob(value: &JsValue) -> bool;

    #[wasm_bindgen(js_name = isFile)]
    pub(crate) fn is_file(value: &JsValue) -> bool;

    #[wasm_bindgen(js_name = isCryptoKey)]
    pub(crate) fn is_crypto_key(value: &JsValue) -> bool;

    #[wasm_bindgen(js_name = isAbortSignal)]
    pub(crate) fn is_abort_signal(value: &JsValue) -> bool;

    #[wasm_bindgen(js_name = isResponse)]
    pub(crate) fn is_response(value: &JsValue) -> bool;

    /// Whether it is a stream that nobody else reads, or an asynchronous iterable.
    #[wasm_bindgen(js_name = isUnread)]
    pub(crate) fn is_unread(value: &JsValue) -> bool;

    /// Whether what is written to a stream shows only once it is closed.
    #[wasm_bindgen(js_name = isFileStream)]
    pub(crate) fn is_file_stream(value: &JsValue) -> bool;

    #[wasm_bindgen(js_name = bytesOf)]
    fn view(value: &JsValue) -> JsValue;
}

/// The bytes of a `Uint8Array` of any realm, where they are; `None` for anything else.
pub(crate) fn bytes(value: &JsValue) -> Option<Uint8Array> {
    let view = view(value);
    (!view.is_undefined()).then(|| view.unchecked_into())
}

/// A property of an answer; undefined if it is absent or cannot be read.
pub(crate) fn answered(object: &JsValue, name: &str) -> JsValue {
    match object.is_object() {
        true => given(object, name).unwrap_or_default(),
        false => JsValue::UNDEFINED,
    }
}

pub(crate) fn has_method(object: &JsValue, name: &str) -> bool {
    answered(object, name).is_function()
}

/// A string. One with half of a surrogate pair is none: it would become another on its way.
pub(crate) fn text(value: &JsValue) -> Option<String> {
    let text = value.as_string()?;
    let is_whole = !text.contains(char::REPLACEMENT_CHARACTER) || value.unchecked_ref::<JsString>().is_valid_utf16();
    is_whole.then_some(text)
}

/// Undefined if it is absent or cannot be read.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Those of the page or worker: of a frame without an address of its own, the one that it got from its parent.
pub(crate) fn own_origins() -> Vec<String> {
    let global = js_sys::global();
    let origins = [
        property(&property(&global, "location"), "origin"),
        property(&global, "origin"),
    ];
    origins.iter().filter_map(JsValue::as_string).collect()
}
