//! A body that is encrypted while it is read, and sources that are bytes in memory.

use js_sys::{Promise, Uint8Array};
use presealed::browser::{encrypt, encrypt_stream};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AbortController, ReadableStream, ReadableStreamDefaultReader};

use super::support::{
    Stored, array, bag, blob_of, blob_that_fails, blob_that_shrinks, bytes_of, code, code_of, drain, get, noise, ok,
    raw_keyring, with,
};

/// Several stretches, and a last segment that is short.
const LENGTH: usize = 17 * 1024 * 1024 + 5;

fn options() -> JsValue {
    bag(&[("keyring", &raw_keyring(7))])
}

async fn streamed(source: JsValue, options: &JsValue) -> (JsValue, JsValue) {
    let content = ok(encrypt_stream(source, options.clone())).await;
    let read = ok(drain(&get(&content, "body"))).await;
    (content, read)
}

async fn assert_opens(source: JsValue, content: &[u8]) {
    let (sealed, read) = streamed(source, &options()).await;
    assert!(get(&read, "error").is_undefined());
    let body = get(&read, "bytes").unchecked_into::<Uint8Array>().to_vec();
    let stored = Stored::of(&sealed, body);
    let opened = stored.open(&options()).await;
    assert!(bytes_of(&ok(opened.blob()).await).await == content);
}

#[wasm_bindgen_test]
async fn a_stream_of_a_blob_opens() {
    for length in [0, 1, LENGTH] {
        let content = noise(length);
        assert_opens(blob_of(&content).into(), &content).await;
    }
}

#[wasm_bindgen_test]
async fn a_stream_of_bytes_opens_and_leaves_the_bytes_alone() {
    let content = noise(LENGTH);
    let bytes = array(&content);
    assert_opens(bytes.subarray(3, bytes.length()).into(), &content[3..]).await;
    assert!(bytes.to_vec() == content);
}

#[wasm_bindgen_test]
async fn bytes_may_be_sealed_into_a_blob() {
    let content = noise(1000);
    let sealed = ok(encrypt(array(&content).into(), options())).await;
    let stored = Stored::of(&sealed, bytes_of(&get(&sealed, "body")).await);
    let opened = stored.open(&options()).await;
    assert_eq!(bytes_of(&ok(opened.blob()).await).await, content);
}

#[wasm_bindgen_test]
async fn a_source_that_fails_breaks_the_stream() {
    let (_, read) = streamed(blob_that_shrinks().into(), &options()).await;
    assert_eq!(code(&get(&read, "error")), "file-changed");
    let (_, read) = streamed(blob_that_fails(&"gone".into()).into(), &options()).await;
    assert_eq!(code(&get(&read, "error")), "read-failed");
}

#[wasm_bindgen_test]
async fn bytes_that_are_taken_away_after_the_call_are_encrypted_as_they_were() {
    let plaintext = noise(LENGTH);
    let bytes = array(&plaintext);
    let content = encrypt_stream(bytes.clone().into(), options());
    let transfer: js_sys::Function = get(&bytes.buffer(), "transfer").unchecked_into();
    transfer.call0(&bytes.buffer()).unwrap();
    let content = ok(content).await;
    let read = ok(drain(&get(&content, "body"))).await;
    let stored = Stored::of(&content, get(&read, "bytes").unchecked_into::<Uint8Array>().to_vec());
    let opened = stored.open(&options()).await;
    assert!(bytes_of(&ok(opened.blob()).await).await == plaintext);
}

#[wasm_bindgen_test]
async fn an_aborted_stream_errors_with_the_reason() {
    let controller = AbortController::new().unwrap();
    let options = with(&options(), &[("signal", &controller.signal())]);
    let content = ok(encrypt_stream(blob_of(&noise(LENGTH)).into(), options)).await;
    controller.abort_with_reason(&"enough".into());
    let read = ok(drain(&get(&content, "body"))).await;
    assert_eq!(get(&read, "error"), JsValue::from("enough"));
}

#[wasm_bindgen_test]
async fn a_reader_may_leave() {
    let content = ok(encrypt_stream(blob_of(&noise(LENGTH)).into(), options())).await;
    let body: ReadableStream = get(&content, "body").unchecked_into();
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let first = ok(reader.read()).await;
    assert!(!get(&first, "value").unchecked_into::<Uint8Array>().to_vec().is_empty());
    JsFuture::from(reader.cancel()).await.unwrap();
    assert!(get(&ok(reader.read()).await, "done").is_truthy());
}

#[wasm_bindgen_test]
async fn what_is_no_content_is_refused() {
    let calls: [fn(JsValue, JsValue) -> Promise; 2] = [encrypt, encrypt_stream];
    for call in calls {
        for source in [
            JsValue::NULL,
            "text".into(),
            bag(&[]),
            js_sys::ArrayBuffer::new(3).into(),
        ] {
            assert_eq!(code_of(call(source, options())).await, "misuse");
        }
    }
}
