//! What an object is sealed with: a new data key, or that of an upload that goes on.

use base64ct::{Base64, Encoding};

use super::realm::Realm;
use crate::{
    AlgorithmSuite, Envelope, Error,
    checkpoint::Checkpoint,
    cipher::{ContentEngine, Protection, choose_engine},
    commitment::fingerprint,
    content::{EngineKind, Parameters},
    decrypt::{ContentCipher, decrypt},
    encrypt::encrypt,
    encryption_context::StringMap,
    envelope::{Located, Metadata},
    machine::{Desk, Failure},
};

/// An envelope and the engine that belongs to it.
pub(super) struct Sealing {
    pub(super) envelope: Envelope,
    pub(super) engine: ContentEngine,
    /// Of the content, if its digest was given.
    pub(super) fingerprint: Option<String>,
}

impl Sealing {
    pub(super) async fn begin(
        content_bytes: u64,
        protection: &Protection,
        content_digest: Option<String>,
        realm: &Realm,
        desk: &Desk,
    ) -> Result<Self, Failure> {
        AlgorithmSuite::stored_bytes(content_bytes)?;
        let kind = choose_engine(protection.engine, &realm.engine, desk).await?;
        let keyring = protection.keyring.at(desk.clone());
        let (suite, context) = (protection.suite, &protection.encryption_context);
        let (envelope, parameters) = encrypt(&keyring, suite, context, &mut desk.clone()).await?;
        Self::new(envelope, kind, parameters, content_digest, desk).await
    }

    /// The keyring must be able to open what it began.
    pub(super) async fn resume(
        checkpoint: &Checkpoint,
        protection: &Protection,
        content_digest: Option<String>,
        realm: &Realm,
        desk: &Desk,
    ) -> Result<Self, Failure> {
        let invalid = || Error::misuse("resume is not a checkpoint of an encrypted upload");
        let mut metadata = Metadata::default();
        for (name, value) in checkpoint.envelope.as_ref().ok_or_else(invalid)?.iter() {
            metadata.insert(name, value.clone())?;
        }
        let Located::InMetadata(envelope) = Envelope::locate(&metadata)? else {
            return Err(invalid().into());
        };
        if envelope.suite() != protection.suite {
            return Err(Error::misuse("the upload was begun under another commitmentPolicy").into());
        }
        let kind = choose_engine(protection.engine, &realm.engine, desk).await?;
        let keyring = protection.keyring.at(desk.clone());
        let (policy, context) = (protection.policy, &protection.encryption_context);
        let ContentCipher::Authenticated(parameters) = decrypt(&keyring, policy, context, &envelope).await? else {
            return Err(invalid().into());
        };
        Self::new(envelope, kind, parameters, content_digest, desk).await
    }

    async fn new(
        envelope: Envelope,
        kind: EngineKind,
        parameters: Parameters,
        content_digest: Option<String>,
        desk: &Desk,
    ) -> Result<Self, Failure> {
        let fingerprint = match content_digest {
            Some(digest) => Some(Base64::encode_string(&fingerprint(&parameters.key, digest.as_bytes())?)),
            None => None,
        };
        Ok(Self {
            envelope,
            engine: ContentEngine::new(kind, parameters, desk).await?,
            fingerprint,
        })
    }

    /// As a checkpoint has it.
    pub(super) fn entries(&self) -> Result<StringMap, Error> {
        Ok(self.envelope.encode()?.entries().clone())
    }
}
