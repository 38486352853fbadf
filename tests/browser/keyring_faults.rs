//! Keys that do not fit, and callbacks that fail: each with its code and cause, and before any content is touched.

use js_sys::{Array, Error as JsError, Function, Object};
use presealed::browser::{PassphraseKeyring, RawAesKeyring, encrypt};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Stored, V2_POLICY, array, bag, blob_of, bytes_of, bytes_transferred_away, code, code_of, error_of, get, held_key,
    keyring_that_declines, keyring_that_masks, keyring_that_throws, keyring_that_transfers, kms_keyring,
    kms_that_answers, kms_that_remembers, kms_that_repeats_itself, kms_that_throws, kms_that_transfers_away, number,
    ok, raw_keyring, with,
};

fn of(keyring: &JsValue) -> JsValue {
    bag(&[("keyring", keyring)])
}

fn passphrase(words: &str) -> JsValue {
    let cost = bag(&[("memoryKib", &19_456.into()), ("iterations", &2.into())]);
    of(&PassphraseKeyring::from_passphrase(words.into(), cost).unwrap().into())
}

#[wasm_bindgen_test]
async fn another_key_does_not_open() {
    for policy in ["require-encrypt-allow-decrypt", V2_POLICY] {
        let policy = [("commitmentPolicy", &policy.into())];
        let stored = Stored::seal(b"content", &with(&of(&raw_keyring(7)), &policy)).await;
        assert_eq!(
            stored.refusal(&with(&of(&raw_keyring(8)), &policy)).await,
            "unwrap-failed"
        );
        assert_eq!(
            stored.refusal(&with(&passphrase("words"), &policy)).await,
            "keyring-mismatch"
        );
        let kms = kms_keyring(&kms_that_remembers());
        assert_eq!(stored.refusal(&with(&of(&kms), &policy)).await, "keyring-mismatch");
        let declining = keyring_that_declines();
        assert_eq!(
            stored.refusal(&with(&of(&declining), &policy)).await,
            "keyring-mismatch"
        );
        assert_eq!(number(&declining, "calls"), 1.0);
    }
}

#[wasm_bindgen_test]
async fn another_passphrase_does_not_open() {
    let stored = Stored::seal(b"content", &passphrase("words")).await;
    assert_eq!(stored.refusal(&passphrase("Words")).await, "unwrap-failed");
}

#[wasm_bindgen_test]
async fn another_context_does_not_open() {
    let options = of(&kms_keyring(&kms_that_remembers()));
    let context = |value: &str| bag(&[("department", &value.into())]);
    let stored = Stored::seal(b"content", &with(&options, &[("encryptionContext", &context("10"))])).await;
    for other in [context("11"), bag(&[]), with(&context("10"), &[("more", &"1".into())])] {
        let options = with(&options, &[("encryptionContext", &other)]);
        assert_eq!(stored.refusal(&options).await, "encryption-context-mismatch");
    }
}

#[wasm_bindgen_test]
async fn raw_keys_refuse_a_context() {
    let options = with(
        &of(&raw_keyring(7)),
        &[("encryptionContext", &bag(&[("a", &"b".into())]))],
    );
    assert_eq!(code_of(encrypt(blob_of(b"content").into(), options)).await, "misuse");
}

#[wasm_bindgen_test]
async fn the_policy_is_asked_before_the_keyring() {
    let sealing = with(&of(&keyring_that_masks()), &[("commitmentPolicy", &V2_POLICY.into())]);
    let stored = Stored::seal(b"content", &sealing).await;
    let keyring = keyring_that_declines();
    assert_eq!(stored.refusal(&of(&keyring)).await, "commitment-required");
    assert_eq!(number(&keyring, "calls"), 0.0, "the keyring was asked");
}

#[wasm_bindgen_test]
async fn what_kms_throws_is_the_cause() {
    let cause: JsValue = JsError::new("AccessDeniedException").into();
    let refusing = of(&kms_keyring(&kms_that_throws(&cause)));
    let error = error_of(encrypt(blob_of(b"content").into(), refusing.clone())).await;
    assert_eq!(code(&error), "kms-failed");
    assert!(Object::is(&get(&error, "cause"), &cause));

    let stored = Stored::seal(b"content", &of(&kms_keyring(&kms_that_remembers()))).await;
    let opening = presealed::browser::open_object(stored.response().into(), refusing);
    let error = error_of(opening).await;
    assert_eq!(code(&error), "kms-failed");
    assert!(Object::is(&get(&error, "cause"), &cause));
}

