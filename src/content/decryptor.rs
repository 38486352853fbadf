//! Decrypts one message, segment by segment, and verifies it as a whole.

use std::cell::RefCell;

use subtle::ConstantTimeEq;

use super::{Engine, Segment, shares::Shares};
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

impl<E: Engine> Decryptor<E> {
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
    pub async fn decrypt(&self, first_block: u64, ciphertext: E::Bytes) -> Result<Unverified<E::Bytes>, Error> {
        let claim = self.shares.borrow_mut().claim(first_block, ciphertext.bytes())?;
        let (plaintext, share) = self.engine.decrypt(first_block, ciphertext).await?;
        self.shares.borrow_mut().add(&self.engine, claim, share);
        Ok(Unverified(plaintext))
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
