//! The hinge of reading: an envelope and a keyring become the parameters of the content cipher, with every check in its
//! order: policy, keyring, commitment, and only then the content key.

use crate::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Envelope, Error, commitment,
    content::Parameters,
    keyring::{Failure, Keyring, WrapRequest},
    secret::{ContentKey, DataKey},
};

/// What decrypts the content.
pub enum ContentCipher {
    /// AES-GCM, verified as a whole.
    Authenticated(Parameters),
    /// AES-CBC, which nothing verifies.
    Unauthenticated(CbcParameters),
}

/// Key and IV of AES-CBC content.
pub struct CbcParameters {
    /// The key of this object's content.
    pub key: ContentKey,
    /// The content IV.
    pub iv: [u8; AlgorithmSuite::CBC_IV_BYTES],
}

/// What a caller is willing to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadPolicy {
    /// Which suites, as to key commitment.
    pub commitment: CommitmentPolicy,
    /// Content that nothing authenticates, where the commitment policy does not refuse it anyway.
    pub unauthenticated_modes: bool,
    /// Of such content, also what comes with a data key that was wrapped for AES-GCM. Whoever writes to the bucket can
    /// then pass off any object of suite 0x0072 as AES-CBC; files that Java re-wrapped cannot be read otherwise.
    pub cbc_under_gcm_keys: bool,
}

impl ReadPolicy {
    /// Checked before any key operation.
    ///
    /// # Errors
    /// [`Error::CommitmentRequired`], [`Error::UnauthenticatedModeDisabled`].
    pub fn check(self, suite: AlgorithmSuite) -> Result<(), Error> {
        self.commitment.check_decrypt(suite)?;
        if !suite.is_authenticated() && !self.unauthenticated_modes {
            return Err(Error::UnauthenticatedModeDisabled(suite.name()));
        }
        Ok(())
    }
}

/// Unwraps the data key and derives the content key from it.
///
/// # Errors
/// What [`ReadPolicy::check`] returns, before any key operation; [`Error::KeyringMismatch`] if the keyring does not know
/// the wrap; [`Error::CommitmentMismatch`]; what the keyring returns.
pub async fn decrypt<K: Keyring>(
    keyring: &K,
    policy: ReadPolicy,
    encryption_context: &EncryptionContext,
    envelope: &Envelope,
) -> Result<ContentCipher, K::Failure> {
    let data_key = unwrap(keyring, policy, encryption_context, envelope).await?;
    let suite = envelope.suite();
    Ok(match envelope {
        Envelope::V3 {
            message_id, commitment, ..
        } => ContentCipher::Authenticated(Parameters {
            key: commitment::verify(&data_key, message_id, commitment)?,
            iv: commitment::FIXED_IV,
            suite,
        }),
        Envelope::V2 { iv, .. } => ContentCipher::Authenticated(Parameters {
            key: ContentKey::from_data_key(&data_key),
            iv: *iv,
            suite,
        }),
        Envelope::V1 { iv, .. } | Envelope::V2Cbc { iv, .. } => ContentCipher::Unauthenticated(CbcParameters {
            key: ContentKey::from_data_key(&data_key),
            iv: *iv,
        }),
    })
}

/// The data key, if policy and keyring allow. Whether the object commits to it is not looked at here.
pub(crate) async fn unwrap<K: Keyring>(
    keyring: &K,
    policy: ReadPolicy,
    encryption_context: &EncryptionContext,
    envelope: &Envelope,
) -> Result<DataKey, K::Failure> {
    let suite = envelope.suite();
    policy.check(suite)?;
    let request = WrapRequest {
        suite,
        encryption_context,
    };
    let encrypted_data_key = envelope.encrypted_data_key();
    let mut unwrapped = keyring.unwrap_data_key(&request, encrypted_data_key).await;
    if policy.cbc_under_gcm_keys && suite.rewrapped() != suite && unwrapped.as_ref().is_err_and(Failure::is_verdict) {
        let request = WrapRequest {
            suite: suite.rewrapped(),
            ..request
        };
        unwrapped = keyring.unwrap_data_key(&request, encrypted_data_key).await;
    }
    Ok(unwrapped?.ok_or_else(|| Error::KeyringMismatch(encrypted_data_key.wrap_algorithm.name()))?)
}
