//! An object that was changed, cut or mixed up is refused with its code, whichever part of it was.

use js_sys::Function;
use presealed::browser::{RawAesKeyring, encrypt, get_object, open_object, put_object};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Stored, V2_POLICY, answer_with, array, bag, blob_of, blob_that_fails, blob_that_shrinks, code, code_of, error_of,
    get, noise, ok, raw_keyring, text, with, without,
};

const LENGTH: usize = 300_000;

fn v3() -> JsValue {
    bag(&[("keyring", &raw_keyring(7))])
}

fn v2() -> JsValue {
    with(&v3(), &[("commitmentPolicy", &V2_POLICY.into())])
}

async fn sealed(options: &JsValue) -> Stored {
    Stored::seal(&noise(LENGTH), options).await
}

impl Stored {
    fn cut(mut self, bytes: usize) -> Self {
        self.body.truncate(self.body.len() - bytes);
        self
    }

    /// As a store answers for the body it has.
    fn with_length(self) -> Self {
        let length = self.body.len().to_string();
        Self {
            headers: with(&self.headers, &[("content-length", &length.into())]),
            body: self.body,
        }
    }
}

#[wasm_bindgen_test]
async fn a_flipped_bit_of_the_body() {
    for options in [v3(), v2()] {
        // First and last byte of the content, a byte of the second segment, and both ends of the tag.
        for position in [0, 262_144, LENGTH - 1, LENGTH, LENGTH + 15] {
            let mut stored = sealed(&options).await;
            stored.body[position] ^= 1;
            assert_eq!(
                stored.refusal(&options).await,
                "authentication-failed",
                "byte {position}"
            );
        }
    }
}

#[wasm_bindgen_test]
async fn a_changed_envelope() {
    let stored = sealed(&v3()).await;
    for (header, code) in [
        ("x-amz-meta-x-amz-d", "commitment-mismatch"),
        ("x-amz-meta-x-amz-i", "commitment-mismatch"),
        ("x-amz-meta-x-amz-3", "unwrap-failed"),
        ("x-amz-meta-x-amz-c", "envelope-invalid"),
        ("x-amz-meta-x-amz-w", "envelope-invalid"),
    ] {
        assert_eq!(stored.with_changed(header).refusal(&v3()).await, code, "{header}");
    }
    let stored = sealed(&v2()).await;
    for (header, code) in [
        ("x-amz-meta-x-amz-iv", "authentication-failed"),
        ("x-amz-meta-x-amz-key-v2", "unwrap-failed"),
    ] {
        assert_eq!(stored.with_changed(header).refusal(&v2()).await, code, "{header}");
    }
}

#[wasm_bindgen_test]
async fn an_envelope_without_a_part() {
    let stored = sealed(&v3()).await;
    for header in [
        "x-amz-meta-x-amz-d",
        "x-amz-meta-x-amz-i",
        "x-amz-meta-x-amz-c",
        "x-amz-meta-x-amz-w",
    ] {
        let lacking = Stored {
            headers: without(&stored.headers, header),
            body: stored.body.clone(),
        };
        let code = lacking.refusal(&v3()).await;
        assert!(
            code == "envelope-invalid" || code == "commitment-mismatch",
            "{header}: {code}"
        );
    }
}

#[wasm_bindgen_test]
async fn formats_mixed() {
    let (one, other) = (sealed(&v3()).await, sealed(&v2()).await);
    let headers = with(
        &one.headers,
        &[(
            "x-amz-meta-x-amz-key-v2",
            &get(&other.headers, "x-amz-meta-x-amz-key-v2"),
        )],
    );
    let mixed = Stored {
        headers,
        body: one.body,
    };
    assert_eq!(mixed.refusal(&v2()).await, "envelope-invalid");
}

#[wasm_bindgen_test]
async fn no_envelope_names_cors() {
    let stored = sealed(&v3()).await;
    let length = bag(&[("content-length", &get(&stored.headers, "content-length"))]);
    let error = error_of(open_object(answer_with(&array(&stored.body), &length).into(), v3())).await;
    assert_eq!(code(&error), "envelope-missing");
    assert!(text(&error, "message").contains("CORS") && text(&error, "message").contains("ExposeHeaders"));
}

#[wasm_bindgen_test]
async fn a_body_cut_short() {
    for options in [v3(), v2()] {
        for bytes in [1, 16, 17, LENGTH, LENGTH + 16] {
            let cut = sealed(&options).await.cut(bytes);
            assert_eq!(
                cut.refusal(&options).await,
                "truncated",
                "{bytes} bytes less than the header says"
            );
        }
        for (bytes, code) in [
            (1, "authentication-failed"),
            (16, "authentication-failed"),
            (LENGTH + 1, "truncated"),
        ] {
            let cut = sealed(&options).await.cut(bytes).with_length();
            assert_eq!(
                cut.refusal(&options).await,
                code,
                "{bytes} bytes less, and the header with it"
            );
        }
    }
}

#[wasm_bindgen_test]
async fn a_body_with_more_behind() {
    for options in [v3(), v2()] {
        for more in [1, 16, 262_144] {
            let mut stored = sealed(&options).await;
            stored.body.extend(noise(more));
            assert_eq!(
                stored.refusal(&options).await,
                "authentication-failed",
                "{more} bytes more"
            );
            assert_eq!(
                stored.with_length().refusal(&options).await,
                "authentication-failed",
                "{more}, and the header"
            );
        }
    }
}

