//! The ways to read an object: each gives the content, once, and none gives it before it is verified except the one
//! that says so by name.

use js_sys::{Promise, Uint8Array};
use presealed::browser::open_object;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::ReadableStreamDefaultReader;

use super::support::{
    Opened, Stored, answer_with, array, bag, body_in_chunks, bytes_of, code, code_of, drain, error_of,
    file_that_cannot_be_written, file_that_refuses, file_that_remembers, get, later, noise, number, ok, raw_keyring,
    read_real_file, real_file,
};

#[wasm_bindgen]
extern "C" {
    type File;

    #[wasm_bindgen(method)]
    fn content(this: &File) -> JsValue;
    #[wasm_bindgen(method, js_name = getFile)]
    fn get_file(this: &File) -> Promise;
}

const LENGTH: usize = 700_001;

fn options() -> JsValue {
    bag(&[("keyring", &raw_keyring(7))])
}

async fn sealed() -> Stored {
    Stored::seal(&noise(LENGTH), &options()).await
}

async fn broken() -> Stored {
    let mut stored = sealed().await;
    *stored.body.last_mut().unwrap() ^= 1;
    stored
}

async fn drained(stream: &JsValue) -> (Vec<u8>, JsValue) {
    let read = ok(drain(stream)).await;
    (
        get(&read, "bytes").unchecked_into::<Uint8Array>().to_vec(),
        get(&read, "error"),
    )
}

#[wasm_bindgen_test]
async fn a_blob() {
    let opened = sealed().await.open(&options()).await;
    assert!(bytes_of(&ok(opened.blob()).await).await == noise(LENGTH));
}

#[wasm_bindgen_test]
async fn a_verified_stream() {
    let opened = sealed().await.open(&options()).await;
    let (bytes, error) = drained(&ok(opened.stream()).await).await;
    assert!(bytes == noise(LENGTH) && error.is_undefined());
    let opened = broken().await.open(&options()).await;
    assert_eq!(code_of(opened.stream()).await, "authentication-failed");
}

#[wasm_bindgen_test]
async fn a_stream_before_verification() {
    let opened = sealed().await.open(&options()).await;
    let stream = opened.delayed_authentication_stream().unwrap();
    let (bytes, error) = drained(&stream).await;
    assert!(bytes == noise(LENGTH) && error.is_undefined());
}

#[wasm_bindgen_test]
async fn a_stream_before_verification_errors_at_its_end() {
    let opened = broken().await.open(&options()).await;
    let stream = opened.delayed_authentication_stream().unwrap();
    let (bytes, error) = drained(&stream).await;
    assert!(bytes == noise(LENGTH), "{} bytes", bytes.len());
    assert_eq!(code(&error), "authentication-failed");
}

#[wasm_bindgen_test]
async fn a_file_appears_once_it_is_verified() {
    let file = file_that_remembers();
    let opened = sealed().await.open(&options()).await;
    ok(opened.save_to(&file)).await;
    assert_eq!(get(&file, "closed"), true);
    assert!(bytes_of(&file.unchecked_ref::<File>().content()).await == noise(LENGTH));
}

#[wasm_bindgen_test]
async fn a_file_that_is_not_verified_is_aborted() {
    let file = file_that_remembers();
    let opened = broken().await.open(&options()).await;
    assert_eq!(code_of(opened.save_to(&file)).await, "authentication-failed");
    assert_eq!(get(&file, "closed"), false);
    assert_eq!(get(&file, "aborted"), true);
    assert_eq!(code(&get(&file, "reason")), "authentication-failed");
}

#[wasm_bindgen_test]
async fn a_file_that_refuses_is_never_closed() {
    let cause: JsValue = js_sys::Error::new("disk full").into();
    let file = file_that_refuses(&cause);
    let opened = sealed().await.open(&options()).await;
    let error = error_of(opened.save_to(&file)).await;
    assert_eq!(code(&error), "write-failed");
    assert_eq!(get(&error, "cause"), cause);
    assert_eq!(get(&file, "closed"), false);
}

#[wasm_bindgen_test]
async fn what_is_no_file_is_refused() {
    for handle in [JsValue::UNDEFINED, bag(&[])] {
        let opened = sealed().await.open(&options()).await;
        let code = code_of(opened.save_to(&handle)).await;
        assert!(code == "misuse" || code == "write-failed", "{code}");
    }
}

#[wasm_bindgen_test]
async fn a_real_file() {
    let handle = ok(real_file()).await;
    if handle.is_undefined() {
        return; // in WebKitGTK alone
    }
    let opened = broken().await.open(&options()).await;
    assert_eq!(code_of(opened.save_to(&handle)).await, "authentication-failed");
    let kept = ok(handle.unchecked_ref::<File>().get_file()).await;
    assert_eq!(number(&kept, "size"), 0.0, "an unverified file was kept");
    let opened = sealed().await.open(&options()).await;
    ok(opened.save_to(&handle)).await;
    let bytes = ok(read_real_file(&handle))
        .await
        .unchecked_into::<Uint8Array>()
        .to_vec();
    assert!(bytes == noise(LENGTH));
}

