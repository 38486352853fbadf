//! Keyrings for the calls of this room.

use std::rc::Rc;

use wasm_bindgen::JsCast;

use crate::browser::{
    Failure,
    keyrings::{aes_key::AesKey, custom::Custom, kms::JsKms, rsa_key::RsaKey},
};
use crate::{
    EncryptedDataKey, Error, MaterialDescription,
    border::kept,
    cipher::{self, AnyKeyring},
    keyring::{Keyring, WrapRequest, kms, passphrase, raw_aes, raw_rsa, selector, software::InProcess},
    machine::Kept,
    secret::{DataKey, Entropy},
};

/// Any keyring that the API takes.
#[derive(Clone)]
pub(crate) enum BrowserKeyring {
    RawAes(Rc<raw_aes::RawAesKeyring<AesKey>>),
    RawRsa(Rc<raw_rsa::RawRsaKeyring<RsaKey>>),
    Passphrase(Rc<passphrase::PassphraseKeyring<InProcess>>),
    Kms(Rc<kms::KmsKeyring<JsKms>>),
    Custom(Custom),
    Selector(Rc<selector::KeyringSelector<BrowserKeyring>>),
}

impl BrowserKeyring {
    /// The same for the calls of this room, until none is left.
    pub(crate) fn of(keyring: &AnyKeyring) -> Result<Self, Error> {
        Ok(match keyring {
            AnyKeyring::RawAes {
                key,
                description,
                legacy,
            } => {
                let key = match key {
                    cipher::AesKey::Bytes(key) => AesKey::Bytes(Rc::clone(key)),
                    cipher::AesKey::Kept(key) => AesKey::Held(kept(key).unchecked_into()),
                };
                let keyring = raw_aes::RawAesKeyring::new(key, description.clone());
                Self::RawAes(Rc::new(keyring.enable_legacy_wrapping_algorithms(*legacy)))
            }
            AnyKeyring::RawRsa {
                public,
                private,
                description,
            } => {
                let key = |key: &Option<Kept>| key.as_ref().map(|key| RsaKey(kept(key).unchecked_into()));
                let keyring = raw_rsa::RawRsaKeyring::of_a_pair(key(public), key(private), description.clone());
                Self::RawRsa(Rc::new(keyring))
            }
            AnyKeyring::Passphrase(kept) => {
                let keyring = passphrase::PassphraseKeyring::of(Rc::clone(kept), InProcess);
                Self::Passphrase(Rc::new(keyring))
            }
            AnyKeyring::Kms { kms, key_id, legacy } => {
                let kms = JsKms(kept(kms));
                let keyring = match key_id {
                    Some(key_id) => kms::KmsKeyring::new(kms, key_id.clone())?,
                    None => kms::KmsKeyring::discovery(kms),
                };
                Self::Kms(Rc::new(keyring.enable_legacy_wrapping_algorithms(*legacy)))
            }
            AnyKeyring::Custom(keyring) => Self::Custom(Custom::new(kept(keyring).unchecked_into())),
            AnyKeyring::Selector(all) => {
                let (first, others) = &**all;
                let others = others.iter().map(Self::of).collect::<Result<_, _>>()?;
                Self::Selector(Rc::new(selector::KeyringSelector::of_checked(Self::of(first)?, others)))
            }
        })
    }
}

impl Keyring for BrowserKeyring {
    type Failure = Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Failure> {
        match self {
            Self::Kms(keyring) => keyring.generate_data_key(request, entropy).await,
            Self::Selector(keyring) => Box::pin(keyring.generate_data_key(request, entropy)).await,
            // One way for all others, that of `wrap_data_key` below.
            _ => {
                let data_key = DataKey::generate(entropy)?;
                let encrypted_data_key = self.wrap_data_key(request, &data_key, entropy).await?;
                Ok((data_key, encrypted_data_key))
            }
        }
    }

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Failure> {
        match self {
            Self::RawAes(keyring) => Ok(keyring.wrap_data_key(request, data_key, entropy).await?),
            Self::RawRsa(keyring) => Ok(keyring.wrap_data_key(request, data_key, entropy).await?),
            Self::Passphrase(keyring) => Ok(keyring.wrap_data_key(request, data_key, entropy).await?),
            Self::Kms(keyring) => keyring.wrap_data_key(request, data_key, entropy).await,
            Self::Custom(keyring) => keyring.wrap_data_key(request, data_key, entropy).await,
            Self::Selector(keyring) => Box::pin(keyring.wrap_data_key(request, data_key, entropy)).await,
        }
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Failure> {
        match self {
            Self::RawAes(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::RawRsa(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::Passphrase(keyring) => Ok(keyring.unwrap_data_key(request, encrypted_data_key).await?),
            Self::Kms(keyring) => keyring.unwrap_data_key(request, encrypted_data_key).await,
            Self::Custom(keyring) => keyring.unwrap_data_key(request, encrypted_data_key).await,
            Self::Selector(keyring) => Box::pin(keyring.unwrap_data_key(request, encrypted_data_key)).await,
        }
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        match self {
            Self::RawAes(keyring) => keyring.material_description(),
            Self::RawRsa(keyring) => keyring.material_description(),
            Self::Selector(keyring) => keyring.material_description(),
            Self::Passphrase(_) | Self::Kms(_) | Self::Custom(_) => None,
        }
    }
}
