//! Who may open an object: keyrings make data keys, wrap them and unwrap them.
//!
//! [`Keyring`] is the one open joint of the crate. A keyring does no I/O itself; what needs some (KMS, a key held by
//! the browser) is behind a trait of its own, [`kms::Kms`] and [`raw_aes::WrappingCipher`].

pub mod kms;
pub mod passphrase;
pub mod raw_aes;

use crate::{
    AlgorithmSuite, EncryptedDataKey, EncryptionContext, Error,
    secret::{DataKey, Entropy},
};

/// What a data key is wrapped or unwrapped for.
#[derive(Debug, Clone, Copy)]
pub struct WrapRequest<'a> {
    /// The suite of the content; wraps bind its name.
    pub suite: AlgorithmSuite,
    /// The caller's context, without the reserved keys that a keyring adds.
    pub encryption_context: &'a EncryptionContext,
}

/// Makes and unwraps data keys.
#[allow(async_fn_in_trait)] // wasm has one thread; nothing here needs `Send`
pub trait Keyring {
    /// [`Error`], or an error that also carries what JavaScript threw.
    type Failure: From<Error>;

    /// A fresh data key and its wrapped form.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a request that the keyring cannot honour; what the key service or the entropy returns.
    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Self::Failure>;

    /// The data key; `None` if it was not wrapped by this kind of keyring.
    ///
    /// # Errors
    /// Only for a data key that is this keyring's: [`Error::UnwrapFailed`], [`Error::EncryptionContextMismatch`], or
    /// what the key service returns.
    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Self::Failure>;
}

/// Raw keys cannot authenticate a context, so they refuse one rather than drop it.
fn refuse_context(request: &WrapRequest<'_>) -> Result<(), Error> {
    if request.encryption_context.0.is_empty() {
        return Ok(());
    }
    Err(Error::Misuse(
        "an encryption context needs a KMS keyring; raw keys and passphrases cannot authenticate one".into(),
    ))
}
