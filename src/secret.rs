//! Secrets: wiped when dropped, never shown, copied or compared by accident.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Error;

/// The fresh 32-byte key of one object. In a box that is filled in place: a move copies bytes, and leaves them behind.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DataKey(Box<[u8; Self::BYTES]>);

impl DataKey {
    /// Bytes of a data key in every suite.
    pub const BYTES: usize = 32;

    /// A fresh data key.
    ///
    /// # Errors
    /// What the entropy source returns.
    pub fn generate(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        let mut key = Self(Box::default());
        fill(entropy, &mut *key.0)?;
        Ok(key)
    }

    /// The data key in these bytes; `None` unless there are 32. Zeros are what is left of a key that was wiped, and none either.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = bytes.try_into().ok()?;
        let mut key = Self(Box::default());
        key.0.copy_from_slice(bytes);
        let wiped = bool::from(key.0.ct_eq(&[0; Self::BYTES]));
        (!wiped).then_some(key)
    }

    /// The key, for wrapping and derivation only.
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// The 32-byte key that encrypts the content: derived from the data key (V3) or the data key itself (V2).
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ContentKey(pub(crate) Box<[u8; 32]>);

impl ContentKey {
    /// Format V2 encrypts the content under the data key itself.
    pub fn from_data_key(data_key: &DataKey) -> Self {
        let mut key = Self(Box::default());
        key.0.copy_from_slice(data_key.expose());
        key
    }

    /// The key, for a content engine only.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An AES key of 16, 24 or 32 bytes that wraps data keys.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct WrappingKey(Vec<u8>);

impl WrappingKey {
    /// Takes the key's bytes.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a length that AES does not have.
    pub fn from_bytes(mut bytes: Vec<u8>) -> Result<Self, Error> {
        if matches!(bytes.len(), 16 | 24 | 32) {
            return Ok(Self(bytes));
        }
        bytes.zeroize();
        Err(Error::misuse("an AES wrapping key has 16, 24 or 32 bytes"))
    }

    /// The key, for wrapping only.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// What a person remembers.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes the passphrase as it was typed.
    ///
    /// # Errors
    /// [`Error::Misuse`] if it is empty.
    pub fn new(text: String) -> Result<Self, Error> {
        let text = Zeroizing::new(text);
        if text.is_empty() {
            return Err(Error::misuse("the passphrase is empty"));
        }
        Ok(Self(text))
    }

    /// The UTF-8 bytes, for key derivation only.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Where randomness comes from; the pure rooms draw none of their own.
pub trait Entropy {
    /// Fills `bytes` with cryptographically secure random bytes.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] where there is no such source.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error>;
}

/// Overwrites what calls that have returned left on the stack below the caller's frame: copies of secrets that arithmetic
/// makes, ours and that of others, and that no drop reaches.
#[inline(never)]
pub fn wipe_stack() {
    const MORE_THAN_ANY_CALL_TAKES: usize = 64 * 1024;
    std::hint::black_box(&mut [0_u8; MORE_THAN_ANY_CALL_TAKES]);
}

/// Random bytes of a length that is never all zero by chance.
///
/// # Errors
/// [`Error::UnsupportedBrowser`] for zeros, which official readers refuse as well: a sign of broken randomness.
pub(crate) fn random<const N: usize>(entropy: &mut dyn Entropy) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    fill(entropy, &mut bytes)?;
    Ok(bytes)
}

fn fill(entropy: &mut dyn Entropy, bytes: &mut [u8]) -> Result<(), Error> {
    entropy.fill(bytes)?;
    match bytes.iter().all(|byte| *byte == 0) {
        true => Err(Error::UnsupportedBrowser("a working source of randomness")),
        false => Ok(()),
    }
}
