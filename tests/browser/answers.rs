//! What a store, a signer or a source does that is not as it should be, and what a call makes of it.

use js_sys::{Array, Error as JsError, Object, Promise, Reflect};
use presealed::browser::{abort_upload, get_object, put_object, rewrap_instruction_file};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    get::{Fetch, answer_of_status},
    instruction_files::{request, signed},
    put::{Store, answer, json, options, requests_of, signer_that_answers, stored},
    support::{
        Opened, Stored, answer_with, array, bag, blob_of, blob_that_fails, body_in_chunks, code, code_of, error_of,
        get, noise, number, ok, raw_keyring, text, with, without,
    },
};

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    #[wasm_bindgen(js_name = answerThatBreaks)]
    fn answer_that_breaks(headers: &JsValue, status: u16) -> JsValue;
    fn offline(flicker_ms: u32) -> js_sys::Function;
}

const OBJECT_LOCK: &str = "<Error><Code>InvalidRequest</Code><Message>Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters</Message></Error>";
const NOT_IMPLEMENTED: &str = "<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented.</Message></Error>";

fn signer() -> JsValue {
    signer_that_answers(&JsValue::UNDEFINED)
}

fn put(options: &JsValue) -> Promise {
    put_object(blob_of(b"content").into(), options.clone())
}

fn plain(options: &JsValue) -> JsValue {
    let mode = bag(&[("mode", &"SSE-S3".into())]);
    with(
        &without(options, "keyring"),
        &[
            ("clientSideEncryption", &"none".into()),
            ("serverSideEncryption", &mode),
        ],
    )
}

fn header(request: &JsValue, name: &str) -> Option<String> {
    get(&get(request, "headers"), name).as_string()
}

#[wasm_bindgen_test]
async fn an_error_or_a_page_in_a_200_is_no_success() {
    let late = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>";
    let store = Store::new(&[answer(200, late)]);
    let error = error_of(put(&options(&signer()))).await;
    assert_eq!(
        (code(&error).as_str(), number(&error, "status")),
        ("http-status", 403.0)
    );
    assert_eq!(text(&error, "requestId"), "4442587FB7D0A2F9");
    drop(store);
    let store = Store::new(&[answer(200, "<html>Sign in</html>")]);
    assert_eq!(code_of(put(&options(&signer()))).await, "unexpected-answer");
    drop(store);
    let again = answer(200, "<Error><Code>InternalError</Code></Error>");
    let store = Store::new(&[again, stored()]);
    ok(put(&options(&signer()))).await;
    assert_eq!(store.requests().len(), 2);
}

#[wasm_bindgen_test]
async fn an_upload_that_is_gone_is_told_as_that() {
    let gone = "<Error><Code>NoSuchKey</Code></Error>";
    let _store = Store::new(&[answer(404, gone)]);
    let resume = bag(&[("key", &"a/key".into()), ("uploadId", &"u".into())]);
    let abort = abort_upload(bag(&[("presign", &get(&signer(), "presign")), ("resume", &resume)]));
    assert_eq!(code_of(abort).await, "upload-gone");
}

/// Bytes on the wire that unpack to far more than the page could hold.
#[wasm_bindgen_test]
async fn of_an_answer_without_end_only_a_start_is_read() {
    let pieces: Array = (0..100).map(|_| JsValue::from("x".repeat(100_000))).collect();
    for (status, expected) in [(200, "unexpected-answer"), (403, "http-status")] {
        let store = Store::new(&[bag(&[("status", &status.into()), ("pieces", &pieces)])]);
        assert_eq!(code_of(put(&options(&signer()))).await, expected);
        assert!(number(&store.0, "received") <= 1_200_000.0);
    }
    let body = body_in_chunks(&array(&noise(4 << 20)), 16 << 10, &JsValue::UNDEFINED);
    let refusal = answer_with(&get(&body, "stream"), &JsValue::UNDEFINED);
    let refusal = web_sys::Response::new_with_opt_readable_stream_and_init(refusal.body().as_ref(), &{
        let init = web_sys::ResponseInit::new();
        init.set_status(403);
        init
    });
    let _fetch = Fetch::new(&[refusal.unwrap().into()]);
    assert_eq!(code_of(get_object(options(&signer()))).await, "http-status");
    assert!(
        number(&body, "pulled") <= f64::from((64 + 3 * 16) << 10),
        "{}",
        number(&body, "pulled")
    );
    assert!(get(&body, "cancelled").is_truthy());
}

