//! Keyrings as JavaScript sees them.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::browser::{
    Failure,
    js::{
        given::{has_method, is_crypto_key, text},
        properties::{Properties, byte_array},
        reflect::property,
    },
    keyrings::{aes_key::AesKey, custom::Custom, kms::JsKms, rsa_key::RsaKey},
    promise,
};
use crate::{
    EncryptedDataKey, Error, MaterialDescription,
    border::keep,
    cipher::{self, AnyKeyring},
    keyring::{Keyring, WrapRequest, kms, passphrase, raw_aes, raw_rsa, selector, software::InProcess},
    secret::{DataKey, Entropy, Passphrase, WrappingKey},
};

/// Any keyring that the API takes.
#[derive(Clone)]
pub(crate) enum BrowserKeyring {
    RawAes(Rc<raw_aes::RawAesKeyring<AesKey>>),
    RawRsa(Rc<raw_rsa::RawRsaKeyring<RsaKey>>),
    Passphrase(Rc<passphrase::PassphraseKeyring<InProcess>>),
    Kms(Rc<kms::KmsKeyring<JsKms>>),
    Custom(Custom),
    Selector(Rc<selector::KeyringSelector<BrowserKeyring>>),
}

/// A keyring for the calls of this room, and for those that machines decide.
#[derive(Clone)]
pub(crate) struct Both {
    pub(crate) here: BrowserKeyring,
    pub(crate) any: AnyKeyring,
}

