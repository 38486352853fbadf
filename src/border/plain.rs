//! What results look like in JavaScript.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::js_error::Failure;
use crate::Error;

/// Plain objects and numbers, as JSON would have them.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Failure> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|_| Error::Unreachable("a result has no JavaScript form").into())
}