#[wasm_bindgen_test]
async fn urls_that_a_signer_may_not_give() {
    let location = get(&js_sys::global(), "location");
    let own = text(&location, "origin");
    let store = Store::new(&[stored()]);
    let fetch = Fetch::new(&[]);
    for url in [
        "/api/account",
        "key?X-Amz-Signature=0",
        "//store.test/key",
        "javascript:alert(1)",
        "data:text/plain,x",
        "blob:https://store.test/0",
        "https://user:password@store.test/key",
        "https://store.test/key#fragment",
        &format!("{own}/api/account"),
        &format!("{}/api/account", own.to_uppercase()),
    ] {
        let presign = get(&signer_that_answers(&bag(&[("url", &url.into())])), "presign");
        let options = with(&options(&signer()), &[("presign", &presign)]);
        assert_eq!(code_of(put(&options)).await, "presign-failed", "{url}");
        assert_eq!(code_of(get_object(options)).await, "presign-failed", "{url}");
    }
    assert_eq!((store.requests().len(), fetch.requests().len()), (0, 0));
    let here = signer_that_answers(&bag(&[("url", &format!("{own}/bucket/key").into())]));
    ok(put(&with(&options(&here), &[("storeOnPageOrigin", &true.into())]))).await;
}

#[wasm_bindgen_test]
async fn headers_that_a_signer_may_add() {
    for (name, may) in [
        ("X-Amz-Meta-X-Amz-M", false),
        ("x-amz-meta-x-amz-key-v2", false),
        ("x-amz-server-side-encryption-customer-algorithm", false),
        ("x-amz-server-side-encryption-customer-key", false),
        ("x-amz-server-side-encryption", true),
        ("x-amz-meta-owner", true),
        ("x-amz-tagging", true),
    ] {
        let store = Store::new(&[stored()]);
        let signer = signer_that_answers(&bag(&[("headers", &bag(&[(name, &"v".into())]))]));
        match may {
            true => drop(ok(put(&options(&signer))).await),
            false => assert_eq!(code_of(put(&options(&signer))).await, "presign-failed", "{name}"),
        }
        assert_eq!(store.requests().len(), usize::from(may), "{name}");
    }
}

#[wasm_bindgen_test]
async fn the_key_of_sse_c_is_signed_only_where_that_is_asked_for_by_name() {
    for sign in [false, true] {
        let mode = bag(&[
            ("mode", &"SSE-C".into()),
            ("key", &array(&[0; 32])),
            ("signKey", &sign.into()),
        ]);
        let (signer, store) = (signer(), Store::new(&[stored()]));
        ok(put(&with(&options(&signer), &[("serverSideEncryption", &mode)]))).await;
        for name in ["-key", "-key-md5"] {
            let name = format!("x-amz-server-side-encryption-customer{name}");
            assert_eq!(header(&requests_of(&signer)[0], &name).is_some(), sign);
            assert!(header(&store.requests()[0], &name).is_some());
        }
    }
}

#[wasm_bindgen_test]
async fn a_bucket_that_takes_nothing_without_a_checksum_gets_one() {
    let (signer, store) = (signer(), Store::new(&[answer(400, OBJECT_LOCK), stored()]));
    ok(put(&options(&signer))).await;
    let checksums = store
        .requests()
        .into_iter()
        .map(|sent| header(&sent, "x-amz-checksum-crc64nvme").is_some());
    assert_eq!(checksums.collect::<Vec<_>>(), [false, true]);
    assert_eq!(requests_of(&signer).len(), 2);
    drop(store);
    // Once, and not where the caller wants none.
    let _store = Store::new(&[
        answer(400, OBJECT_LOCK),
        answer(400, OBJECT_LOCK),
        answer(400, OBJECT_LOCK),
    ]);
    assert_eq!(code_of(put(&options(&signer))).await, "http-status");
    assert_eq!(
        code_of(put(&with(&options(&signer), &[("checksum", &"none".into())]))).await,
        "http-status"
    );
}

