//! Another keyring for a stored object: which requests are made, under which conditions, and that the object and, if
//! anything fails, its instruction file stay as they are.

use js_sys::{Object, Promise};
use presealed::browser::{RawAesKeyring, encrypt, open_object, rewrap_instruction_file};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use super::{
    get::{Fetch, answer_of_status},
    instruction_files::{request, signed},
    put::{Store, answer, requests_of, signer_that_answers, stored},
    rsa,
    support::{
        Opened, Stored, V2_POLICY, answer_with, array, bag, blob_of, bytes_of, code, code_of, error_of, get,
        keyring_that_hangs, keyring_that_masks, number, ok, raw_keyring, signal_that_fires, text, with, without,
    },
};

const E_TAG: &str = "\"the file that was read\"";

/// An object with an instruction file, as a store holds them.
struct Pair {
    object: Stored,
    file: Vec<u8>,
}

impl Pair {
    /// Written by `raw_keyring(7)`.
    async fn seal(policy: &str) -> Self {
        let options = bag(&[
            ("keyring", &raw_keyring(7)),
            ("commitmentPolicy", &policy.into()),
            ("envelopeIn", &"instruction-file".into()),
        ]);
        let sealed = ok(encrypt(blob_of(b"content").into(), options)).await;
        let body = bytes_of(&get(&sealed, "body")).await;
        let length = body.len().to_string();
        let headers = with(&get(&sealed, "headers"), &[("content-length", &length.into())]);
        let file = bytes_of(&get(&get(&sealed, "instructionFile"), "body")).await;
        Self {
            object: Stored { headers, body },
            file,
        }
    }

    fn head(&self) -> JsValue {
        answer_with(&JsValue::NULL, &self.object.headers).into()
    }

    fn file(&self) -> JsValue {
        file_of(&self.file, &[("etag", &E_TAG.into())])
    }

    /// The answers to a re-wrap's questions.
    fn fetch(&self) -> Fetch {
        Fetch::new(&[self.head(), self.file()])
    }

    /// The object, untouched, with that file: its content, or the code of the refusal.
    async fn read(&self, file: &[u8], keyring: &JsValue) -> Result<Vec<u8>, String> {
        let options = bag(&[
            ("keyring", keyring),
            ("commitmentPolicy", &"require-encrypt-allow-decrypt".into()),
            ("instructionFile", &array(file)),
        ]);
        let opened = open_object(self.object.response().into(), options);
        match wasm_bindgen_futures::JsFuture::from(opened).await {
            Ok(opened) => Ok(bytes_of(&ok(opened.unchecked_ref::<Opened>().blob()).await).await),
            Err(error) => Err(code(&error)),
        }
    }
}

fn file_of(body: &[u8], more: &[(&str, &JsValue)]) -> JsValue {
    let headers = bag(&[("content-length", &body.len().to_string().into())]);
    answer_with(&array(body), &with(&headers, more)).into()
}

fn described(byte: u8) -> JsValue {
    let description = bag(&[("key", &"new".into())]);
    let options = bag(&[("materialDescription", &description)]);
    RawAesKeyring::from_key(array(&[byte; 32]).into(), options)
        .unwrap()
        .into()
}

fn options(signer: &JsValue) -> JsValue {
    bag(&[
        ("key", &"a/key".into()),
        ("presign", &get(signer, "presign")),
        ("keyring", &raw_keyring(7)),
        ("newKeyring", &described(8)),
        ("commitmentPolicy", &"require-encrypt-allow-decrypt".into()),
    ])
}

fn signer() -> JsValue {
    signer_that_answers(&JsValue::UNDEFINED)
}

fn rewrap(options: &JsValue) -> Promise {
    rewrap_instruction_file(options.clone())
}

async fn sent(store: &Store) -> Vec<u8> {
    bytes_of(&get(store.requests().last().unwrap(), "body")).await
}

