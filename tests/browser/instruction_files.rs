//! The order in which an instruction file and its object are stored: no object loses the file that it needs.

use js_sys::Promise;
use presealed::browser::put_object;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    get::{Fetch, answer_of_status},
    put::{Store, answer, options, requests_of, signer_that_answers, stored},
    support::{Stored, bag, blob_of, code_of, ok, raw_keyring, text, with},
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

#[wasm_bindgen_test]
async fn the_file_comes_first_and_replaces_none() {
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let store = Store::new(&[stored(), stored()]);
    ok(put(&signer)).await;
    let expected = [request("PutObject", "a/key.instruction"), request("PutObject", "a/key")];
    assert_eq!(signed(&signer), expected);
    let headers = super::support::get(&store.requests()[0], "headers");
    assert_eq!(text(&headers, "if-none-match"), "*");
}

#[wasm_bindgen_test]
async fn a_file_that_an_object_needs_is_left_alone() {
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let store = Store::new(&[answer(412, "")]);
    // An object without an envelope in its metadata: the file that is there may be its own.
    let _fetch = Fetch::new(&[answer_of_status(200, "").into()]);
    assert_eq!(code_of(put(&signer)).await, "instruction-file-in-use");
    assert_eq!(store.requests().len(), 1);
    let expected = [
        request("PutObject", "a/key.instruction"),
        request("HeadObject", "a/key"),
    ];
    assert_eq!(signed(&signer), expected);
}

#[wasm_bindgen_test]
async fn a_file_that_nobody_needs_is_replaced() {
    let whole = Stored::seal(b"older", &bag(&[("keyring", &raw_keyring(7))])).await;
    for found in [answer_of_status(404, ""), whole.response()] {
        let signer = signer_that_answers(&JsValue::UNDEFINED);
        let store = Store::new(&[answer(412, ""), stored(), stored()]);
        let _fetch = Fetch::new(&[found.into()]);
        ok(put(&signer)).await;
        assert_eq!(store.requests().len(), 3);
        assert_eq!(signed(&signer)[3], request("PutObject", "a/key"));
    }
}

#[wasm_bindgen_test]
async fn without_its_file_the_object_is_not_stored() {
    for (answers, code) in [
        (vec![answer(403, "")], "http-status"),
        (vec![answer(412, "")], "http-status"),
    ] {
        let signer = signer_that_answers(&JsValue::UNDEFINED);
        let store = Store::new(&answers);
        let _fetch = Fetch::new(&[answer_of_status(403, "").into()]);
        assert_eq!(code_of(put(&signer)).await, code);
        assert_eq!(store.requests().len(), 1);
    }
}
