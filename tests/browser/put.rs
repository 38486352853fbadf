//! PutObject against a store and a signer that are doubles: what is signed is what is sent.

use js_sys::{Array, Object, Promise, Reflect};
use presealed::browser::{open_object, put_object};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Opened, answer_with, array, bag, blob_of, bytes_of, code_of, get, noise, number, ok, raw_keyring, text, with,
    without,
};

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    #[wasm_bindgen(js_name = signerThatAnswers)]
    pub fn signer_that_answers(answer: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = storeThatAnswers)]
    fn store_that_answers(answers: &Array, on_send: &JsValue) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    type Double;

    #[wasm_bindgen(method)]
    fn restore(this: &Double);
}

/// A double in the place of a global, for as long as this lives.
pub struct Store(pub JsValue);

impl Store {
    pub fn new(answers: &[JsValue]) -> Self {
        Self::watched(answers, &JsValue::UNDEFINED)
    }

    pub fn watched(answers: &[JsValue], on_send: &JsValue) -> Self {
        Self(store_that_answers(&answers.iter().collect(), on_send))
    }

    pub fn requests(&self) -> Vec<JsValue> {
        get(&self.0, "requests").unchecked_into::<Array>().to_vec()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.0.unchecked_ref::<Double>().restore();
    }
}

pub fn stored() -> JsValue {
    bag(&[("status", &200.into()), ("headers", &bag(&[("etag", &"\"e\"".into())]))])
}

pub fn answer(status: u16, text: &str) -> JsValue {
    bag(&[("status", &status.into()), ("text", &text.into())])
}

pub fn options(signer: &JsValue) -> JsValue {
    bag(&[
        ("key", &"a/key".into()),
        ("presign", &get(signer, "presign")),
        ("keyring", &raw_keyring(7)),
    ])
}

pub fn requests_of(signer: &JsValue) -> Vec<JsValue> {
    get(signer, "requests").unchecked_into::<Array>().to_vec()
}

fn put(content: &[u8], options: &JsValue) -> Promise {
    put_object(blob_of(content).into(), options.clone())
}

pub fn json(value: &JsValue) -> String {
    js_sys::JSON::stringify(value).unwrap().into()
}

#[wasm_bindgen_test]
async fn sends_what_was_signed() {
    let signer = signer_that_answers(&bag(&[("headers", &bag(&[("X-Amz-Checksum-Crc32", &"AAAA".into())]))]));
    let store = Store::new(&[stored()]);
    let content = noise(300_000);
    let options = with(
        &options(&signer),
        &[
            ("contentType", &"image/png".into()),
            ("metadata", &bag(&[("title", &"holiday".into())])),
            ("ifNoneMatch", &"*".into()),
            ("serverSideEncryption", &bag(&[("mode", &"SSE-S3".into())])),
        ],
    );
    let result = ok(put(&content, &options)).await;
    assert_eq!(text(&result, "key"), "a/key");
    assert_eq!(text(&result, "eTag"), "\"e\"");
    assert_eq!(number(&result, "contentLength"), 300_016.0);

    let [signed] = &requests_of(&signer)[..] else {
        panic!("presigned more than once")
    };
    assert_eq!(text(signed, "operation"), "PutObject");
    assert_eq!(number(signed, "contentLength"), 300_016.0);
    let [sent] = &store.requests()[..] else {
        panic!("sent more than once")
    };
    assert_eq!(
        (text(sent, "method").as_str(), text(sent, "url").as_str()),
        ("PUT", "https://store.test/1")
    );
    let headers = get(signed, "headers");
    for (name, value) in [
        ("content-type", "image/png"),
        ("if-none-match", "*"),
        ("x-amz-meta-title", "holiday"),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-meta-x-amz-c", "115"),
    ] {
        assert_eq!(text(&headers, name), value);
    }
    // All of them, and the one that the signer added.
    let all = with(&headers, &[("x-amz-checksum-crc32", &"AAAA".into())]);
    let sorted = |object: &JsValue| Object::entries(object.unchecked_ref()).sort();
    assert_eq!(json(&sorted(&get(sent, "headers"))), json(&sorted(&all)));

    let body = bytes_of(&get(sent, "body")).await;
    let headers = with(&headers, &[("content-length", &body.len().to_string().into())]);
    let reading = bag(&[("keyring", &get(&options, "keyring"))]);
    let opened = ok(open_object(answer_with(&array(&body), &headers).into(), reading)).await;
    assert!(bytes_of(&ok(opened.unchecked_ref::<Opened>().blob()).await).await == content);
}

#[wasm_bindgen_test]
async fn a_type_that_tells_nothing_is_the_default() {
    let (signer, _store) = (signer_that_answers(&JsValue::UNDEFINED), Store::new(&[stored()]));
    ok(put(b"content", &options(&signer))).await;
    let headers = get(&requests_of(&signer)[0], "headers");
    assert_eq!(text(&headers, "content-type"), "application/octet-stream");
}

