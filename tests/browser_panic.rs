//! After a panic every promise settles. In a binary of its own: nothing works in a module that has panicked.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use js_sys::{Error, Promise, Reflect};
use presealed::browser::{Failure, abandon_pending, engine, promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

async fn assert_rejected(promise: Promise) {
    let error = JsFuture::from(promise).await.expect_err("it should be rejected");
    assert_eq!(Reflect::get(&error, &"name".into()).unwrap(), "PresealedError");
    assert_eq!(Reflect::get(&error, &"code".into()).unwrap(), "unreachable");
    let message = String::from(error.unchecked_into::<Error>().message());
    assert!(message.contains("reload the page"), "{message}");
}

#[wasm_bindgen_test]
async fn promises_settle_after_a_panic() {
    let settled = promise(async { Ok::<JsValue, Failure>("done".into()) });
    assert_eq!(JsFuture::from(settled).await.unwrap(), "done");
    let pending = [0, 1].map(|_| promise(std::future::pending::<Result<JsValue, Failure>>()));
    abandon_pending();
    for promise in pending {
        assert_rejected(promise).await;
    }
    assert_rejected(promise(async { Ok::<JsValue, Failure>("done".into()) })).await;
    assert_rejected(engine()).await;
}
