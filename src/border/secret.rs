//! Calls that take or give secrets: started here once the machine has said what is next, and their results taken here. The shell learns
//! only that a call has settled.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use js_sys::{Array, Function, Object, Promise, RangeError, Reflect, Uint8Array};
use litemap::LiteMap;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use super::{
    extras::extras,
    given::{answered, bytes},
    journey::{Journey, Told},
    kept::{kept, replace},
    plain::to_js,
    rsa,
    step::object,
    webcrypto::{gcm, subtle, told, wipe},
};
use crate::{
    content::EngineKind,
    encryption_context::StringMap,
    machine::{About, Answer, Call, Cipher, Id, KeyRef, KeyUse, Primitive, Secret},
};

/// What the shell never sees of a journey.
#[derive(Clone, Default)]
pub(super) struct Secrets(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    calls: LiteMap<Id, Call>,
    settled: LiteMap<Id, Result<Answer, JsValue>>,
    keys: LiteMap<Id, CryptoKey>,
    engines: LiteMap<Id, (EngineKind, Secret)>,
}

impl Secrets {
    pub(super) fn keep_call(&self, id: Id, call: Call) {
        self.0.borrow_mut().calls.insert(id, call);
    }

    pub(super) fn key(&self, id: Id) -> JsValue {
        self.0.borrow().keys.get(&id).map(JsValue::from).unwrap_or_default()
    }

    pub(super) fn release(&self, id: Id) {
        let mut inner = self.0.borrow_mut();
        inner.keys.remove(&id);
        inner.engines.remove(&id);
    }

    fn settle(&self, id: Id, outcome: Result<Answer, JsValue>) {
        self.0.borrow_mut().settled.insert(id, outcome);
    }

    /// What of it a call under way has: its callbacks stay until they are collected, and must not keep anything secret so long.
    fn for_later(&self) -> Later {
        Later(Rc::downgrade(&self.0))
    }

