//! Raw RSA keyring: the data key under RSA-OAEP with SHA-1 (wrap `RSA-OAEP-SHA1`, code `22`).
//!
//! What is encrypted is the data key's length in one byte, the data key, and the suite's cipher name. With the public key
//! alone a keyring writes and never opens, a drop box; with the private key alone it only opens.
//!
//! The legacy wraps of RSA keys are refused by name, whatever the options: PKCS#1 v1.5 is an oracle unless every step is
//! constant in time, and WebCrypto has neither it nor OAEP with SHA-256 over MGF1 with SHA-1.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Failure, Keyring, WrapRequest, WrappingKeyring, generate_and_wrap, refuse_context};
use crate::{
    AlgorithmSuite, Beside, EncryptedDataKey, Error, MaterialDescription, WrapAlgorithm,
    secret::{DataKey, Entropy},
};

/// RSA-OAEP with SHA-1 under one key, wherever it is held.
#[allow(async_fn_in_trait)]
pub trait RsaCipher {
    /// [`Error`], or a wider one.
    type Failure: Failure;

    /// The ciphertext, as long as the modulus.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] if the runtime refuses.
    async fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, Self::Failure>;

    /// The plaintext.
    ///
    /// # Errors
    /// [`Error::UnwrapFailed`], and nothing that tells more.
    async fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Self::Failure>;
}

/// Wraps data keys under one RSA key pair.
pub struct RawRsaKeyring<C> {
    public: Option<C>,
    private: Option<C>,
    material_description: MaterialDescription,
}

impl<C: RsaCipher> RawRsaKeyring<C> {
    /// A keyring of a key pair or one half; the description is stored, in the clear, with every object.
    ///
    /// # Errors
    /// [`Error::Misuse`] without any key, or if the private key does not open what the public key seals: objects
    /// written so would be lost.
    pub async fn new(
        public: Option<C>,
        private: Option<C>,
        material_description: MaterialDescription,
    ) -> Result<Self, C::Failure> {
        const PROBE: &[u8] = b"presealed";
        match (&public, &private) {
            (None, None) => return Err(Error::misuse("an RSA keyring needs a publicKey or a privateKey").into()),
            (Some(public), Some(private)) => match private.decrypt(&public.encrypt(PROBE).await?).await {
                Ok(probe) if probe.as_slice() == PROBE => {}
                Err(failure) if !failure.is_verdict() => return Err(failure),
                _ => return Err(Error::misuse("publicKey and privateKey are not a pair").into()),
            },
            _ => {}
        }
        Ok(Self::of_a_pair(public, private, material_description))
    }

    /// The same of keys that were tried already.
    pub(crate) const fn of_a_pair(
        public: Option<C>,
        private: Option<C>,
        material_description: MaterialDescription,
    ) -> Self {
        Self {
            public,
            private,
            material_description,
        }
    }
}

impl<C: RsaCipher> WrappingKeyring for RawRsaKeyring<C> {
    type Failure = C::Failure;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        _: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, C::Failure> {
        refuse_context(request)?;
        let public = self
            .public
            .as_ref()
            .ok_or_else(|| Error::misuse("this RSA keyring has only the private key: it cannot write"))?;
        let plaintext = Zeroizing::new(
            [
                &[DataKey::BYTES as u8],
                data_key.expose().as_slice(),
                request.suite.cipher_name().as_bytes(),
            ]
            .concat(),
        );
        Ok(EncryptedDataKey {
            wrap_algorithm: WrapAlgorithm::RsaOaepSha1,
            ciphertext: public.encrypt(&plaintext).await?,
            beside: Beside::Description(self.material_description.clone()),
        })
    }
}

impl<C: RsaCipher> Keyring for RawRsaKeyring<C> {
    type Failure = C::Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), C::Failure> {
        generate_and_wrap(self, request, entropy).await
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        Some(&self.material_description)
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, C::Failure> {
        match encrypted_data_key.wrap_algorithm {
            WrapAlgorithm::RsaOaepSha1 => {}
            wrap @ (WrapAlgorithm::RsaPkcs1 | WrapAlgorithm::RsaOaepSha256) => {
                return Err(Error::UnsupportedFormat(wrap.name()).into());
            }
            _ => return Ok(None),
        }
        refuse_context(request)?;
        let private = self.private.as_ref().ok_or_else(|| {
            Error::misuse("this RSA keyring is a drop box: it has the public key alone, and only the private key opens")
        })?;
        let plaintext = private.decrypt(&encrypted_data_key.ciphertext).await?;
        let data_key = unpack(&plaintext, request.suite).ok_or(Error::UnwrapFailed)?;
        Ok(Some(data_key))
    }
}

/// The data key, if its length and all that follows it are as they must be.
fn unpack(plaintext: &[u8], suite: AlgorithmSuite) -> Option<DataKey> {
    let (length, rest) = plaintext.split_first()?;
    let (data_key, name) = rest.split_first_chunk::<{ DataKey::BYTES }>()?;
    let right = name.ct_eq(suite.cipher_name().as_bytes()) & length.ct_eq(&(DataKey::BYTES as u8));
    bool::from(right).then(|| DataKey::from_bytes(data_key)).flatten()
}
