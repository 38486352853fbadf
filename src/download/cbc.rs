//! AES-CBC content of formats V1 and V2. Nothing authenticates it: the caller asked for it by name.

use crate::{
    AlgorithmSuite, Error,
    decrypt::CbcParameters,
    machine::{Answer, Call, Deciphering, Desk, Failure, Hold, KeyUse, Opening, Secret, Step},
};

/// The content key, held by the platform, and the block before what follows.
pub(super) struct CbcOpener {
    key: Hold,
    previous: [u8; AlgorithmSuite::CBC_IV_BYTES],
    desk: Desk,
}

impl CbcOpener {
    pub(super) async fn new(parameters: &CbcParameters, desk: &Desk) -> Result<Self, Failure> {
        let call = Call::Import {
            cipher: KeyUse::AesCbc,
            key: Secret::of(parameters.key.expose()),
        };
        match desk.ask(Step::Secret(call)).await? {
            (Answer::Held, Some(key)) => Ok(Self {
                key,
                previous: parameters.iv,
                desk: desk.clone(),
            }),
            _ => Err(Error::UnsupportedBrowser("a WebCrypto with AES-CBC").into()),
        }
    }

    /// The plaintext of the next bytes, whole blocks. Whatever goes wrong is one and the same error, so that nobody can ask about the padding.
    pub(super) async fn open(&mut self, buffer: &Hold, bytes: u32, is_last: bool) -> Result<Hold, Failure> {
        let step = Step::Open(Opening {
            buffer: buffer.id(),
            range: 0..bytes,
            how: Deciphering::Cbc {
                key: self.key.id(),
                iv: self.previous,
                is_last,
            },
        });
        let (Answer::Opened { tags }, Some(plaintext)) = self.desk.ask(step).await? else {
            return Err(Error::LegacyDecryptionFailed.into());
        };
        self.previous = tags.expose().try_into().map_err(|_| Error::LegacyDecryptionFailed)?;
        Ok(plaintext)
    }
}