    /// Begins the call, and says how its result is read.
    fn begin(&self, id: Id, call: Call) -> Result<(Promise, Read), JsValue> {
        match call {
            Call::Import { cipher, key } => {
                let name = match cipher {
                    KeyUse::AesGcm | KeyUse::Wrapping => "AES-GCM",
                    KeyUse::AesCtr => "AES-CTR",
                    KeyUse::AesCbc => "AES-CBC",
                };
                let usages = match cipher {
                    KeyUse::AesCbc | KeyUse::Wrapping => Array::of2(&"encrypt".into(), &"decrypt".into()),
                    _ => Array::of1(&"encrypt".into()),
                };
                let bytes = Uint8Array::from(key.expose());
                let import = webcrypto()?.import_key_with_str("raw", &bytes, name, false, &usages);
                wipe(&bytes);
                let secrets = self.for_later();
                let read = move |key: JsValue| {
                    if let Some(secrets) = secrets.get() {
                        secrets.0.borrow_mut().keys.insert(id, key.unchecked_into());
                    }
                    Answer::Held
                };
                Ok((import?, Box::new(read)))
            }
            Call::Adopt { key, der, is_private } => {
                let import = rsa::import(&webcrypto()?, &kept(&key), der.as_ref(), is_private)?;
                let read = move |imported| {
                    replace(&key, imported);
                    Answer::Done
                };
                Ok((import, Box::new(read)))
            }
            Call::Soften { kind, key } => {
                self.0.borrow_mut().engines.insert(id, (kind, key));
                Ok((Promise::resolve(&JsValue::UNDEFINED), Box::new(|_| Answer::Held)))
            }
            Call::Extra {
                primitive,
                key,
                with,
                data,
            } => {
                let answer = match extras() {
                    None => Answer::Missing,
                    Some(extras) => match extras.run_here(primitive, key.expose(), &with, data.expose()) {
                        Ok(Some(out)) => Answer::Secret(Secret::new(out)),
                        Ok(None) => Answer::Refused,
                        Err(()) => return Err(RangeError::new("out of memory").into()),
                    },
                };
                Ok((Promise::resolve(&JsValue::UNDEFINED), Box::new(|_| answer)))
            }
            Call::Encrypt { key, cipher, data } => {
                let (key, parameters) = (self.key_of(&key), parameters(&cipher)?);
                let data = Uint8Array::from(data.expose());
                let call = webcrypto()?.encrypt_with_object_and_buffer_source(&parameters, &key, &data);
                wipe(&data);
                Ok((
                    call?,
                    Box::new(|buffer| Answer::Secret(taken(&Uint8Array::new(&buffer)))),
                ))
            }
            Call::Decrypt { key, cipher, data } => {
                let (key, parameters) = (self.key_of(&key), parameters(&cipher)?);
                let data = Uint8Array::from(data.expose());
                let call = webcrypto()?.decrypt_with_object_and_buffer_source(&parameters, &key, &data);
                Ok((
                    call?,
                    Box::new(|buffer| Answer::Secret(taken(&Uint8Array::new(&buffer)))),
                ))
            }
            Call::GenerateDataKey { kms, key_id, context } => {
                let input = object([
                    ("KeyId", key_id.into()),
                    ("KeySpec", "AES_256".into()),
                    ("EncryptionContext", map(&context)),
                ]);
                let call = method(&kept(&kms), "generateDataKey", &[input.into()])?;
                Ok((call, Box::new(data_key)))
            }
            Call::DecryptDataKey {
                kms,
                key_id,
                ciphertext,
                context,
            } => {
                let mut input = vec![
                    ("CiphertextBlob", Uint8Array::from(ciphertext.as_slice()).into()),
                    ("EncryptionContext", map(&context)),
                ];
                input.extend(key_id.map(|key_id| ("KeyId", key_id.into())));
                let call = method(&kept(&kms), "decrypt", &[object(input).into()])?;
                let read = |answer: JsValue| match bytes(&answered(&answer, "Plaintext")) {
                    Some(plaintext) => Answer::Secret(taken(&plaintext)),
                    None => Answer::Missing,
                };
                Ok((call, Box::new(read)))
            }
            Call::Wrap {
                keyring,
                data_key,
                about,
            } => {
                let handed = Uint8Array::from(data_key.expose());
                let call = method(
                    &kept(&keyring),
                    "wrapDataKey",
                    &[handed.clone().into(), describe(&about)],
                );
                let call = call.inspect_err(|_| wipe(&handed))?;
                let read = move |answer: JsValue| {
                    wipe(&handed);
                    Answer::Wrapped {
                        wrap_algorithm: answered(&answer, "wrapAlgorithm").as_string().unwrap_or_default(),
                        ciphertext: bytes(&answered(&answer, "ciphertext"))
                            .map(|bytes| bytes.to_vec())
                            .unwrap_or_default(),
                    }
                };
                Ok((call, Box::new(read)))
            }
            Call::Unwrap {
                keyring,
                wrap_algorithm,
                ciphertext,
                about,
            } => {
                let stored = object([
                    ("wrapAlgorithm", wrap_algorithm.into()),
                    ("ciphertext", Uint8Array::from(ciphertext.as_slice()).into()),
                ]);
                let call = method(&kept(&keyring), "unwrapDataKey", &[stored.into(), describe(&about)])?;
                let read = |answer: JsValue| match answer.is_null() || answer.is_undefined() {
                    true => Answer::Missing,
                    // The caller's own array stays as it is.
                    false => Answer::Secret(match bytes(&answer) {
                        Some(bytes) => Secret::new(Zeroizing::new(bytes.to_vec())),
                        None => Secret::default(),
                    }),
                };
                Ok((call, Box::new(read)))
            }
        }
    }

    fn key_of(&self, key: &KeyRef) -> CryptoKey {
        let key = match key {
            KeyRef::Held(id) => self.key(*id),
            KeyRef::Kept(key) => kept(key),
        };
        key.unchecked_into()
    }
}

struct Later(Weak<RefCell<Inner>>);

impl Later {
    /// `None` once the journey is freed, and nobody waits.
    fn get(&self) -> Option<Secrets> {
        self.0.upgrade().map(Secrets)
    }

    fn settle(&self, id: Id, outcome: Result<Answer, JsValue>) {
        if let Some(secrets) = self.get() {
            secrets.settle(id, outcome);
        }
    }
}

type Read = Box<dyn FnOnce(JsValue) -> Answer>;

#[wasm_bindgen]
impl Journey {
    /// Begins a secret call. Settles once its result is here, and fulfils with nothing in any case.
    ///
    /// # Errors
    /// None: see `Told`.
    pub fn start(&self, id: u32) -> Told<Promise> {
        let call = self.secrets.0.borrow_mut().calls.remove(&id);
        let begun = match call {
            Some(call) => self.secrets.begin(id, call),
            None => Err(JsValue::UNDEFINED),
        };
        Ok(match begun {
            Ok((call, read)) => {
                let (fulfilled, rejected) = (self.secrets.for_later(), self.secrets.for_later());
                // Each is called once, or never if the call never settles.
                let fulfilled = Closure::once_into_js(move |value: JsValue| {
                    let answer = read(value);
                    fulfilled.settle(id, Ok(answer));
                });
                let rejected = Closure::once_into_js(move |cause: JsValue| rejected.settle(id, Err(cause)));
                call_then(&call, &fulfilled, &rejected)
            }
            Err(cause) => {
                self.secrets.settle(id, Err(cause));
                Promise::resolve(&JsValue::UNDEFINED)
            }
        })
    }

