//! Keyrings whose keys and services are outside.

use std::rc::Rc;

use super::held::{Custom, HeldAes, HeldKms, HeldRsa, HeldStretch};
use crate::{
    EncryptedDataKey, Error, MaterialDescription,
    keyring::{
        Keyring, WrapRequest, WrappingKeyring,
        kms::{self, KmsKeyring},
        passphrase::{PassphraseKeyring, Passphrased},
        raw_aes::RawAesKeyring,
        raw_rsa::RawRsaKeyring,
        selector::{self, KeyringSelector},
    },
    machine::{Desk, Failure, Kept},
    secret::{DataKey, Entropy, WrappingKey},
};

/// Any keyring that the API takes. It outlasts calls, and clones are of the same keys.
#[derive(Clone)]
pub enum AnyKeyring {
    /// One AES key.
    RawAes {
        /// The key.
        key: AesKey,
        /// Stored with objects.
        description: MaterialDescription,
        /// Whether it opens legacy wraps.
        legacy: bool,
    },
    /// A pair of RSA keys that belong together, or one half.
    RawRsa {
        /// Wraps.
        public: Option<Kept>,
        /// Unwraps.
        private: Option<Kept>,
        /// Stored with objects.
        description: MaterialDescription,
    },
    /// A key derived from a passphrase.
    Passphrase(Rc<Passphrased>),
    /// A key service.
    Kms {
        /// The client, or what stands for it.
        kms: Kept,
        /// Missing for reading only.
        key_id: Option<String>,
        /// Whether it opens legacy wraps.
        legacy: bool,
    },
    /// One that the caller wrote.
    Custom(Kept),
    /// Several, told apart by their descriptions.
    Selector(Rc<(AnyKeyring, Vec<AnyKeyring>)>),
}

/// One of those that wrap a data key that exists: what an object is re-wrapped to.
#[derive(Clone)]
pub struct AnyWrappingKeyring(AnyKeyring);

/// An AES key that wraps.
#[derive(Clone)]
pub enum AesKey {
    /// Its bytes are here.
    Bytes(Rc<WrappingKey>),
    /// WebCrypto has it.
    Kept(Kept),
}

/// A keyring as one call uses it.
pub struct AtDesk<'a> {
    keyring: &'a AnyKeyring,
    desk: Desk,
}

/// The same of one that wraps.
pub struct WrapsAtDesk<'a>(AtDesk<'a>);

impl AnyWrappingKeyring {
    /// The keyring for one call.
    pub const fn at(&self, desk: Desk) -> WrapsAtDesk<'_> {
        WrapsAtDesk(self.0.at(desk))
    }
}

impl AnyKeyring {
    /// One pair of RSA keys, or one half.
    ///
    /// # Errors
    /// As [`RawRsaKeyring::new`], which tries a pair.
    pub async fn raw_rsa(
        public: Option<Kept>,
        private: Option<Kept>,
        description: MaterialDescription,
        desk: &Desk,
    ) -> Result<Self, Failure> {
        let tried = RawRsaKeyring::new(
            held(&public, desk),
            held(&private, desk),
            MaterialDescription::default(),
        );
        drop(tried.await?);
        Ok(Self::RawRsa {
            public,
            private,
            description,
        })
    }

    /// A key service. `key_id`: missing for reading only.
    ///
    /// # Errors
    /// [`Error::Misuse`] for an empty id.
    pub fn kms(kms: Kept, key_id: Option<String>, legacy: bool) -> Result<Self, Error> {
        key_id.as_deref().map_or(Ok(()), kms::check_key_id)?;
        Ok(Self::Kms { kms, key_id, legacy })
    }

    /// Writes with `keyring`, and opens with whichever has the stored description.
    ///
    /// # Errors
    /// [`Error::Misuse`] where descriptions do not tell them apart.
    pub fn selector(keyring: Self, others: Vec<Self>) -> Result<Self, Error> {
        selector::check(keyring.description(), others.iter().map(Self::description))?;
        Ok(Self::Selector(Rc::new((keyring, others))))
    }

