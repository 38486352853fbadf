//! GHASH in pieces: how one AES-GCM message is stitched out of calls that each see one segment.
//!
//! With `H = E_K(0)`, `CB(n) = IV || n` and data block i encrypted with `CB(2 + i)`, GHASH of the message is
//! `A*H^(n+1) + C_1*H^n + ... + C_n*H^2 + L*H`. A segment's *share* is `Y = C_1*H^m + ... + C_m*H` over its own m blocks;
//! shares add up once each is multiplied by `H^(blocks after the segment)`.
//!
//! A one-shot AES-GCM implementation that takes a 128-bit IV `X` starts at `J0 = (X*H + [0]_64 || [128]_64) * H`, so it
//! can be made to start at any counter; its tag then yields the segment's share.

use ghash::{GHash, universal_hash::UniversalHash};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{BLOCK_BYTES, field::Element};
use crate::Error;

/// The hash key `H`, its inverse and its powers. In a box that is filled in place: a move copies bytes, and leaves them
/// behind.
#[derive(ZeroizeOnDrop)]
pub struct GhashKey(Box<Powers>);

#[derive(Zeroize)]
struct Powers {
    inverse: Element,
    /// `H^(2^k)` for every bit of a block count, which is below 2^32 + 1.
    squares: [Element; 33],
}

impl GhashKey {
    /// From `H = E_K(0^128)`.
    pub fn new(h: [u8; 16]) -> Self {
        let mut powers = Box::new(Powers {
            inverse: Element::ZERO,
            squares: [Element::ZERO; 33],
        });
        let mut square = Element(h);
        powers.inverse = square.inverse();
        for place in &mut powers.squares {
            *place = square;
            square = square.times(square);
        }
        Self(powers)
    }

    /// `H` itself, for an engine elsewhere only.
    pub fn hash_key(&self) -> [u8; 16] {
        self.h().0
    }

    fn h(&self) -> Element {
        let [h, ..] = self.0.squares;
        h
    }

    /// `H` to a public power below 2^33.
    fn power(&self, exponent: u64) -> Element {
        self.0
            .squares
            .iter()
            .enumerate()
            .filter(|(bit, _)| exponent.checked_shr(*bit as u32).unwrap_or(0) & 1 == 1)
            .fold(Element::ONE, |product, (_, square)| product.times(*square))
    }

    /// A segment's share, hashed here.
    pub fn share(&self, ciphertext: &[u8]) -> Element {
        let mut hash = GHash::new(&self.h().0.into());
        hash.update_padded(ciphertext);
        Element(hash.finalize().into())
    }

    /// The 128-bit IV with which a one-shot AES-GCM starts at this counter block: `(CB * H^-1 + L) * H^-1`.
    pub fn segment_iv(&self, counter_block: [u8; 16]) -> [u8; 16] {
        let length_of_iv = Element::lengths(0, BLOCK_BYTES);
        Element(counter_block)
            .times(self.0.inverse)
            .plus(length_of_iv)
            .times(self.0.inverse)
            .0
    }

    /// The share of a segment encrypted by such a call, from the tag and from `E_K` of the counter block it started at.
    pub fn share_of_sealed(&self, tag: [u8; 16], mask: [u8; 16], segment_bytes: u64) -> Element {
        self.share_of_tag(tag, mask, Element::lengths(0, segment_bytes))
    }

    /// The share of a segment that was given to AES-GCM as additional data of an empty message, from the tag and from
    /// `E_K` of the counter block it started at.
    pub fn share_of_authenticated(&self, tag: [u8; 16], mask: [u8; 16], segment_bytes: u64) -> Element {
        self.share_of_tag(tag, mask, Element::lengths(segment_bytes, 0))
    }

    fn share_of_tag(&self, tag: [u8; 16], mask: [u8; 16], lengths: Element) -> Element {
        Element(tag).plus(Element(mask)).times(self.0.inverse).plus(lengths)
    }

    /// The share where it stands in the message, with that many blocks after its segment.
    pub fn moved(&self, share: Element, blocks_after: u64) -> Element {
        share.times(self.power(blocks_after))
    }

    /// The message's tag, from the sum of all moved shares. `mask` is `E_K(CB(1))`; additional data of up to one block.
    pub fn tag(&self, sum: Element, additional_data: &[u8], content_bytes: u64, mask: [u8; 16]) -> [u8; 16] {
        let blocks = content_bytes.div_ceil(BLOCK_BYTES);
        let start = self.moved(self.share(additional_data), blocks);
        start
            .plus(sum)
            .plus(Element::lengths(additional_data.len() as u64, content_bytes))
            .times(self.h())
            .plus(Element(mask))
            .0
    }
}

/// `CB(n)`: the content IV and a 32-bit counter.
pub fn counter_block(iv: &[u8; 12], counter: u32) -> [u8; 16] {
    let mut block = [0; 16];
    let (head, tail) = block.split_at_mut(iv.len());
    head.copy_from_slice(iv);
    tail.copy_from_slice(&counter.to_be_bytes());
    block
}

/// The counter of a data block: the first has 2.
///
/// # Errors
/// [`Error::Unreachable`] past the last counter.
pub fn data_counter(block: u64) -> Result<u32, Error> {
    block
        .checked_add(2)
        .and_then(|counter| u32::try_from(counter).ok())
        .ok_or(Error::Unreachable("the counter would wrap"))
}
