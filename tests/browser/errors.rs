//! Errors cross the border as real `Error`s with their code.

use js_sys::{Error as JsError, Promise};
use presealed::{
    Error, Refusal,
    browser::{Failure, promise},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{error_of, get, text};

fn refusal(status: u16) -> Box<Refusal> {
    Box::new(Refusal {
        status,
        service_code: "PreconditionFailed".into(),
        request_id: "4442587FB7D0A2F9".into(),
        ..Refusal::default()
    })
}

fn every_error() -> Vec<Error> {
    vec![
        Error::AuthenticationFailed,
        Error::CommitmentMismatch,
        Error::CommitmentRequired("a suite"),
        Error::EncryptionContextMismatch,
        Error::KeyringMismatch("a wrap"),
        Error::UnwrapFailed,
        Error::WrapFailed,
        Error::LegacyWrappingDisabled("AES"),
        Error::UnauthenticatedModeDisabled("a suite"),
        Error::LegacyDecryptionFailed,
        Error::KmsFailed("why"),
        Error::EnvelopeMissing,
        Error::InstructionFileMissing,
        Error::InstructionFileInUse,
        Error::RotationIncomplete,
        Error::EnvelopeInvalid("why"),
        Error::EnvelopeUnexpected,
        Error::UnsupportedFormat("a format"),
        Error::Truncated,
        Error::ContentTooLarge,
        Error::MetadataTooLarge,
        Error::FileChanged,
        Error::ReadFailed,
        Error::WriteFailed,
        Error::UploadInUse,
        Error::CheckpointFailed,
        Error::PresignFailed("why"),
        Error::ETagHidden,
        Error::LengthHidden,
        Error::UrlExpired(refusal(403)),
        Error::HttpStatus(refusal(403)),
        Error::UploadGone(refusal(404)),
        Error::ConditionUnsupported(refusal(501)),
        Error::ServerSideEncryptionMismatch("AES256".into()),
        Error::UnexpectedAnswer("why"),
        Error::Network,
        Error::Misuse("why".into()),
        Error::UnsupportedBrowser("something"),
        Error::Unreachable("why"),
    ]
}

fn rejection(failure: Failure) -> Promise {
    promise(async { Err::<JsValue, Failure>(failure) })
}

#[wasm_bindgen_test]
async fn every_code_crosses() {
    let mut codes = Vec::new();
    for error in every_error() {
        let (expected, message) = (error.code(), error.to_string());
        let js = error_of(rejection(error.into())).await;
        let js: JsError = js.dyn_into().expect("no JavaScript Error");
        assert_eq!(js.name(), "PresealedError");
        assert_eq!(js.message(), message);
        assert_eq!(text(&js, "code"), expected);
        codes.push(expected);
    }
    assert_eq!(codes, Error::CODES);
}

#[wasm_bindgen_test]
async fn the_stores_answer_is_told_apart() {
    let js = error_of(rejection(Error::HttpStatus(refusal(412)).into())).await;
    assert_eq!(get(&js, "status"), 412);
    assert_eq!(text(&js, "serviceCode"), "PreconditionFailed");
    assert_eq!(text(&js, "requestId"), "4442587FB7D0A2F9");
    assert!(get(&js, "hostId").is_undefined());
}

#[wasm_bindgen_test]
async fn causes_and_abort_reasons_are_handed_back_as_they_are() {
    let thrown: JsValue = js_sys::Object::new().into();
    let js = error_of(rejection(Failure::caused(Error::ReadFailed, thrown.clone()))).await;
    assert!(js_sys::Object::is(&get(&js, "cause"), &thrown));
    let js = error_of(rejection(Failure::aborted(thrown.clone()))).await;
    assert!(js_sys::Object::is(&js, &thrown));
}
