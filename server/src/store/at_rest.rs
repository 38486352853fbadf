//! How bytes lie on disk: AES-256-GCM in segments, so that a range can be read without the rest.
//!
//! Every piece (a whole object, or one part of it) has a key of its own, derived from the object's data key and
//! the piece's random id; within it the nonce is the segment's number and a flag on the last one. A segment that
//! is moved, dropped, repeated or cut off therefore does not open. With two layers each segment is sealed twice.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, Nonce},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Plaintext bytes in one segment.
pub const SEGMENT: u64 = 64 * 1024;
const TAG: u64 = 16;

/// A 256-bit key.
pub type Key = Zeroizing<[u8; 32]>;

/// The segment did not open: another key, or other bytes than were written.
#[derive(Debug)]
pub struct Broken;

/// Seals and opens the segments of one piece.
pub struct Layers {
    ciphers: Vec<Aes256Gcm>,
    piece: [u8; 16],
}

impl Layers {
    /// One layer per data key, the innermost first.
    pub fn new(data_keys: &[Key], piece: [u8; 16]) -> Self {
        let ciphers = data_keys
            .iter()
            .map(|key| Aes256Gcm::new(&(*keyed_hash(key, &[b"piece", &piece])).into()))
            .collect();
        Self { ciphers, piece }
    }

    /// Bytes on disk of a whole segment.
    pub fn segment_at_rest(&self) -> u64 {
        SEGMENT + TAG * self.ciphers.len() as u64
    }

    /// Seals one segment where it stands.
    pub fn seal(&self, index: u64, last: bool, segment: &mut Vec<u8>) -> Result<(), Broken> {
        let nonce = nonce(index, last);
        self.ciphers.iter().try_for_each(|cipher| {
            cipher
                .encrypt_in_place(&nonce, &self.piece, segment)
                .map_err(|_| Broken)
        })
    }

    /// Opens one segment where it stands.
    pub fn open(&self, index: u64, last: bool, segment: &mut Vec<u8>) -> Result<(), Broken> {
        let nonce = nonce(index, last);
        self.ciphers.iter().rev().try_for_each(|cipher| {
            cipher
                .decrypt_in_place(&nonce, &self.piece, segment)
                .map_err(|_| Broken)
        })
    }
}

fn nonce(index: u64, last: bool) -> Nonce<Aes256Gcm> {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&index.to_be_bytes());
    bytes[11] = u8::from(last);
    bytes.into()
}

/// HMAC-SHA256 over length-prefixed fields.
pub fn keyed_hash(key: &[u8; 32], fields: &[&[u8]]) -> Key {
    // HMAC pads a short key with zeros to SHA-256's block.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&(*block).into());
    for field in fields {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn layers(keys: usize) -> Layers {
        let keys: Vec<Key> = (0..keys).map(|i| Zeroizing::new([i as u8 + 1; 32])).collect();
        Layers::new(&keys, [7; 16])
    }

    #[test]
    fn opens_what_it_sealed() {
        for count in [1, 2] {
            let layers = layers(count);
            let mut bytes = b"segment".to_vec();
            layers.seal(3, true, &mut bytes).unwrap();
            assert_eq!(bytes.len(), 7 + 16 * count);
            layers.open(3, true, &mut bytes).unwrap();
            assert_eq!(bytes, b"segment");
        }
    }

    #[test]
    fn refuses_another_place_a_flipped_bit_and_a_cut() {
        let layers = layers(2);
        let mut sealed = b"segment".to_vec();
        layers.seal(0, false, &mut sealed).unwrap();
        assert!(layers.open(1, false, &mut sealed.clone()).is_err(), "swapped");
        assert!(layers.open(0, true, &mut sealed.clone()).is_err(), "made the last one");
        let mut flipped = sealed.clone();
        flipped[0] ^= 1;
        assert!(layers.open(0, false, &mut flipped).is_err());
        sealed.pop();
        assert!(layers.open(0, false, &mut sealed).is_err());
    }

    #[test]
    fn another_piece_has_another_key() {
        let key = [Zeroizing::new([1; 32])];
        let mut sealed = b"segment".to_vec();
        Layers::new(&key, [1; 16]).seal(0, true, &mut sealed).unwrap();
        assert!(Layers::new(&key, [2; 16]).open(0, true, &mut sealed).is_err());
    }
}
