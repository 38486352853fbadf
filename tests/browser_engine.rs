//! Which engine a page gets, on the browser's own WebCrypto. In a binary of its own: a page finds it once.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use presealed::border::engine;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    fn failing(error_name: &str, cipher: Option<&str>, iv_length: u32) -> JsValue;
    fn works();
}

fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap()
}

/// What the call ends with, which asks for nothing but secret calls.
async fn found() -> JsValue {
    let journey = engine();
    loop {
        for step in journey.next().unwrap().iter() {
            match get(&step, "do").as_string().unwrap().as_str() {
                "end" => {
                    assert_eq!(get(&step, "how"), "done");
                    return get(&step, "value");
                }
                "release" => {}
                step_name => {
                    assert_eq!(step_name, "secret");
                    let id = get(&step, "id").as_f64().unwrap() as u32;
                    JsFuture::from(journey.start(id).unwrap()).await.unwrap();
                    journey.settled(id, true);
                }
            }
        }
    }
}

#[wasm_bindgen_test]
async fn the_fastest_engine_that_webcrypto_allows_is_found_and_remembered() {
    // What may pass is asked again at the next call.
    failing("OperationError", None, 0);
    assert_eq!(found().await, "software");
    failing("OperationError", Some("AES-GCM"), 16);
    assert_eq!(found().await, "ctr+ghash");
    works();
    assert_eq!(found().await, "stitched");
    // It is known from now on.
    let calls = failing("NotSupportedError", None, 0);
    assert_eq!(found().await, "stitched");
    assert_eq!(get(&calls, "count"), 0);
    works();
}
