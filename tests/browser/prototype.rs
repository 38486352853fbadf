//! What WebCrypto is told is told whole: nothing that another script left on `Object.prototype` takes part.

use js_sys::{Array, Function, Promise};
use presealed::browser::RawAesKeyring;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    rsa::{keyring as rsa_keyring, rsa_pair},
    support::{Opened, Stored, bag, bytes_of, code_of, held_key, noise, ok, raw_keyring},
};
use crate::official;

#[wasm_bindgen(inline_js = r#"
// Every member that WebCrypto reads of what it is told, and a value that would do harm.
export const members = () => Object.entries({
  name: "AES-CTR", iv: new Uint8Array(16), additionalData: new Uint8Array([1]), tagLength: 32, counter: new Uint8Array(16),
  length: 64, label: new Uint8Array([1]), hash: "SHA-512", modulusLength: 512, publicExponent: new Uint8Array([3]), public: {},
  kty: "oct", use: "sig", key_ops: ["sign"], alg: "RSA-OAEP-512", ext: false, crv: "P-256", x: "AA", y: "AA", d: "AA", n: "AA", e: "AA",
  p: "AA", q: "AA", dp: "AA", dq: "AA", qi: "AA", oth: [{ r: "AA", d: "AA", t: "AA" }], k: "AA",
});

// Puts it there; call what it gives to take it away.
export function pollute(member, value) {
  Object.defineProperty(Object.prototype, member, { value, configurable: true, writable: true, enumerable: false });
  return () => { delete Object.prototype[member]; };
}

export async function jwks({ publicKey, privateKey }) {
  return { publicKey: await crypto.subtle.exportKey("jwk", publicKey), privateKey: await crypto.subtle.exportKey("jwk", privateKey) };
}
"#)]
extern "C" {
    fn members() -> Array;
    fn pollute(member: &str, value: &JsValue) -> Function;
    fn jwks(pair: &JsValue) -> Promise;
}

async fn content_of(stored: &Stored, options: &JsValue) -> Vec<u8> {
    bytes_of(&ok(stored.open(options).await.blob()).await).await
}

/// Written while it is there and read without it, and the other way round.
async fn assert_untouched(options: &JsValue, what: &str) {
    let content = noise(1_001);
    let clean = Stored::seal(&content, options).await;
    for entry in members().iter() {
        let entry: Array = entry.into();
        let member = entry.get(0).as_string().unwrap();
        let end = pollute(&member, &entry.get(1));
        let written = Stored::seal(&content, options).await;
        let read = content_of(&clean, options).await;
        let changed = clean.with_changed("x-amz-meta-x-amz-d").refusal(options).await;
        end.call0(&JsValue::UNDEFINED).unwrap();
        assert!(read == content, "{what}: read with {member}");
        assert_eq!(changed, "commitment-mismatch", "{what}: {member}");
        assert!(
            content_of(&written, options).await == content,
            "{what}: written with {member}"
        );
    }
}

#[wasm_bindgen_test]
async fn content_is_encrypted_the_same_whatever_the_prototype_of_objects_holds() {
    for engine in ["stitched", "ctr+ghash", "software"] {
        let options = bag(&[("keyring", &raw_keyring(7)), ("engine", &engine.into())]);
        assert_untouched(&options, engine).await;
    }
}

#[wasm_bindgen_test]
async fn data_keys_are_wrapped_the_same_whatever_the_prototype_of_objects_holds() {
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    let held = ok(held_key(&usages)).await;
    let held: JsValue = RawAesKeyring::from_key(held, JsValue::UNDEFINED).unwrap().into();
    assert_untouched(&bag(&[("keyring", &held)]), "a CryptoKey").await;
    let pair = ok(rsa_pair(2048, "SHA-1")).await;
    let rsa = rsa_keyring(&pair, &[]).await;
    assert_untouched(&bag(&[("keyring", &rsa)]), "an RSA key").await;
}

#[wasm_bindgen_test]
async fn keys_are_imported_the_same_whatever_the_prototype_of_objects_holds() {
    let pair = ok(rsa_pair(2048, "SHA-1")).await;
    let keys = ok(jwks(&pair)).await;
    let clean = rsa_keyring(&keys, &[]).await;
    let stored = Stored::seal(b"content", &bag(&[("keyring", &clean)])).await;
    for entry in members().iter() {
        let entry: Array = entry.into();
        let member = entry.get(0).as_string().unwrap();
        let end = pollute(&member, &entry.get(1));
        let keyring = rsa_keyring(&keys, &[]).await;
        let written = Stored::seal(b"content", &bag(&[("keyring", &keyring)])).await;
        end.call0(&JsValue::UNDEFINED).unwrap();
        for (stored, keyring) in [(&stored, &keyring), (&written, &clean)] {
            assert_eq!(
                content_of(stored, &bag(&[("keyring", keyring)])).await,
                b"content",
                "{member}"
            );
        }
    }
}

#[wasm_bindgen_test]
async fn old_content_is_read_the_same_whatever_the_prototype_of_objects_holds() {
    let object = official!("v1-raw-aes-cbc-ruby");
    let cut = object.body().len() - 1;
    for entry in members().iter() {
        let entry: Array = entry.into();
        let member = entry.get(0).as_string().unwrap();
        let keyring = object.keyring(true);
        let options = object.reading(&keyring);
        let (whole, short) = (object.response(&object.body()), object.response(&object.body()[..cut]));
        let end = pollute(&member, &entry.get(1));
        let opened = ok(presealed::browser::open_object(whole, options.clone())).await;
        let content = bytes_of(&ok(opened.unchecked_ref::<Opened>().blob()).await).await;
        let opened = ok(presealed::browser::open_object(short, options)).await;
        let refused = code_of(opened.unchecked_ref::<Opened>().blob()).await;
        end.call0(&JsValue::UNDEFINED).unwrap();
        assert_eq!(
            (content, refused.as_str()),
            (object.plaintext(), "legacy-decryption-failed"),
            "{member}"
        );
    }
}
