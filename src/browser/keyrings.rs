//! Keyrings as JavaScript sees them.

use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, CryptoKey};
use zeroize::Zeroizing;

use super::{Failure, kms::JsKms, options::byte_array, summary::to_js, webcrypto::subtle};
use crate::{
    EncryptedDataKey, EncryptionContext, Error, MaterialDescription, WrapAlgorithm,
    encryption_context::StringMap,
    keyring::{Keyring, WrapRequest, kms, passphrase, raw_aes},
    secret::{DataKey, Entropy, Passphrase, WrappingKey},
};

/// Any keyring that the API takes.
#[derive(Clone)]
pub(super) enum BrowserKeyring {
    RawAes(Rc<raw_aes::RawAesKeyring<AesKey>>),
    Passphrase(Rc<passphrase::PassphraseKeyring>),
    Kms(Rc<kms::KmsKeyring<JsKms>>),
    Custom(Custom),
}

impl BrowserKeyring {
    pub(super) fn from_js(value: &JsValue) -> Result<Self, Failure> {
        let method = |name: &str| Reflect::get(value, &name.into()).is_ok_and(|method| method.is_function());
        if !value.is_object() {
            return Err(Error::Misuse("keyring is missing".into()).into());
        }
        if method("_handle") {
            return match value.unchecked_ref::<KeyringObject>().handle() {
                Ok(handle) => Ok(handle.0),
                Err(cause) => Err(Failure::caused(Error::Misuse("keyring was freed".into()), cause)),
            };
        }
        if method("wrapDataKey") && method("unwrapDataKey") {
            return Ok(Self::Custom(Custom(value.clone().unchecked_into())));
        }
        Err(Error::Misuse("keyring is none: no wrapDataKey and unwrapDataKey".into()).into())
    }
}

impl Keyring for BrowserKeyring {
    type Failure = Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Failure> {
        match self {
            Self::RawAes(keyring) => Ok(keyring.generate_data_key(request, entropy).await?),
            Self::Passphrase(keyring) => Ok(keyring.generate_data_key(request, entropy).await?),
            Self::Kms(keyring) => keyring.generate_data_key(request, entropy).await,
            Self::Custom(keyring) => keyring.generate_data_key(request, entropy).await,
        }
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Failure> {
        match self {
            Self::RawAes(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::Passphrase(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::Kms(keyring) => keyring.unwrap_data_key(request, encrypted_data_key).await,
            Self::Custom(keyring) => keyring.unwrap_data_key(request, encrypted_data_key).await,
        }
    }
}

/// Carries a keyring from a JavaScript object back into Rust; options borrow keyrings, they do not consume them.
#[wasm_bindgen(skip_typescript)]
pub struct KeyringHandle(BrowserKeyring);

#[wasm_bindgen]
extern "C" {
    type KeyringObject;

    #[wasm_bindgen(method, catch, js_name = _handle)]
    fn handle(this: &KeyringObject) -> Result<KeyringHandle, JsValue>;
}

/// Wraps data keys with AES-GCM under a key of yours.
#[wasm_bindgen]
pub struct RawAesKeyring(BrowserKeyring);

#[wasm_bindgen]
impl RawAesKeyring {
    /// A key of 16, 24 or 32 bytes, which is copied, or an AES-GCM `CryptoKey`, which may be non-extractable.
    #[wasm_bindgen(js_name = fromKey)]
    pub fn from_key(
        #[wasm_bindgen(unchecked_param_type = "Uint8Array | CryptoKey")] key: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "RawAesKeyringOptions")] options: JsValue,
    ) -> Result<RawAesKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            #[derive(Default, Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Given {
                material_description: Option<StringMap>,
            }
            let given: Given = given(options)?;
            let key = match key.dyn_ref::<CryptoKey>() {
                Some(held) => AesKey::held(held)?,
                None => AesKey::Bytes(WrappingKey::from_bytes(std::mem::take(&mut *byte_array(&key)?))?),
            };
            let description = MaterialDescription(given.material_description.unwrap_or_default());
            Ok(Self(BrowserKeyring::RawAes(Rc::new(raw_aes::RawAesKeyring::new(
                key,
                description,
            )))))
        };
        build().map_err(Failure::into_js)
    }

    #[doc(hidden)]
    #[wasm_bindgen(js_name = _handle, skip_typescript)]
    pub fn handle(&self) -> KeyringHandle {
        KeyringHandle(self.0.clone())
    }
}

/// Wraps data keys under a key derived from a passphrase with Argon2id. Deriving takes about a second, at first use.
#[wasm_bindgen]
pub struct PassphraseKeyring(BrowserKeyring);