#[wasm_bindgen_test]
async fn instruction_files_carry_a_checksum() {
    for (given, name) in [
        (None, Some("sha256")),
        (Some("CRC64NVME"), Some("crc64nvme")),
        (Some("none"), None),
    ] {
        let _fetch = Fetch::new(&[answer_of_status(404, "").into()]);
        let store = Store::new(&[stored(), stored()]);
        let mut options = with(&options(&signer()), &[("envelopeIn", &"instruction-file".into())]);
        if let Some(given) = given {
            options = with(&options, &[("checksum", &given.into())]);
        }
        ok(put(&options)).await;
        let file = &store.requests()[0];
        for other in ["sha256", "crc64nvme"] {
            let sent = header(file, &format!("x-amz-checksum-{other}"));
            assert_eq!(sent.is_some(), name == Some(other), "{given:?} {other}");
        }
    }
}

#[wasm_bindgen_test]
async fn where_a_look_decides_a_store_needs_no_conditions() {
    let missing = || answer_of_status(404, "").into();
    let signer = signer();
    let store = Store::new(&[answer(501, NOT_IMPLEMENTED), stored(), stored()]);
    let fetch = Fetch::new(&[missing()]);
    ok(put(&with(
        &options(&signer),
        &[("envelopeIn", &"instruction-file".into())],
    )))
    .await;
    let conditions = store.requests().into_iter().map(|sent| header(&sent, "if-none-match"));
    assert_eq!(conditions.collect::<Vec<_>>(), [Some("*".into()), None, None]);
    drop((store, fetch));
    // Nobody could look: then nothing is replaced.
    let store = Store::new(&[answer(501, NOT_IMPLEMENTED)]);
    let fetch = Fetch::new(&[answer_of_status(403, "").into()]);
    let hidden = put(&with(&options(&signer), &[("envelopeIn", &"instruction-file".into())]));
    assert_eq!(code_of(hidden).await, "condition-unsupported");
    drop((store, fetch));
    // The caller's own condition.
    for (name, value) in [("ifNoneMatch", "*"), ("ifMatch", "\"e\"")] {
        let store = Store::new(&[answer(501, NOT_IMPLEMENTED)]);
        assert_eq!(
            code_of(put(&with(&options(&signer), &[(name, &value.into())]))).await,
            "condition-unsupported"
        );
        assert_eq!(store.requests().len(), 1);
    }
}

#[wasm_bindgen_test]
async fn an_object_is_replaced_only_if_it_is_the_one_that_was_named() {
    let store = Store::new(&[stored()]);
    ok(put(&with(&options(&signer()), &[("ifMatch", &"\"e-2\"".into())]))).await;
    assert_eq!(header(&store.requests()[0], "if-match").as_deref(), Some("\"e-2\""));
    for wrong in [
        bag(&[("ifMatch", &"W/\"e\"".into())]),
        bag(&[("ifMatch", &"".into())]),
        bag(&[("ifMatch", &"\"e\"".into()), ("ifNoneMatch", &"*".into())]),
        bag(&[("ifNoneMatch", &"\"e\"".into())]),
    ] {
        let options = Object::assign(&Object::new(), options(&signer()).unchecked_ref());
        let options = Object::assign(&options, wrong.unchecked_ref());
        assert_eq!(code_of(put(&options.into())).await, "misuse", "{}", json(&wrong));
    }
}

/// An object whose envelope is in an instruction file, and that file with an ETag.
async fn rotated(e_tags: [&str; 2], answers: &[JsValue]) -> (Result<JsValue, JsValue>, Vec<JsValue>) {
    let keyring = |byte: u8| {
        let description = bag(&[("materialDescription", &bag(&[("year", &byte.to_string().into())]))]);
        let keyring = presealed::browser::RawAesKeyring::from_key(array(&[byte; 32]).into(), description);
        JsValue::from(keyring.unwrap())
    };
    let how = bag(&[("keyring", &keyring(1)), ("envelopeIn", &"instruction-file".into())]);
    let sealed = ok(presealed::browser::encrypt(blob_of(b"content").into(), how)).await;
    let head = answer_with(
        &JsValue::NULL,
        &with(&get(&sealed, "headers"), &[("content-length", &"23".into())]),
    );
    let file = super::support::bytes_of(&get(&get(&sealed, "instructionFile"), "body")).await;
    let read = |e_tag: &str| answer_with(&array(&file), &bag(&[("etag", &e_tag.into())])).into();
    let _fetch = Fetch::new(&[head.into(), read(e_tags[0]), read(e_tags[1])]);
    let store = Store::new(answers);
    let options = bag(&[
        ("key", &"a/key".into()),
        ("presign", &get(&signer(), "presign")),
        ("keyring", &keyring(1)),
        ("newKeyring", &keyring(2)),
        ("checksum", &"CRC64NVME".into()),
    ]);
    let result = wasm_bindgen_futures::JsFuture::from(rewrap_instruction_file(options)).await;
    (result, store.requests())
}

