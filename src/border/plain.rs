//! What results look like in JavaScript.

use js_sys::{Array, Map, Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};

use super::js_error::Failure;
use crate::Error;

/// Plain objects and numbers, as JSON would have them.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Failure> {
    let serializer = Serializer::json_compatible().serialize_maps_as_objects(false);
    let made = value.serialize(&serializer);
    made.map(defined)
        .map_err(|_| Error::Unreachable("a result has no JavaScript form").into())
}

/// Maps, also in objects, as objects whose members are defined and not set: what the store says of an object may be named as something that a
/// page has frozen on the prototype of all objects (`constructor`), where setting throws.
fn defined(value: JsValue) -> JsValue {
    if let Some(map) = value.dyn_ref::<Map>() {
        // Of pairs, nothing throws.
        return Object::from_entries(map).unwrap_or_default().into();
    }
    if value.is_object() && !Array::is_array(&value) {
        for name in Object::keys(value.unchecked_ref::<Object>()).iter() {
            // These are its own, and nobody's getters.
            let member = Reflect::get(&value, &name).unwrap_or_default();
            if member.is_object() {
                let _ = Reflect::set(&value, &name, &defined(member));
            }
        }
    }
    value
}