    /// Hands in the result of a secret call that has settled.
    pub fn settled(&self, id: u32, online: bool) {
        let outcome = self.secrets.0.borrow_mut().settled.remove(&id);
        let answer = match outcome {
            Some(Ok(answer)) => answer,
            Some(Err(cause)) if cause.is_undefined() && subtle().is_err() => Answer::Missing,
            Some(Err(cause)) => Answer::Failed(self.thrown(cause, online)),
            None => Answer::Missing,
        };
        self.hand_in(id, answer);
    }

    /// Has `extras` encrypt a segment from that counter block on, or decrypt it; with WebCrypto's key stream, only hash it. Gives its share,
    /// with its bytes behind it unless it was only hashed.
    ///
    /// # Errors
    /// What says that `extras` are not there, or are out of memory.
    pub fn soft(
        &self,
        engine: u32,
        counter: Uint8Array,
        segment: Uint8Array,
        encrypts: bool,
    ) -> Result<Uint8Array, JsValue> {
        let inner = self.secrets.0.borrow();
        let (kind, key) = inner.engines.get(&engine).ok_or(JsValue::UNDEFINED)?;
        let extras = extras().ok_or(JsValue::UNDEFINED)?;
        let primitive = match (kind, encrypts) {
            (EngineKind::Software, true) => Primitive::EncryptSegment,
            (EngineKind::Software, false) => Primitive::DecryptSegment,
            _ => Primitive::Ghash,
        };
        let with = match primitive {
            Primitive::Ghash => Vec::new(),
            _ => counter.to_vec(),
        };
        let out = extras.run_outside(primitive, key.expose(), &with, &segment);
        out.map_err(|()| RangeError::new("out of memory").into())
    }
}

fn call_then(call: &Promise, fulfilled: &JsValue, rejected: &JsValue) -> Promise {
    #[wasm_bindgen]
    extern "C" {
        type Then;

        #[wasm_bindgen(method)]
        fn then(this: &Then, fulfilled: &JsValue, rejected: &JsValue) -> Promise;
    }
    call.unchecked_ref::<Then>().then(fulfilled, rejected)
}

fn webcrypto() -> Result<web_sys::SubtleCrypto, JsValue> {
    subtle().map_err(|_| JsValue::UNDEFINED)
}

fn parameters(cipher: &Cipher) -> Result<Object, JsValue> {
    let made = match cipher {
        Cipher::Gcm { iv, additional_data } => gcm(
            &Uint8Array::from(iv.expose()),
            &Uint8Array::from(additional_data.as_slice()),
        ),
        Cipher::Ctr { counter } => told([
            ("name", "AES-CTR".into()),
            ("counter", Uint8Array::from(counter.as_slice()).into()),
            ("length", 32.into()),
        ]),
        // With the label that all S3 Encryption Clients use: none.
        Cipher::RsaOaep => told([
            ("name", "RSA-OAEP".into()),
            ("label", Uint8Array::new_with_length(0).into()),
        ]),
    };
    made.map_err(|_| JsValue::UNDEFINED)
}

/// Bytes that are ours from now on, wiped where they were.
pub(super) fn taken(array: &Uint8Array) -> Secret {
    let bytes = Secret::new(Zeroizing::new(array.to_vec()));
    wipe(array);
    bytes
}

fn data_key(answer: JsValue) -> Answer {
    let field = |name| bytes(&answered(&answer, name));
    match (field("Plaintext"), field("CiphertextBlob")) {
        (Some(plaintext), Some(ciphertext)) => Answer::DataKey {
            ciphertext: ciphertext.to_vec(),
            plaintext: taken(&plaintext),
        },
        _ => Answer::Missing,
    }
}

fn method(of: &JsValue, name: &str, arguments: &[JsValue]) -> Result<Promise, JsValue> {
    let method: Function = Reflect::get(of, &name.into())?.dyn_into()?;
    let answer = method.apply(of, &arguments.iter().collect())?;
    Ok(Promise::resolve(&answer))
}

fn map(map: &StringMap) -> JsValue {
    to_js(map).unwrap_or_default()
}

fn describe(about: &About) -> JsValue {
    object([
        ("algorithmSuite", about.algorithm_suite.into()),
        ("encryptionContext", map(&about.encryption_context)),
        ("materialDescription", map(&about.material_description)),
    ])
    .into()
}
