//! PutObject when the signer, the store or the caller says no.

use js_sys::{Error as JsError, Function, Object, Promise};
use presealed::browser::put_object;
use wasm_bindgen::{JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use super::{
    put::{Store, answer, options, requests_of, signer_that_answers, stored},
    support::{bag, blob_of, code, code_of, error_of, get, later, noise, number, ok, text, with},
};

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    fn offline(flicker_ms: u32) -> Function;
}

const EXPIRED: &str = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";

fn signer() -> JsValue {
    signer_that_answers(&JsValue::UNDEFINED)
}

fn put(options: &JsValue) -> Promise {
    put_object(blob_of(&noise(5000)).into(), options.clone())
}

#[wasm_bindgen_test]
async fn a_signer_may_not_change_a_header() {
    let store = Store::new(&[]);
    for name in ["x-amz-meta-x-amz-3", "X-Amz-Meta-X-Amz-D", "content-type"] {
        let signer = signer_that_answers(&bag(&[("headers", &bag(&[(name, &"other".into())]))]));
        assert_eq!(code_of(put(&options(&signer))).await, "presign-failed", "{name}");
    }
    assert_eq!(store.requests().len(), 0);
}

#[wasm_bindgen_test]
async fn a_signer_that_throws_is_the_cause() {
    let cause: JsValue = JsError::new("signed out").into();
    for throwing in [
        Function::new_no_args("throw globalThis.presealedCause"),
        Function::new_no_args("return Promise.reject(globalThis.presealedCause)"),
    ] {
        js_sys::Reflect::set(&js_sys::global(), &"presealedCause".into(), &cause).unwrap();
        let store = Store::new(&[]);
        let error = error_of(put(&with(&options(&signer()), &[("presign", &throwing)]))).await;
        assert_eq!(code(&error), "presign-failed");
        assert!(Object::is(&get(&error, "cause"), &cause));
        assert_eq!(store.requests().len(), 0);
    }
}

#[wasm_bindgen_test]
async fn a_signer_that_answers_no_url() {
    let store = Store::new(&[]);
    for body in ["return undefined", "return {}", "return { url: 7 }", "return null"] {
        let presign = Function::new_no_args(body);
        let options = with(&options(&signer()), &[("presign", &presign)]);
        assert_eq!(code_of(put(&options)).await, "presign-failed", "{body}");
    }
    assert_eq!(store.requests().len(), 0);
}

#[wasm_bindgen_test]
async fn an_expired_url_is_presigned_anew() {
    let (signer, store) = (signer(), Store::new(&[answer(403, EXPIRED), stored()]));
    super::support::ok(put(&options(&signer))).await;
    assert_eq!(requests_of(&signer).len(), 2);
    assert_eq!(text(&store.requests()[1], "url"), "https://store.test/2");

    let (signer, store) = (
        self::signer(),
        Store::new(&[403; 6].map(|status| answer(status, EXPIRED))),
    );
    assert_eq!(code_of(put(&options(&signer))).await, "url-expired");
    assert_eq!((requests_of(&signer).len(), store.requests().len()), (6, 6));
}

#[wasm_bindgen_test]
async fn a_refusal_is_final() {
    for (status, document, service_code) in [
        (403, DENIED, "AccessDenied"),
        (
            412,
            "<Error><Code>PreconditionFailed</Code></Error>",
            "PreconditionFailed",
        ),
    ] {
        let store = Store::new(&[answer(status, document)]);
        let error = error_of(put(&options(&signer()))).await;
        assert_eq!(code(&error), "http-status");
        assert_eq!(number(&error, "status"), f64::from(status));
        assert_eq!(text(&error, "serviceCode"), service_code);
        assert_eq!(store.requests().len(), 1);
    }
}

#[wasm_bindgen_test]
async fn without_an_answer_it_gives_up() {
    let store = Store::new(&vec!["no answer".into(); 5]);
    assert_eq!(code_of(put(&options(&signer()))).await, "network");
    assert_eq!(store.requests().len(), 5);
}

#[wasm_bindgen_test]
async fn a_signal_ends_the_request() {
    let controller = AbortController::new().unwrap();
    let reason = bag(&[]);
    let (aborting, given) = (controller.clone(), reason.clone());
    let stop = Closure::<dyn FnMut()>::new(move || aborting.abort_with_reason(&given));
    let store = Store::watched(&["never".into()], stop.as_ref());
    let options = with(&options(&signer()), &[("signal", &controller.signal())]);
    assert!(Object::is(&error_of(put(&options)).await, &reason));
    assert_eq!(number(&store.0, "aborted"), 1.0);
}

#[wasm_bindgen_test]
async fn a_signal_that_fired_sends_nothing() {
    let controller = AbortController::new().unwrap();
    let reason = bag(&[]);
    controller.abort_with_reason(&reason);
    let (signer, store) = (signer(), Store::new(&[]));
    let options = with(&options(&signer), &[("signal", &controller.signal())]);
    assert!(Object::is(&error_of(put(&options)).await, &reason));
    assert_eq!((requests_of(&signer).len(), store.requests().len()), (0, 0));
}

#[wasm_bindgen_test]
async fn what_s3_would_refuse_is_refused_before_the_work() {
    let (signer, store) = (signer(), Store::new(&[]));
    let long = "x".repeat(2000);
    for (name, value, code) in [
        (
            "metadata",
            bag(&[("long", &long.as_str().into())]),
            "metadata-too-large",
        ),
        ("metadata", bag(&[("x-amz-3", &"mine".into())]), "misuse"),
        ("contentType", "text/plain\r\nx: y".into(), "misuse"),
        ("ifNoneMatch", "\"e\"".into(), "misuse"),
        ("key", "".into(), "misuse"),
        ("presign", "https://store.test".into(), "misuse"),
        ("serverSideEncryption", bag(&[("mode", &"AES256".into())]), "misuse"),
    ] {
        assert_eq!(
            code_of(put(&with(&options(&signer), &[(name, &value)]))).await,
            code,
            "{name}"
        );
    }
    assert_eq!((requests_of(&signer).len(), store.requests().len()), (0, 0));
}

#[wasm_bindgen_test]
async fn offline_nothing_is_sent() {
    let store = Store::new(&["no answer".into(), stored()]);
    let back = offline(0);
    let put = put(&options(&signer()));
    // Longer than the wait before any second attempt.
    ok(later(400)).await;
    assert_eq!(store.requests().len(), 1);
    back.call0(&JsValue::UNDEFINED).unwrap();
    ok(put).await;
    assert_eq!(store.requests().len(), 2);
}

#[wasm_bindgen_test]
async fn offline_no_attempt_is_counted() {
    let mut answers = vec![JsValue::from("no answer"); 7];
    answers.push(stored());
    let store = Store::new(&answers);
    let back = offline(5);
    ok(put(&options(&signer()))).await;
    back.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!(store.requests().len(), 8);
}

#[wasm_bindgen_test]
async fn waiting_offline_can_be_stopped() {
    let store = Store::new(&["no answer".into()]);
    let back = offline(0);
    let controller = AbortController::new().unwrap();
    let put = put(&with(&options(&signer()), &[("signal", &controller.signal().into())]));
    ok(later(50)).await;
    controller.abort();
    let error = error_of(put).await;
    back.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!(text(&error, "name"), "AbortError");
    assert_eq!(store.requests().len(), 1);
}
