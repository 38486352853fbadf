//! RSA keyrings on the browser's own RSA: round trips, halves of a pair, what official clients wrote, and faults.

use js_sys::{JSON, Object, Promise};
use presealed::browser::{KeyringSelector, RawAesKeyring, RawRsaKeyring, open_object};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Stored, V2_POLICY, array, bag, blob_of, bytes_of, code, code_of, get, ok, raw_keyring, text, with,
};
use crate::official;

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    /// A pair of RSA-OAEP keys: `{ publicKey, privateKey }`.
    #[wasm_bindgen(js_name = rsaPair)]
    pub fn rsa_pair(bits: u32, hash: &str) -> Promise;
    #[wasm_bindgen(js_name = exportedJwk)]
    fn exported_jwk(key: &JsValue) -> Promise;
    /// What an RSA keyring would wrap, with these bytes in its place.
    #[wasm_bindgen(js_name = rsaSealed)]
    fn rsa_sealed(key: &JsValue, bytes: &JsValue) -> Promise;
}

pub async fn keyring(keys: &JsValue, description: &[(&str, &JsValue)]) -> JsValue {
    let options = bag(&[("materialDescription", &bag(description))]);
    ok(RawRsaKeyring::from_keys(keys.clone(), options)).await
}

async fn refusal(keys: JsValue) -> String {
    code_of(RawRsaKeyring::from_keys(keys, JsValue::UNDEFINED)).await
}

#[wasm_bindgen_test]
async fn both_formats_round_trip_and_each_half_does_its_half() {
    let pair = ok(rsa_pair(2048, "SHA-1")).await;
    let half = |name| bag(&[(name, &get(&pair, name))]);
    let (writer, reader) = (
        keyring(&half("publicKey"), &[]).await,
        keyring(&half("privateKey"), &[]).await,
    );
    for policy in [V2_POLICY, "require-encrypt-require-decrypt"] {
        let options = |keyring: &JsValue| bag(&[("keyring", keyring), ("commitmentPolicy", &policy.into())]);
        let stored = Stored::seal(b"content", &options(&writer)).await;
        for opener in [&reader, &keyring(&pair, &[]).await] {
            let content = stored.open(&options(opener)).await.blob();
            assert_eq!(bytes_of(&ok(content).await).await, b"content", "{policy}");
        }
        assert_eq!(
            stored.refusal(&options(&writer)).await,
            "misuse",
            "a drop box does not open"
        );
        assert_eq!(stored.refusal(&options(&raw_keyring(7))).await, "keyring-mismatch");
        let other = ok(rsa_pair(2048, "SHA-1")).await;
        assert_eq!(
            stored.refusal(&options(&keyring(&other, &[]).await)).await,
            "unwrap-failed"
        );
        let sealed = presealed::browser::encrypt(blob_of(b"x").into(), options(&reader));
        assert_eq!(code_of(sealed).await, "misuse", "the private key does not write");
    }
}

#[wasm_bindgen_test]
async fn what_official_clients_wrapped_opens() {
    for object in [
        official!("v2-raw-rsa-java"),
        official!("v2-raw-rsa-java-v1"),
        official!("v2-raw-rsa-instruction-file-java"),
        official!("v2-cbc-rewrapped-aes-to-rsa-java-v1"),
        official!("v3-raw-rsa-described-java"),
        official!("v3-raw-rsa-instruction-file-java"),
        official!("v3-shared-with-rsa-java"),
    ] {
        let keys = bag(&[("privateKey", &get(&object.0, "rsa_private_key"))]);
        let options = object.reading(&keyring(&keys, &[]).await);
        let opened = ok(open_object(object.response(&object.body()), options)).await;
        let content = opened.unchecked_ref::<super::support::Opened>().blob();
        let origin = text(&object.0, "origin");
        assert_eq!(bytes_of(&ok(content).await).await, object.plaintext(), "{origin}");
    }
}

#[wasm_bindgen_test]
async fn legacy_wraps_are_refused_by_name() {
    for object in [
        official!("v1-raw-rsa-cbc-java-v1"),
        official!("v2-rsa-oaep-sha256-gcm-java-v1"),
    ] {
        let keys = bag(&[("privateKey", &get(&object.0, "rsa_private_key"))]);
        let options = object.reading(&keyring(&keys, &[]).await);
        let opened = open_object(object.response(&object.body()), options);
        assert_eq!(code_of(opened).await, "unsupported-format");
    }
}

