//! Which stored bytes hold a range of the plaintext.

use std::ops::Range;

use crate::{AlgorithmSuite, Error};

/// A part of the plaintext, as a caller names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaintextRange {
    /// From a position, to another one that is not included, or to the end.
    From(u64, Option<u64>),
    /// The last bytes.
    Suffix(u64),
}

impl PlaintextRange {
    const OUTSIDE: &str = "range: it holds no byte of the content";

    /// The positions that it means in content of that length: at least one byte, an end past the content's is the content's.
    ///
    /// # Errors
    /// [`Error::Misuse`] if it holds no byte.
    pub fn resolve(self, content_bytes: u64) -> Result<Range<u64>, Error> {
        let range = match self {
            Self::From(start, end) => start..end.unwrap_or(content_bytes).min(content_bytes),
            Self::Suffix(bytes) => content_bytes.saturating_sub(bytes)..content_bytes,
        };
        match range.is_empty() {
            true => Err(Error::misuse(Self::OUTSIDE)),
            false => Ok(range),
        }
    }

    /// The whole AES blocks around those positions, which lie at the same positions of the stored bytes.
    pub fn blocks(range: &Range<u64>, content_bytes: u64) -> Range<u64> {
        let start = range.start.saturating_sub(range.start % AlgorithmSuite::BLOCK_BYTES);
        let end = range
            .end
            .next_multiple_of(AlgorithmSuite::BLOCK_BYTES)
            .min(content_bytes);
        start..end
    }
}
