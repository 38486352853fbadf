//! Decrypts one message, segment by segment, and verifies it as a whole.

use std::cell::RefCell;

use subtle::ConstantTimeEq;

use super::{
    Engine, Message, Segment,
    field::Element,
    shares::{Claim, Shares},
};
use crate::{AlgorithmSuite, Error};

/// Plaintext that nothing vouches for yet.
pub struct Unverified<T>(T);

impl<T> Unverified<T> {
    /// Takes it out: into a place that is discarded unless [`Decryptor::finish`] succeeds, or to a caller who asked for
    /// delayed authentication by name.
    pub fn release_before_verification(self) -> T {
        self.0
    }
}

/// One message of known length.
pub struct Decryptor<E> {
    engine: E,
    suite: AlgorithmSuite,
    shares: RefCell<Shares>,
}

impl<E: Message> Decryptor<E> {
    /// A message of `content_bytes` bytes, tag not counted.
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

    /// The plaintext of the segment that starts at that block.
    ///
    /// # Errors
    /// As [`Encryptor::encrypt`](super::Encryptor::encrypt).
    pub async fn decrypt(&self, first_block: u64, ciphertext: E::Bytes) -> Result<Unverified<E::Bytes>, Error>
    where
        E: Engine,
    {
        let claim = self.claim(first_block, ciphertext.bytes())?;
        let (plaintext, share) = self.engine.decrypt(first_block, ciphertext).await?;
        Ok(self.decrypted(plaintext, [(claim, share)]))
    }

    /// Claims a segment that is decrypted elsewhere.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt), for the range.
    pub fn claim(&self, first_block: u64, bytes: u64) -> Result<Claim, Error> {
        self.shares.borrow_mut().claim(first_block, bytes)
    }

    /// What was decrypted of segments that were claimed, with the shares of their ciphertext.
    pub fn decrypted<T>(&self, plaintext: T, shares: impl IntoIterator<Item = (Claim, Element)>) -> Unverified<T> {
        for (claim, share) in shares {
            self.shares.borrow_mut().add(&self.engine, claim, share);
        }
        Unverified(plaintext)
    }

    /// What decrypts.
    pub const fn engine(&self) -> &E {
        &self.engine
    }

    /// Compares the stored tag, in constant time.
    ///
    /// # Errors
    /// [`Error::Truncated`] if a segment is missing, [`Error::AuthenticationFailed`] for another tag.
    pub fn finish(self, tag: &[u8; AlgorithmSuite::TAG_BYTES]) -> Result<(), Error> {
        let expected = self.shares.borrow().tag(&self.engine, self.suite)?;
        if bool::from(expected.ct_eq(tag)) {
            return Ok(());
        }
        Err(Error::AuthenticationFailed)
    }
}
