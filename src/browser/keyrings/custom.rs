//! Keyrings that the caller wrote.

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::{
    Failure,
    crypto::webcrypto::wipe,
    js::{
        given::{self, answered},
        properties::byte_array,
        summary::to_js,
    },
};
use crate::{
    EncryptedDataKey, EncryptionContext, Error, MaterialDescription, WrapAlgorithm,
    encryption_context::StringMap,
    keyring::{Keyring, WrapRequest},
    secret::{DataKey, Entropy},
};

/// A keyring of the caller's.
#[derive(Clone)]
pub(crate) struct Custom(Object);

impl Custom {
    pub(crate) fn new(keyring: Object) -> Self {
        Self(keyring)
    }

    async fn call(
        &self,
        method: &str,
        first: JsValue,
        request: &JsValue,
        error: fn() -> Error,
    ) -> Result<JsValue, Failure> {
        let thrown = |cause| Failure::caused(error(), cause);
        let method: Function = Reflect::get(&self.0, &method.into())
            .and_then(JsCast::dyn_into)
            .map_err(thrown)?;
        let answer = method.call2(&self.0, &first, request).map_err(thrown)?;
        JsFuture::from(Promise::resolve(&answer)).await.map_err(thrown)
    }
}

impl Keyring for Custom {
    type Failure = Failure;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        _: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Failure> {
        let handed = Uint8Array::from(data_key.expose().as_slice());
        let about = describe(request, &MaterialDescription::default())?;
        let answer = self
            .call("wrapDataKey", handed.clone().into(), &about, || Error::WrapFailed)
            .await;
        wipe(&handed);
        let answer = answer?;
        let wrap_algorithm = answered(&answer, "wrapAlgorithm")
            .as_string()
            .and_then(|name| WrapAlgorithm::from_name(&name))
            .filter(|wrap| matches!(wrap, WrapAlgorithm::AesGcm | WrapAlgorithm::RsaOaepSha1))
            .ok_or_else(|| Error::misuse("wrapDataKey did not return a wrapAlgorithm of AES/GCM or RSA-OAEP-SHA1"))?;
        let ciphertext = given::bytes(&answered(&answer, "ciphertext"))
            .filter(|bytes| (1..=EncryptedDataKey::MAX_BYTES as u32).contains(&bytes.length()))
            .ok_or_else(|| Error::misuse("wrapDataKey did not return a ciphertext"))?;
        Ok(EncryptedDataKey {
            wrap_algorithm,
            ciphertext: ciphertext.to_vec(),
            encryption_context: EncryptionContext::default(),
            material_description: MaterialDescription::default(),
        })
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
        let answer = self
            .call("unwrapDataKey", stored.into(), &about, || Error::UnwrapFailed)
            .await?;
        if answer.is_null() || answer.is_undefined() {
            return Ok(None);
        }
        DataKey::from_bytes(&byte_array(&answer)?)
            .map(Some)
            .ok_or_else(|| Error::misuse("unwrapDataKey did not return 32 bytes, or returned zeros").into())
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
