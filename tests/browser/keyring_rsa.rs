//! RSA keys in every form in which they come, the forms that are refused, and RSA beside other keyrings.

use base64ct::{Base64, Encoding};
use js_sys::{Array, Object, Promise};
use presealed::browser::{KeyringSelector, RawRsaKeyring, encrypt};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Stored, V2_POLICY, bag, blob_of, bytes_of, code, code_of, error_of, get, kms_keyring, kms_that_remembers,
    object_that_throws, ok, text, with,
};

#[wasm_bindgen(inline_js = r#"
export function pairFor(modulusLength, extractable, usages) {
  const algorithm = { name: "RSA-OAEP", modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" };
  return crypto.subtle.generateKey(algorithm, extractable, usages);
}

// A pair that has nothing to do with RSA.
export const curvePair = () => crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);

// Both halves as PEM, with that line end.
export async function asPem({ publicKey, privateKey }, end) {
  const armour = (label, der) => {
    const lines = btoa(String.fromCharCode(...new Uint8Array(der))).match(/.{1,64}/g);
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join(end);
  };
  return {
    publicKey: armour("PUBLIC KEY", await crypto.subtle.exportKey("spki", publicKey)),
    privateKey: armour("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", privateKey)),
  };
}

export async function asJwk({ publicKey, privateKey }) {
  return {
    publicKey: await crypto.subtle.exportKey("jwk", publicKey),
    privateKey: await crypto.subtle.exportKey("jwk", privateKey),
  };
}

export async function sealedBy(publicKey, bytes) {
  return new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", publicKey, bytes));
}
"#)]
extern "C" {
    #[wasm_bindgen(js_name = pairFor)]
    fn pair_for(bits: u32, extractable: bool, usages: &Array) -> Promise;
    #[wasm_bindgen(js_name = curvePair)]
    fn curve_pair() -> Promise;
    #[wasm_bindgen(js_name = asPem)]
    fn as_pem(pair: &JsValue, end: &str) -> Promise;
    #[wasm_bindgen(js_name = asJwk)]
    fn as_jwk(pair: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = sealedBy)]
    fn sealed_by(key: &JsValue, bytes: &[u8]) -> Promise;
}

const POLICIES: [(&str, &str); 2] = [
    ("require-encrypt-require-decrypt", "x-amz-meta-x-amz-3"),
    (V2_POLICY, "x-amz-meta-x-amz-key-v2"),
];

async fn pair(bits: u32, extractable: bool) -> JsValue {
    ok(pair_for(
        bits,
        extractable,
        &Array::of2(&"encrypt".into(), &"decrypt".into()),
    ))
    .await
}

fn half(keys: &JsValue, name: &str) -> JsValue {
    bag(&[(name, &get(keys, name))])
}

async fn keyring(keys: &JsValue) -> JsValue {
    ok(RawRsaKeyring::from_keys(keys.clone(), JsValue::UNDEFINED)).await
}

async fn described(keys: &JsValue, name: &str) -> JsValue {
    let options = bag(&[("materialDescription", &bag(&[("key", &name.into())]))]);
    ok(RawRsaKeyring::from_keys(keys.clone(), options)).await
}

fn of(keyring: &JsValue, policy: &str) -> JsValue {
    bag(&[("keyring", keyring), ("commitmentPolicy", &policy.into())])
}

async fn assert_opens(stored: &Stored, options: &JsValue) {
    let content = ok(stored.open(options).await.blob()).await;
    assert_eq!(bytes_of(&content).await, b"content");
}

#[wasm_bindgen_test]
async fn the_form_of_a_key_makes_no_difference() {
    let pair = pair(2048, true).await;
    let forms = [
        pair.clone(),
        ok(as_pem(&pair, "\n")).await,
        ok(as_pem(&pair, "\r\n")).await,
        ok(as_jwk(&pair)).await,
    ];
    for (policy, wrapped) in POLICIES {
        for writing in &forms {
            let options = of(&keyring(&half(writing, "publicKey")).await, policy);
            let stored = Stored::seal(b"content", &options).await;
            let bytes = Base64::decode_vec(&text(&stored.headers, wrapped)).unwrap();
            assert_eq!(bytes.len(), 256, "as long as the modulus");
            for reading in &forms {
                let reader = keyring(&half(reading, "privateKey")).await;
                assert_opens(&stored, &of(&reader, policy)).await;
            }
        }
    }
}

#[wasm_bindgen_test]
async fn keys_that_cannot_be_extracted_work_and_larger_ones_too() {
    for bits in [2048, 3072] {
        let keys = pair(bits, false).await;
        for (policy, _) in POLICIES {
            let options = of(&keyring(&keys).await, policy);
            assert_opens(&Stored::seal(b"content", &options).await, &options).await;
        }
    }
}

