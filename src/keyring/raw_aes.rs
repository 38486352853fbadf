//! Raw AES keyring: the data key under AES-GCM with a key of the client's (wrap `AES/GCM`, code `02`; legacy `AESWrap`
//! and `AES`, read only).
//!
//! Encrypted data key = IV (12 bytes, random) || ciphertext (32) || tag (16); additional data = the suite's cipher name.

use std::rc::Rc;

use zeroize::Zeroizing;

use super::{
    Failure, Keyring, WrapRequest, WrappingKeyring, check_legacy, generate_and_wrap, legacy_aes, refuse_context,
};
use crate::{
    AlgorithmSuite, Beside, EncryptedDataKey, Error, MaterialDescription, WrapAlgorithm,
    secret::{DataKey, Entropy, random},
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

    /// RFC 3394's unwrap, or AES-ECB of whole blocks, for legacy wraps.
    ///
    /// # Errors
    /// [`Error::Misuse`] if the key is held where only AES-GCM may be asked of it; [`Error::LegacyDecryptionFailed`] for a wrap that is not this
    /// key's.
    async fn open_legacy(&self, wrap: WrapAlgorithm, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Self::Failure>;
}

impl<C: WrappingCipher> WrappingCipher for Rc<C> {
    type Failure = C::Failure;

    async fn seal(&self, iv: &[u8; IV_BYTES], additional_data: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, C::Failure> {
        (**self).seal(iv, additional_data, plaintext).await
    }

    async fn open(
        &self,
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, C::Failure> {
        (**self).open(iv, additional_data, sealed).await
    }

    async fn open_legacy(&self, wrap: WrapAlgorithm, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, C::Failure> {
        (**self).open_legacy(wrap, wrapped).await
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

impl<C: WrappingCipher> WrappingKeyring for RawAesKeyring<C> {
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
            beside: Beside::Description(self.material_description.clone()),
        })
    }
}

impl<C: WrappingCipher> Keyring for RawAesKeyring<C> {
    type Failure = C::Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), C::Failure> {
        generate_and_wrap(self, request, entropy).await
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
        legacy_aes::check(wrap, wrapped)?;
        let opened = self.cipher.open_legacy(wrap, wrapped).await?;
        Ok(Some(legacy_aes::data_key(wrap, &opened)?))
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        Some(&self.material_description)
    }
}

/// What is said of a key of which only AES-GCM may be asked.
pub(crate) fn not_for_legacy() -> Error {
    Error::misuse("legacy wraps need the bytes of the AES key: a CryptoKey for AES-GCM cannot unwrap them")
}

/// Bytes of the wrap's IV.
pub const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
