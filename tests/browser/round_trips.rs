//! What one call seals the other opens, with every keyring, suite and size, and the metadata says what happened.

use js_sys::Array;
use presealed::browser::{PassphraseKeyring, RawAesKeyring, encrypt};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Stored, V2_POLICY, array, bag, blob_of, bytes_of, get, held_key, keyring_that_masks, kms_keyring,
    kms_that_remembers, noise, number, ok, text, with,
};

const MIB: usize = 1024 * 1024;

async fn assert_round_trips(options: &JsValue, wrap_algorithm: &str) {
    for (policy, format) in [("require-encrypt-require-decrypt", "V3"), (V2_POLICY, "V2")] {
        let options = with(options, &[("commitmentPolicy", &policy.into())]);
        for length in [0, 1, 16, 5 * MIB + 3] {
            let content = noise(length);
            let stored = Stored::seal(&content, &options).await;
            assert_eq!(stored.body.len(), length + 16);
            let opened = stored.open(&options).await;
            assert_eq!(number(&opened, "contentLength"), length as f64);
            let envelope = get(&opened, "envelope");
            assert_eq!(text(&envelope, "format"), format);
            assert_eq!(text(&envelope, "wrapAlgorithm"), wrap_algorithm);
            assert!(
                bytes_of(&ok(opened.blob()).await).await == content,
                "{format}, {length} bytes"
            );
        }
    }
}

fn of_key(key: JsValue) -> JsValue {
    let description = bag(&[("kek", &"2026/\u{e9}".into())]);
    let keyring = RawAesKeyring::from_key(key, bag(&[("materialDescription", &description)])).unwrap();
    bag(&[("keyring", &keyring.into())])
}

#[wasm_bindgen_test]
async fn raw_keys_of_every_length() {
    for bytes in [16, 24, 32] {
        assert_round_trips(&of_key(array(&noise(bytes)).into()), "AES/GCM").await;
    }
}

#[wasm_bindgen_test]
async fn a_key_that_cannot_be_extracted() {
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    assert_round_trips(&of_key(ok(held_key(&usages)).await), "AES/GCM").await;
}

#[wasm_bindgen_test]
async fn passphrases_in_any_unicode_form() {
    let keyring = |words: &str| {
        let cost = bag(&[("memoryKib", &19_456.into()), ("iterations", &2.into())]);
        JsValue::from(PassphraseKeyring::from_passphrase(words.into(), cost).unwrap())
    };
    let composed = bag(&[("keyring", &keyring("p\u{e4}sse"))]);
    assert_round_trips(&composed, "AES/GCM").await;
    let stored = Stored::seal(b"content", &composed).await;
    let opened = stored.open(&bag(&[("keyring", &keyring("pa\u{308}sse"))])).await;
    assert_eq!(bytes_of(&ok(opened.blob()).await).await, b"content");
}

#[wasm_bindgen_test]
async fn kms_with_its_context() {
    let kms = kms_that_remembers();
    let context = bag(&[("department", &"10".into()), ("na\u{ef}ve", &"\u{6f22}".into())]);
    let options = bag(&[("keyring", &kms_keyring(&kms)), ("encryptionContext", &context)]);
    assert_round_trips(&options, "kms+context").await;
    let call = get(&kms, "calls").unchecked_into::<Array>().get(0);
    assert_eq!(text(&call, "KeyId"), "alias/test");
    assert_eq!(text(&call, "KeySpec"), "AES_256");
    let sent = get(&call, "EncryptionContext");
    assert_eq!(text(&sent, "na\u{ef}ve"), "\u{6f22}");
    assert_eq!(text(&sent, "aws:x-amz-cek-alg"), "115");
}

#[wasm_bindgen_test]
async fn a_keyring_of_the_callers() {
    let keyring = keyring_that_masks();
    assert_round_trips(&bag(&[("keyring", &keyring)]), "AES/GCM").await;
    let call = get(&keyring, "calls").unchecked_into::<Array>().get(0);
    assert_eq!(text(&call, "algorithmSuite"), "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY");
}

#[wasm_bindgen_test]
async fn two_seals_share_nothing() {
    let options = of_key(array(&[7; 32]).into());
    let (one, other) = (
        Stored::seal(&[0; 64], &options).await,
        Stored::seal(&[0; 64], &options).await,
    );
    assert_ne!(one.body, other.body);
    for header in ["x-amz-meta-x-amz-3", "x-amz-meta-x-amz-i", "x-amz-meta-x-amz-d"] {
        assert_ne!(text(&one.headers, header), text(&other.headers, header));
    }
}

#[wasm_bindgen_test]
async fn the_callers_key_is_copied_and_left_alone() {
    let key = array(&[7; 32]);
    let options = of_key(key.clone().into());
    assert_eq!(key.to_vec(), [7; 32]);
    key.fill(0, 0, 32);
    let stored = Stored::seal(b"content", &options).await;
    let opened = stored.open(&of_key(array(&[7; 32]).into())).await;
    assert_eq!(bytes_of(&ok(opened.blob()).await).await, b"content");
}

#[wasm_bindgen_test]
async fn encrypt_reports_progress_up_to_the_total() {
    let reports = Array::new();
    let kept = reports.clone();
    let on_progress = wasm_bindgen::closure::Closure::<dyn FnMut(JsValue)>::new(move |report| {
        kept.push(&report);
    });
    let options = with(&of_key(array(&[7; 32]).into()), &[("onProgress", on_progress.as_ref())]);
    let length = 20 * MIB;
    ok(encrypt(blob_of(&noise(length)).into(), options)).await;
    let done: Vec<f64> = reports.iter().map(|report| number(&report, "bytesDone")).collect();
    assert!(done.len() >= 2 && done.is_sorted(), "{done:?}");
    assert_eq!(*done.last().unwrap(), (length + 16) as f64);
    assert!(reports.iter().all(|report| text(&report, "phase") == "encrypt"));
}
