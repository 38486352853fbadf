//! Errors cross the border as real `Error`s with their code.

use js_sys::{Error as JsError, Function, Object};
use presealed::border::{Journey, abort_upload, inspect_object};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{End, drive, get, id, object, pairs, polluted, presigned, reading, text};

const REFUSAL: &str = "<Error><Code>PreconditionFailed</Code><RequestId>4442587FB7D0A2F9</RequestId></Error>";

pub fn assert_error(error: &JsValue, code: &str) {
    let error: &JsError = error.dyn_ref().expect("no JavaScript Error");
    assert_eq!(error.name(), "PresealedError");
    assert_eq!(text(error, "code"), code, "{}", error.message());
    assert_ne!(error.message(), "");
}

async fn inspected(answer: impl Fn(&Journey, &str, &JsValue)) -> End {
    let journey = inspect_object(reading()).unwrap();
    drive(&journey, async |name, step| answer(&journey, name, step)).await
}

async fn refused() -> JsValue {
    let upload = object([("key", "k".into()), ("uploadId", "u".into())]);
    let options = object([("presign", Function::new_no_args("").into()), ("resume", upload)]);
    let journey = abort_upload(options).unwrap();
    let end = drive(&journey, async |name, step| match name {
        "presign" => presigned(&journey, step),
        "send" => journey.head(id(step), 412, pairs(&[]), true, false, REFUSAL.into(), false),
        "lock" => journey.held(id(step)),
        name => assert_eq!(name, "release"),
    });
    end.await.error()
}

#[wasm_bindgen_test]
async fn the_stores_answer_is_told_apart() {
    let error = refused().await;
    assert_error(&error, "http-status");
    assert_eq!(get(&error, "status"), 412);
    assert_eq!(text(&error, "serviceCode"), "PreconditionFailed");
    assert_eq!(text(&error, "requestId"), "4442587FB7D0A2F9");
    assert!(get(&error, "hostId").is_undefined());
    assert!(get(&error, "cause").is_undefined());
    // As of any error, `console.log` shows them, and JSON does not.
    assert_eq!(Object::keys(&error.unchecked_into::<Object>()).length(), 0);
}

#[wasm_bindgen_test]
async fn causes_are_handed_back_as_they_are() {
    for thrown in [
        Object::new().into(),
        JsValue::NULL,
        "thrown".into(),
        JsError::new("own").into(),
    ] {
        let end = inspected(|journey, name, step| {
            assert_eq!(name, "presign");
            journey.failed(id(step), thrown.clone(), true);
        });
        let error = end.await.error();
        assert_error(&error, "presign-failed");
        assert!(Object::is(&get(&error, "cause"), &thrown));
    }
}

#[wasm_bindgen_test]
async fn who_stops_gets_no_error_of_ours() {
    let journey = inspect_object(reading()).unwrap();
    let end = drive(&journey, async |name, step| {
        assert_eq!(name, "presign");
        journey.stop();
        let steps = journey.next().unwrap();
        assert_eq!(text(&steps.get(0), "do"), "cancel");
        journey.failed(id(step), JsValue::UNDEFINED, true);
    });
    let End(end) = end.await;
    assert_eq!(text(&end, "how"), "stopped");
    assert!(get(&end, "value").is_undefined());
}

#[wasm_bindgen_test]
fn errors_are_whole_whatever_the_prototype_of_objects_holds() {
    for name in ["value", "code", "cause", "status"] {
        let error = polluted(vec![name.into()], &"other".into(), &mut || {
            inspect_object(object([("key", 1.into())])).err().unwrap()
        });
        assert_error(&error, "misuse");
    }
}
