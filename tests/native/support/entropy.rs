//! Sources of "randomness" for tests.

use presealed::{Error, secret::Entropy};

/// Never gives the same bytes twice, and the same sequence for the same start.
pub struct CountingEntropy(pub u64);

impl Entropy for CountingEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64: spreads a counter over all bits, without repeating.
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A generator that is broken without saying so.
pub struct EntropyOfZeros;

impl Entropy for EntropyOfZeros {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(0);
        Ok(())
    }
}

/// A runtime without a generator.
pub struct EntropyThatFails;

impl Entropy for EntropyThatFails {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), Error> {
        Err(Error::UnsupportedBrowser("randomness"))
    }
}
