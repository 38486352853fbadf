//! An AbortSignal stops the work, and its reason is handed back as it is.

use js_sys::Object;
use presealed::browser::{encrypt, open_object};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use super::support::{
    Opened, Stored, answer_with, array, bag, blob_of, blob_that_aborts, body_in_chunks, drain, error_of,
    file_that_remembers, get, later, noise, number, ok, raw_keyring, with,
};

fn options() -> JsValue {
    bag(&[("keyring", &raw_keyring(7))])
}

fn stoppable() -> (AbortController, JsValue) {
    let controller = AbortController::new().unwrap();
    let options = with(&options(), &[("signal", &controller.signal())]);
    (controller, options)
}

fn reason() -> JsValue {
    bag(&[("why", &"enough".into())])
}

#[wasm_bindgen_test]
async fn before_the_start() {
    let stored = Stored::seal(b"content", &options()).await;
    let (controller, options) = stoppable();
    let reason = reason();
    controller.abort_with_reason(&reason);
    let work = [
        encrypt(blob_of(b"content").into(), options.clone()),
        open_object(stored.response().into(), options),
    ];
    for promise in work {
        assert!(Object::is(&error_of(promise).await, &reason));
    }
}

#[wasm_bindgen_test]
async fn without_a_reason_it_is_an_abort_error() {
    let (controller, options) = stoppable();
    controller.abort();
    let error = error_of(encrypt(blob_of(b"content").into(), options)).await;
    assert_eq!(get(&error, "name"), "AbortError");
}

#[wasm_bindgen_test]
async fn while_the_source_is_read() {
    let (controller, options) = stoppable();
    let reason = reason();
    let source = blob_that_aborts(&controller, &reason);
    assert!(Object::is(&error_of(encrypt(source.into(), options)).await, &reason));
}

#[wasm_bindgen_test]
async fn while_bytes_in_memory_are_sealed() {
    let (controller, options) = stoppable();
    let reason = reason();
    let given = reason.clone();
    let stop = Closure::<dyn FnMut()>::new(move || controller.abort_with_reason(&given));
    let options = with(&options, &[("onProgress", stop.as_ref())]);
    let error = error_of(encrypt(array(&noise(3_000_000)).into(), options)).await;
    assert!(Object::is(&error, &reason));
}

#[wasm_bindgen_test]
async fn while_the_content_is_fetched() {
    let stored = Stored::seal(&noise(3_000_000), &options()).await;
    let (controller, options) = stoppable();
    let reason = reason();
    let given = reason.clone();
    let stop = Closure::<dyn FnMut() -> JsValue>::new(move || {
        controller.abort_with_reason(&given);
        // The next chunk never comes.
        js_sys::Promise::new(&mut |_, _| ()).into()
    });
    let body = body_in_chunks(&array(&stored.body), 1_000_000, stop.as_ref());
    let response = answer_with(&get(&body, "stream"), &stored.headers);
    let opened: Opened = ok(open_object(response.into(), options)).await.unchecked_into();
    let file = file_that_remembers();
    assert!(Object::is(&error_of(opened.save_to(&file)).await, &reason));
    assert_eq!(get(&file, "closed"), false);
    assert_eq!(get(&file, "aborted"), true);
    assert!(number(&file, "bytesWritten") < 3_000_000.0);
    assert_eq!(get(&body, "cancelled"), true);
}

/// The connection ends while the writing side waits for a reader that does not come.
#[wasm_bindgen_test]
async fn while_nobody_reads_the_stream() {
    let stored = Stored::seal(&noise(3_000_000), &options()).await;
    let (controller, options) = stoppable();
    let body = body_in_chunks(&array(&stored.body), 65_536, &JsValue::UNDEFINED);
    let response = answer_with(&get(&body, "stream"), &stored.headers);
    let opened: Opened = ok(open_object(response.into(), options)).await.unchecked_into();
    let stream = opened.delayed_authentication_stream().unwrap();
    ok(later(100)).await;
    assert_eq!(get(&body, "cancelled"), false);
    controller.abort_with_reason(&reason());
    ok(later(100)).await;
    assert_eq!(get(&body, "cancelled"), true);
    let read = ok(drain(&stream)).await;
    assert_eq!(get(&get(&read, "error"), "why"), "enough");
}

#[wasm_bindgen_test]
async fn a_signal_that_does_not_fire_changes_nothing() {
    let (controller, options) = stoppable();
    let stored = Stored::seal(b"content", &options).await;
    let opened = stored.open(&options).await;
    ok(opened.blob()).await;
    // Nobody is left to hear it.
    controller.abort();
}
