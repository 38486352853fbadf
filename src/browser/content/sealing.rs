//! What an object is sealed with: a new data key, or that of an upload that goes on.

use crate::browser::{
    BrowserEngine, Failure,
    content::{protection::Protection, source::Source},
    js::entropy::BrowserEntropy,
};
use crate::{
    AlgorithmSuite, Envelope, Error,
    content::Encryptor,
    decrypt::{ContentCipher, decrypt},
    encrypt::encrypt,
    envelope::{Located, Metadata},
    upload::checkpoint::Checkpoint,
};

/// An envelope and the cipher that belongs to it.
pub(crate) struct Sealing {
    pub(crate) envelope: Envelope,
    pub(crate) cipher: Cipher,
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
    pub(crate) async fn begin(source: &Source, protection: &Protection) -> Result<Self, Failure> {
        AlgorithmSuite::stored_bytes(source.bytes())?;
        let kind = protection.engine().await?;
        let (envelope, parameters) = encrypt(
            &protection.keyring,
            protection.suite,
            &protection.encryption_context,
            &mut BrowserEntropy,
        )
        .await?;
        let cipher = Cipher {
            engine: BrowserEngine::new(kind, parameters).await?,
            suite: protection.suite,
        };
        Ok(Self { envelope, cipher })
    }

    /// The keyring must be able to open what it began.
    pub(crate) async fn resume(checkpoint: &Checkpoint, protection: &Protection) -> Result<Self, Failure> {
        let invalid = || Error::misuse("resume is not a checkpoint of an encrypted upload");
        let mut metadata = Metadata::default();
        for (name, value) in checkpoint.envelope.as_ref().ok_or_else(invalid)?.iter() {
            metadata.insert(name, value.clone())?;
        }
        let Located::InMetadata(envelope) = Envelope::locate(&metadata)? else {
            return Err(invalid().into());
        };
        let kind = protection.engine().await?;
        let (keyring, context) = (&protection.keyring, &protection.encryption_context);
        let ContentCipher::Authenticated(parameters) = decrypt(keyring, protection.policy, context, &envelope).await?
        else {
            return Err(invalid().into());
        };
        let cipher = Cipher {
            suite: parameters.suite,
            engine: BrowserEngine::new(kind, parameters).await?,
        };
        Ok(Self { envelope, cipher })
    }

    /// One pass over the content.
    pub(crate) fn encryptor(&self, source: &Source) -> Result<Encryptor<&BrowserEngine>, Failure> {
        self.cipher.encryptor(source)
    }
}
