//! The hinge of writing: keyring, suite and context become an envelope and the parameters of the content cipher.

use crate::{
    AlgorithmSuite, EncryptionContext, Envelope, Error, commitment,
    content::Parameters,
    keyring::{Keyring, WrapRequest},
    secret::{ContentKey, Entropy, random},
};

/// Makes a fresh data key, has it wrapped, and throws it away once the content key is derived.
///
/// # Errors
/// What the keyring and the entropy return.
pub async fn encrypt<K: Keyring>(
    keyring: &K,
    suite: AlgorithmSuite,
    encryption_context: &EncryptionContext,
    entropy: &mut dyn Entropy,
) -> Result<(Envelope, Parameters), K::Failure> {
    let request = WrapRequest {
        suite,
        encryption_context,
    };
    if !suite.is_authenticated() {
        return Err(Error::misuse("AES-CBC is read only").into());
    }
    let (data_key, encrypted_data_key) = keyring.generate_data_key(&request, entropy).await?;
    Ok(match suite {
        AlgorithmSuite::AesGcmHkdfSha512CommitKey => {
            let message_id = random(entropy)?;
            let (key, commitment) = commitment::derive(&data_key, &message_id)?;
            let envelope = Envelope::V3 {
                encrypted_data_key,
                message_id,
                commitment,
            };
            let iv = commitment::FIXED_IV;
            (envelope, Parameters { key, iv, suite })
        }
        AlgorithmSuite::AesGcmIv12Tag16NoKdf | AlgorithmSuite::AesCbcIv16NoKdf => {
            let iv = random(entropy)?;
            let key = ContentKey::from_data_key(&data_key);
            let envelope = Envelope::V2 { encrypted_data_key, iv };
            (envelope, Parameters { key, iv, suite })
        }
    })
}
