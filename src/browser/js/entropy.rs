//! Randomness from the browser.

use crate::{Error, secret::Entropy};

pub(crate) struct BrowserEntropy;

impl Entropy for BrowserEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|_| Error::UnsupportedBrowser("crypto.getRandomValues"))
    }
}

/// A random number for jitter; zero will do where there is none.
pub(crate) fn jitter() -> u32 {
    getrandom::u32().unwrap_or(0)
}
