//! What results look like in JavaScript.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::browser::Failure;
use crate::{Envelope, Error, encryption_context::StringMap};

/// Plain objects and numbers, as JSON would have them.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Failure> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|_| Error::Unreachable("a result has no JavaScript form").into())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvelopeSummary<'a> {
    format: &'static str,
    algorithm_suite: &'static str,
    wrap_algorithm: &'static str,
    encryption_context: &'a StringMap,
    material_description: &'a StringMap,
}

impl<'a> From<&'a Envelope> for EnvelopeSummary<'a> {
    fn from(envelope: &'a Envelope) -> Self {
        let key = envelope.encrypted_data_key();
        Self {
            format: envelope.format(),
            algorithm_suite: envelope.suite().name(),
            wrap_algorithm: key.wrap_algorithm.name(),
            encryption_context: &key.encryption_context.0,
            material_description: &key.material_description.0,
        }
    }
}