#[wasm_bindgen_test]
async fn a_keyring_that_hangs_can_be_stopped() {
    let pair = Pair::seal(V2_POLICY).await;
    let (signer, _fetch, store) = (signer(), pair.fetch(), Store::new(&[]));
    let hanging = keyring_that_hangs(&keyring_that_masks());
    let rotation = with(
        &options(&signer),
        &[("keyring", &hanging), ("signal", &signal_that_fires())],
    );
    assert_eq!(text(&error_of(rewrap(&rotation)).await, "name"), "TimeoutError");
    assert_eq!(store.requests().len(), 0);
}

#[wasm_bindgen_test]
async fn rotates_the_very_file_that_was_read() {
    for policy in [V2_POLICY, "require-encrypt-require-decrypt"] {
        let pair = Pair::seal(policy).await;
        let (signer, _fetch, store) = (signer(), pair.fetch(), Store::new(&[stored()]));
        let rotation = with(&options(&signer), &[("enforceRotation", &true.into())]);
        let result = ok(rewrap(&rotation)).await;
        let expected = [
            request("HeadObject", "a/key"),
            request("GetObject", "a/key.instruction"),
            request("PutObject", "a/key.instruction"),
        ];
        assert_eq!(signed(&signer), expected);
        let headers = get(&store.requests()[0], "headers");
        assert_eq!(text(&headers, "if-match"), E_TAG);
        assert!(get(&headers, "if-none-match").is_undefined());
        let file = sent(&store).await;
        assert_eq!(
            pair.read(&file, &raw_keyring(8)).await,
            Ok(b"content".to_vec()),
            "{policy}"
        );
        assert_eq!(pair.read(&file, &raw_keyring(7)).await, Err("unwrap-failed".into()));
        assert_eq!(text(&result, "key"), "a/key");
        assert_eq!(text(&result, "instructionFileKey"), "a/key.instruction");
        let description = |name| get(&get(&result, name), "materialDescription");
        assert_eq!(text(&description("envelope"), "key"), "new");
        assert_eq!(
            Object::keys(description("previous").unchecked_ref::<Object>()).length(),
            0
        );
    }
}

#[wasm_bindgen_test]
async fn without_an_e_tag_there_is_no_condition() {
    let pair = Pair::seal(V2_POLICY).await;
    let _fetch = Fetch::new(&[pair.head(), file_of(&pair.file, &[])]);
    let store = Store::new(&[stored()]);
    ok(rewrap(&options(&signer()))).await;
    assert!(get(&get(&store.requests()[0], "headers"), "if-match").is_undefined());
}

#[wasm_bindgen_test]
async fn shares_beside_the_file_with_an_rsa_recipient() {
    let pair = Pair::seal("require-encrypt-require-decrypt").await;
    let keys = ok(rsa::rsa_pair(2048, "SHA-1")).await;
    let half = |name| bag(&[(name, &get(&keys, name))]);
    let drop_box = rsa::keyring(&half("publicKey"), &[("for", &"partner".into())]).await;
    let (signer, _fetch, store) = (signer(), pair.fetch(), Store::new(&[stored()]));
    let sharing = with(
        &options(&signer),
        &[("newKeyring", &drop_box), ("newSuffix", &".partner".into())],
    );
    let result = ok(rewrap(&sharing)).await;
    assert_eq!(text(&result, "instructionFileKey"), "a/key.partner");
    assert_eq!(signed(&signer)[2], request("PutObject", "a/key.partner"));
    let headers = get(&store.requests()[0], "headers");
    assert_eq!(text(&headers, "if-none-match"), "*");
    assert!(get(&headers, "if-match").is_undefined());
    let file = sent(&store).await;
    let partner = rsa::keyring(&half("privateKey"), &[]).await;
    assert_eq!(pair.read(&file, &partner).await, Ok(b"content".to_vec()));
    assert_eq!(pair.read(&pair.file, &raw_keyring(7)).await, Ok(b"content".to_vec()));

    // The recipient reads that file, and may rotate it.
    let _fetch = Fetch::new(&[pair.head(), file_of(&file, &[("etag", &E_TAG.into())])]);
    let store = Store::new(&[stored()]);
    let suffix = bag(&[("suffix", &".partner".into())]);
    let rotation = with(
        &options(&signer),
        &[("keyring", &partner), ("instructionFile", &suffix)],
    );
    assert_eq!(
        text(&ok(rewrap(&rotation)).await, "instructionFileKey"),
        "a/key.partner"
    );
    assert_eq!(text(&get(&store.requests()[0], "headers"), "if-match"), E_TAG);
}