#[wasm_bindgen_test]
async fn a_rotation_sends_no_weak_etag_and_finds_stores_that_keep_no_condition() {
    let (result, sent) = rotated(["W/\"e\"", ""], &[stored()]).await;
    assert!(result.is_ok());
    assert_eq!(header(&sent[0], "if-match").as_deref(), Some("\"e\""));
    assert!(header(&sent[0], "x-amz-checksum-crc64nvme").is_some());
    // It cannot, and the file is the one that was read.
    let (result, sent) = rotated(["\"e\"", "\"e\""], &[answer(501, NOT_IMPLEMENTED), stored()]).await;
    assert!(result.is_ok());
    assert_eq!((sent.len(), header(&sent[1], "if-match")), (2, None));
    // It cannot, and somebody else was there.
    let (result, _) = rotated(["\"e\"", "\"f\""], &[answer(501, NOT_IMPLEMENTED)]).await;
    assert_eq!(code(&result.unwrap_err()), "condition-unsupported");
    // It says that the file has changed, which it has not; and one that has.
    let (result, _) = rotated(["\"e\"", "\"e\""], &[answer(412, "")]).await;
    assert_eq!(code(&result.unwrap_err()), "condition-unsupported");
    let (result, _) = rotated(["\"e\"", "\"f\""], &[answer(412, "")]).await;
    assert_eq!(code(&result.unwrap_err()), "http-status");
}

/// As when it was moved or changed since it was chosen: status 0, as without a network.
#[wasm_bindgen_test]
async fn a_source_that_cannot_be_read_is_not_taken_for_the_network() {
    let store = Store::new(&["no answer".into()]);
    let unreadable = blob_that_fails(&JsError::new("NotReadableError"));
    let put = put_object(unreadable.into(), plain(&options(&signer())));
    assert_eq!(code_of(put).await, "read-failed");
    assert_eq!(store.requests().len(), 1);
}

#[wasm_bindgen_test]
async fn what_a_signer_throws_is_final_also_where_the_browser_says_it_is_offline() {
    let back = offline(0);
    let throws = js_sys::Function::new_no_args("return Promise.reject(new Error('signed out'))");
    let error = code_of(put(&with(&options(&signer()), &[("presign", &throws)]))).await;
    back.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!(error, "presign-failed");
}

#[wasm_bindgen_test]
async fn attempts_that_bring_no_byte_end_early() {
    let sealed = Stored::seal(&noise(5000), &bag(&[("keyring", &raw_keyring(7))])).await;
    let length = sealed.body.len();
    let headers = with(&sealed.headers, &[("etag", &"\"e\"".into())]);
    let range = |bytes: usize| {
        let said = format!("bytes 0-{}/{length}", bytes - 1);
        let lengths = [
            ("content-range", &said.into()),
            ("content-length", &bytes.to_string().into()),
        ];
        with(&headers, &lengths)
    };
    let breaks = || answer_that_breaks(&range(length), 206);
    // Then a single byte, which does not come either.
    let answers = [
        answer_that_breaks(&headers, 200),
        breaks(),
        breaks(),
        answer_that_breaks(&range(1), 206),
    ];
    let fetch = Fetch::new(&answers);
    let object = ok(get_object(options(&signer()))).await;
    let error = error_of(object.unchecked_ref::<Opened>().blob()).await;
    assert_eq!(code(&error), "network");
    assert!(text(&error, "message").contains("response-content-encoding"));
    assert_eq!(fetch.requests().len(), 4);
    drop(fetch);
    // Where it comes, it was the connections.
    let whole = || super::support::partial(&array(&sealed.body), &range(length)).into();
    let answers = [
        answer_that_breaks(&headers, 200),
        breaks(),
        breaks(),
        super::support::partial(&array(&sealed.body[..1]), &range(1)).into(),
        whole(),
    ];
    let _fetch = Fetch::new(&answers);
    let object = ok(get_object(options(&signer()))).await;
    ok(object.unchecked_ref::<Opened>().blob()).await;
}

