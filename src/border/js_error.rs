//! Errors across the border: real JavaScript `Error`s with a stable `code`.

use js_sys::{Error as JsError, Reflect};
use wasm_bindgen::JsValue;

use super::step::object;
use crate::Error;

/// Why an operation ended early. One pointer wide: hundreds of results carry it by value.
#[derive(Debug)]
pub struct Failure(Box<(Error, Option<JsValue>)>);

impl From<Error> for Failure {
    #[inline(never)]
    fn from(error: Error) -> Self {
        Self(Box::new((error, None)))
    }
}

impl Failure {
    /// An error of ours with what a callback or the platform threw.
    pub fn caused(error: Error, cause: JsValue) -> Self {
        Self(Box::new((error, Some(cause))))
    }

    /// What the promise rejects with.
    pub fn into_js(self) -> JsValue {
        let (error, cause) = *self.0;
        let js = JsError::new(&error.to_string());
        // Not set: that throws where a page has frozen what errors inherit from.
        define(&js, "name", NAME.into());
        define(&js, "code", error.code().into());
        if let Some(refusal) = error.refusal() {
            define(&js, "status", refusal.status.into());
            for (name, text) in [
                ("serviceCode", &refusal.service_code),
                ("requestId", &refusal.request_id),
                ("hostId", &refusal.host_id),
            ] {
                if !text.is_empty() {
                    define(&js, name, text.as_str().into());
                }
            }
        }
        if let Some(cause) = cause {
            define(&js, "cause", cause);
        }
        js.into()
    }
}

fn define(error: &JsError, name: &str, value: JsValue) {
    // Defining a property of a fresh error fails only out of memory.
    let _ = Reflect::define_property(error, &name.into(), &object([("value", value)]));
}

const NAME: &str = "PresealedError";