impl Both {
    pub(crate) fn from_js(value: &JsValue) -> Result<Self, Failure> {
        if !value.is_object() {
            return Err(Error::misuse("keyring is missing, or is not an object").into());
        }
        if has_method(value, "_handle") {
            return match value.unchecked_ref::<KeyringObject>().handle() {
                Ok(handle) => Ok(handle.0),
                Err(cause) => {
                    let why = match property(value, "__wbg_ptr") == 0 {
                        true => "the keyring was freed",
                        false => {
                            "the keyring is of another copy of the package, which was bundled or loaded twice: import it once"
                        }
                    };
                    Err(Failure::caused(Error::misuse(why), cause))
                }
            };
        }
        if has_method(value, "wrapDataKey") && has_method(value, "unwrapDataKey") {
            return Ok(Self {
                here: BrowserKeyring::Custom(Custom::new(value.clone().unchecked_into())),
                any: AnyKeyring::Custom(keep(value.clone())),
            });
        }
        Err(
            Error::misuse("keyring is neither one of this package's nor an object with wrapDataKey and unwrapDataKey")
                .into(),
        )
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
            Self::Kms(keyring) => keyring.generate_data_key(request, entropy).await,
            Self::Selector(keyring) => Box::pin(keyring.generate_data_key(request, entropy)).await,
            // One way for all others, that of `wrap_data_key` below.
            _ => {
                let data_key = DataKey::generate(entropy)?;
                let encrypted_data_key = self.wrap_data_key(request, &data_key, entropy).await?;
                Ok((data_key, encrypted_data_key))
            }
        }
    }

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Failure> {
        match self {
            Self::RawAes(keyring) => Ok(keyring.wrap_data_key(request, data_key, entropy).await?),
            Self::RawRsa(keyring) => Ok(keyring.wrap_data_key(request, data_key, entropy).await?),
            Self::Passphrase(keyring) => Ok(keyring.wrap_data_key(request, data_key, entropy).await?),
            Self::Kms(keyring) => keyring.wrap_data_key(request, data_key, entropy).await,
            Self::Custom(keyring) => keyring.wrap_data_key(request, data_key, entropy).await,
            Self::Selector(keyring) => Box::pin(keyring.wrap_data_key(request, data_key, entropy)).await,
        }
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Failure> {
        match self {
            Self::RawAes(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::RawRsa(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::Passphrase(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::Kms(keyring) => keyring.unwrap_data_key(request, encrypted_data_key).await,
            Self::Custom(keyring) => keyring.unwrap_data_key(request, encrypted_data_key).await,
            Self::Selector(keyring) => Box::pin(keyring.unwrap_data_key(request, encrypted_data_key)).await,
        }
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        match self {
            Self::RawAes(keyring) => keyring.material_description(),
            Self::RawRsa(keyring) => keyring.material_description(),
            Self::Selector(keyring) => keyring.material_description(),
            Self::Passphrase(_) | Self::Kms(_) | Self::Custom(_) => None,
        }
    }
}

/// Carries a keyring from a JavaScript object back into Rust; options borrow keyrings, they do not consume them.
#[wasm_bindgen(skip_typescript)]
pub struct KeyringHandle(Both);

#[wasm_bindgen]
extern "C" {
    type KeyringObject;

    #[wasm_bindgen(method, catch, js_name = _handle)]
    fn handle(this: &KeyringObject) -> Result<KeyringHandle, JsValue>;
}

macro_rules! handles {
    ($($keyring:ident),+) => {$(
        #[wasm_bindgen]
        impl $keyring {
            #[doc(hidden)]
            #[wasm_bindgen(js_name = _handle, skip_typescript)]
            pub fn handle(&self) -> KeyringHandle {
                KeyringHandle(self.0.clone())
            }
        }
    )+};
}

handles!(
    RawAesKeyring,
    RawRsaKeyring,
    PassphraseKeyring,
    KmsKeyring,
    KeyringSelector
);

/// Wraps data keys with AES-GCM under a key of yours.
#[wasm_bindgen]
pub struct RawAesKeyring(Both);

#[wasm_bindgen]
impl RawAesKeyring {
    /// A key of 16, 24 or 32 bytes, which is copied, or an AES-GCM `CryptoKey`, which may be non-extractable.
    #[wasm_bindgen(js_name = fromKey)]
    pub fn from_key(
        #[wasm_bindgen(unchecked_param_type = "Uint8Array | CryptoKey")] key: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "RawAesKeyringOptions")] options: JsValue,
    ) -> Result<RawAesKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let given = Properties::optional(options, "options")?;
            let bytes = || -> Result<WrappingKey, Failure> {
                Ok(WrappingKey::from_bytes(std::mem::take(&mut *byte_array(&key)?))?)
            };
            let (held, key) = match is_crypto_key(&key) {
                true => (
                    AesKey::held(key.unchecked_ref())?,
                    cipher::AesKey::Kept(keep(key.clone())),
                ),
                false => (AesKey::Bytes(bytes()?), cipher::AesKey::Bytes(Rc::new(bytes()?))),
            };
            let (description, legacy) = (material_description(&given)?, legacy_wraps(&given)?);
            given.no_others()?;
            let keyring =
                raw_aes::RawAesKeyring::new(held, description.clone()).enable_legacy_wrapping_algorithms(legacy);
            Ok(Self(Both {
                here: BrowserKeyring::RawAes(Rc::new(keyring)),
                any: AnyKeyring::RawAes {
                    key,
                    description,
                    legacy,
                },
            }))
        };
        build().map_err(Failure::into_js)
    }
}

/// Wraps data keys with RSA-OAEP. With the public key alone it stores and never opens; with the private key alone it only opens.
#[wasm_bindgen]
pub struct RawRsaKeyring(Both);

#[wasm_bindgen]
impl RawRsaKeyring {
    /// Either key or both, of at least 2048 bits, as PEM (SPKI, PKCS#8), JWK, or `CryptoKey` for RSA-OAEP with SHA-1.
    #[wasm_bindgen(js_name = fromKeys, unchecked_return_type = "Promise<RawRsaKeyring>")]
    pub fn from_keys(
        #[wasm_bindgen(unchecked_param_type = "RsaKeys")] keys: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "RawRsaKeyringOptions")] options: JsValue,
    ) -> Promise {
        promise(async move {
            let given = Properties::optional(options, "options")?;
            let description = material_description(&given)?;
            given.no_others()?;
            let (public, private) = RsaKey::import(&keys).await?;
            let kept = |key: &Option<RsaKey>| key.as_ref().map(|key| keep(key.to_js()));
            let any = AnyKeyring::RawRsa {
                public: kept(&public),
                private: kept(&private),
                description: description.clone(),
            };
            let keyring = raw_rsa::RawRsaKeyring::new(public, private, description).await?;
            let here = BrowserKeyring::RawRsa(Rc::new(keyring));
            Ok(Self(Both { here, any }))
        })
    }
}

/// Wraps data keys under a key derived from a passphrase with Argon2id. Deriving takes about a second, at first use.
#[wasm_bindgen]
pub struct PassphraseKeyring(Both);

#[wasm_bindgen]
impl PassphraseKeyring {
    /// The passphrase as typed; its Unicode form is normalised to NFC, so that it is the same on every keyboard.
    #[wasm_bindgen(js_name = fromPassphrase)]
    pub fn from_passphrase(
        #[wasm_bindgen(unchecked_param_type = "string")] passphrase: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "PassphraseKeyringOptions")] options: JsValue,
    ) -> Result<PassphraseKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let given = Properties::optional(options, "options")?;
            // Too many for any cost is too many here.
            let number = |name, otherwise| -> Result<u32, Failure> {
                let number = given.whole_number(name)?;
                Ok(number.map_or(otherwise, |number| number.try_into().unwrap_or(u32::MAX)))
            };
            if text(&passphrase).map(Zeroizing::new).is_none() {
                return Err(Error::misuse("the passphrase is not a well-formed string").into());
            }
            let default = passphrase::Cost::default();
            let cost = passphrase::Cost {
                memory_kib: number("memoryKib", default.memory_kib)?,
                iterations: number("iterations", default.iterations)?,
                parallelism: number("parallelism", default.parallelism)?,
            };
            given.no_others()?;
            let passphrase = Passphrase::new(passphrase.unchecked_ref::<js_sys::JsString>().normalize("NFC").into())?;
            let keyring = Rc::new(passphrase::PassphraseKeyring::new(passphrase, cost)?);
            let any = AnyKeyring::Passphrase(keyring.kept());
            let here = BrowserKeyring::Passphrase(keyring);
            Ok(Self(Both { here, any }))
        };
        build().map_err(Failure::into_js)
    }
}

