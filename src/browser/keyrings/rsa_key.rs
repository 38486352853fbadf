//! RSA keys that the browser holds, and with which it does RSA-OAEP.

use js_sys::{Object, Uint8Array};
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use crate::browser::crypto::webcrypto::{subtle, told, wipe};
use crate::{Error, keyring::raw_rsa::RsaCipher};

/// One key.
pub(crate) struct RsaKey(pub(super) CryptoKey);

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

/// With the label that all S3 Encryption Clients use: none.
fn oaep() -> Result<Object, Error> {
    let label = Uint8Array::new_with_length(0);
    told([("name", "RSA-OAEP".into()), ("label", label.into())])
}
