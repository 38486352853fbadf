//! What the tests share: option bags, bytes, and the doubles of `doubles.js`.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use presealed::browser;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStream, Response};

pub const V2_POLICY: &str = "forbid-encrypt-allow-decrypt";

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    pub fn later(ms: u32) -> Promise;
    #[wasm_bindgen(js_name = kmsThatRemembers)]
    pub fn kms_that_remembers() -> JsValue;
    #[wasm_bindgen(js_name = kmsThatThrows)]
    pub fn kms_that_throws(cause: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = kmsThatAnswers)]
    pub fn kms_that_answers(plaintext_bytes: u32) -> JsValue;
    #[wasm_bindgen(js_name = only96BitIvs)]
    pub fn only_96_bit_ivs() -> Function;
    #[wasm_bindgen(js_name = keyringThatMasks)]
    pub fn keyring_that_masks() -> JsValue;
    #[wasm_bindgen(js_name = keyringThatDeclines)]
    pub fn keyring_that_declines() -> JsValue;
    #[wasm_bindgen(js_name = kmsThatRepeatsItself)]
    pub fn kms_that_repeats_itself() -> JsValue;
    #[wasm_bindgen(js_name = keyringThatTransfers)]
    pub fn keyring_that_transfers() -> JsValue;
    #[wasm_bindgen(js_name = kmsThatTransfersAway)]
    pub fn kms_that_transfers_away() -> JsValue;
    #[wasm_bindgen(js_name = bytesTransferredAway)]
    pub fn bytes_transferred_away() -> JsValue;
    #[wasm_bindgen(js_name = keyringThatThrows)]
    pub fn keyring_that_throws(cause: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = heldKey)]
    pub fn held_key(usages: &Array) -> Promise;

    #[wasm_bindgen(js_name = cbcSealed)]
    pub fn cbc_sealed(key: &Uint8Array, iv: &JsValue, plaintext: &Uint8Array) -> Promise;

    #[wasm_bindgen(js_name = blobThatFails)]
    pub fn blob_that_fails(cause: &JsValue) -> Blob;
    #[wasm_bindgen(js_name = blobThatShrinks)]
    pub fn blob_that_shrinks() -> Blob;
    #[wasm_bindgen(js_name = blobThatAborts)]
    pub fn blob_that_aborts(controller: &JsValue, reason: &JsValue) -> Blob;

    #[wasm_bindgen(js_name = fileThatRemembers)]
    pub fn file_that_remembers() -> JsValue;
    #[wasm_bindgen(js_name = fileThatRefuses)]
    pub fn file_that_refuses(cause: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = keyringThatHangs)]
    pub fn keyring_that_hangs(inner: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = signalThatFires)]
    pub fn signal_that_fires() -> JsValue;
    #[wasm_bindgen(js_name = objectThatThrows)]
    pub fn object_that_throws(name: &str, rest: &JsValue, cause: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = fileThatCannotBeWritten)]
    pub fn file_that_cannot_be_written(cause: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = realFile)]
    pub fn real_file() -> Promise;
    #[wasm_bindgen(js_name = readRealFile)]
    pub fn read_real_file(handle: &JsValue) -> Promise;

    /// A body of chunks of that size, which counts itself and runs `afterFirst`.
    #[wasm_bindgen(js_name = bodyInChunks)]
    pub fn body_in_chunks(bytes: &Uint8Array, chunk: u32, after_first: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = answerWith)]
    pub fn answer_with(body: &JsValue, headers: &JsValue) -> Response;

    pub fn partial(body: &JsValue, headers: &JsValue) -> Response;
    #[wasm_bindgen(js_name = crossOrigin)]
    pub fn cross_origin(headers: &JsValue) -> Response;

    /// Everything read up to the stream's end or error: `{ bytes, error }`.
    #[wasm_bindgen(js_name = drain)]
    pub fn drain(stream: &JsValue) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    /// An `EncryptedObject` as JavaScript holds it.
    pub type Opened;

    #[wasm_bindgen(method)]
    pub fn blob(this: &Opened) -> Promise;
    #[wasm_bindgen(method)]
    pub fn stream(this: &Opened) -> Promise;
    #[wasm_bindgen(method, js_name = saveTo)]
    pub fn save_to(this: &Opened, handle: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    pub fn free(this: &Opened);
    #[wasm_bindgen(method, catch, js_name = delayedAuthenticationStream)]
    pub fn delayed_authentication_stream(this: &Opened) -> Result<ReadableStream, JsValue>;
}

