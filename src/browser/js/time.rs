//! Waiting.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: u32);
}

/// Resolves after that time.
pub(crate) fn sleep(milliseconds: u32) -> Promise {
    Promise::new(&mut |resolve, _| set_timeout(&resolve, milliseconds))
}
