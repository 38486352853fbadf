//! What the tests share.

use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

pub fn text(object: &JsValue, name: &str) -> String {
    get(object, name)
        .as_string()
        .unwrap_or_else(|| panic!("{name} is no string"))
}

/// Repeatable bytes with no pattern that a mistake in block order could keep.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ bytes as u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

pub fn array(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

pub async fn ok(promise: Promise) -> JsValue {
    JsFuture::from(promise)
        .await
        .unwrap_or_else(|error| panic!("rejected: {error:?}"))
}

pub async fn error_of(promise: Promise) -> JsValue {
    JsFuture::from(promise).await.expect_err("it should be rejected")
}
