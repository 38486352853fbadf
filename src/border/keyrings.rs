//! Keyrings as JavaScript sees them.

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use super::{
    given::{has_method, is_crypto_key, property, text},
    journey::{Journey, Outcome},
    js_error::Failure,
    kept::keep,
    properties::{Properties, byte_array},
    rsa::{PRIVATE, PUBLIC},
};
use crate::{
    Error, MaterialDescription,
    cipher::{AesKey, AnyKeyring},
    keyring::passphrase,
    secret::{Passphrase, WrappingKey},
};

/// The keyring that the caller has given.
pub(crate) fn keyring_of(value: &JsValue) -> Result<AnyKeyring, Failure> {
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
        return Ok(AnyKeyring::Custom(keep(value.clone())));
    }
    Err(
        Error::misuse("keyring is neither one of this package's nor an object with wrapDataKey and unwrapDataKey")
            .into(),
    )
}

/// Carries a keyring from a JavaScript object back into Rust; options borrow keyrings, they do not consume them.
#[wasm_bindgen(skip_typescript)]
pub struct KeyringHandle(AnyKeyring);

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
pub struct RawAesKeyring(AnyKeyring);

#[wasm_bindgen]
impl RawAesKeyring {
    /// A key of 16, 24 or 32 bytes, which is copied, or an AES-GCM `CryptoKey`, which may be non-extractable.
    #[wasm_bindgen(js_name = fromKey)]
    pub fn from_key(key: JsValue, options: JsValue) -> Result<RawAesKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let given = Properties::optional(options, "options")?;
            let key = match is_crypto_key(&key) {
                true if property(&property(&key, "algorithm"), "name") != "AES-GCM" => {
                    return Err(Error::misuse("the CryptoKey is not for AES-GCM").into());
                }
                true => AesKey::Kept(keep(key)),
                false => AesKey::Bytes(Rc::new(WrappingKey::from_bytes(std::mem::take(&mut *byte_array(
                    &key,
                )?))?)),
            };
            let (description, legacy) = (material_description(&given)?, legacy_wraps(&given)?);
            given.no_others()?;
            Ok(Self(AnyKeyring::RawAes {
                key,
                description,
                legacy,
            }))
        };
        build().map_err(Failure::into_js)
    }
}

/// Wraps data keys with RSA-OAEP. With the public key alone it stores and never opens; with the private key alone it only opens.
#[wasm_bindgen]
pub struct RawRsaKeyring(AnyKeyring);

#[wasm_bindgen]
impl RawRsaKeyring {
    /// Either key or both, of at least 2048 bits, as PEM (SPKI, PKCS#8), JWK, or `CryptoKey` for RSA-OAEP with SHA-1.
    #[wasm_bindgen(js_name = fromKeys)]
    pub fn from_keys(keys: JsValue, options: JsValue) -> Result<Journey, JsValue> {
        let parse = || -> Result<_, Failure> {
            let given = Properties::optional(options, "options")?;
            let description = material_description(&given)?;
            given.no_others()?;
            let keys = Properties::parse(keys, "keys")?;
            Ok((description, PUBLIC.parse(&keys)?, PRIVATE.parse(&keys)?))
        };
        let (description, public, private) = parse().map_err(Failure::into_js)?;
        Ok(Journey::new(&[("signal", JsValue::UNDEFINED)], |desk| async move {
            let (public, private) = (PUBLIC.adopt(public, &desk).await?, PRIVATE.adopt(private, &desk).await?);
            let keyring = AnyKeyring::raw_rsa(public, private, description, &desk).await?;
            Ok(Outcome::value(Self(keyring).into()))
        }))
    }
}

/// Wraps data keys under a key derived from a passphrase with Argon2id. Deriving takes about a second, at first use.
#[wasm_bindgen]
pub struct PassphraseKeyring(AnyKeyring);

#[wasm_bindgen]
impl PassphraseKeyring {
    /// The passphrase as typed; its Unicode form is normalised to NFC, so that it is the same on every keyboard.
    #[wasm_bindgen(js_name = fromPassphrase)]
    pub fn from_passphrase(passphrase: JsValue, options: JsValue) -> Result<PassphraseKeyring, JsValue> {
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
            let kept = passphrase::Passphrased::new(passphrase, cost)?;
            Ok(Self(AnyKeyring::Passphrase(Rc::new(kept))))
        };
        build().map_err(Failure::into_js)
    }
}

/// Lets KMS, or a broker in front of it, make and unwrap data keys.
#[wasm_bindgen]
pub struct KmsKeyring(AnyKeyring);

#[wasm_bindgen]
impl KmsKeyring {
    /// The key's id, ARN or alias, and an object with KMS's own `generateDataKey` and `decrypt`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<KmsKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let given = Properties::parse(options, "options")?;
            let key_id = given.string("keyId")?;
            let key_id = key_id.ok_or_else(|| Error::misuse("keyId is missing"))?;
            Self::of(Some(key_id), &given)
        };
        build().map_err(Failure::into_js)
    }

    /// A keyring that opens whatever KMS lets the caller decrypt, under any key, and writes nothing.
    pub fn discovery(options: JsValue) -> Result<KmsKeyring, JsValue> {
        let build = || -> Result<Self, Failure> {
            let given = Properties::parse(options, "options")?;
            if given.string("keyId")?.is_some() {
                return Err(Error::misuse("a discovery keyring takes no keyId").into());
            }
            Self::of(None, &given)
        };
        build().map_err(Failure::into_js)
    }
}

impl KmsKeyring {
    fn of(key_id: Option<String>, given: &Properties) -> Result<Self, Failure> {
        let kms = given.value("kms")?;
        let (wraps, unwraps) = (has_method(&kms, "generateDataKey"), has_method(&kms, "decrypt"));
        let lacks = match key_id.is_some() {
            true if !wraps || !unwraps => Some("kms must have the methods generateDataKey and decrypt"),
            // A discovery keyring only opens.
            false if !unwraps => Some("kms must have the method decrypt"),
            _ => None,
        };
        if let Some(lacks) = lacks {
            return Err(Error::misuse(lacks).into());
        }
        let keyring = AnyKeyring::kms(keep(kms), key_id, legacy_wraps(given)?)?;
        given.no_others()?;
        Ok(Self(keyring))
    }
}

/// Several raw keys, of which the material description stored with an object chooses one.
#[wasm_bindgen]
pub struct KeyringSelector(AnyKeyring);

#[wasm_bindgen]
impl KeyringSelector {
    /// Writes with `keyring`; opens with the one whose own material description is the stored one, else with `keyring`.
    pub fn of(keyring: JsValue, others: JsValue) -> Result<KeyringSelector, JsValue> {
        let build = || -> Result<Self, Failure> {
            let not_an_array = || Error::misuse("the other keyrings are not an array");
            let others = js_sys::try_iter(&others).ok().flatten().ok_or_else(not_an_array)?;
            let others = others.map(|other| keyring_of(&other.map_err(|_| not_an_array())?));
            let (first, others) = (keyring_of(&keyring)?, others.collect::<Result<_, _>>()?);
            Ok(Self(AnyKeyring::selector(first, others)?))
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
