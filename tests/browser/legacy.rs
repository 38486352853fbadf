//! Objects of official clients' that a browser opens only here: AES-CBC content, instruction files, legacy wraps, and KMS
//! without a key id.

use base64ct::{Base64, Encoding};
use js_sys::{Array, Object};
use presealed::browser::{KmsKeyring, RawAesKeyring, open_object};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Opened, answer_with, array, bag, bytes_of, code_of, get, kms_that_answers, kms_that_remembers, number, ok, text,
    with, without,
};

/// A file of `tests/vectors/official`.
pub struct Official(pub JsValue);

/// The file of that name without `.json`.
#[macro_export]
macro_rules! official {
    ($name:literal) => {
        $crate::browser::legacy::Official(
            js_sys::JSON::parse(include_str!(concat!("../vectors/official/", $name, ".json"))).unwrap(),
        )
    };
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

impl Official {
    pub fn body(&self) -> Vec<u8> {
        unhex(&text(&self.0, "body"))
    }

    pub fn data_key(&self) -> Vec<u8> {
        unhex(&text(&self.0, "data_key"))
    }

    pub fn plaintext(&self) -> Vec<u8> {
        unhex(&text(&self.0, "plaintext"))
    }

    pub fn response(&self, body: &[u8]) -> JsValue {
        let headers = bag(&[("content-length", &body.len().to_string().into())]);
        for entry in Object::entries(get(&self.0, "metadata").unchecked_ref()).iter() {
            let entry: Array = entry.unchecked_into();
            let name = format!("x-amz-meta-{}", entry.get(0).as_string().unwrap());
            js_sys::Reflect::set(&headers, &name.into(), &entry.get(1)).unwrap();
        }
        answer_with(&array(body), &headers).into()
    }

    /// Every opt-in that it needs, and its instruction file.
    fn options(&self, legacy_wrapping: bool) -> JsValue {
        self.reading(&self.keyring(legacy_wrapping))
    }

    pub fn keyring(&self, legacy_wrapping: bool) -> JsValue {
        let key = base64(&text(&self.0, "wrapping_key"));
        let given = bag(&[("enableLegacyWrappingAlgorithms", &legacy_wrapping.into())]);
        RawAesKeyring::from_key(key, given).unwrap().into()
    }

    pub fn reading(&self, keyring: &JsValue) -> JsValue {
        let instruction = match get(&self.0, "instruction") {
            missing if missing.is_null() || missing.is_undefined() => JsValue::UNDEFINED,
            file => file,
        };
        bag(&[
            ("keyring", keyring),
            ("commitmentPolicy", &"require-encrypt-allow-decrypt".into()),
            ("enableLegacyUnauthenticatedModes", &true.into()),
            ("enableLegacyCbcUnderGcmKeys", &true.into()),
            ("instructionFile", &instruction),
        ])
    }
}

fn base64(text: &str) -> JsValue {
    array(&Base64::decode_vec(text).unwrap()).into()
}

async fn opened(object: &Official, body: &[u8], options: &JsValue) -> Opened {
    ok(open_object(object.response(body), options.clone()))
        .await
        .unchecked_into()
}

#[wasm_bindgen_test]
async fn what_official_clients_wrote_opens() {
    for object in [
        official!("v1-raw-aes-cbc-ruby"),
        official!("v1-raw-aes-cbc-instruction-file-ruby"),
        official!("v1-raw-aes-cbc-empty-java-v1"),
        official!("v2-aeswrap-gcm-java-v1"),
        official!("v2-aeswrap-gcm-instruction-file-java-v1"),
        official!("v2-cbc-rewrapped-aes-to-aes-java-v1"),
        official!("v2-raw-aes-instruction-file-java"),
        official!("v3-raw-aes-instruction-file-java"),
    ] {
        let origin = text(&object.0, "origin");
        let content = opened(&object, &object.body(), &object.options(true)).await;
        assert_eq!(
            bytes_of(&ok(content.blob()).await).await,
            object.plaintext(),
            "{origin}"
        );
    }
}

#[wasm_bindgen_test]
async fn cbc_content_in_several_segments() {
    // A segment is 256 KiB; the body ends in the third.
    let object = official!("v1-raw-aes-cbc-ruby");
    let key = array(&unhex(&text(&object.0, "data_key")));
    let plaintext = super::support::noise(2 * 256 * 1024 + 5);
    let iv = base64(&text(&get(&object.0, "metadata"), "x-amz-iv"));
    let sealed = ok(super::support::cbc_sealed(&key, &iv, &array(&plaintext))).await;
    let body = js_sys::Uint8Array::new(&sealed).to_vec();
    let content = opened(&object, &body, &object.options(true)).await;
    assert!(get(content.as_ref(), "contentLength").is_undefined());
    assert_eq!(bytes_of(&ok(content.blob()).await).await, plaintext);
}

#[wasm_bindgen_test]
async fn changed_cbc_content_is_one_error_whatever_the_change() {
    let object = official!("v1-raw-aes-cbc-ruby");
    let whole = object.body();
    let mut padding = whole.clone();
    *padding.last_mut().unwrap() ^= 1;
    for body in [&padding[..], &whole[..16], &whole[..31], &[]] {
        let content = opened(&object, body, &object.options(true)).await;
        assert_eq!(code_of(content.blob()).await, "legacy-decryption-failed");
    }
}

#[wasm_bindgen_test]
async fn nothing_legacy_opens_unasked() {
    let object = official!("v1-raw-aes-cbc-ruby");
    let refusal = |options: JsValue| code_of(open_object(object.response(&object.body()), options));
    let options = object.options(true);
    assert_eq!(refusal(object.options(false)).await, "legacy-wrapping-disabled");
    let unasked = without(&options, "enableLegacyUnauthenticatedModes");
    assert_eq!(refusal(unasked).await, "unauthenticated-mode-disabled");
    assert_eq!(
        refusal(without(&options, "commitmentPolicy")).await,
        "commitment-required"
    );
}

/// Whoever writes to the bucket knows one block of an object in format V2, and with it `E_K` of one counter block: enough for a
/// block of AES-CBC content of any text, whose data key is the object's own.
#[wasm_bindgen_test]
async fn an_authenticated_object_that_is_passed_off_as_cbc_is_refused() {
    const WANTED: &[u8; 15] = b"PAY MALLORY 999";
    let known = b"%PDF-1.7\n%secret text, of which the start is known";
    let keyring = super::support::raw_keyring(7);
    let policy = ("commitmentPolicy", &"forbid-encrypt-allow-decrypt".into());
    let sealed = ok(presealed::browser::encrypt(
        super::support::blob_of(known).into(),
        bag(&[("keyring", &keyring), policy]),
    ))
    .await;
    let ciphertext = bytes_of(&get(&sealed, "body")).await;
    let headers = get(&sealed, "headers");
    let iv = Base64::decode_vec(&text(&headers, "x-amz-meta-x-amz-iv")).unwrap();
    let counter_block = [&iv[..], &[0, 0, 0, 2]].concat();
    let padded = [&WANTED[..], &[1]].concat();
    let xor = |one: &[u8], other: &[u8]| -> Vec<u8> { one.iter().zip(other).map(|(one, other)| one ^ other).collect() };
    let forged = array(&xor(&ciphertext[..16], known));
    let forged_iv = Base64::encode_string(&xor(&counter_block, &padded));
    let forged_headers = with(
        &headers,
        &[
            ("x-amz-meta-x-amz-cek-alg", &"AES/CBC/PKCS5Padding".into()),
            ("x-amz-meta-x-amz-iv", &forged_iv.into()),
            ("content-length", &"16".into()),
        ],
    );
    let open = |options: JsValue| open_object(answer_with(&forged, &forged_headers).into(), options);
    let for_old_objects = bag(&[
        ("keyring", &keyring),
        ("commitmentPolicy", &"require-encrypt-allow-decrypt".into()),
        ("enableLegacyUnauthenticatedModes", &true.into()),
    ]);
    assert_eq!(code_of(open(for_old_objects.clone())).await, "unwrap-failed");
    // What the further opt-in costs.
    let at_any_cost = with(&for_old_objects, &[("enableLegacyCbcUnderGcmKeys", &true.into())]);
    let opened: Opened = ok(open(at_any_cost)).await.unchecked_into();
    assert_eq!(bytes_of(&ok(opened.blob()).await).await, WANTED);
}

#[wasm_bindgen_test]
async fn an_instruction_file_that_is_missing_or_too_long() {
    let object = official!("v3-raw-aes-instruction-file-java");
    let refusal = |options: JsValue| code_of(open_object(object.response(&object.body()), options));
    let options = object.options(false);
    assert_eq!(
        refusal(without(&options, "instructionFile")).await,
        "instruction-file-missing"
    );
    for (file, expected) in [
        (JsValue::from(" ".repeat(65 * 1024)), "envelope-invalid"),
        (super::support::blob_of(&[b' '; 65 * 1024]).into(), "envelope-invalid"),
        (JsValue::from(7), "misuse"),
    ] {
        assert_eq!(refusal(with(&options, &[("instructionFile", &file)])).await, expected);
    }
}

#[wasm_bindgen_test]
async fn a_discovery_keyring_names_no_key_and_writes_nothing() {
    let kms = kms_that_remembers();
    let stored =
        super::support::Stored::seal(b"content", &bag(&[("keyring", &super::support::kms_keyring(&kms))])).await;
    let discovery: JsValue = KmsKeyring::discovery(bag(&[("kms", &kms)])).unwrap().into();
    let options = bag(&[("keyring", &discovery)]);
    assert_eq!(
        bytes_of(&ok(stored.open(&options).await.blob()).await).await,
        b"content"
    );
    let calls: Array = get(&kms, "calls").unchecked_into();
    assert!(!js_sys::Reflect::has(&calls.get(1), &"KeyId".into()).unwrap());
    let sealed = presealed::browser::encrypt(super::support::blob_of(b"x").into(), options);
    assert_eq!(code_of(sealed).await, "misuse");
    let named = bag(&[("kms", &kms_that_answers(32)), ("keyId", &"alias/a".into())]);
    assert_eq!(
        super::support::code(&KmsKeyring::discovery(named).err().unwrap()),
        "misuse"
    );
}

#[wasm_bindgen_test]
async fn an_envelope_in_an_instruction_file_round_trips() {
    for policy in ["require-encrypt-require-decrypt", "forbid-encrypt-allow-decrypt"] {
        let options = bag(&[
            ("keyring", &super::support::raw_keyring(7)),
            ("commitmentPolicy", &policy.into()),
            ("envelopeIn", &"instruction-file".into()),
        ]);
        let sealed = ok(presealed::browser::encrypt(
            super::support::blob_of(b"content").into(),
            options.clone(),
        ))
        .await;
        let file = get(&get(&sealed, "instructionFile"), "body");
        let length = number(&sealed, "contentLength").to_string();
        let headers = with(&get(&sealed, "headers"), &[("content-length", &length.into())]);
        let body = bytes_of(&get(&sealed, "body")).await;
        let response: JsValue = answer_with(&array(&body), &headers).into();
        let reading = with(&without(&options, "envelopeIn"), &[("instructionFile", &file)]);
        let object: Opened = ok(open_object(response, reading)).await.unchecked_into();
        assert_eq!(bytes_of(&ok(object.blob()).await).await, b"content", "{policy}");
    }
}
