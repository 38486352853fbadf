//! The order in which an instruction file and its object are stored: no object loses the file that it needs.

use js_sys::Promise;
use presealed::browser::put_object;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    get::{Fetch, answer_of_status},
    put::{Store, answer, options, requests_of, signer_that_answers, stored},
    support::{Stored, answer_with, bag, blob_of, code_of, ok, raw_keyring, text, with},
};

fn put(signer: &JsValue) -> Promise {
    let options = with(&options(signer), &[("envelopeIn", &"instruction-file".into())]);
    put_object(blob_of(b"content").into(), options)
}

/// Operation and key of every request that was signed.
pub fn signed(signer: &JsValue) -> Vec<(String, String)> {
    let requests = requests_of(signer);
    let named = requests
        .iter()
        .map(|request| (text(request, "operation"), text(request, "key")));
    named.collect()
}

pub fn request(operation: &str, key: &str) -> (String, String) {
    (operation.into(), key.into())
}

/// A file that is there and is not the one to be stored.
fn another_file() -> JsValue {
    answer_with(&"{}".into(), &bag(&[("content-length", &"2".into())])).into()
}

#[wasm_bindgen_test]
async fn the_file_comes_first_and_replaces_none() {
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let store = Store::new(&[stored(), stored()]);
    let _fetch = Fetch::new(&[answer_of_status(404, "").into()]);
    ok(put(&signer)).await;
    let expected = [
        request("GetObject", "a/key.instruction"),
        request("PutObject", "a/key.instruction"),
        request("PutObject", "a/key"),
    ];
    assert_eq!(signed(&signer), expected);
    let headers = super::support::get(&store.requests()[0], "headers");
    assert_eq!(text(&headers, "if-none-match"), "*");
}

/// Also by a store that ignores `If-None-Match`: nothing is sent to it.
#[wasm_bindgen_test]
async fn a_file_that_an_object_needs_is_left_alone() {
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let store = Store::new(&[]);
    // An object without an envelope in its metadata: the file that is there may be its own.
    let _fetch = Fetch::new(&[another_file(), answer_of_status(200, "").into()]);
    assert_eq!(code_of(put(&signer)).await, "instruction-file-in-use");
    assert_eq!(store.requests().len(), 0);
    let expected = [
        request("GetObject", "a/key.instruction"),
        request("HeadObject", "a/key"),
    ];
    assert_eq!(signed(&signer), expected);
}

/// The page may not read: the store's precondition tells.
#[wasm_bindgen_test]
async fn a_file_that_cannot_be_seen_is_not_replaced_unasked() {
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let store = Store::new(&[answer(412, "")]);
    let hidden = || answer_of_status(403, "").into();
    let _fetch = Fetch::new(&[hidden(), hidden(), answer_of_status(200, "").into()]);
    assert_eq!(code_of(put(&signer)).await, "instruction-file-in-use");
    let headers = super::support::get(&store.requests()[0], "headers");
    assert_eq!(
        (store.requests().len(), text(&headers, "if-none-match")),
        (1, "*".into())
    );
}

#[wasm_bindgen_test]
async fn a_file_that_nobody_needs_is_replaced() {
    let whole = Stored::seal(b"older", &bag(&[("keyring", &raw_keyring(7))])).await;
    for object in [answer_of_status(404, ""), whole.response()] {
        let signer = signer_that_answers(&JsValue::UNDEFINED);
        let store = Store::new(&[stored(), stored()]);
        let _fetch = Fetch::new(&[another_file(), object.into()]);
        ok(put(&signer)).await;
        assert_eq!(store.requests().len(), 2);
        assert_eq!(signed(&signer)[3], request("PutObject", "a/key"));
    }
}

#[wasm_bindgen_test]
async fn without_its_file_the_object_is_not_stored() {
    for refusal in [answer(403, ""), answer(412, "")] {
        let signer = signer_that_answers(&JsValue::UNDEFINED);
        let store = Store::new(&[refusal]);
        let _fetch = Fetch::new(&[403; 3].map(|status| answer_of_status(status, "").into()));
        assert_eq!(code_of(put(&signer)).await, "http-status");
        assert_eq!(store.requests().len(), 1);
    }
}