#[wasm_bindgen_test]
async fn what_is_inside_the_wrap_must_be_all_right() {
    let pair = ok(rsa_pair(2048, "SHA-1")).await;
    let options = bag(&[("keyring", &keyring(&pair, &[]).await)]);
    let stored = Stored::seal(b"content", &options).await;
    let inside = |length: u8, name: &[u8]| [&[length], [9; 32].as_slice(), name].concat();
    for (bytes, expected) in [
        // Well-formed, but not the key that the object commits to.
        (inside(32, b"115"), "commitment-mismatch"),
        (inside(16, b"115"), "unwrap-failed"),
        (inside(32, b"1150"), "unwrap-failed"),
        (inside(32, b"AES/GCM/NoPadding"), "unwrap-failed"),
        (inside(32, b""), "unwrap-failed"),
        // An empty one is a native test: WebKitGTK does not encrypt an empty message.
        (vec![32; 9], "unwrap-failed"),
    ] {
        let wrapped = ok(rsa_sealed(&get(&pair, "publicKey"), &array(&bytes))).await;
        let changed = Stored {
            headers: with(&stored.headers, &[("x-amz-meta-x-amz-3", &wrapped)]),
            body: stored.body.clone(),
        };
        assert_eq!(changed.refusal(&options).await, expected, "{bytes:?}");
    }
    assert_eq!(
        stored.with_changed("x-amz-meta-x-amz-3").refusal(&options).await,
        "unwrap-failed"
    );
}

#[wasm_bindgen_test]
async fn keys_come_as_jwk_too_and_bad_ones_are_refused() {
    let pair = ok(rsa_pair(2048, "SHA-1")).await;
    let public = ok(exported_jwk(&get(&pair, "publicKey"))).await;
    let private = ok(exported_jwk(&get(&pair, "privateKey"))).await;
    let writer = keyring(&bag(&[("publicKey", &public)]), &[]).await;
    let stored = Stored::seal(b"content", &bag(&[("keyring", &writer)])).await;
    let reader = keyring(&bag(&[("privateKey", &private)]), &[]).await;
    let content = stored.open(&bag(&[("keyring", &reader)])).await.blob();
    assert_eq!(bytes_of(&ok(content).await).await, b"content");

    let pem = text(&official!("v2-raw-rsa-java").0, "rsa_private_key");
    let broken = pem.replace("-----END", "----END");
    for keys in [
        Object::new().into(),
        JsValue::NULL,
        bag(&[("publicKey", &private)]),
        bag(&[("privateKey", &public)]),
        bag(&[("publicKey", &pem.as_str().into())]),
        bag(&[("privateKey", &broken.into())]),
        bag(&[("privateKey", &7.into())]),
        bag(&[("publicKey", &get(&pair, "privateKey"))]),
        bag(&[("publicKey", &JSON::parse(r#"{"kty":"RSA"}"#).unwrap())]),
        ok(rsa_pair(1024, "SHA-1")).await,
        ok(rsa_pair(2048, "SHA-256")).await,
    ] {
        assert_eq!(refusal(keys.clone()).await, "misuse", "{keys:?}");
    }
}

#[wasm_bindgen_test]
async fn a_selector_opens_with_the_key_that_the_description_names() {
    let described = |byte: u8, name: &str| -> JsValue {
        let description = bag(&[("key", &name.into())]);
        let options = bag(&[("materialDescription", &description)]);
        RawAesKeyring::from_key(array(&[byte; 32]).into(), options)
            .unwrap()
            .into()
    };
    let pair = ok(rsa_pair(2048, "SHA-1")).await;
    let others = || [described(2, "old"), described(3, "older")];
    let rsa = keyring(&pair, &[("key", &"rsa".into())]).await;
    let list = js_sys::Array::from_iter(others().iter().chain([&rsa]));
    let selector: JsValue = KeyringSelector::of(described(1, "new"), list.into()).unwrap().into();
    for writer in [
        &described(1, "new"),
        &described(2, "old"),
        &described(3, "older"),
        &rsa,
        &selector,
    ] {
        let stored = Stored::seal(b"content", &bag(&[("keyring", writer)])).await;
        let content = stored.open(&bag(&[("keyring", &selector)])).await.blob();
        assert_eq!(bytes_of(&ok(content).await).await, b"content");
    }
    let stored = Stored::seal(b"content", &bag(&[("keyring", &described(3, "old"))])).await;
    assert_eq!(stored.refusal(&bag(&[("keyring", &selector)])).await, "unwrap-failed");
    let twice = js_sys::Array::of2(&described(2, "old"), &described(3, "old"));
    for wrong in [
        JsValue::from(twice),
        js_sys::Array::of1(&raw_keyring(7)).into(),
        JsValue::from(7),
    ] {
        let refused = KeyringSelector::of(described(1, "new"), wrong).err().unwrap();
        assert_eq!(code(&refused), "misuse");
    }
}
