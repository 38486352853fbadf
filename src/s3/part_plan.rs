//! How a stored object is cut into the parts of a multipart upload.

use std::ops::Range;

use crate::{AlgorithmSuite, Error};

/// Equal parts, the last one excepted. Boundaries lie between AES blocks, so that each part can be sealed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    stored_bytes: u64,
    part_bytes: u64,
}

impl PartPlan {
    /// S3's least, which the last part may be below.
    pub const MIN_PART_BYTES: u64 = 5 << 20;
    /// S3 takes 5 GiB, but a part is one buffer while it is sealed. 64 GiB are 128 of these.
    pub const MAX_PART_BYTES: u64 = 512 << 20;
    /// S3's most in one request, without parts.
    pub const MAX_SINGLE_BYTES: u64 = 5 << 30;
    /// S3's most.
    pub const MAX_PARTS: u64 = 10_000;
    /// Small enough to hold several in memory, large enough for 64 GiB.
    pub const DEFAULT_PART_BYTES: u64 = 8 << 20;

    /// A plan for that many bytes as stored, the tag included.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a part size that is no multiple of 16 or outside the limits, or that makes too many parts.
    pub fn new(stored_bytes: u64, part_bytes: u64) -> Result<Self, Error> {
        Self::check_part_bytes(part_bytes)?;
        if stored_bytes.div_ceil(part_bytes) > Self::MAX_PARTS {
            return Err(Error::misuse("partSize: S3 takes 10,000 parts, and this makes more"));
        }
        Ok(Self {
            stored_bytes,
            part_bytes,
        })
    }

    /// Whether parts may have that many bytes.
    ///
    /// # Errors
    /// [`Error::Misuse`] for no multiple of 16, or one outside the limits.
    pub fn check_part_bytes(part_bytes: u64) -> Result<(), Error> {
        let allowed = Self::MIN_PART_BYTES..=Self::MAX_PART_BYTES;
        match allowed.contains(&part_bytes) && part_bytes.is_multiple_of(AlgorithmSuite::BLOCK_BYTES) {
            true => Ok(()),
            false => Err(Error::misuse("partSize: a multiple of 16 bytes, from 5 MiB to 512 MiB")),
        }
    }

    /// Bytes of each part but the last.
    pub const fn part_bytes(&self) -> u64 {
        self.part_bytes
    }

    /// Bytes of the object as stored.
    pub const fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// How many parts; an empty object has one.
    pub fn parts(&self) -> u16 {
        let parts = self.stored_bytes.div_ceil(self.part_bytes).max(1);
        u16::try_from(parts).unwrap_or(u16::MAX)
    }

    /// How many stored bytes a part holds.
    pub fn bytes(&self, number: u16) -> u64 {
        let range = self.range(number);
        range.end.saturating_sub(range.start)
    }

    /// Which stored bytes a part holds; parts are numbered from 1, as S3 has them.
    pub fn range(&self, number: u16) -> Range<u64> {
        let start = u64::from(number.saturating_sub(1))
            .saturating_mul(self.part_bytes)
            .min(self.stored_bytes);
        start..start.saturating_add(self.part_bytes).min(self.stored_bytes)
    }
}
