//! Several raw keys at once, told apart by their material descriptions.
//!
//! The stored description is not authenticated. A changed one leads to another key, under which the unwrap fails.

use super::{Keyring, WrapRequest, WrappingKeyring};
use crate::{
    EncryptedDataKey, Error, MaterialDescription,
    secret::{DataKey, Entropy},
};

/// Writes with one keyring, and reads with the one whose description is exactly the stored one, else with the first.
pub struct KeyringSelector<K> {
    keyring: K,
    others: Vec<K>,
}

impl<K: Keyring> KeyringSelector<K> {
    /// The keyring to write with, and others to read with.
    ///
    /// # Errors
    /// [`Error::Misuse`] if one of the others has no description, or one that a keyring before it has.
    pub fn new(keyring: K, others: Vec<K>) -> Result<Self, Error> {
        check(
            keyring.material_description(),
            others.iter().map(K::material_description),
        )?;
        Ok(Self { keyring, others })
    }

    /// The same of keyrings whose descriptions were checked already.
    pub(crate) const fn of_checked(keyring: K, others: Vec<K>) -> Self {
        Self { keyring, others }
    }

    /// What KMS wrapped has no description, and so goes to the first.
    fn choose(&self, encrypted_data_key: &EncryptedDataKey) -> &K {
        let stored = encrypted_data_key.material_description();
        self.others
            .iter()
            .find(|other| stored.is_some() && other.material_description() == stored)
            .unwrap_or(&self.keyring)
    }
}

impl<K: Keyring> Keyring for KeyringSelector<K> {
    type Failure = K::Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), K::Failure> {
        self.keyring.generate_data_key(request, entropy).await
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, K::Failure> {
        self.choose(encrypted_data_key)
            .unwrap_data_key(request, encrypted_data_key)
            .await
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        self.keyring.material_description()
    }
}

impl<K: WrappingKeyring> WrappingKeyring for KeyringSelector<K> {
    type Failure = K::Failure;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, K::Failure> {
        self.keyring.wrap_data_key(request, data_key, entropy).await
    }
}

/// Whether a selector can tell keyrings of these descriptions apart.
///
/// # Errors
/// As [`KeyringSelector::new`].
pub fn check<'a>(
    first: Option<&'a MaterialDescription>,
    others: impl Iterator<Item = Option<&'a MaterialDescription>>,
) -> Result<(), Error> {
    let mut taken = Vec::from_iter(first);
    for other in others {
        match other {
            Some(own) if own.0.is_empty() => return Err(undescribed()),
            None => return Err(undescribed()),
            Some(own) if taken.contains(&own) => {
                return Err(Error::misuse(
                    "two keyrings of a selector have the same material description",
                ));
            }
            Some(own) => taken.push(own),
        }
    }
    Ok(())
}

fn undescribed() -> Error {
    Error::misuse("each of a selector's other keyrings needs a material description of its own")
}