#[wasm_bindgen_test]
async fn resends_the_very_bytes_after_a_failure() {
    let (signer, store) = (
        signer_that_answers(&JsValue::UNDEFINED),
        Store::new(&[answer(500, ""), "no answer".into(), stored()]),
    );
    ok(put(&noise(5000), &options(&signer))).await;
    let sent = store.requests();
    // Not after the 500, which was an answer; a missing one may have been a URL that expired, hidden by CORS.
    assert_eq!((sent.len(), requests_of(&signer).len()), (3, 2));
    let first = bytes_of(&get(&sent[0], "body")).await;
    for again in &sent[1..] {
        assert!(
            bytes_of(&get(again, "body")).await == first,
            "other bytes under the same key"
        );
        assert_eq!(json(&get(again, "headers")), json(&get(&sent[0], "headers")));
    }
}

#[wasm_bindgen_test]
async fn progress_never_goes_back() {
    let going = |loaded: &[u32]| loaded.iter().map(|bytes| JsValue::from(*bytes)).collect::<Array>();
    let failing = with(&answer(503, ""), &[("progress", &going(&[100, 4000]))]);
    let good = with(&stored(), &[("progress", &going(&[50, 3000, 5016]))]);
    let (signer, _store) = (signer_that_answers(&JsValue::UNDEFINED), Store::new(&[failing, good]));
    let reports = Array::new();
    let kept = reports.clone();
    let on_progress = Closure::<dyn FnMut(JsValue)>::new(move |report| {
        kept.push(&report);
    });
    ok(put(
        &noise(5000),
        &with(&options(&signer), &[("onProgress", on_progress.as_ref())]),
    ))
    .await;
    let done = |phase: &str| -> Vec<f64> {
        let of_phase = reports.iter().filter(|report| text(report, "phase") == phase);
        of_phase.map(|report| number(&report, "bytesDone")).collect()
    };
    assert_eq!(done("upload"), [100.0, 4000.0, 5016.0]);
    assert_eq!(done("encrypt").last(), Some(&5016.0));
    assert!(reports.iter().all(|report| number(&report, "bytesTotal") == 5016.0));
}

#[wasm_bindgen_test]
async fn plaintext_leaves_only_if_asked_for_by_name() {
    let (signer, store) = (signer_that_answers(&JsValue::UNDEFINED), Store::new(&[stored()]));
    let s3 = bag(&[("mode", &"SSE-S3".into())]);
    let bare = without(&options(&signer), "keyring");
    let by_name = with(&bare, &[("clientSideEncryption", &"none".into())]);
    for refused in [
        bare.clone(),
        with(&bare, &[("serverSideEncryption", &s3)]),
        with(&bare, &[("keyring", &JsValue::NULL), ("serverSideEncryption", &s3)]),
        by_name.clone(),
        with(&by_name, &[("keyring", &raw_keyring(7)), ("serverSideEncryption", &s3)]),
        with(
            &bare,
            &[("clientSideEncryption", &"NONE".into()), ("serverSideEncryption", &s3)],
        ),
    ] {
        assert_eq!(code_of(put(b"content", &refused)).await, "misuse");
    }
    assert_eq!(
        (store.requests().len(), requests_of(&signer).len()),
        (0, 0),
        "something was sent"
    );

    ok(put(b"content", &with(&by_name, &[("serverSideEncryption", &s3)]))).await;
    let sent = &store.requests()[0];
    assert_eq!(bytes_of(&get(sent, "body")).await, b"content");
    let names: Vec<String> = Reflect::own_keys(&get(sent, "headers"))
        .unwrap()
        .iter()
        .filter_map(|name| name.as_string())
        .collect();
    assert_eq!(names, ["content-type", "x-amz-server-side-encryption"]);
}

#[wasm_bindgen_test]
async fn server_side_modes_have_their_headers() {
    let context = bag(&[("a", &"b".into())]);
    let of = |entries: &[(&str, &JsValue)]| bag(entries);
    let modes = [
        (of(&[("mode", &"SSE-KMS".into())]), vec![("", "aws:kms")]),
        (
            of(&[
                ("mode", &"SSE-KMS".into()),
                ("keyId", &"alias/x".into()),
                ("encryptionContext", &context),
                ("bucketKeyEnabled", &true.into()),
            ]),
            vec![
                ("", "aws:kms"),
                ("-aws-kms-key-id", "alias/x"),
                ("-context", "eyJhIjoiYiJ9"),
                ("-bucket-key-enabled", "true"),
            ],
        ),
        (of(&[("mode", &"DSSE-KMS".into())]), vec![("", "aws:kms:dsse")]),
        (
            of(&[("mode", &"SSE-C".into()), ("key", &array(&[0; 32]))]),
            vec![
                ("-customer-algorithm", "AES256"),
                ("-customer-key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                ("-customer-key-md5", "cLyPS3KoaSFGi/joRB3OUQ=="),
            ],
        ),
    ];
    for (mode, expected) in modes {
        let (signer, store) = (signer_that_answers(&JsValue::UNDEFINED), Store::new(&[stored()]));
        ok(put(
            b"content",
            &with(&options(&signer), &[("serverSideEncryption", &mode)]),
        ))
        .await;
        let headers = get(&store.requests()[0], "headers");
        let of_mode = Object::keys(headers.unchecked_ref::<Object>())
            .iter()
            .filter_map(|name| name.as_string())
            .filter(|name| name.starts_with("x-amz-server-side"))
            .count();
        assert_eq!(of_mode, expected.len());
        for (name, value) in expected {
            assert_eq!(text(&headers, &format!("x-amz-server-side-encryption{name}")), value);
        }
    }
}
