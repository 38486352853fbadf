//! What callers hand in is taken or refused as a whole: nothing that they can give makes a trap.

use js_sys::{JsString, Object, Uint8Array};
use presealed::border::{
    Journey, KmsKeyring, RawAesKeyring, get_object, inspect_object, open_file, open_object, put_object,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    errors::assert_error,
    support::{array, get, impostors, object, options, polluted, reading, text, throwing, with},
};

/// Whatever any call takes.
const NAMES: [&str; 38] = [
    "algorithmSuite",
    "checkpoints",
    "checksum",
    "clientSideEncryption",
    "commitmentPolicy",
    "contentType",
    "enableLegacyCbcUnderGcmKeys",
    "enableLegacyUnauthenticatedModes",
    "encryptionContext",
    "enforceRotation",
    "engine",
    "envelopeIn",
    "ifMatch",
    "ifNoneMatch",
    "instructionFile",
    "key",
    "keyring",
    "lendSource",
    "metadata",
    "multipart",
    "newEncryptionContext",
    "newKeyring",
    "newSuffix",
    "onCheckpoint",
    "onProgress",
    "presign",
    "range",
    "ranges",
    "resume",
    "serverSideEncryption",
    "signal",
    "storeOnPageOrigin",
    "threshold",
    "suffix",
    "fetch",
    "mode",
    "rangeSize",
    "concurrency",
];

fn content() -> JsValue {
    array(&[1, 2, 3]).into()
}

fn put(options: JsValue) -> Result<Journey, JsValue> {
    put_object(content(), options)
}

fn misuse(begun: Result<Journey, JsValue>) -> JsValue {
    let error = begun.err().expect("it was taken");
    assert_error(&error, "misuse");
    error
}

#[wasm_bindgen_test]
fn names_on_the_prototype_of_objects_are_no_options() {
    for value in [7.into(), "x".into(), Object::new().into(), JsValue::TRUE] {
        for name in NAMES {
            let (putting, getting, inspecting) = (options(), options(), reading());
            polluted(vec![name.into()], &value, &mut || {
                put(putting.clone()).map(drop).expect(name);
                get_object(getting.clone()).map(drop).expect(name);
                inspect_object(inspecting.clone()).map(drop).expect(name);
                JsValue::UNDEFINED
            });
        }
    }
}

#[wasm_bindgen_test]
fn what_no_call_or_another_one_takes_is_refused() {
    for name in [
        "newKeyring",
        "ranges",
        "keyRing",
        "Key",
        "lendSource",
        "__proto",
        "x\u{0}",
    ] {
        let error = misuse(put(with(&options(), name, Object::new().into())));
        assert!(text(&error, "message").contains(name), "{name}");
        // Nothing was asked for by it.
        assert!(put(with(&options(), name, JsValue::UNDEFINED)).is_ok());
    }
    for none in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        1.into(),
        "options".into(),
        JsValue::bigint_from_str("1"),
    ] {
        misuse(put(none.clone()));
        misuse(get_object(none));
    }
}

#[wasm_bindgen_test]
fn getters_that_throw_are_told_as_what_they_threw() {
    let cause: JsValue = Object::new().into();
    for name in NAMES {
        let begun = match name {
            "key" | "presign" | "signal" | "instructionFile" | "serverSideEncryption" | "storeOnPageOrigin" => {
                inspect_object(Object::assign(throwing(name, &cause).unchecked_ref(), &Object::new()).into())
            }
            _ => put(throwing(name, &cause)),
        };
        misuse(begun);
    }
    let begun = inspect_object(throwing("key", &cause));
    assert!(Object::is(&get(&misuse(begun), "cause"), &cause));
}

#[wasm_bindgen_test]
fn text_that_would_become_another_is_refused() {
    let half: JsValue = JsString::from_char_code(&[0x61, 0xd800]).into();
    for name in ["key", "contentType", "commitmentPolicy", "ifMatch", "checksum"] {
        misuse(put(with(&options(), name, half.clone())));
    }
    for name in ["metadata", "encryptionContext"] {
        let key = half.clone();
        misuse(put(with(&options(), name, object([("a", half.clone())]))));
        let named = Object::new();
        js_sys::Reflect::set(&named, &key, &"a".into()).unwrap();
        misuse(put(with(&options(), name, named.into())));
    }
    // What a half becomes may be given as such.
    assert!(put(with(&options(), "key", "a\u{fffd}".into())).is_ok());
}

#[wasm_bindgen_test]
fn what_only_looks_like_something_is_refused() {
    let impostors = impostors();
    for name in Object::keys(impostors.unchecked_ref::<Object>()).iter() {
        let name = name.as_string().unwrap();
        let value = get(&impostors, &name);
        let same = || value.clone();
        misuse(put_object(same(), options()));
        misuse(open_object(same(), with(&options(), "key", JsValue::UNDEFINED)));
        for option in [
            "keyring",
            "signal",
            "presign",
            "key",
            "onProgress",
            "serverSideEncryption",
            "checkpoints",
            "resume",
            "engine",
        ] {
            misuse(put(with(&options(), option, same())));
        }
        let error = RawAesKeyring::from_key(same(), JsValue::UNDEFINED).err().expect(&name);
        assert_error(&error, "misuse");
        let error = KmsKeyring::new(object([("keyId", "k".into()), ("kms", same())]))
            .err()
            .expect(&name);
        assert_error(&error, "misuse");
    }
    for none in [JsValue::UNDEFINED, 1.into(), "a".into()] {
        misuse(open_file(none));
    }
}

#[wasm_bindgen_test]
fn keys_that_were_transferred_away_are_refused() {
    let key = Uint8Array::new_with_length(32);
    let structured_clone: js_sys::Function = get(&js_sys::global(), "structuredClone").unchecked_into();
    let transfer = object([("transfer", js_sys::Array::of1(&key.buffer()).into())]);
    structured_clone
        .call2(&JsValue::UNDEFINED, &key.buffer(), &transfer)
        .unwrap();
    let error = RawAesKeyring::from_key(key.into(), JsValue::UNDEFINED).err().unwrap();
    assert_error(&error, "misuse");
}
