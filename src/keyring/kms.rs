//! KMS keyring (wrap `kms+context`, code `12`; legacy `kms`, read only): the key service makes, wraps and unwraps data
//! keys, and authenticates the encryption context.

use zeroize::Zeroizing;

use super::{Failure, Keyring, WrapRequest, check_legacy};
use crate::{
    AlgorithmSuite, Beside, EncryptedDataKey, EncryptionContext, Error, WrapAlgorithm,
    secret::{DataKey, Entropy},
};

/// The two operations of AWS KMS that are needed, or a broker's.
#[allow(async_fn_in_trait)]
pub trait Kms {
    /// [`Error`], or a wider one.
    type Failure: Failure;

    /// `GenerateDataKey` with key spec `AES_256`: plaintext and wrapped data key.
    ///
    /// # Errors
    /// What the service refuses.
    async fn generate_data_key(
        &self,
        key_id: &str,
        context: &EncryptionContext,
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Self::Failure>;

    /// `Decrypt`: the plaintext data key. Without a key id, the service takes the key that the ciphertext names.
    ///
    /// # Errors
    /// What the service refuses.
    async fn decrypt(
        &self,
        key_id: Option<&str>,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, Self::Failure>;
}

/// Data keys under one KMS key, or, for reading only, under any that the service lets the caller use.
pub struct KmsKeyring<K> {
    kms: K,
    key_id: Option<String>,
    legacy: bool,
}

impl<K: Kms> KmsKeyring<K> {
    /// A keyring of the KMS key with that id, ARN or alias; the service interprets it.
    ///
    /// # Errors
    /// [`Error::Misuse`] for an empty id.
    pub fn new(kms: K, key_id: String) -> Result<Self, Error> {
        check_key_id(&key_id)?;
        Ok(Self {
            kms,
            key_id: Some(key_id),
            legacy: false,
        })
    }

    /// A keyring that opens what any key wrapped that the caller may use, and writes nothing.
    pub const fn discovery(kms: K) -> Self {
        Self {
            kms,
            key_id: None,
            legacy: false,
        }
    }

    /// Whether to open the wrap `kms`, which does not bind the caller's context.
    #[must_use]
    pub fn enable_legacy_wrapping_algorithms(self, legacy: bool) -> Self {
        Self { legacy, ..self }
    }
}

pub(crate) fn check_key_id(key_id: &str) -> Result<(), Error> {
    match key_id.is_empty() {
        true => Err(Error::misuse("the KMS key id is empty")),
        false => Ok(()),
    }
}

impl<K: Kms> Keyring for KmsKeyring<K> {
    type Failure = K::Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        _: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), K::Failure> {
        let Some(key_id) = &self.key_id else {
            return Err(Error::misuse("a KMS discovery keyring cannot write; create one with a keyId").into());
        };
        let mut context = request.encryption_context.clone();
        refuse_reserved(&context)?;
        context
            .0
            .insert(RESERVED_CIPHER.into(), request.suite.cipher_name().into());
        let (plaintext, ciphertext) = self.kms.generate_data_key(key_id, &context).await?;
        if ciphertext.is_empty() || ciphertext.len() > EncryptedDataKey::MAX_BYTES {
            return Err(Error::KmsFailed("no usable CiphertextBlob in its answer").into());
        }
        let encrypted_data_key = EncryptedDataKey {
            wrap_algorithm: WrapAlgorithm::KmsContext,
            ciphertext,
            beside: Beside::Context(context),
        };
        Ok((data_key(&plaintext)?, encrypted_data_key))
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, K::Failure> {
        let wrap = encrypted_data_key.wrap_algorithm;
        let Some(stored) = encrypted_data_key.encryption_context().filter(|_| wrap.is_kms()) else {
            return Ok(None);
        };
        check_legacy(wrap, self.legacy)?;
        match wrap {
            // A context of the caller's would not be checked, and only `kms+context` stores the reserved key, which KMS
            // authenticates: refusing both stops a downgrade from it.
            WrapAlgorithm::Kms
                if !request.encryption_context.0.is_empty() || stored.0.contains_key(RESERVED_CIPHER) =>
            {
                return Err(Error::EncryptionContextMismatch.into());
            }
            WrapAlgorithm::Kms => {}
            _ => check_context(stored, request.encryption_context, request.suite)?,
        }
        let plaintext = self
            .kms
            .decrypt(self.key_id.as_deref(), &encrypted_data_key.ciphertext, stored)
            .await?;
        Ok(Some(data_key(&plaintext)?))
    }
}

/// The stored map less the reserved keys must equal the caller's, and name the object's own suite, before KMS is asked.
fn check_context(stored: &EncryptionContext, expected: &EncryptionContext, suite: AlgorithmSuite) -> Result<(), Error> {
    refuse_reserved(expected)?;
    let mut rest = stored.clone();
    let cipher = rest.0.remove(RESERVED_CIPHER);
    // Older clients added it of their own accord: who does not know of it need not give it.
    if !expected.0.contains_key(RESERVED_KEY_ID) {
        rest.0.remove(RESERVED_KEY_ID);
    }
    if rest != *expected || cipher.as_deref() != Some(suite.cipher_name()) {
        return Err(Error::EncryptionContextMismatch);
    }
    Ok(())
}

fn refuse_reserved(context: &EncryptionContext) -> Result<(), Error> {
    if context.0.contains_key(RESERVED_CIPHER) {
        return Err(Error::misuse(format!(
            "the encryption context key {RESERVED_CIPHER} is reserved"
        )));
    }
    Ok(())
}

fn data_key(plaintext: &[u8]) -> Result<DataKey, Error> {
    DataKey::from_bytes(plaintext).ok_or(Error::KmsFailed(
        "no 32-byte Plaintext in its answer, or one that was wiped: it is wiped after use, so each answer needs an array of its own",
    ))
}

const RESERVED_CIPHER: &str = "aws:x-amz-cek-alg";
const RESERVED_KEY_ID: &str = "kms_cmk_id";