#[wasm_bindgen]
impl PassphraseKeyring {
    /// The passphrase as typed; its Unicode form is normalised to NFC, so that it is the same on every keyboard.
    #[wasm_bindgen(js_name = fromPassphrase)]
    pub fn from_passphrase(
        #[wasm_bindgen(unchecked_param_type = "string")] passphrase: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "PassphraseKeyringOptions")] options: JsValue,
    ) -> Result<PassphraseKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            #[derive(Default, Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Given {
                memory_kib: Option<u32>,
                iterations: Option<u32>,
                parallelism: Option<u32>,
            }
            let given: Given = given(options)?;
            let text = passphrase
                .dyn_ref::<js_sys::JsString>()
                .ok_or_else(|| Error::Misuse("the passphrase is no string".into()))?;
            let default = passphrase::Cost::default();
            let cost = passphrase::Cost {
                memory_kib: given.memory_kib.unwrap_or(default.memory_kib),
                iterations: given.iterations.unwrap_or(default.iterations),
                parallelism: given.parallelism.unwrap_or(default.parallelism),
            };
            let passphrase = Passphrase::new(text.normalize("NFC").into())?;
            Ok(Self(BrowserKeyring::Passphrase(Rc::new(
                passphrase::PassphraseKeyring::new(passphrase, cost)?,
            ))))
        };
        build().map_err(Failure::into_js)
    }

    #[doc(hidden)]
    #[wasm_bindgen(js_name = _handle, skip_typescript)]
    pub fn handle(&self) -> KeyringHandle {
        KeyringHandle(self.0.clone())
    }
}

/// Lets KMS, or a broker in front of it, make and unwrap data keys.
#[wasm_bindgen]
pub struct KmsKeyring(BrowserKeyring);

#[wasm_bindgen]
impl KmsKeyring {
    /// The key's id, ARN or alias, and an object with KMS's own `generateDataKey` and `decrypt`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "KmsKeyringOptions")] options: JsValue,
    ) -> Result<KmsKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let property = |name: &str| Reflect::get(&options, &name.into()).unwrap_or_default();
            let key_id = property("keyId")
                .as_string()
                .ok_or_else(|| Error::Misuse("keyId is no string".into()))?;
            let keyring = kms::KmsKeyring::new(JsKms::new(property("kms"))?, key_id)?;
            Ok(Self(BrowserKeyring::Kms(Rc::new(keyring))))
        };
        build().map_err(Failure::into_js)
    }

    #[doc(hidden)]
    #[wasm_bindgen(js_name = _handle, skip_typescript)]
    pub fn handle(&self) -> KeyringHandle {
        KeyringHandle(self.0.clone())
    }
}

fn given<T: Default + serde::de::DeserializeOwned>(options: JsValue) -> Result<T, Failure> {
    if options.is_undefined() || options.is_null() {
        return Ok(T::default());
    }
    serde_wasm_bindgen::from_value(options)
        .map_err(|error| Error::Misuse(format!("an option has the wrong type: {error}")).into())
}

/// An AES key in wasm's memory or in the browser's hands.
pub(super) enum AesKey {
    Bytes(WrappingKey),
    Held(CryptoKey),
}

impl AesKey {
    fn held(key: &CryptoKey) -> Result<Self, Failure> {
        let name = Reflect::get(key, &"algorithm".into())
            .and_then(|algorithm| Reflect::get(&algorithm, &"name".into()))
            .unwrap_or_default();
        if name.as_string().as_deref() != Some("AES-GCM") {
            return Err(Error::Misuse("the CryptoKey is not for AES-GCM".into()).into());
        }
        Ok(Self::Held(key.clone()))
    }
}

impl raw_aes::WrappingCipher for AesKey {
    async fn seal(
        &self,
        iv: &[u8; raw_aes::IV_BYTES],
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let key = match self {
            Self::Bytes(key) => return key.seal(iv, additional_data, plaintext).await,
            Self::Held(key) => key,
        };
        let plaintext = Uint8Array::from(plaintext);
        let call = subtle()?.encrypt_with_object_and_buffer_source(&parameters(iv, additional_data), key, &plaintext);
        plaintext.fill(0, 0, plaintext.length());
        let unusable = |_| Error::Misuse("the CryptoKey does not allow encrypt".into());
        let sealed = JsFuture::from(call.map_err(unusable)?).await.map_err(unusable)?;
        Ok(Uint8Array::new(&sealed).to_vec())
    }

