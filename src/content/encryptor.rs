//! Encrypts one message, segment by segment.

use std::cell::RefCell;

use super::{
    Engine, Message, Segment,
    field::Element,
    shares::{Claim, Shares},
};
use crate::{AlgorithmSuite, Error};

/// One message under one key, of a length that is fixed before the first byte.
///
/// Segments may be encrypted in any order and concurrently; a range that was claimed once is refused ever after, so no
/// counter can meet two plaintexts.
pub struct Encryptor<E> {
    engine: E,
    suite: AlgorithmSuite,
    shares: RefCell<Shares>,
}

impl<E: Message> Encryptor<E> {
    /// A message of `content_bytes` bytes.
    ///
    /// # Errors
    /// [`Error::ContentTooLarge`] above the suite's limit.
    pub fn new(engine: E, suite: AlgorithmSuite, content_bytes: u64) -> Result<Self, Error> {
        Ok(Self {
            engine,
            suite,
            shares: RefCell::new(Shares::new(content_bytes)?),
        })
    }

    /// The ciphertext of the segment that starts at that block, as long as the plaintext.
    ///
    /// # Errors
    /// [`Error::Unreachable`] for a range that is not the message's, was claimed before, or ends inside a block other
    /// than the last; what the engine returns.
    pub async fn encrypt(&self, first_block: u64, plaintext: E::Bytes) -> Result<E::Bytes, Error>
    where
        E: Engine,
    {
        let claim = self.claim(first_block, plaintext.bytes())?;
        let (ciphertext, share) = self.engine.encrypt(first_block, plaintext).await?;
        self.add(claim, share);
        Ok(ciphertext)
    }

    /// Claims a segment that is encrypted elsewhere under the same key, such as in another thread.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), for the range.
    pub fn claim(&self, first_block: u64, bytes: u64) -> Result<Claim, Error> {
        self.shares.borrow_mut().claim(first_block, bytes)
    }

    /// Adds the share of a segment that was claimed.
    pub fn add(&self, claim: Claim, share: Element) {
        self.shares.borrow_mut().add(&self.engine, claim, share);
    }

    /// What encrypts.
    pub const fn engine(&self) -> &E {
        &self.engine
    }

    /// The tag, which follows the ciphertext.
    ///
    /// # Errors
    /// [`Error::Truncated`] if a segment is missing.
    pub fn finish(&self) -> Result<[u8; AlgorithmSuite::TAG_BYTES], Error> {
        self.shares.borrow().tag(&self.engine, self.suite)
    }
}
