//! The hinge of rotation: the data key of an object, unwrapped by one keyring and wrapped by another. Content, IV, message
//! id and commitment stay as they are, so the object itself is not touched.
//!
//! What official Java clients call re-encryption of an instruction file. It replaces the wrapping, not the data key: who
//! has the old file and its key, or the data key, still reads.

use crate::{
    EncryptedDataKey, EncryptionContext, Envelope, Error, MaterialDescription, commitment,
    decrypt::{self, ReadPolicy},
    keyring::{Failure, Keyring, WrapRequest, WrappingKeyring},
    secret::Entropy,
};

/// A keyring and the caller's context for it.
pub struct Party<'a, K> {
    /// Who may open the object.
    pub keyring: &'a K,
    /// Empty unless the keyring is one that authenticates it.
    pub encryption_context: &'a EncryptionContext,
}

/// The same object's envelope, for another keyring. With `enforce`, the old one must not open it.
///
/// # Errors
/// As [`decrypt`](decrypt::decrypt), the commitment of format V3 included, before anything is wrapped;
/// [`Error::Misuse`] if the new keyring has no key to wrap with, or has the description that is stored already, by which a reader
/// with both keys could not tell them apart; [`Error::RotationIncomplete`]; what the old keyring fails with, if that does not
/// tell whether it opens.
pub async fn rewrap<Old: Keyring, New: WrappingKeyring<Failure = Old::Failure>>(
    envelope: &Envelope,
    policy: ReadPolicy,
    from: Party<'_, Old>,
    to: Party<'_, New>,
    enforce: bool,
    entropy: &mut dyn Entropy,
) -> Result<Envelope, Old::Failure> {
    let data_key = decrypt::unwrap(from.keyring, policy, from.encryption_context, envelope).await?;
    if let Envelope::V3 {
        message_id, commitment, ..
    } = envelope
    {
        commitment::verify(&data_key, message_id, commitment)?;
    }
    let request = WrapRequest {
        suite: envelope.suite().rewrapped(),
        encryption_context: to.encryption_context,
    };
    let wrapped = to.keyring.wrap_data_key(&request, &data_key, entropy).await?;
    drop(data_key);
    let stored = envelope.encrypted_data_key();
    if description(&wrapped) == description(stored) {
        return Err(
            Error::misuse("the material description of newKeyring is the one that is stored: give it another").into(),
        );
    }
    if enforce && opens(from.keyring, &request, &wrapped, stored).await? {
        return Err(Error::RotationIncomplete.into());
    }
    Ok(envelope.with_encrypted_data_key(wrapped))
}

/// An empty one tells as little as none.
fn description(key: &EncryptedDataKey) -> Option<&MaterialDescription> {
    key.material_description()
        .filter(|description| !description.0.is_empty())
}

/// Whether the keyring opens the new wrap, by itself or with the very key that opened the old one: of several keys the
/// description chooses one, and nothing authenticates it.
async fn opens<K: Keyring>(
    keyring: &K,
    request: &WrapRequest<'_>,
    wrapped: &EncryptedDataKey,
    stored: &EncryptedDataKey,
) -> Result<bool, K::Failure> {
    let as_before = stored.material_description().map(|_| EncryptedDataKey {
        beside: stored.beside.clone(),
        ..wrapped.clone()
    });
    for tried in as_before.iter().chain([wrapped]) {
        match keyring.unwrap_data_key(request, tried).await {
            Ok(Some(_)) => return Ok(true),
            Err(failure) if !failure.is_verdict() => return Err(failure),
            _ => {}
        }
    }
    Ok(false)
}
