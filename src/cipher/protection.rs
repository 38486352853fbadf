//! How content is protected before it leaves, or was.

use std::cell::Cell;

use super::{AnyKeyring, ContentEngine, choose_engine};
use crate::{
    AlgorithmSuite, EncryptionContext, Envelope,
    content::EngineKind,
    decrypt::{CbcParameters, ContentCipher, ReadPolicy, decrypt},
    machine::{Desk, Failure},
};

/// Keyring, context and policy of a call.
pub struct Protection {
    /// Who may open it.
    pub keyring: AnyKeyring,
    /// What KMS binds to the data key.
    pub encryption_context: EncryptionContext,
    /// What a reader is willing to read.
    pub policy: ReadPolicy,
    /// What a writer writes.
    pub suite: AlgorithmSuite,
    /// What the caller wants instead of the fastest.
    pub engine: Option<EngineKind>,
}

/// What decrypts the content of one object.
pub enum Decipherer {
    /// AES-GCM, verified as a whole.
    Authenticated(ContentEngine),
    /// AES-CBC, which nothing verifies.
    Unauthenticated(CbcParameters),
}

impl Protection {
    /// Opens an envelope.
    ///
    /// # Errors
    /// What policy and keyring return; [`Error::UnsupportedBrowser`](crate::Error::UnsupportedBrowser).
    pub async fn decrypt(
        &self,
        envelope: &Envelope,
        remembered: &Cell<Option<EngineKind>>,
        desk: &Desk,
    ) -> Result<Decipherer, Failure> {
        let kind = choose_engine(self.engine, remembered, desk).await?;
        let keyring = self.keyring.at(desk.clone());
        Ok(
            match decrypt(&keyring, self.policy, &self.encryption_context, envelope).await? {
                ContentCipher::Authenticated(parameters) => {
                    Decipherer::Authenticated(ContentEngine::new(kind, parameters, desk).await?)
                }
                ContentCipher::Unauthenticated(parameters) => Decipherer::Unauthenticated(parameters),
            },
        )
    }
}
