//! Functions and methods of the caller's.

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};

use crate::browser::js::given::given;

/// One of them, with what it is a method of.
#[derive(Clone)]
pub(crate) struct Callback {
    of: JsValue,
    function: Function,
}

impl Callback {
    pub(crate) const fn new(function: Function) -> Self {
        let of = JsValue::UNDEFINED;
        Self { of, function }
    }

    /// The method of that name, if the object has it.
    pub(crate) fn method(of: &JsValue, name: &str) -> Option<Self> {
        let method = of.is_object().then(|| given(of, name).ok())??;
        let function = method.is_function().then(|| method.unchecked_into())?;
        let of = of.clone();
        Some(Self { of, function })
    }

    pub(crate) fn call(&self, argument: &JsValue) -> Result<JsValue, JsValue> {
        self.function.call1(&self.of, argument)
    }
}