#[wasm_bindgen_test]
async fn content_is_read_once() {
    let opened = sealed().await.open(&options()).await;
    ok(opened.blob()).await;
    assert_eq!(code_of(opened.blob()).await, "misuse");
    assert_eq!(code_of(opened.stream()).await, "misuse");
    assert_eq!(code(&opened.delayed_authentication_stream().unwrap_err()), "misuse");
    let file = file_that_remembers();
    assert_eq!(code_of(opened.save_to(&file)).await, "misuse");
    assert_eq!(number(&file, "bytesWritten"), 0.0);
}

#[wasm_bindgen_test]
async fn chunks_of_any_size() {
    let stored = sealed().await;
    for chunk in [61, 16_384, 262_144, 262_145, 1_000_000] {
        let body = body_in_chunks(&array(&stored.body), chunk, &JsValue::UNDEFINED);
        let response = answer_with(&get(&body, "stream"), &stored.headers);
        let opened: Opened = ok(open_object(response.into(), options())).await.unchecked_into();
        assert!(
            bytes_of(&ok(opened.blob()).await).await == noise(LENGTH),
            "chunks of {chunk}"
        );
    }
}

/// Chunks that are decrypted where they are.
#[wasm_bindgen_test]
async fn faults_in_large_chunks() {
    let stored = sealed().await;
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut body = stored.body.clone();
        change(&mut body);
        body
    };
    for chunk in [262_144, 300_001, 1_000_000] {
        for (body, expected) in [
            (changed(|body| body[300_000] ^= 1), "authentication-failed"),
            (changed(|body| body.extend([0; 5])), "authentication-failed"),
            (changed(|body| body.truncate(LENGTH - 1)), "truncated"),
        ] {
            let chunks = body_in_chunks(&array(&body), chunk, &JsValue::UNDEFINED);
            let response = answer_with(&get(&chunks, "stream"), &stored.headers);
            let opened: Opened = ok(open_object(response.into(), options())).await.unchecked_into();
            assert_eq!(code_of(opened.blob()).await, expected, "chunks of {chunk}");
        }
    }
}

#[wasm_bindgen_test]
async fn nothing_is_fetched_ahead_of_a_reader_and_a_failure_ends_the_transfer() {
    let mut stored = Stored::seal(&noise(8 << 20), &options()).await;
    let length = stored.body.len();
    stored.body[100] ^= 1;
    let body = body_in_chunks(&array(&stored.body), 65_536, &JsValue::UNDEFINED);
    let response = answer_with(&get(&body, "stream"), &stored.headers);
    let opened: Opened = ok(open_object(response.into(), options())).await.unchecked_into();
    assert_eq!(number(&body, "pulled"), 0.0, "content was read before anyone asked");
    let reader = opened.delayed_authentication_stream().unwrap().get_reader();
    let reader: ReadableStreamDefaultReader = reader.unchecked_into();
    assert_eq!(get(&ok(reader.read()).await, "done"), false);
    // The reader fails, and with it what is behind the stream.
    ok(reader.cancel()).await;
    while get(&body, "cancelled") == false {
        ok(later(1)).await;
    }
    assert!(
        number(&body, "pulled") < length as f64,
        "the whole body was read for nobody"
    );
}

#[wasm_bindgen_test]
async fn content_that_nobody_reads_ends_the_transfer() {
    let stored = sealed().await;
    let untouched = || async {
        let body = body_in_chunks(&array(&stored.body), 65_536, &JsValue::UNDEFINED);
        let response = answer_with(&get(&body, "stream"), &stored.headers);
        let opened: Opened = ok(open_object(response.into(), options())).await.unchecked_into();
        (body, opened)
    };
    let (body, opened) = untouched().await;
    assert_eq!(get(&body, "cancelled"), false);
    opened.free();
    ok(Promise::resolve(&JsValue::UNDEFINED)).await;
    assert_eq!(get(&body, "cancelled"), true);
}

#[wasm_bindgen_test]
async fn a_file_that_cannot_be_opened_leaves_the_content_to_be_read() {
    let opened = sealed().await.open(&options()).await;
    assert_eq!(code_of(opened.save_to(&JsValue::UNDEFINED)).await, "misuse");
    let locked = file_that_cannot_be_written(&"locked".into());
    assert_eq!(code_of(opened.save_to(&locked)).await, "write-failed");
    assert!(bytes_of(&ok(opened.blob()).await).await == noise(LENGTH));
    // Once, though, and a file that was opened for nothing is left as it was.
    let file = file_that_remembers();
    assert_eq!(code_of(opened.save_to(&file)).await, "misuse");
    assert_eq!(
        (get(&file, "closed"), get(&file, "aborted")),
        (false.into(), true.into())
    );
}
