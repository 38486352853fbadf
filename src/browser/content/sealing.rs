//! What an object is sealed with: a new data key, or that of an upload that goes on.

use crate::browser::{
    BrowserEngine, EngineKind, Failure,
    content::{protection::Protection, source::Source},
    js::entropy::BrowserEntropy,
    store::checksum::base64,
};
use crate::{
    AlgorithmSuite, Envelope, Error,
    checkpoint::Checkpoint,
    commitment::fingerprint,
    content::{Encryptor, Parameters},
    decrypt::{ContentCipher, decrypt},
    encrypt::encrypt,
    envelope::{Located, Metadata},
};

/// An envelope and the cipher that belongs to it.
pub(crate) struct Sealing {
    pub(crate) envelope: Envelope,
    pub(crate) cipher: Cipher,
    /// Of the content, if its digest was given.
    pub(crate) fingerprint: Option<String>,
}

/// Encrypts content under one key.
pub(crate) struct Cipher {
    engine: BrowserEngine,
    suite: AlgorithmSuite,
}

impl Cipher {
    /// One pass over the content.
    pub(crate) fn encryptor(&self, source: &Source) -> Result<Encryptor<&BrowserEngine>, Failure> {
        Ok(Encryptor::new(&self.engine, self.suite, source.bytes())?)
    }
}

impl Sealing {
    pub(crate) async fn begin(
        source: &Source,
        protection: &Protection,
        content_digest: Option<String>,
    ) -> Result<Self, Failure> {
        AlgorithmSuite::stored_bytes(source.bytes())?;
        let kind = protection.engine().await?;
        let (envelope, parameters) = encrypt(
            &protection.keyring,
            protection.suite,
            &protection.encryption_context,
            &mut BrowserEntropy,
        )
        .await?;
        Self::new(envelope, kind, parameters, content_digest).await
    }

    /// The keyring must be able to open what it began.
    pub(crate) async fn resume(
        checkpoint: &Checkpoint,
        protection: &Protection,
        content_digest: Option<String>,
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
        let kind = protection.engine().await?;
        let (keyring, context) = (&protection.keyring, &protection.encryption_context);
        let ContentCipher::Authenticated(parameters) = decrypt(keyring, protection.policy, context, &envelope).await?
        else {
            return Err(invalid().into());
        };
        Self::new(envelope, kind, parameters, content_digest).await
    }

    async fn new(
        envelope: Envelope,
        kind: EngineKind,
        parameters: Parameters,
        content_digest: Option<String>,
    ) -> Result<Self, Failure> {
        let fingerprint = match content_digest {
            Some(digest) => Some(base64(&fingerprint(&parameters.key, digest.as_bytes())?)),
            None => None,
        };
        let cipher = Cipher {
            suite: parameters.suite,
            engine: BrowserEngine::new(kind, parameters).await?,
        };
        Ok(Self {
            envelope,
            cipher,
            fingerprint,
        })
    }

    /// One pass over the content.
    pub(crate) fn encryptor(&self, source: &Source) -> Result<Encryptor<&BrowserEngine>, Failure> {
        self.cipher.encryptor(source)
    }
}
