//! RSA keys, as PEM, JWK or `CryptoKey`; the browser holds them and does RSA-OAEP.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use crate::browser::{
    Failure,
    crypto::webcrypto::{subtle, told, wipe},
    js::{properties::Properties, reflect::property},
};
use crate::{
    Error,
    keyring::{pem, raw_rsa::RsaCipher},
};

/// One key.
pub(crate) struct RsaKey(CryptoKey);

/// Which half, with what its import needs to know.
struct Half {
    name: &'static str,
    usage: &'static str,
    format: &'static str,
    label: pem::Label,
}

const PUBLIC: Half = Half {
    name: "publicKey",
    usage: "encrypt",
    format: "spki",
    label: pem::Label::PublicKey,
};
const PRIVATE: Half = Half {
    name: "privateKey",
    usage: "decrypt",
    format: "pkcs8",
    label: pem::Label::PrivateKey,
};

impl RsaKey {
    pub(crate) fn to_js(&self) -> JsValue {
        self.0.clone().into()
    }

    /// The public and the private key of an object that has either or both.
    pub(crate) async fn import(keys: &JsValue) -> Result<(Option<Self>, Option<Self>), Failure> {
        let keys = Properties::parse(keys.clone(), "keys")?;
        let half = async |half: &Half| {
            let key = keys.value(half.name)?;
            match key.is_undefined() {
                true => Ok(None),
                false => half.import(&key).await.map(|key| Some(Self(key))),
            }
        };
        Ok((half(&PUBLIC).await?, half(&PRIVATE).await?))
    }
}

impl Half {
    async fn import(&self, key: &JsValue) -> Result<CryptoKey, Failure> {
        let unusable = |cause| {
            let why = format!("{} is not an RSA key as PEM, JWK or CryptoKey", self.name);
            Failure::caused(Error::misuse(why), cause)
        };
        let imported = match key.dyn_ref::<CryptoKey>() {
            Some(held) => held.clone(),
            None => {
                let (format, data): (&str, Object) = match key.as_string().map(Zeroizing::new) {
                    Some(pem) => (
                        self.format,
                        Uint8Array::from(pem::der(&pem, self.label)?.as_slice()).into(),
                    ),
                    None if key.is_object() => ("jwk", self.jwk(key)?),
                    None => return Err(unusable(JsValue::UNDEFINED)),
                };
                let algorithm = told([("name", "RSA-OAEP".into()), ("hash", "SHA-1".into())])?;
                let usages = Array::of1(&self.usage.into());
                let import = subtle()?.import_key_with_object(format, &data, &algorithm, false, &usages);
                let imported = match import {
                    Ok(import) => JsFuture::from(import).await,
                    Err(refused) => Err(refused),
                };
                if let Some(bytes) = data.dyn_ref::<Uint8Array>() {
                    wipe(bytes);
                }
                let imported = imported.map_err(unusable)?;
                imported.unchecked_into()
            }
        };
        self.check(&imported)?;
        Ok(imported)
    }

    /// A JWK of this half, which may have been exported as extractable.
    fn jwk(&self, jwk: &JsValue) -> Result<Object, Failure> {
        let unreadable = |cause| {
            Failure::caused(
                Error::misuse(format!("{} cannot be read, see the cause", self.name)),
                cause,
            )
        };
        let copy = told(JWK.map(|name| (name, JsValue::UNDEFINED)))?;
        let copy = assign(&copy, jwk).map_err(unreadable)?;
        let private = !property(&copy, "d").is_undefined();
        if private != (self.usage == PRIVATE.usage) {
            return Err(Error::misuse(format!("{} is a JWK of the other half", self.name)).into());
        }
        // An own property of a fresh object; a JWK that says `false` imports all the same.
        let _ = Reflect::set(&copy, &"ext".into(), &JsValue::UNDEFINED);
        Ok(copy)
    }

    fn check(&self, key: &CryptoKey) -> Result<(), Failure> {
        let algorithm = property(key, "algorithm");
        let hash = property(&property(&algorithm, "hash"), "name");
        if property(&algorithm, "name") != "RSA-OAEP" || hash != "SHA-1" {
            let why = format!("{}: the CryptoKey is not for RSA-OAEP with SHA-1", self.name);
            return Err(Error::misuse(why).into());
        }
        if property(&algorithm, "modulusLength").as_f64().unwrap_or(0.0) < MIN_MODULUS_BITS {
            return Err(Error::misuse(format!("{}: an RSA key of fewer than 2048 bits", self.name)).into());
        }
        let usages: Array = property(key, "usages").unchecked_into();
        if !usages.includes(&self.usage.into(), 0) {
            return Err(Error::misuse(format!("{} does not allow {}", self.name, self.usage)).into());
        }
        Ok(())
    }
}

impl RsaCipher for RsaKey {
    type Failure = Error;

    async fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let refused = |_| Error::UnsupportedBrowser("a WebCrypto with RSA-OAEP");
        let plaintext = Uint8Array::from(plaintext);
        let call = subtle()?.encrypt_with_object_and_buffer_source(&oaep()?, &self.0, &plaintext);
        wipe(&plaintext);
        let sealed = JsFuture::from(call.map_err(refused)?).await.map_err(refused)?;
        Ok(Uint8Array::new(&sealed).to_vec())
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let failed = |_| Error::UnwrapFailed;
        let ciphertext = Uint8Array::from(ciphertext);
        let call = subtle()?.decrypt_with_object_and_buffer_source(&oaep()?, &self.0, &ciphertext);
        let opened = JsFuture::from(call.map_err(failed)?).await.map_err(failed)?;
        let opened = Uint8Array::new(&opened);
        let bytes = Zeroizing::new(opened.to_vec());
        wipe(&opened);
        Ok(bytes)
    }
}

#[wasm_bindgen]
extern "C" {
    /// As in js-sys, but a getter of the caller's may throw.
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn assign(target: &Object, source: &JsValue) -> Result<Object, JsValue>;
}

/// With the label that all S3 Encryption Clients use: none.
fn oaep() -> Result<Object, Error> {
    let label = Uint8Array::new_with_length(0);
    told([("name", "RSA-OAEP".into()), ("label", label.into())])
}

/// What WebCrypto reads of a JWK.
const JWK: [&str; 18] = [
    "kty", "use", "key_ops", "alg", "ext", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "oth", "k",
];

const MIN_MODULUS_BITS: f64 = 2048.0;