    async fn open(
        &self,
        iv: &[u8; raw_aes::IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = match self {
            Self::Bytes(key) => return key.open(iv, additional_data, sealed).await,
            Self::Held(key) => key,
        };
        let sealed = Uint8Array::from(sealed);
        let call = subtle()?.decrypt_with_object_and_buffer_source(&parameters(iv, additional_data), key, &sealed);
        let failed = |cause: JsValue| match js_sys::Error::from(cause).name() == "InvalidAccessError" {
            true => Error::Misuse("the CryptoKey does not allow decrypt".into()),
            false => Error::UnwrapFailed,
        };
        let opened = Uint8Array::new(&JsFuture::from(call.map_err(failed)?).await.map_err(failed)?);
        let bytes = Zeroizing::new(opened.to_vec());
        opened.fill(0, 0, opened.length());
        Ok(bytes)
    }
}

fn parameters(iv: &[u8], additional_data: &[u8]) -> AesGcmParams {
    let parameters = AesGcmParams::new_with_u8_array("AES-GCM", &Uint8Array::from(iv));
    parameters.set_additional_data_u8_array(&Uint8Array::from(additional_data));
    parameters
}

/// A keyring of the caller's.
#[derive(Clone)]
pub(super) struct Custom(Object);

impl Custom {
    async fn call(&self, method: &str, first: JsValue, request: &JsValue) -> Result<JsValue, Failure> {
        let thrown = |cause| Failure::caused(Error::UnwrapFailed, cause);
        let method: Function = Reflect::get(&self.0, &method.into())
            .and_then(JsCast::dyn_into)
            .map_err(thrown)?;
        let answer = method.call2(&self.0, &first, request).map_err(thrown)?;
        JsFuture::from(Promise::resolve(&answer)).await.map_err(thrown)
    }
}

impl Keyring for Custom {
    type Failure = Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Failure> {
        let data_key = DataKey::generate(entropy)?;
        let handed = Uint8Array::from(data_key.expose().as_slice());
        let about = describe(request, &MaterialDescription::default())?;
        let answer = self.call("wrapDataKey", handed.clone().into(), &about).await;
        handed.fill(0, 0, handed.length());
        let answer = answer?;
        let property = |name: &str| Reflect::get(&answer, &name.into()).unwrap_or_default();
        let wrap_algorithm = property("wrapAlgorithm")
            .as_string()
            .and_then(|name| WrapAlgorithm::from_name(&name))
            .filter(|wrap| *wrap != WrapAlgorithm::KmsContext)
            .ok_or_else(|| Error::Misuse("wrapDataKey answered no wrapAlgorithm AES/GCM or RSA-OAEP-SHA1".into()))?;
        let ciphertext = property("ciphertext")
            .dyn_into::<Uint8Array>()
            .ok()
            .filter(|bytes| (1..=EncryptedDataKey::MAX_BYTES as u32).contains(&bytes.length()))
            .ok_or_else(|| Error::Misuse("wrapDataKey answered no ciphertext".into()))?;
        let encrypted_data_key = EncryptedDataKey {
            wrap_algorithm,
            ciphertext: ciphertext.to_vec(),
            encryption_context: EncryptionContext::default(),
            material_description: MaterialDescription::default(),
        };
        Ok((data_key, encrypted_data_key))
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Failure> {
        let stored = Object::new();
        let set = |name: &str, value: JsValue| Reflect::set(&stored, &name.into(), &value);
        set("wrapAlgorithm", encrypted_data_key.wrap_algorithm.name().into())
            .and(set(
                "ciphertext",
                Uint8Array::from(encrypted_data_key.ciphertext.as_slice()).into(),
            ))
            .map_err(|_| Error::Unreachable("no property on a fresh object"))?;
        let about = describe(request, &encrypted_data_key.material_description)?;
        let answer = self.call("unwrapDataKey", stored.into(), &about).await?;
        if answer.is_null() || answer.is_undefined() {
            return Ok(None);
        }
        DataKey::from_bytes(&byte_array(&answer)?)
            .map(Some)
            .ok_or_else(|| Error::Misuse("unwrapDataKey answered no 32 bytes".into()).into())
    }
}

fn describe(request: &WrapRequest<'_>, description: &MaterialDescription) -> Result<JsValue, Failure> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct About<'a> {
        algorithm_suite: &'static str,
        encryption_context: &'a StringMap,
        material_description: &'a StringMap,
    }
    to_js(&About {
        algorithm_suite: request.suite.name(),
        encryption_context: &request.encryption_context.0,
        material_description: &description.0,
    })
}
