//! What a realm has encrypted under each envelope, whatever checkpoints its callers go on from.
//!
//! A checkpoint that is older than what has left knows nothing of the newest parts: with it, other bytes could leave under their key
//! stream. The realm remembers better. Where several realms of an origin could go on with one upload, a lock lets one do it at a time.

use litemap::LiteMap;

use crate::{Error, encryption_context::StringMap};

/// By envelope, which belongs to one content key, and part: the digest of the part's ciphertext. It is kept for as long as the realm
/// lives, since a store may say of any upload that it is still open: some 100 bytes for each part.
#[derive(Debug, Default)]
pub struct Ledger(LiteMap<StringMap, LiteMap<u16, String>>);

impl Ledger {
    /// An empty one.
    pub const fn new() -> Self {
        Self(LiteMap::new())
    }

    /// What is known of an upload's parts.
    pub fn of(&self, envelope: &StringMap) -> LiteMap<u16, String> {
        self.0.get(envelope).cloned().unwrap_or_default()
    }

    /// Enters what a part was encrypted to.
    ///
    /// # Errors
    /// [`Error::FileChanged`] if it was something else before: then it must not leave.
    pub fn claim(&mut self, envelope: &StringMap, number: u16, digest: &str) -> Result<(), Error> {
        let parts = match self.0.get_mut(envelope) {
            Some(parts) => parts,
            None => {
                self.0.insert(envelope.clone(), LiteMap::new());
                self.0
                    .get_mut(envelope)
                    .ok_or(Error::Unreachable("a ledger without its entry"))?
            }
        };
        match parts.get(&number) {
            Some(known) if known == digest => Ok(()),
            Some(_) => Err(Error::FileChanged),
            None => {
                parts.insert(number, digest.into());
                Ok(())
            }
        }
    }
}
