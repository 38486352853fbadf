//! The hinge of reading: an envelope and a keyring become the parameters of the content cipher, with every check in its
//! order: policy, keyring, commitment, and only then the content key.

use crate::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Envelope, Error, commitment,
    content::Parameters,
    keyring::{Keyring, WrapRequest},
    secret::ContentKey,
};

/// Unwraps the data key and derives the content key from it.
///
/// # Errors
/// [`Error::CommitmentRequired`] before any key operation; [`Error::KeyringMismatch`] if the keyring does not know the
/// wrap; [`Error::CommitmentMismatch`]; what the keyring returns.
pub async fn decrypt<K: Keyring>(
    keyring: &K,
    policy: CommitmentPolicy,
    encryption_context: &EncryptionContext,
    envelope: &Envelope,
) -> Result<Parameters, K::Failure> {
    let suite = envelope.suite();
    policy.check_decrypt(suite)?;
    let request = WrapRequest {
        suite,
        encryption_context,
    };
    let encrypted_data_key = envelope.encrypted_data_key();
    let data_key = keyring
        .unwrap_data_key(&request, encrypted_data_key)
        .await?
        .ok_or_else(|| Error::KeyringMismatch(encrypted_data_key.wrap_algorithm.name()))?;
    let (key, iv): (ContentKey, [u8; AlgorithmSuite::IV_BYTES]) = match envelope {
        Envelope::V3 {
            message_id, commitment, ..
        } => (
            commitment::verify(&data_key, message_id, commitment)?,
            commitment::FIXED_IV,
        ),
        Envelope::V2 { iv, .. } => (ContentKey::from_data_key(&data_key), *iv),
    };
    Ok(Parameters { key, iv, suite })
}
