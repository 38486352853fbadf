//! Raw AES keyring: the data key under AES-GCM with a key of the client's (wrap `AES/GCM`, code `02`; legacy `AESWrap`
//! and `AES`, read only).
//!
//! Encrypted data key = IV (12 bytes, random) || ciphertext (32) || tag (16); additional data = the suite's cipher name.

use aes_gcm::{
    Aes128Gcm, Aes256Gcm, AesGcm, KeyInit, Nonce,
    aead::{Aead, Payload, consts::U12},
    aes::Aes192,
};
use zeroize::Zeroizing;

use super::{Failure, Keyring, WrapRequest, check_legacy, legacy_aes, refuse_context};
use crate::{
    AlgorithmSuite, EncryptedDataKey, EncryptionContext, Error, MaterialDescription, WrapAlgorithm,
    secret::{DataKey, Entropy, WrappingKey, random},
};

/// AES-GCM under the wrapping key, wherever that key is held.
#[allow(async_fn_in_trait)]
pub trait WrappingCipher {
    /// [`Error`], or a wider one.
    type Failure: Failure;

    /// Ciphertext and tag.
    ///
    /// # Errors
    /// [`Error::Misuse`] if the key may not be used so.
    async fn seal(
        &self,
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Self::Failure>;

    /// The plaintext.
    ///
    /// # Errors
    /// [`Error::UnwrapFailed`] if the tag is wrong, and nothing that tells more.
    async fn open(
        &self,
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Self::Failure>;

    /// The key, for legacy wraps; `None` if it is held where only AES-GCM may be asked of it.
    fn legacy_key(&self) -> Option<&WrappingKey> {
        None
    }
}

/// Wraps data keys under one AES key.
pub struct RawAesKeyring<C> {
    cipher: C,
    material_description: MaterialDescription,
    legacy: bool,
}

impl<C: WrappingCipher> RawAesKeyring<C> {
    /// A keyring of that key; the description is stored, in the clear, with every object.
    pub fn new(cipher: C, material_description: MaterialDescription) -> Self {
        Self {
            cipher,
            material_description,
            legacy: false,
        }
    }

    /// Whether to open the wraps `AESWrap` and `AES`.
    #[must_use]
    pub fn enable_legacy_wrapping_algorithms(self, legacy: bool) -> Self {
        Self { legacy, ..self }
    }

    async fn unwrap(&self, suite: AlgorithmSuite, encrypted_data_key: &[u8]) -> Result<DataKey, C::Failure> {
        let (iv, sealed) = encrypted_data_key.split_first_chunk().ok_or(Error::UnwrapFailed)?;
        if sealed.len() != DataKey::BYTES + TAG_BYTES {
            return Err(Error::UnwrapFailed.into());
        }
        let opened = self.cipher.open(iv, suite.cipher_name().as_bytes(), sealed).await?;
        DataKey::from_bytes(&opened).ok_or_else(|| Error::UnwrapFailed.into())
    }
}

impl<C: WrappingCipher> Keyring for RawAesKeyring<C> {
    type Failure = C::Failure;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, C::Failure> {
        refuse_context(request)?;
        let iv = random(entropy)?;
        let additional_data = request.suite.cipher_name().as_bytes();
        let sealed = self.cipher.seal(&iv, additional_data, data_key.expose()).await?;
        Ok(EncryptedDataKey {
            wrap_algorithm: WrapAlgorithm::AesGcm,
            ciphertext: [iv.as_slice(), &sealed].concat(),
            encryption_context: EncryptionContext::default(),
            material_description: self.material_description.clone(),
        })
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, C::Failure> {
        let wrap = encrypted_data_key.wrap_algorithm;
        if !matches!(
            wrap,
            WrapAlgorithm::AesGcm | WrapAlgorithm::AesKeyWrap | WrapAlgorithm::AesEcb
        ) {
            return Ok(None);
        }
        check_legacy(wrap, self.legacy)?;
        refuse_context(request)?;
        let wrapped = &encrypted_data_key.ciphertext;
        if wrap == WrapAlgorithm::AesGcm {
            return self.unwrap(request.suite, wrapped).await.map(Some);
        }
        let key = self.cipher.legacy_key().ok_or_else(|| {
            Error::misuse("legacy wraps need the bytes of the AES key: a CryptoKey for AES-GCM cannot unwrap them")
        })?;
        Ok(Some(legacy_aes::unwrap(wrap, key, wrapped)?))
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        Some(&self.material_description)
    }
}

/// A key whose bytes are in this process.
impl WrappingCipher for WrappingKey {
    type Failure = Error;

    async fn seal(&self, iv: &[u8; IV_BYTES], additional_data: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let payload = Payload {
            msg: plaintext,
            aad: additional_data,
        };
        match_cipher(self, |cipher| cipher.seal(iv, payload))
    }

    async fn open(
        &self,
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let payload = Payload {
            msg: sealed,
            aad: additional_data,
        };
        match_cipher(self, |cipher| cipher.open(iv, payload)).map(Zeroizing::new)
    }

    fn legacy_key(&self) -> Option<&WrappingKey> {
        Some(self)
    }
}

/// AES-GCM of any key length.
trait Gcm {
    fn seal(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error>;
    fn open(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error>;
}

impl<A: Aead<NonceSize = U12>> Gcm for A {
    fn seal(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error> {
        self.encrypt(&Nonce::from(*iv), payload)
            .map_err(|_| Error::Unreachable("AES-GCM refused a data key"))
    }

    fn open(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error> {
        self.decrypt(&Nonce::from(*iv), payload)
            .map_err(|_| Error::UnwrapFailed)
    }
}

fn match_cipher<T>(key: &WrappingKey, with: impl FnOnce(&dyn Gcm) -> Result<T, Error>) -> Result<T, Error> {
    let bytes = key.expose();
    let wrong = |_| Error::Unreachable("a wrapping key of another length");
    match bytes.len() {
        16 => with(&Aes128Gcm::new_from_slice(bytes).map_err(wrong)?),
        24 => with(&AesGcm::<Aes192, U12>::new_from_slice(bytes).map_err(wrong)?),
        _ => with(&Aes256Gcm::new_from_slice(bytes).map_err(wrong)?),
    }
}

/// Bytes of the wrap's IV.
pub const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