/// Nothing is stored in any of these.
#[wasm_bindgen_test]
async fn what_is_refused_stores_nothing() {
    let pair = Pair::seal("require-encrypt-require-decrypt").await;
    let v2 = Pair::seal(V2_POLICY).await;
    let default = without(&options(&signer()), "commitmentPolicy");
    let change = |name: &str, value: JsValue| with(&default, &[(name, &value)]);
    let suffix = |suffix: &str| change("newSuffix", suffix.into());
    let same_key = with(
        &default,
        &[("newKeyring", &described(7)), ("enforceRotation", &true.into())],
    );
    for (pair, options, expected) in [
        (&v2, default.clone(), "commitment-required"),
        (&pair, change("keyring", raw_keyring(8)), "unwrap-failed"),
        (&pair, change("newKeyring", raw_keyring(8)), "misuse"),
        (&pair, without(&default, "newKeyring"), "misuse"),
        (&pair, same_key, "rotation-incomplete"),
        (&pair, suffix(".partner"), "misuse"),
        (&pair, suffix(".instruction"), "misuse"),
        (&pair, suffix("partner"), "misuse"),
        (&pair, suffix("."), "misuse"),
        (
            &pair,
            change("newEncryptionContext", bag(&[("a", &"b".into())])),
            "misuse",
        ),
    ] {
        let (_fetch, store) = (pair.fetch(), Store::new(&[]));
        assert_eq!(code_of(rewrap(&options)).await, expected);
        assert_eq!(store.requests().len(), 0, "{expected}");
    }
}

#[wasm_bindgen_test]
async fn without_an_instruction_file_there_is_nothing_to_rewrap() {
    let pair = Pair::seal("require-encrypt-require-decrypt").await;
    let plain = answer_with(&JsValue::NULL, &bag(&[("content-length", &"7".into())]));
    let whole = Stored::seal(b"content", &bag(&[("keyring", &raw_keyring(7))])).await;
    for (head, file, expected, requests) in [
        (pair.head(), answer_of_status(404, ""), "instruction-file-missing", 2),
        (pair.head(), answer_of_status(403, ""), "http-status", 2),
        (plain.into(), answer_of_status(403, ""), "envelope-missing", 2),
        (
            whole.response().into(),
            answer_of_status(404, ""),
            "unsupported-format",
            1,
        ),
        (
            answer_of_status(404, "").into(),
            answer_of_status(404, ""),
            "http-status",
            1,
        ),
    ] {
        let (signer, store) = (signer(), Store::new(&[]));
        let _fetch = Fetch::new(&[head, file.into()]);
        let error = error_of(rewrap(&options(&signer))).await;
        assert_eq!(code(&error), expected);
        assert_eq!(signed(&signer).len(), requests, "{expected}");
        assert_eq!(store.requests().len(), 0);
        if expected == "unsupported-format" {
            assert!(text(&error, "message").contains("envelopeIn"));
        }
    }
}

#[wasm_bindgen_test]
async fn a_put_that_fails_is_no_rotation() {
    let pair = Pair::seal("require-encrypt-require-decrypt").await;
    let store = Store::new(&[answer(403, "")]);
    let _fetch = pair.fetch();
    assert_eq!(number(&error_of(rewrap(&options(&signer()))).await, "status"), 403.0);
    assert_eq!(store.requests().len(), 1);
    drop(store);
    // Another rotation was first: the file is not ours.
    let store = Store::new(&[answer(412, "")]);
    let _fetch = Fetch::new(&[pair.head(), pair.file(), pair.file()]);
    assert_eq!(number(&error_of(rewrap(&options(&signer()))).await, "status"), 412.0);
    assert_eq!(store.requests().len(), 1);
}

