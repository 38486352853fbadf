//! How content is protected in the page.

use crate::browser::{EngineKind, crypto::engine::Tested, keyrings::browser_keyring::BrowserKeyring};
use crate::{AlgorithmSuite, EncryptionContext, Error, cipher, decrypt::ReadPolicy};

/// Keyring, context and policy.
pub(crate) struct Protection {
    pub(crate) keyring: BrowserKeyring,
    pub(crate) encryption_context: EncryptionContext,
    pub(crate) policy: ReadPolicy,
    pub(crate) suite: AlgorithmSuite,
    /// What the caller wants instead of the fastest.
    pub(crate) engine: Option<EngineKind>,
    /// The same for machines.
    pub(crate) any: cipher::Protection,
}

impl Protection {
    pub(crate) async fn engine(&self) -> Result<EngineKind, Error> {
        match self.engine {
            Some(kind) => kind.tested().await,
            None => EngineKind::choose().await,
        }
    }
}
