//! Which ranges of the message have been processed, and the sum of their shares.

use std::ops::Range;

use zeroize::Zeroize;

use super::{BLOCK_BYTES, Message, field::Element};
use crate::{AlgorithmSuite, Error};

/// The account of one message. A range is claimed before its bytes are touched, once.
pub(super) struct Shares {
    content_bytes: u64,
    /// Claimed ranges in bytes and in order, adjacent ones merged.
    claimed: Vec<Range<u64>>,
    hashed_bytes: u64,
    sum: Element,
}

/// A segment that nobody else can claim any more.
pub struct Claim {
    first_block: u64,
    bytes: u64,
}

impl Shares {
    pub(super) fn new(content_bytes: u64) -> Result<Self, Error> {
        if content_bytes > AlgorithmSuite::MAX_CONTENT_BYTES {
            return Err(Error::ContentTooLarge);
        }
        Ok(Self {
            content_bytes,
            claimed: Vec::new(),
            hashed_bytes: 0,
            sum: Element::ZERO,
        })
    }

    /// Claims `bytes` bytes from that block on.
    pub(super) fn claim(&mut self, first_block: u64, bytes: u64) -> Result<Claim, Error> {
        let wrong = Error::Unreachable("a segment outside the message, unaligned or processed twice");
        let Some((start, end)) = first_block
            .checked_mul(BLOCK_BYTES)
            .and_then(|start| Some((start, start.checked_add(bytes)?)))
        else {
            return Err(wrong);
        };
        let aligned = bytes.is_multiple_of(BLOCK_BYTES) || end == self.content_bytes;
        let after = self.claimed.partition_point(|claimed| claimed.start < end);
        let (before, after) = self.claimed.split_at_mut(after);
        let overlaps = before.last().is_some_and(|claimed| claimed.end > start);
        if bytes == 0 || end > self.content_bytes || !aligned || overlaps {
            return Err(wrong);
        }
        let position = before.len();
        match (before.last_mut(), after.first_mut()) {
            (Some(left), Some(right)) if left.end == start && right.start == end => {
                left.end = right.end;
                self.claimed.remove(position);
            }
            (Some(left), _) if left.end == start => left.end = end,
            (_, Some(right)) if right.start == end => right.start = start,
            _ => self.claimed.insert(position, start..end),
        }
        Ok(Claim { first_block, bytes })
    }

    /// Adds the share of a claimed range.
    pub(super) fn add(&mut self, engine: &impl Message, claim: Claim, mut share: Element) {
        let end_block = claim.first_block.saturating_add(claim.bytes.div_ceil(BLOCK_BYTES));
        let blocks_after = self.content_bytes.div_ceil(BLOCK_BYTES).saturating_sub(end_block);
        self.sum = self.sum.plus(engine.ghash().moved(share, blocks_after));
        self.hashed_bytes = self.hashed_bytes.saturating_add(claim.bytes);
        share.zeroize();
    }

    /// The tag of the whole message; only once every byte has been hashed.
    pub(super) fn tag(&self, engine: &impl Message, suite: AlgorithmSuite) -> Result<[u8; 16], Error> {
        if self.hashed_bytes != self.content_bytes {
            return Err(Error::Truncated);
        }
        Ok(engine
            .ghash()
            .tag(self.sum, suite.additional_data(), self.content_bytes, engine.tag_mask()))
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        self.sum.zeroize();
    }
}