/// The answer was lost, and the second try meets the condition of the first.
#[wasm_bindgen_test]
async fn a_condition_that_our_own_file_breaks_is_success() {
    let pair = Pair::seal("require-encrypt-require-decrypt").await;
    // Of a keyring without randomness, so that the file is known beforehand.
    let from_described = |signer: &JsValue| {
        let change = [("keyring", &described(8)), ("newKeyring", &keyring_that_masks())];
        with(&options(signer), &change)
    };
    let (_fetch, store) = (pair.fetch(), Store::new(&[stored()]));
    ok(rewrap(&options(&signer()))).await;
    let first = sent(&store).await;
    drop(store);
    let read = || file_of(&first, &[("etag", &E_TAG.into())]);
    let (_fetch, store) = (Fetch::new(&[pair.head(), read()]), Store::new(&[stored()]));
    ok(rewrap(&from_described(&signer()))).await;
    let second = sent(&store).await;
    drop(store);
    let store = Store::new(&["no answer".into(), answer(412, "")]);
    let _fetch = Fetch::new(&[pair.head(), read(), file_of(&second, &[])]);
    ok(rewrap(&from_described(&signer()))).await;
    assert_eq!(store.requests().len(), 2);
}

#[wasm_bindgen_test]
async fn an_abort_is_heard_before_and_while_the_file_is_sent() {
    let pair = Pair::seal("require-encrypt-require-decrypt").await;
    let reason = bag(&[("why", &"enough".into())]);
    let aborted = |controller: &AbortController| {
        let signal: JsValue = controller.signal().into();
        rewrap(&with(&options(&signer()), &[("signal", &signal)]))
    };
    let controller = AbortController::new().unwrap();
    controller.abort_with_reason(&reason);
    let store = Store::new(&[]);
    assert!(Object::is(&error_of(aborted(&controller)).await, &reason));
    drop(store);

    let controller = AbortController::new().unwrap();
    let (stopping, why) = (controller.clone(), reason.clone());
    let stop = Closure::<dyn FnMut()>::new(move || stopping.abort_with_reason(&why));
    let (_fetch, store) = (pair.fetch(), Store::watched(&["never".into()], stop.as_ref()));
    assert!(Object::is(&error_of(aborted(&controller)).await, &reason));
    assert_eq!(number(&store.0, "aborted"), 1.0);
}

const KEY: &str = "x-amz-server-side-encryption-customer-key";

#[wasm_bindgen_test]
async fn the_key_of_sse_c_goes_along_with_every_request() {
    let pair = Pair::seal("require-encrypt-require-decrypt").await;
    let mode = bag(&[("mode", &"SSE-C".into()), ("key", &array(&[0; 32]))]);
    let (signer, fetch, store) = (signer(), pair.fetch(), Store::new(&[stored()]));
    ok(rewrap(&with(&options(&signer), &[("serverSideEncryption", &mode)]))).await;
    for request in requests_of(&signer) {
        let (operation, signed) = (text(&request, "operation"), get(&request, "headers"));
        let algorithm = get(&signed, "x-amz-server-side-encryption-customer-algorithm");
        assert_eq!(algorithm.as_string().as_deref(), Some("AES256"), "{operation}");
        assert!(
            get(&signed, "x-amz-server-side-encryption-customer-key").is_undefined(),
            "{operation}"
        );
    }
    let sent = fetch.requests();
    let read = sent.iter().map(|request| request.headers().get(KEY).unwrap());
    let written = store
        .requests()
        .into_iter()
        .map(|request| get(&get(&request, "headers"), KEY).as_string());
    assert_eq!(read.chain(written).flatten().count(), 3);
}