    /// The keyring for one call.
    pub const fn at(&self, desk: Desk) -> AtDesk<'_> {
        AtDesk { keyring: self, desk }
    }

    /// What of it wraps data keys; of several the first, which writes.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key service.
    pub fn wrapping(&self) -> Result<AnyWrappingKeyring, Error> {
        match self {
            Self::Selector(all) => all.0.wrapping(),
            Self::Kms { .. } => Err(Error::misuse(
                "KMS keyrings do not re-wrap a data key; use a raw or passphrase keyring",
            )),
            Self::RawAes { .. } | Self::RawRsa { .. } | Self::Passphrase(_) | Self::Custom(_) => {
                Ok(AnyWrappingKeyring(self.clone()))
            }
        }
    }

    fn description(&self) -> Option<&MaterialDescription> {
        match self {
            Self::RawAes { description, .. } | Self::RawRsa { description, .. } => Some(description),
            Self::Selector(all) => all.0.description(),
            Self::Passphrase(_) | Self::Kms { .. } | Self::Custom(_) => None,
        }
    }
}

fn held(key: &Option<Kept>, desk: &Desk) -> Option<HeldRsa> {
    let held = |key| HeldRsa {
        key,
        desk: desk.clone(),
    };
    key.clone().map(held)
}

/// Does the same with whichever keyring it is that wraps.
macro_rules! with_wrapping {
    ($keyring_of:expr, $desk:expr, $keyring:ident => $call:expr, $($other:tt)*) => {{
        let desk = $desk;
        match $keyring_of {
            AnyKeyring::RawAes {
                key,
                description,
                legacy,
            } => {
                let key = HeldAes { key: key.clone(), desk };
                let $keyring = RawAesKeyring::new(key, description.clone()).enable_legacy_wrapping_algorithms(*legacy);
                $call
            }
            AnyKeyring::RawRsa {
                public,
                private,
                description,
            } => {
                let (public, private) = (held(public, desk), held(private, desk));
                let $keyring = RawRsaKeyring::of_a_pair(public, private, description.clone());
                $call
            }
            AnyKeyring::Passphrase(kept) => {
                let $keyring = PassphraseKeyring::of(Rc::clone(kept), HeldStretch { desk });
                $call
            }
            AnyKeyring::Custom(keyring) => {
                let $keyring = Custom { keyring, desk };
                $call
            }
            $($other)*
        }
    }};
}

/// Does the same with whichever keyring it is.
macro_rules! with {
    ($this:expr, $keyring:ident => $call:expr) => {{
        let AtDesk { keyring, desk } = $this;
        with_wrapping!(keyring, desk, $keyring => $call,
            AnyKeyring::Kms { kms, key_id, legacy } => {
                let kms = HeldKms {
                    kms: kms.clone(),
                    desk: desk.clone(),
                };
                let $keyring = match key_id {
                    Some(key_id) => KmsKeyring::new(kms, key_id.clone())?,
                    None => KmsKeyring::discovery(kms),
                }
                .enable_legacy_wrapping_algorithms(*legacy);
                $call
            }
            AnyKeyring::Selector(all) => {
                let (first, others) = &**all;
                let $keyring = KeyringSelector::of_checked(
                    first.at(desk.clone()),
                    others.iter().map(|other| other.at(desk.clone())).collect(),
                );
                // One of a selector's may be a selector.
                Box::pin(async { $call }).await
            }
        )
    }};
}

impl Keyring for AtDesk<'_> {
    type Failure = Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Failure> {
        with!(self, keyring => keyring.generate_data_key(request, entropy).await)
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Failure> {
        with!(self, keyring => keyring.unwrap_data_key(request, encrypted_data_key).await)
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        self.keyring.description()
    }
}

impl WrappingKeyring for WrapsAtDesk<'_> {
    type Failure = Failure;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Failure> {
        let AtDesk { keyring, desk } = &self.0;
        with_wrapping!(keyring, desk, keyring => keyring.wrap_data_key(request, data_key, entropy).await,
            AnyKeyring::Kms { .. } | AnyKeyring::Selector(_) => Err(Error::Unreachable("a keyring that does not wrap").into()),
        )
    }
}
