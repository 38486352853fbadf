//! What an object says of itself, without a key.

use js_sys::Promise;
use presealed::browser::{encrypt, inspect_object};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

use super::{
    get::{Fetch, answer_of_status},
    put::{json, options, requests_of, signer_that_answers},
    support::{
        Stored, answer_with, bag, blob_of, bytes_of, code_of, cross_origin, get, ok, raw_keyring, text, with, without,
    },
};
use crate::official;

fn inspect(signer: &JsValue) -> Promise {
    inspect_object(without(&options(signer), "keyring"))
}

async fn found(answers: &[JsValue]) -> JsValue {
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let _fetch = Fetch::new(answers);
    ok(inspect(&signer)).await
}

fn plain(headers: &JsValue) -> Response {
    answer_with(&JsValue::NULL, headers)
}

async fn sealed(more: &[(&str, &JsValue)]) -> Stored {
    let keyring = ("keyring", &raw_keyring(7));
    Stored::seal(b"content", &bag(&[&[keyring], more].concat())).await
}

#[wasm_bindgen_test]
async fn an_encrypted_object_names_its_format() {
    let stored = sealed(&[]).await;
    let headers = with(
        &stored.headers,
        &[("content-type", &"image/png".into()), ("x-amz-meta-title", &"x".into())],
    );
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let _fetch = Fetch::new(&[plain(&headers).into()]);
    let object = ok(inspect(&signer)).await;
    assert_eq!(
        json(&requests_of(&signer)[0]),
        r#"{"operation":"HeadObject","key":"a/key","headers":{}}"#
    );
    assert_eq!(text(&object, "status"), "encrypted");
    assert_eq!(text(&object, "envelopeIn"), "metadata");
    assert_eq!(text(&object, "contentType"), "image/png");
    assert_eq!(text(&get(&object, "metadata"), "title"), "x");
    assert_eq!(get(&object, "storedLength"), 23);
    let envelope = get(&object, "envelope");
    assert_eq!(text(&envelope, "format"), "V3");
    assert_eq!(text(&envelope, "wrapAlgorithm"), "AES/GCM");
    assert_eq!(json(&get(&object, "requires")), "{}");
    assert!(get(&object, "problem").is_undefined());
}

#[wasm_bindgen_test]
async fn what_opening_takes_is_said() {
    let older = sealed(&[("commitmentPolicy", &"forbid-encrypt-allow-decrypt".into())]).await;
    let object = found(&[older.response().into()]).await;
    assert_eq!(
        json(&get(&object, "requires")),
        r#"{"commitmentPolicy":"require-encrypt-allow-decrypt"}"#
    );
    let cases = [
        (
            official!("v2-cbc-rewrapped-aes-to-aes-java-v1"),
            r#"{"commitmentPolicy":"require-encrypt-allow-decrypt","enableLegacyUnauthenticatedModes":true,"enableLegacyCbcUnderGcmKeys":true}"#,
            "",
        ),
        (
            official!("v1-raw-aes-cbc-java-v1"),
            r#"{"commitmentPolicy":"require-encrypt-allow-decrypt","enableLegacyWrappingAlgorithms":true,"enableLegacyUnauthenticatedModes":true}"#,
            "",
        ),
        (
            official!("v1-raw-rsa-cbc-java-v1"),
            r#"{"commitmentPolicy":"require-encrypt-allow-decrypt","enableLegacyWrappingAlgorithms":true,"enableLegacyUnauthenticatedModes":true}"#,
            "unsupported-format",
        ),
    ];
    for (stored, requires, problem) in cases {
        let file = get(&stored.0, "instruction").as_string();
        let answers = std::iter::once(stored.response(&stored.body())).chain(file.map(|file| plain_file(&file).into()));
        let object = found(&answers.collect::<Vec<_>>()).await;
        assert_eq!(text(&object, "status"), "encrypted");
        assert_eq!(json(&get(&object, "requires")), requires);
        let said = get(&object, "problem");
        match problem {
            "" => assert!(said.is_undefined()),
            code => assert_eq!(text(&said, "code"), code),
        }
    }
}

#[wasm_bindgen_test]
async fn an_instruction_file_is_looked_for() {
    let options = bag(&[("keyring", &raw_keyring(7)), ("envelopeIn", &"instruction-file".into())]);
    let sealed = ok(encrypt(blob_of(b"content").into(), options)).await;
    let file = bytes_of(&get(&get(&sealed, "instructionFile"), "body")).await;
    let head = || plain(&get(&sealed, "headers")).into();
    let file = String::from_utf8(file).unwrap();
    let object = found(&[head(), plain_file(&file).into()]).await;
    assert_eq!(text(&object, "status"), "encrypted");
    assert_eq!(text(&object, "envelopeIn"), "instruction-file");
    // The metadata show that there has to be one.
    let object = found(&[head(), answer_of_status(404, "").into()]).await;
    assert_eq!(text(&object, "status"), "invalid");
    assert_eq!(text(&get(&object, "problem"), "code"), "instruction-file-missing");
    // The object's own part of the envelope was removed, or CORS hides it.
    let bare = bag(&[("content-length", &"23".into()), ("etag", &"\"e\"".into())]);
    let object = found(&[cross_origin(&bare).into(), plain_file(&file).into()]).await;
    assert_eq!(text(&object, "status"), "invalid");
    assert_eq!(text(&get(&object, "problem"), "code"), "envelope-invalid");
    // The way to it is no finding.
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let _fetch = Fetch::new(&[head(), answer_of_status(400, "").into()]);
    assert_eq!(code_of(inspect(&signer)).await, "http-status");
}

fn plain_file(body: &str) -> Response {
    let length = body.len().to_string().into();
    answer_with(&body.into(), &bag(&[("content-length", &length)]))
}

#[wasm_bindgen_test]
async fn no_envelope_is_no_encryption_unless_the_page_sees_nothing() {
    let headers = bag(&[("content-length", &"5".into())]);
    let missing = || answer_of_status(404, "").into();
    let object = found(&[plain(&headers).into(), missing()]).await;
    assert_eq!(text(&object, "status"), "not-encrypted");
    assert!(get(&object, "problem").is_undefined());
    // Of another origin, with an ETag among what CORS exposes, and without.
    let tagged = with(&headers, &[("etag", &"\"e\"".into())]);
    for (headers, status) in [(&tagged, "not-encrypted"), (&headers, "metadata-hidden")] {
        let object = found(&[cross_origin(headers).into(), missing()]).await;
        assert_eq!(text(&object, "status"), status);
    }
}

#[wasm_bindgen_test]
async fn a_broken_envelope_is_told_and_not_thrown() {
    let stored = sealed(&[]).await;
    for (broken, code) in [
        (without(&stored.headers, "x-amz-meta-x-amz-w"), "envelope-invalid"),
        (
            with(&stored.headers, &[("x-amz-meta-x-amz-key-v2", &"AAAA".into())]),
            "envelope-invalid",
        ),
        (
            with(&stored.headers, &[("x-amz-meta-x-amz-d", &"AAAA".into())]),
            "commitment-mismatch",
        ),
    ] {
        let object = found(&[plain(&broken).into()]).await;
        assert_eq!(text(&object, "status"), "invalid");
        assert_eq!(text(&get(&object, "problem"), "code"), code);
    }
}
