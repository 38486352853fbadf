//! Who may open an object: keyrings make data keys, wrap them and unwrap them.
//!
//! [`Keyring`] is the one open joint of the crate, and [`WrappingKeyring`] what more a raw key can do. A keyring does no I/O itself; what needs some (KMS, a key held by
//! the browser) is behind a trait of its own, [`kms::Kms`], [`raw_aes::WrappingCipher`] and
//! [`raw_rsa::RsaCipher`].

pub mod kms;
mod legacy_aes;
pub mod passphrase;
pub mod pem;
pub mod raw_aes;
pub mod raw_rsa;
pub mod selector;
#[cfg(not(target_arch = "wasm32"))]
mod software;

use crate::{
    AlgorithmSuite, EncryptedDataKey, EncryptionContext, Error, MaterialDescription, WrapAlgorithm,
    secret::{DataKey, Entropy},
};

/// What a data key is wrapped or unwrapped for.
#[derive(Debug, Clone, Copy)]
pub struct WrapRequest<'a> {
    /// The suite whose name the wrap binds: the content's.
    pub suite: AlgorithmSuite,
    /// The caller's context, without the reserved keys that a keyring adds.
    pub encryption_context: &'a EncryptionContext,
}

/// Why a keyring failed: [`Error`], or an error that also carries what JavaScript threw.
pub trait Failure: From<Error> {
    /// Whether it says that the key does not open what it was given. Otherwise there is no telling.
    fn is_verdict(&self) -> bool;
}

impl Failure for Error {
    fn is_verdict(&self) -> bool {
        matches!(
            self,
            Self::UnwrapFailed | Self::KeyringMismatch(_) | Self::LegacyDecryptionFailed | Self::EnvelopeInvalid(_)
        )
    }
}

/// Makes and unwraps data keys.
#[allow(async_fn_in_trait)] // wasm has one thread; nothing here needs `Send`
pub trait Keyring {
    /// [`Error`], or a wider one.
    type Failure: Failure;

    /// A fresh data key and its wrapped form.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a request that the keyring cannot honour; what the entropy and the key service return.
    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Self::Failure>;

    /// The description that the keyring stores with its objects; `None` for keyrings that have no constant one.
    fn material_description(&self) -> Option<&MaterialDescription> {
        None
    }

    /// The data key; `None` if it was not wrapped by this kind of keyring.
    ///
    /// # Errors
    /// Only for a data key that is this keyring's: [`Error::UnwrapFailed`], [`Error::EncryptionContextMismatch`],
    /// [`Error::LegacyWrappingDisabled`] before anything is tried, [`Error::LegacyDecryptionFailed`], or what the key
    /// service returns.
    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Self::Failure>;
}

/// Wraps data keys that exist, which a key service that makes them itself does not. Only to such a keyring is an object re-wrapped.
#[allow(async_fn_in_trait)]
pub trait WrappingKeyring {
    /// [`Error`], or a wider one.
    type Failure: Failure;

    /// The wrapped form of a data key.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a request that the keyring cannot honour; what the entropy returns.
    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Self::Failure>;
}

/// How a keyring that wraps makes data keys.
pub(crate) async fn generate_and_wrap<K: WrappingKeyring>(
    keyring: &K,
    request: &WrapRequest<'_>,
    entropy: &mut dyn Entropy,
) -> Result<(DataKey, EncryptedDataKey), K::Failure> {
    let data_key = DataKey::generate(entropy)?;
    let encrypted_data_key = keyring.wrap_data_key(request, &data_key, entropy).await?;
    Ok((data_key, encrypted_data_key))
}

/// Legacy wraps are unwrapped only by a keyring that was told to, and nothing is tried before.
fn check_legacy(wrap: WrapAlgorithm, enabled: bool) -> Result<(), Error> {
    if wrap.is_legacy() && !enabled {
        return Err(Error::LegacyWrappingDisabled(wrap.name()));
    }
    Ok(())
}

/// Raw keys cannot authenticate a context, so they refuse one rather than drop it.
fn refuse_context(request: &WrapRequest<'_>) -> Result<(), Error> {
    if request.encryption_context.0.is_empty() {
        return Ok(());
    }
    Err(Error::misuse(
        "an encryption context needs a KMS keyring; raw keys and passphrases cannot authenticate one",
    ))
}
