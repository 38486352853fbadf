//! WebCrypto of the page or the worker, and what its calls are told.

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::SubtleCrypto;

use super::given::property;
use crate::Error;

/// WebCrypto of the page or the worker.
pub(crate) fn subtle() -> Result<SubtleCrypto, Error> {
    // Outside secure contexts `crypto` is there and `subtle` is not.
    let subtle = property(&property(&js_sys::global(), "crypto"), "subtle");
    match subtle.is_object() {
        true => Ok(subtle.unchecked_into()),
        false => Err(Error::UnsupportedBrowser(
            "WebCrypto; serve the page over https or from localhost",
        )),
    }
}

/// What a call is told, as own properties, all that there are: a missing one would be read through `Object.prototype`, where a
/// `tagLength` of another script's cuts our tags. Defined, not set, as a setter may be there too.
pub(crate) fn told<const N: usize>(members: [(&str, JsValue); N]) -> Result<Object, Error> {
    let entries = members.map(|(name, value)| Array::of2(&name.into(), &value));
    Object::from_entries(&entries.iter().collect::<Array>()).map_err(|_| Error::Unreachable("no object of entries"))
}

/// AES-GCM with whole tags.
pub(crate) fn gcm(iv: &Uint8Array, additional_data: &Uint8Array) -> Result<Object, Error> {
    told([
        ("name", "AES-GCM".into()),
        ("iv", iv.into()),
        ("additionalData", additional_data.into()),
        ("tagLength", 128.into()),
    ])
}

/// For secret bytes that JavaScript had. Those that a caller transferred away have no length, and filling them would throw.
pub(crate) fn wipe(bytes: &Uint8Array) {
    if bytes.length() > 0 {
        bytes.fill(0, 0, bytes.length());
    }
}
