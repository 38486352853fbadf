//! The seam between the message and whatever encrypts its segments.

use super::{field::Element, ghash::GhashKey};
use crate::{AlgorithmSuite, Error, secret::ContentKey};

/// A stretch of the content in the engine's own memory.
pub trait Segment {
    /// Its length in bytes.
    fn bytes(&self) -> u64;
}

impl Segment for Vec<u8> {
    fn bytes(&self) -> u64 {
        self.len() as u64
    }
}

/// AES-256-GCM on single segments of one message, in any order.
///
/// `first_block` counts AES blocks from the start of the content. Callers keep counters in range and never encrypt one
/// range twice: [`Encryptor`](super::Encryptor) and [`Decryptor`](super::Decryptor) do.
#[allow(async_fn_in_trait)]
pub trait Engine: Message {
    /// Where the engine keeps bytes.
    type Bytes: Segment;

    /// Ciphertext of the segment and its share of GHASH.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] or [`Error::Unreachable`] if the runtime refuses.
    async fn encrypt(&self, first_block: u64, plaintext: Self::Bytes) -> Result<(Self::Bytes, Element), Error>;

    /// Plaintext of the segment and the share of its ciphertext.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    async fn decrypt(&self, first_block: u64, ciphertext: Self::Bytes) -> Result<(Self::Bytes, Element), Error>;
}

/// What the tag of one message is made with.
pub trait Message {
    /// The algebra under this message's key.
    fn ghash(&self) -> &GhashKey;

    /// `E_K(CB(1))`, which masks the message's tag.
    fn tag_mask(&self) -> [u8; 16];
}

impl<E: Engine> Engine for &E {
    type Bytes = E::Bytes;

    async fn encrypt(&self, first_block: u64, plaintext: E::Bytes) -> Result<(E::Bytes, Element), Error> {
        (**self).encrypt(first_block, plaintext).await
    }

    async fn decrypt(&self, first_block: u64, ciphertext: E::Bytes) -> Result<(E::Bytes, Element), Error> {
        (**self).decrypt(first_block, ciphertext).await
    }
}

impl<M: Message> Message for &M {
    fn ghash(&self) -> &GhashKey {
        (**self).ghash()
    }

    fn tag_mask(&self) -> [u8; 16] {
        (**self).tag_mask()
    }
}

/// Key, IV and suite of one message.
pub struct Parameters {
    /// The key of this object's content.
    pub key: ContentKey,
    /// The content IV.
    pub iv: [u8; AlgorithmSuite::IV_BYTES],
    /// The suite, for its additional data.
    pub suite: AlgorithmSuite,
}