#[wasm_bindgen_test]
async fn an_answer_that_is_no_object() {
    let stored = sealed(&v3()).await;
    let unknown_length = answer_with(&array(&stored.body), &without(&stored.headers, "content-length"));
    assert_eq!(code_of(open_object(unknown_length.into(), v3())).await, "length-hidden");
    assert_eq!(code_of(open_object(JsValue::UNDEFINED, v3())).await, "misuse");

    let used = stored.response();
    super::support::ok(used.array_buffer().unwrap()).await;
    assert_eq!(code_of(open_object(used.into(), v3())).await, "misuse");
    let locked = stored.response();
    let _reader = locked.body().unwrap().get_reader();
    assert_eq!(code_of(open_object(locked.into(), v3())).await, "misuse");
}

#[wasm_bindgen_test]
async fn a_source_that_cannot_be_read() {
    let cause: JsValue = js_sys::Error::new("NotReadableError").into();
    let error = error_of(encrypt(blob_that_fails(&cause).into(), v3())).await;
    assert_eq!(code(&error), "read-failed");
    assert_eq!(get(&error, "cause"), cause);
    assert_eq!(code_of(encrypt(blob_that_shrinks().into(), v3())).await, "file-changed");
    assert_eq!(code_of(encrypt("text".into(), v3())).await, "misuse");
}

#[wasm_bindgen_test]
async fn options_of_the_wrong_type() {
    for (name, value) in [
        ("signal", "stop".into()),
        ("onProgress", 7.into()),
        ("commitmentPolicy", "none".into()),
        ("algorithmSuite", "rot13".into()),
        ("algorithmSuite", "ALG_AES_256_GCM_IV12_TAG16_NO_KDF".into()),
        ("encryptionContext", "text".into()),
    ] {
        let options: JsValue = with(&v3(), &[(name, &value)]);
        assert_eq!(
            code_of(encrypt(blob_of(b"content").into(), options)).await,
            "misuse",
            "{name}"
        );
    }
    for options in [JsValue::UNDEFINED, JsValue::NULL, "options".into()] {
        assert_eq!(code_of(encrypt(blob_of(b"content").into(), options)).await, "misuse");
    }
}

/// Ignored, they would ask for nothing.
#[wasm_bindgen_test]
async fn misspelt_options_are_refused() {
    let sealing = |options| encrypt(blob_of(b"content").into(), options);
    for name in ["ifNonMatch", "encryptionContex", "constructor"] {
        let misspelt = with(&v3(), &[(name, &bag(&[]))]);
        let error = error_of(sealing(misspelt.clone())).await;
        assert_eq!(code(&error), "misuse");
        assert!(text(&error, "message").contains(name));
        ok(sealing(with(&misspelt, &[(name, &JsValue::NULL)]))).await;
    }
    for (name, inner) in [
        ("multipart", "partsize"),
        ("instructionFile", "fetsch"),
        ("serverSideEncryption", "key_id"),
    ] {
        let given = bag(&[(inner, &1.into()), ("mode", &"SSE-KMS".into())]);
        let given = if name == "serverSideEncryption" {
            given
        } else {
            without(&given, "mode")
        };
        let signer = Function::new_no_args("");
        let options = with(&v3(), &[("key", &"k".into()), ("presign", &signer), (name, &given)]);
        let call = if name == "instructionFile" {
            get_object(options)
        } else {
            put_object(blob_of(b"content").into(), options)
        };
        let error = error_of(call).await;
        assert_eq!(code(&error), "misuse");
        assert!(text(&error, "message").contains(inner), "{name}");
    }
    let keyring = RawAesKeyring::from_key(array(&[7; 32]).into(), bag(&[("materialDescripton", &bag(&[]))]));
    assert_eq!(code(&keyring.err().unwrap()), "misuse");
}

#[wasm_bindgen_test]
async fn a_map_is_what_gives_pairs_of_strings_and_never_silently_empty() {
    let made = |expression: &str| {
        let body = format!("return {expression}");
        js_sys::Function::new_no_args(&body).call0(&JsValue::NULL).unwrap()
    };
    let key = || js_sys::Uint8Array::new_with_length(32).into();
    let keyring = |description| RawAesKeyring::from_key(key(), bag(&[("materialDescription", &description)]));
    for same in [
        "{ title: 'x' }",
        "new Map([['title', 'x']])",
        "new Headers({ title: 'x' })",
        "[['title', 'x']]",
        "Object.assign(Object.create(null), { title: 'x' })",
    ] {
        let options = bag(&[("keyring", &keyring(made(same)).unwrap().into())]);
        let content = ok(encrypt(blob_of(b"content").into(), options)).await;
        let description = get(&get(&content, "envelope"), "materialDescription");
        assert_eq!(text(&description, "title"), "x", "{same}");
    }
    for other in [
        "['title']",
        "[['title']]",
        "new Set(['title'])",
        "{ title: 7 }",
        "JSON.parse('{\"__proto__\":\"x\"}')",
        "{ get title() { throw 1 } }",
        "(function* () { throw 1 })()",
    ] {
        let refused = keyring(made(other)).err().map(|error| code(&error));
        assert_eq!(refused.as_deref(), Some("misuse"), "{other}");
    }
}
