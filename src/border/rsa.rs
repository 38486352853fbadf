//! RSA keys, as PEM, JWK or `CryptoKey`; the platform holds them and does RSA-OAEP.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::{
    given::property,
    js_error::Failure as JsFailure,
    kept::{keep, kept},
    properties::Properties,
    webcrypto::{subtle, told, wipe},
};
use crate::{
    Error,
    keyring::pem,
    machine::{Answer, Call, Desk, Failure, Kept, Secret, Step},
};

/// Which half of a pair.
pub(super) struct Half {
    name: &'static str,
    label: pem::Label,
    is_private: bool,
}

pub(super) const PUBLIC: Half = Half {
    name: "publicKey",
    label: pem::Label::PublicKey,
    is_private: false,
};
pub(super) const PRIVATE: Half = Half {
    name: "privateKey",
    label: pem::Label::PrivateKey,
    is_private: true,
};

/// A key as the caller has given it.
pub(super) struct GivenKey {
    /// A `CryptoKey`, or a JWK.
    key: Kept,
    der: Option<Secret>,
    is_held: bool,
}

const fn usage(is_private: bool) -> &'static str {
    match is_private {
        true => "decrypt",
        false => "encrypt",
    }
}

impl Half {
    /// The key of that half, if it is there.
    pub(super) fn parse(&self, keys: &Properties) -> Result<Option<GivenKey>, JsFailure> {
        let key = keys.value(self.name)?;
        if key.is_undefined() {
            return Ok(None);
        }
        if let Some(held) = key.dyn_ref::<CryptoKey>() {
            self.check(held)?;
            return Ok(Some(GivenKey {
                key: keep(key),
                der: None,
                is_held: true,
            }));
        }
        let (key, der) = match key.as_string().map(Zeroizing::new) {
            Some(pem) => (JsValue::UNDEFINED, Some(Secret::new(pem::der(&pem, self.label)?))),
            None if key.is_object() => (self.jwk(&key)?.into(), None),
            None => return Err(JsFailure::caused(self.unusable(), JsValue::UNDEFINED)),
        };
        subtle()?;
        Ok(Some(GivenKey {
            key: keep(key),
            der,
            is_held: false,
        }))
    }

    /// The key as WebCrypto has it.
    pub(super) async fn adopt(&self, given: Option<GivenKey>, desk: &Desk) -> Result<Option<Kept>, Failure> {
        let Some(GivenKey { key, der, is_held }) = given else {
            return Ok(None);
        };
        if !is_held {
            let call = Call::Adopt {
                key: key.clone(),
                der,
                is_private: self.is_private,
            };
            match desk.ask(Step::Secret(call)).await?.0 {
                Answer::Done => {}
                Answer::Failed(cause) => return Err(Failure::caused(self.unusable(), cause)),
                _ => return Err(Error::Unreachable("an answer to something else").into()),
            }
            self.check(&kept(&key).unchecked_into())?;
        }
        Ok(Some(key))
    }

    /// A JWK of this half, which may have been exported as extractable.
    fn jwk(&self, jwk: &JsValue) -> Result<Object, JsFailure> {
        let copy = told(JWK.map(|name| (name, JsValue::UNDEFINED)))?;
        let unreadable = |cause| JsFailure::caused(self.wrong(" cannot be read, see the cause"), cause);
        let copy = assign(&copy, jwk).map_err(unreadable)?;
        let private = !property(&copy, "d").is_undefined();
        if private != self.is_private {
            return Err(self.wrong(" is a JWK of the other half").into());
        }
        // An own property of a fresh object; a JWK that says `false` imports all the same.
        let _ = Reflect::set(&copy, &"ext".into(), &JsValue::UNDEFINED);
        Ok(copy)
    }

    fn check(&self, key: &CryptoKey) -> Result<(), Error> {
        let algorithm = property(key, "algorithm");
        let hash = property(&property(&algorithm, "hash"), "name");
        if property(&algorithm, "name") != "RSA-OAEP" || hash != "SHA-1" {
            return Err(self.wrong(": the CryptoKey is not for RSA-OAEP with SHA-1"));
        }
        if property(&algorithm, "modulusLength").as_f64().unwrap_or(0.0) < MIN_MODULUS_BITS {
            return Err(self.wrong(": an RSA key of fewer than 2048 bits"));
        }
        let usages: Array = property(key, "usages").unchecked_into();
        match usages.includes(&usage(self.is_private).into(), 0) {
            true => Ok(()),
            false if self.is_private => Err(self.wrong(" does not allow decrypt")),
            false => Err(self.wrong(" does not allow encrypt")),
        }
    }

    fn unusable(&self) -> Error {
        self.wrong(" is not an RSA key as PEM, JWK or CryptoKey")
    }

    fn wrong(&self, why: &str) -> Error {
        Error::misuse([self.name, why].concat())
    }
}

/// Begins the import of a key.
pub(super) fn import(
    subtle: &SubtleCrypto,
    jwk: &JsValue,
    der: Option<&Secret>,
    is_private: bool,
) -> Result<Promise, JsValue> {
    let algorithm = told([("name", "RSA-OAEP".into()), ("hash", "SHA-1".into())]).map_err(|_| JsValue::UNDEFINED)?;
    let usages = Array::of1(&usage(is_private).into());
    let bytes = der.map(|der| Uint8Array::from(der.expose()));
    let (format, data): (_, &Object) = match &bytes {
        Some(bytes) if is_private => ("pkcs8", bytes),
        Some(bytes) => ("spki", bytes),
        None => ("jwk", jwk.unchecked_ref()),
    };
    let import = subtle.import_key_with_object(format, data, &algorithm, false, &usages);
    if let Some(bytes) = &bytes {
        wipe(bytes);
    }
    import
}

#[wasm_bindgen]
extern "C" {
    /// As in js-sys, but a getter of the caller's may throw.
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn assign(target: &Object, source: &JsValue) -> Result<Object, JsValue>;
}

/// What WebCrypto reads of a JWK.
const JWK: [&str; 18] = [
    "kty", "use", "key_ops", "alg", "ext", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "oth", "k",
];

const MIN_MODULUS_BITS: f64 = 2048.0;
