//! AES-256-CTR and GHASH of single segments of a message.

use aes_gcm::aes::{
    Aes256,
    cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher},
};
use ctr::Ctr32BE;
use ghash::{GHash, universal_hash::UniversalHash};

/// The key stream from that counter block on, over the bytes. False for a key of another length, or a counter that would wrap.
pub fn keystream(key: &[u8], counter: &[u8; 16], bytes: &mut [u8]) -> bool {
    let Ok(key) = <[u8; 32]>::try_from(key) else {
        return false;
    };
    let [.., a, b, c, d] = *counter;
    let blocks = (bytes.len() as u64).div_ceil(16);
    let last = u64::from(u32::from_be_bytes([a, b, c, d])).saturating_add(blocks);
    // The stream counts from where it starts, and would not notice that the counter itself wraps.
    if last > u64::from(u32::MAX).saturating_add(1) {
        return false;
    }
    Ctr32BE::<Aes256>::new(&key.into(), &(*counter).into())
        .try_apply_keystream(bytes)
        .is_ok()
}

/// `E_K` of zeros, the hash key.
pub fn hash_key(key: &[u8]) -> Option<[u8; 16]> {
    let mut block = [0; 16].into();
    Aes256::new_from_slice(key).ok()?.encrypt_block(&mut block);
    Some(block.into())
}

/// GHASH of a segment, padded to whole blocks, under that hash key.
pub fn ghash(hash_key: &[u8; 16], ciphertext: &[u8]) -> [u8; 16] {
    let mut hash = GHash::new(&(*hash_key).into());
    hash.update_padded(ciphertext);
    hash.finalize().into()
}

/// Encrypts or decrypts a segment, and gives its share of GHASH, which is that of the ciphertext.
pub fn segment(key: &[u8], counter: &[u8; 16], bytes: &mut [u8], encrypts: bool) -> Option<[u8; 16]> {
    let hash_key = hash_key(key)?;
    let before = (!encrypts).then(|| ghash(&hash_key, bytes));
    if !keystream(key, counter, bytes) {
        return None;
    }
    Some(before.unwrap_or_else(|| ghash(&hash_key, bytes)))
}