#[wasm_bindgen_test]
async fn a_wrap_of_another_length_or_content_is_one_error() {
    let keys = pair(2048, true).await;
    for (policy, wrapped) in POLICIES {
        let options = of(&keyring(&keys).await, policy);
        let stored = Stored::seal(b"content", &options).await;
        let right = Base64::decode_vec(&text(&stored.headers, wrapped)).unwrap();
        let named = if policy == V2_POLICY {
            "AES/GCM/NoPadding"
        } else {
            "115"
        };
        let other = if policy == V2_POLICY {
            "115"
        } else {
            "AES/GCM/NoPadding"
        };
        let mut wraps = vec![
            right[..1].to_vec(),
            right[..255].to_vec(),
            [right.as_slice(), &[0]].concat(),
            vec![0; 256],
            vec![255; 256],
        ];
        let insides = [
            (16, 32, named),
            (0, 32, named),
            (33, 32, named),
            (16, 16, named),
            (32, 31, named),
            (32, 32, other),
        ];
        for (length, bytes, name) in insides {
            let inside = [&[length], [9; 32][..bytes].as_ref(), name.as_bytes()].concat();
            let sealed = ok(sealed_by(&get(&keys, "publicKey"), &inside)).await;
            wraps.push(js_sys::Uint8Array::from(sealed).to_vec());
        }
        for wrap in wraps {
            let changed = Stored {
                headers: with(
                    &stored.headers,
                    &[(wrapped, &Base64::encode_string(&wrap).as_str().into())],
                ),
                body: stored.body.clone(),
            };
            assert_eq!(
                changed.refusal(&options).await,
                "unwrap-failed",
                "{policy}, {} bytes",
                wrap.len()
            );
        }
    }
}

#[wasm_bindgen_test]
async fn keys_that_will_not_do_are_refused_and_not_repeated() {
    let small = pair(1024, true).await;
    let curve = ok(curve_pair()).await;
    let wrapping = ok(pair_for(
        2048,
        true,
        &Array::of2(&"wrapKey".into(), &"unwrapKey".into()),
    ))
    .await;
    let pem = ok(as_pem(&pair(2048, true).await, "\n")).await;
    let relabelled = |name: &str, label: &str| {
        let text = text(&pem, name)
            .replace(" PUBLIC KEY", label)
            .replace(" PRIVATE KEY", label);
        bag(&[(name, &text.as_str().into())])
    };
    let cut = |name: &str| {
        let pem = text(&pem, name);
        let lines: Vec<&str> = pem.lines().collect();
        let kept = [&lines[..2], &lines[lines.len() - 1..]].concat().join("\n");
        bag(&[(name, &kept.as_str().into())])
    };
    let mut refused = vec![
        relabelled("publicKey", " RSA PUBLIC KEY"),
        relabelled("publicKey", " PRIVATE KEY"),
        relabelled("privateKey", " RSA PRIVATE KEY"),
        relabelled("privateKey", " ENCRYPTED PRIVATE KEY"),
        cut("publicKey"),
        cut("privateKey"),
    ];
    for name in ["publicKey", "privateKey"] {
        let pems = [ok(as_pem(&small, "\n")).await, ok(as_pem(&curve, "\n")).await];
        let jwks = [ok(as_jwk(&small)).await, ok(as_jwk(&curve)).await];
        refused.extend(pems.iter().chain(&jwks).map(|keys| half(keys, name)));
        refused.extend([&small, &curve, &wrapping].map(|keys| half(keys, name)));
    }
    let body = text(&pem, "privateKey").lines().nth(1).unwrap().to_string();
    for keys in refused {
        let error = error_of(RawRsaKeyring::from_keys(keys.clone(), JsValue::UNDEFINED)).await;
        assert_eq!(code(&error), "misuse", "{keys:?}");
        assert!(!text(&error, "message").contains(&body));
    }
}

#[wasm_bindgen_test]
async fn keys_that_cannot_be_read_are_refused_and_not_left_out() {
    let cause: JsValue = bag(&[]);
    let rsa = bag(&[("kty", &"RSA".into())]);
    let unreadable = object_that_throws("n", &rsa, &cause);
    for keys in [
        bag(&[("publicKey", &unreadable)]),
        object_that_throws("privateKey", &pair(2048, true).await, &cause),
    ] {
        let error = error_of(RawRsaKeyring::from_keys(keys, JsValue::UNDEFINED)).await;
        assert_eq!(code(&error), "misuse");
        assert!(Object::is(&get(&error, "cause"), &cause));
    }
}

#[wasm_bindgen_test]
async fn rsa_refuses_a_context() {
    let keyring = keyring(&pair(2048, false).await).await;
    let plain = bag(&[("keyring", &keyring)]);
    let options = with(&plain, &[("encryptionContext", &bag(&[("a", &"b".into())]))]);
    assert_eq!(
        code_of(encrypt(blob_of(b"content").into(), options.clone())).await,
        "misuse"
    );
    let stored = Stored::seal(b"content", &plain).await;
    assert_eq!(stored.refusal(&options).await, "misuse");
}

#[wasm_bindgen_test]
async fn a_selector_may_write_with_kms_and_hold_rsa_keys() {
    let (one, two) = (pair(2048, false).await, pair(2048, false).await);
    let (one, two) = (described(&one, "1").await, described(&two, "2").await);
    let kms = kms_keyring(&kms_that_remembers());
    let selector: JsValue = KeyringSelector::of(kms.clone(), Array::of2(&one, &two).into())
        .unwrap()
        .into();
    for writer in [&kms, &one, &two, &selector] {
        let stored = Stored::seal(b"content", &bag(&[("keyring", writer)])).await;
        assert_opens(&stored, &bag(&[("keyring", &selector)])).await;
    }
    // The selected key alone is asked: the description of the one over the wrap of the other.
    let stored = Stored::seal(b"content", &bag(&[("keyring", &one)])).await;
    let moved = Stored {
        headers: with(&stored.headers, &[("x-amz-meta-x-amz-m", &r#"{"key":"2"}"#.into())]),
        body: stored.body,
    };
    assert_eq!(moved.refusal(&bag(&[("keyring", &selector)])).await, "unwrap-failed");
    // KMS has no description that could choose it.
    let refused = KeyringSelector::of(one, Array::of1(&kms).into()).err().unwrap();
    assert_eq!(code(&refused), "misuse");
}
