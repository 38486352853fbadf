//! KMS, or a broker in front of it, as an object of the caller's.

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use zeroize::Zeroizing;

use crate::browser::{
    Failure,
    crypto::webcrypto::wipe,
    js::{
        given::{self, answered},
        summary::to_js,
    },
};
use crate::{EncryptionContext, Error, keyring::kms::Kms};

pub(crate) struct JsKms(pub(super) JsValue);

impl JsKms {
    async fn call(&self, operation: &str, input: &[(&str, JsValue)]) -> Result<JsValue, Failure> {
        let failed = |cause| Failure::caused(Error::KmsFailed("see the cause"), cause);
        let object = Object::new();
        for (name, value) in input {
            Reflect::set(&object, &(*name).into(), value).map_err(failed)?;
        }
        let method: Function = Reflect::get(&self.0, &operation.into())
            .and_then(JsCast::dyn_into)
            .map_err(failed)?;
        let answer = method.call1(&self.0, &object).map_err(failed)?;
        JsFuture::from(Promise::resolve(&answer)).await.map_err(failed)
    }
}

impl Kms for JsKms {
    type Failure = Failure;

    async fn generate_data_key(
        &self,
        key_id: &str,
        context: &EncryptionContext,
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Failure> {
        let input = [
            ("KeyId", key_id.into()),
            ("KeySpec", "AES_256".into()),
            ("EncryptionContext", to_js(&context.0)?),
        ];
        let answer = self.call("generateDataKey", &input).await?;
        let ciphertext = bytes(&answer, "CiphertextBlob")?.to_vec();
        Ok((plaintext(&answer)?, ciphertext))
    }

    async fn decrypt(
        &self,
        key_id: Option<&str>,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut input = vec![
            ("CiphertextBlob", Uint8Array::from(ciphertext).into()),
            ("EncryptionContext", to_js(&context.0)?),
        ];
        if let Some(key_id) = key_id {
            input.push(("KeyId", key_id.into()));
        }
        plaintext(&self.call("decrypt", &input).await?)
    }
}

/// The plaintext data key, wiped where JavaScript had it.
fn plaintext(answer: &JsValue) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let array = bytes(answer, "Plaintext")?;
    let copy = Zeroizing::new(array.to_vec());
    wipe(&array);
    Ok(copy)
}

fn bytes(answer: &JsValue, name: &str) -> Result<Uint8Array, Failure> {
    given::bytes(&answered(answer, name))
        .ok_or_else(|| Error::KmsFailed("its answer lacks Plaintext or CiphertextBlob as Uint8Array").into())
}
