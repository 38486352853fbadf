//! What the browser says of the network.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::browser::js::reflect::{of_navigator, property};

/// Whether a callback failed because the network did. What `fetch` rejects with then is a `TypeError`, also when it comes from another
/// realm or out of a worker.
pub(crate) fn is_network_error(cause: &JsValue) -> bool {
    property(cause, "name") == "TypeError"
}

/// `None` unless the browser says that it is offline.
pub(crate) fn until_online() -> Option<Promise> {
    if of_navigator("onLine") != JsValue::FALSE {
        return None;
    }
    let once = Object::new();
    Reflect::set(&once, &"once".into(), &true.into()).ok()?;
    for name in ["capture", "passive", "signal"] {
        Reflect::set(&once, &name.into(), &JsValue::UNDEFINED).ok()?;
    }
    Some(Promise::new(&mut |resolve, _| {
        add_event_listener("online", &resolve, &once)
    }))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = addEventListener)]
    fn add_event_listener(name: &str, listener: &Function, options: &Object);
}