#[wasm_bindgen_test]
async fn a_content_encoding_that_browsers_undo_is_named_at_once() {
    let headers = bag(&[
        ("content-length", &"7".into()),
        ("content-encoding", &"gzip".into()),
        ("etag", &"\"e\"".into()),
    ]);
    let _fetch = Fetch::new(&[answer_with(&array(b"content"), &headers).into()]);
    let options = without(&plain(&options(&signer())), "serverSideEncryption");
    assert_eq!(code_of(get_object(options.clone())).await, "unexpected-answer");
    // And where CORS hides it, by what comes.
    let headers = bag(&[("content-length", &"3".into()), ("etag", &"\"e\"".into())]);
    let _fetch = Fetch::new(&[answer_with(&array(b"content"), &headers).into()]);
    let object = ok(get_object(options)).await;
    assert_eq!(
        code_of(object.unchecked_ref::<Opened>().blob()).await,
        "unexpected-answer"
    );
}

#[wasm_bindgen_test]
async fn an_instruction_file_needs_no_content_length() {
    let how = bag(&[("keyring", &raw_keyring(7)), ("envelopeIn", &"instruction-file".into())]);
    let sealed = ok(presealed::browser::encrypt(blob_of(b"content").into(), how)).await;
    let body = super::support::bytes_of(&get(&sealed, "body")).await;
    let object = Stored {
        headers: with(
            &get(&sealed, "headers"),
            &[("content-length", &body.len().to_string().into())],
        ),
        body,
    };
    let file = answer_with(
        &get(&get(&sealed, "instructionFile"), "body"),
        &bag(&[("content-length", &"7".into())]),
    );
    let page = answer_with(&"<html>Sign in</html>".into(), &JsValue::UNDEFINED);
    let long = answer_with(&" ".repeat(65_537).into(), &JsValue::UNDEFINED);
    for (file, expected) in [
        (file, None),
        (page, Some("unexpected-answer")),
        (long, Some("envelope-invalid")),
    ] {
        let signer = signer();
        let _fetch = Fetch::new(&[object.response().into(), file.into(), object.response().into()]);
        let opened = get_object(options(&signer));
        match expected {
            None => drop(ok(opened).await),
            Some(expected) => assert_eq!(code_of(opened).await, expected),
        }
        assert_eq!(signed(&signer)[1], request("GetObject", "a/key.instruction"));
    }
}

#[wasm_bindgen_test]
async fn what_a_request_is_not_told_does_not_come_from_the_prototype_of_all_objects() {
    let prototype = get(&get(&js_sys::global(), "Object"), "prototype");
    for (name, value) in [
        ("body", "x"),
        ("cache", "only-if-cached"),
        ("credentials", "include"),
        ("duplex", "nonsense"),
        ("integrity", "sha256-AAAA"),
        ("method", "DELETE"),
        ("mode", "navigate"),
        ("priority", "nonsense"),
        ("redirect", "error"),
        ("referrer", "https://[nonsense"),
        ("referrerPolicy", "unsafe-url"),
        ("signal", "nonsense"),
        ("window", "nonsense"),
        ("once", "nonsense"),
    ] {
        let stored = Stored::seal(b"content", &bag(&[("keyring", &raw_keyring(7))])).await;
        let (fetch, options, response) = (Fetch::new(&[]), options(&signer()), stored.response());
        get(&fetch.0, "answers").unchecked_into::<Array>().push(&response);
        Reflect::set(&prototype, &name.into(), &value.into()).unwrap();
        let object = wasm_bindgen_futures::JsFuture::from(get_object(options)).await;
        let content = match &object {
            Ok(object) => wasm_bindgen_futures::JsFuture::from(object.unchecked_ref::<Opened>().blob()).await,
            Err(error) => Err(error.clone()),
        };
        Reflect::delete_property(prototype.unchecked_ref::<Object>(), &name.into()).unwrap();
        assert!(content.is_ok(), "{name}: {:?}", content.err());
        let [sent] = &fetch.requests()[..] else {
            panic!("{name}")
        };
        let credentials = Reflect::get(sent, &"credentials".into()).unwrap();
        assert_eq!(
            (sent.method(), credentials.as_string()),
            ("GET".into(), Some("omit".into()))
        );
        for (member, expected) in [
            ("redirect", "follow"),
            ("cache", "no-store"),
            ("mode", "cors"),
            ("integrity", ""),
        ] {
            assert_eq!(
                get(sent, member).as_string().as_deref(),
                Some(expected),
                "{name}: {member}"
            );
        }
    }
}