/// Lets KMS, or a broker in front of it, make and unwrap data keys.
#[wasm_bindgen]
pub struct KmsKeyring(Both);

#[wasm_bindgen]
impl KmsKeyring {
    /// The key's id, ARN or alias, and an object with KMS's own `generateDataKey` and `decrypt`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "KmsKeyringOptions")] options: JsValue,
    ) -> Result<KmsKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let given = Properties::parse(options, "options")?;
            let key_id = given.string("keyId")?;
            let key_id = key_id.ok_or_else(|| Error::misuse("keyId is missing"))?;
            let keyring = kms::KmsKeyring::new(JsKms::new(given.value("kms")?)?, key_id.clone())?;
            Self::of(keyring, Some(key_id), &given)
        };
        build().map_err(Failure::into_js)
    }

    /// A keyring that opens whatever KMS lets the caller decrypt, under any key, and writes nothing.
    pub fn discovery(
        #[wasm_bindgen(unchecked_param_type = "KmsDiscoveryOptions")] options: JsValue,
    ) -> Result<KmsKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let given = Properties::parse(options, "options")?;
            if given.string("keyId")?.is_some() {
                return Err(Error::misuse("a discovery keyring takes no keyId").into());
            }
            let keyring = kms::KmsKeyring::discovery(JsKms::for_reading(given.value("kms")?)?);
            Self::of(keyring, None, &given)
        };
        build().map_err(Failure::into_js)
    }
}

impl KmsKeyring {
    fn of(keyring: kms::KmsKeyring<JsKms>, key_id: Option<String>, given: &Properties) -> Result<Self, Failure> {
        let legacy = legacy_wraps(given)?;
        given.no_others()?;
        let kms = keep(given.value("kms")?);
        Ok(Self(Both {
            here: BrowserKeyring::Kms(Rc::new(keyring.enable_legacy_wrapping_algorithms(legacy))),
            any: AnyKeyring::Kms { kms, key_id, legacy },
        }))
    }
}

/// Several raw keys, of which the material description stored with an object chooses one.
#[wasm_bindgen]
pub struct KeyringSelector(Both);

#[wasm_bindgen]
impl KeyringSelector {
    /// Writes with `keyring`; opens with the one whose own material description is the stored one, else with `keyring`.
    pub fn of(
        #[wasm_bindgen(unchecked_param_type = "Keyring")] keyring: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Keyring[]")] others: JsValue,
    ) -> Result<KeyringSelector, JsValue> {
        let build = || -> Result<Self, Failure> {
            let not_an_array = || Error::misuse("the other keyrings are not an array");
            let others = js_sys::try_iter(&others).ok().flatten().ok_or_else(not_an_array)?;
            let others = others.map(|other| Both::from_js(&other.map_err(|_| not_an_array())?));
            let (first, others) = (Both::from_js(&keyring)?, others.collect::<Result<Vec<_>, _>>()?);
            let any = others.iter().map(|other| other.any.clone()).collect();
            let here = others.into_iter().map(|other| other.here).collect();
            Ok(Self(Both {
                any: AnyKeyring::selector(first.any, any)?,
                here: BrowserKeyring::Selector(Rc::new(selector::KeyringSelector::new(first.here, here)?)),
            }))
        };
        build().map_err(Failure::into_js)
    }
}

fn material_description(given: &Properties) -> Result<MaterialDescription, Failure> {
    Ok(MaterialDescription(
        given.string_map("materialDescription")?.unwrap_or_default(),
    ))
}

fn legacy_wraps(given: &Properties) -> Result<bool, Failure> {
    Ok(given.flag("enableLegacyWrappingAlgorithms")?.unwrap_or(false))
}
