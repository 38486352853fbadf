//! The AES keys that wrap data keys, wherever they are held.

use std::rc::Rc;

use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use crate::browser::crypto::webcrypto::{gcm, subtle, wipe};
use crate::{Error, WrapAlgorithm, keyring::raw_aes, secret::WrappingKey};

/// An AES key in wasm's memory or in the browser's hands.
pub(crate) enum AesKey {
    Bytes(Rc<WrappingKey>),
    Held(CryptoKey),
}

impl raw_aes::WrappingCipher for AesKey {
    type Failure = Error;

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
        let parameters = parameters(iv, additional_data)?;
        let plaintext = Uint8Array::from(plaintext);
        let call = subtle()?.encrypt_with_object_and_buffer_source(&parameters, key, &plaintext);
        wipe(&plaintext);
        let unusable = |_| Error::misuse("the CryptoKey does not allow encrypt");
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
        let parameters = parameters(iv, additional_data)?;
        let sealed = Uint8Array::from(sealed);
        let call = subtle()?.decrypt_with_object_and_buffer_source(&parameters, key, &sealed);
        let failed = |cause: JsValue| match js_sys::Error::from(cause).name() == "InvalidAccessError" {
            true => Error::misuse("the CryptoKey does not allow decrypt"),
            false => Error::UnwrapFailed,
        };
        let opened = Uint8Array::new(&JsFuture::from(call.map_err(failed)?).await.map_err(failed)?);
        let bytes = Zeroizing::new(opened.to_vec());
        wipe(&opened);
        Ok(bytes)
    }

    async fn open_legacy(&self, wrap: WrapAlgorithm, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match self {
            Self::Bytes(key) => key.open_legacy(wrap, wrapped).await,
            Self::Held(_) => Err(raw_aes::not_for_legacy()),
        }
    }
}

fn parameters(iv: &[u8], additional_data: &[u8]) -> Result<Object, Error> {
    gcm(&Uint8Array::from(iv), &Uint8Array::from(additional_data))
}