pub fn bag(entries: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

/// The bag and more.
pub fn with(bag: &JsValue, entries: &[(&str, &JsValue)]) -> JsValue {
    let copy = Object::assign(&Object::new(), bag.unchecked_ref());
    Object::assign(&copy, self::bag(entries).unchecked_ref()).into()
}

pub fn without(bag: &JsValue, name: &str) -> JsValue {
    let copy = Object::assign(&Object::new(), bag.unchecked_ref());
    assert!(Reflect::has(&copy, &name.into()).unwrap(), "{name} is not there");
    Reflect::delete_property(&copy, &name.into()).unwrap();
    copy.into()
}

pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

pub fn number(object: &JsValue, name: &str) -> f64 {
    get(object, name)
        .as_f64()
        .unwrap_or_else(|| panic!("{name} is no number"))
}

pub fn text(object: &JsValue, name: &str) -> String {
    get(object, name)
        .as_string()
        .unwrap_or_else(|| panic!("{name} is no string"))
}

/// Repeatable bytes with no pattern that a mistake in block order could keep.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ bytes as u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

pub fn array(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

pub fn blob_of(bytes: &[u8]) -> Blob {
    Blob::new_with_u8_array_sequence(&Array::of1(&array(bytes))).unwrap()
}

pub async fn bytes_of(blob: &JsValue) -> Vec<u8> {
    let buffer = JsFuture::from(blob.unchecked_ref::<Blob>().array_buffer())
        .await
        .unwrap();
    Uint8Array::new(&buffer).to_vec()
}

pub async fn ok(promise: Promise) -> JsValue {
    match JsFuture::from(promise).await {
        Ok(value) => value,
        Err(error) => panic!(
            "rejected: {} {error:?}",
            get(&error, "code").as_string().unwrap_or_default()
        ),
    }
}

pub async fn error_of(promise: Promise) -> JsValue {
    JsFuture::from(promise).await.expect_err("it should be rejected")
}

/// As the package's own `isPresealedError` has it.
pub fn is_ours(error: &JsValue) -> bool {
    error.is_instance_of::<js_sys::Error>() && text(error, "name") == "PresealedError"
}

pub fn code(error: &JsValue) -> String {
    assert!(is_ours(error), "not ours: {error:?}");
    text(error, "code")
}

pub async fn code_of(promise: Promise) -> String {
    code(&error_of(promise).await)
}

pub fn raw_keyring(byte: u8) -> JsValue {
    let keyring = browser::RawAesKeyring::from_key(array(&[byte; 32]).into(), JsValue::UNDEFINED);
    keyring.unwrap().into()
}

pub fn kms_keyring(kms: &JsValue) -> JsValue {
    let options = bag(&[("keyId", &"alias/test".into()), ("kms", kms)]);
    browser::KmsKeyring::new(options).unwrap().into()
}

/// An encrypted object on its way: what a store would keep.
pub struct Stored {
    pub headers: JsValue,
    pub body: Vec<u8>,
}

impl Stored {
    pub async fn seal(content: &[u8], options: &JsValue) -> Self {
        let sealed = ok(browser::encrypt(blob_of(content).into(), options.clone())).await;
        let body = bytes_of(&get(&sealed, "body")).await;
        Self::of(&sealed, body)
    }

    /// What a call sealed, and the body that was read of it.
    pub fn of(sealed: &JsValue, body: Vec<u8>) -> Self {
        assert_eq!(number(sealed, "contentLength"), body.len() as f64);
        let headers = with(
            &get(sealed, "headers"),
            &[("content-length", &body.len().to_string().into())],
        );
        Self { headers, body }
    }

    pub fn response(&self) -> Response {
        answer_with(&array(&self.body), &self.headers)
    }

    pub async fn open(&self, options: &JsValue) -> Opened {
        ok(browser::open_object(self.response().into(), options.clone()))
            .await
            .unchecked_into()
    }

    /// The code with which opening or reading fails.
    pub async fn refusal(&self, options: &JsValue) -> String {
        match JsFuture::from(browser::open_object(self.response().into(), options.clone())).await {
            Ok(opened) => code_of(opened.unchecked_ref::<Opened>().blob()).await,
            Err(error) => code(&error),
        }
    }

    /// With another letter at the start of a header's value.
    pub fn with_changed(&self, header: &str) -> Self {
        let value = text(&self.headers, header);
        let letter = if value.starts_with('A') { "B" } else { "A" };
        let changed = format!("{letter}{}", &value[1..]);
        Self {
            headers: with(&self.headers, &[(header, &changed.into())]),
            body: self.body.clone(),
        }
    }
}