#[wasm_bindgen_test]
async fn kms_answers_32_bytes_or_nothing() {
    let stored = Stored::seal(b"content", &of(&kms_keyring(&kms_that_remembers()))).await;
    for bytes in [0, 16, 31, 33] {
        let options = of(&kms_keyring(&kms_that_answers(bytes)));
        assert_eq!(
            code_of(encrypt(blob_of(b"content").into(), options.clone())).await,
            "kms-failed"
        );
        assert_eq!(stored.refusal(&options).await, "kms-failed");
    }
}

/// The answer's array is wiped: what a cache gives the second time must not become a key that everybody knows.
#[wasm_bindgen_test]
async fn an_answer_that_was_wiped_is_no_data_key() {
    let options = of(&kms_keyring(&kms_that_repeats_itself()));
    let stored = Stored::seal(b"content", &options).await;
    assert_eq!(
        code_of(encrypt(blob_of(b"content").into(), options.clone())).await,
        "kms-failed"
    );
    assert_eq!(stored.refusal(&options).await, "kms-failed");
}

/// Copying from an array without a buffer throws, through wasm, and nobody would hear of the call again.
#[wasm_bindgen_test]
async fn bytes_that_were_transferred_away_end_in_an_answer() {
    let transferring = of(&keyring_that_transfers());
    let stored = Stored::seal(b"content", &transferring).await;
    let opened = stored.open(&transferring).await;
    assert_eq!(bytes_of(&ok(opened.blob()).await).await, b"content");

    let away = of(&kms_keyring(&kms_that_transfers_away()));
    let stored = Stored::seal(b"content", &of(&kms_keyring(&kms_that_remembers()))).await;
    assert_eq!(
        code_of(encrypt(blob_of(b"content").into(), away.clone())).await,
        "kms-failed"
    );
    assert_eq!(stored.refusal(&away).await, "kms-failed");
    let key = RawAesKeyring::from_key(bytes_transferred_away(), JsValue::UNDEFINED);
    assert_eq!(code(&key.err().unwrap()), "misuse");
}

#[wasm_bindgen_test]
async fn what_a_custom_keyring_throws_is_the_cause() {
    let cause: JsValue = bag(&[]);
    let stored = Stored::seal(b"content", &of(&keyring_that_masks())).await;
    let throwing = of(&keyring_that_throws(&cause));
    for (promise, expected) in [
        (encrypt(blob_of(b"content").into(), throwing.clone()), "wrap-failed"),
        (
            presealed::browser::open_object(stored.response().into(), throwing),
            "unwrap-failed",
        ),
    ] {
        let error = error_of(promise).await;
        assert_eq!(code(&error), expected);
        assert!(Object::is(&get(&error, "cause"), &cause));
    }
    let answering_nothing = of(&keyring_that_declines());
    assert_eq!(
        code_of(encrypt(blob_of(b"content").into(), answering_nothing)).await,
        "misuse"
    );
}

#[wasm_bindgen_test]
async fn a_freed_keyring_is_refused() {
    let keyring = raw_keyring(7);
    let free: Function = get(&keyring, "free").unchecked_into();
    free.call0(&keyring).unwrap();
    assert_eq!(
        code_of(encrypt(blob_of(b"content").into(), of(&keyring))).await,
        "misuse"
    );
}

#[wasm_bindgen_test]
async fn a_key_without_the_usage_is_refused() {
    let reading: JsValue = ok(held_key(&Array::of1(&"decrypt".into()))).await;
    let keyring = RawAesKeyring::from_key(reading, JsValue::UNDEFINED).unwrap();
    assert_eq!(
        code_of(encrypt(blob_of(b"content").into(), of(&keyring.into()))).await,
        "misuse"
    );

    let writing: JsValue = ok(held_key(&Array::of1(&"encrypt".into()))).await;
    let options = of(&RawAesKeyring::from_key(writing, JsValue::UNDEFINED).unwrap().into());
    let stored = Stored::seal(b"content", &options).await;
    assert_eq!(stored.refusal(&options).await, "misuse");
}

#[wasm_bindgen_test]
async fn what_is_no_key_is_refused_at_once() {
    let keys = [JsValue::UNDEFINED, "words".into(), array(&[7; 31]).into(), bag(&[])];
    for key in keys {
        let error = RawAesKeyring::from_key(key, JsValue::UNDEFINED)
            .err()
            .expect("a keyring");
        assert_eq!(code(&error), "misuse");
    }
    for words in [JsValue::UNDEFINED, "".into(), 7.into()] {
        let error = PassphraseKeyring::from_passphrase(words, JsValue::UNDEFINED)
            .err()
            .expect("a keyring");
        assert_eq!(code(&error), "misuse");
    }
    for keyring in [JsValue::UNDEFINED, JsValue::NULL, bag(&[]), "raw".into()] {
        assert_eq!(
            code_of(encrypt(blob_of(b"content").into(), of(&keyring))).await,
            "misuse"
        );
    }
}
