//! Wraps that earlier S3 Encryption Clients wrote under a raw AES key. Read only, and never tried unasked.
//!
//! `AESWrap` is RFC 3394. `AES` is AES-ECB with PKCS#7 padding: nothing authenticates it, so a wrong key shows only in
//! the padding, and every failure is the same error as that of the content behind it.

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{Block, BlockCipherDecrypt, KeyInit},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    Error, WrapAlgorithm,
    secret::{DataKey, WrappingKey},
};

const BLOCK_BYTES: usize = 16;
/// A data key of 32 bytes and a block of padding.
const ECB_BYTES: usize = DataKey::BYTES + BLOCK_BYTES;
/// A data key of 32 bytes and the integrity check value.
const KEY_WRAP_BYTES: usize = DataKey::BYTES + 8;

pub(super) fn unwrap(wrap: WrapAlgorithm, key: &WrappingKey, wrapped: &[u8]) -> Result<DataKey, Error> {
    let opened = match wrap {
        WrapAlgorithm::AesKeyWrap => key_unwrap(key.expose(), wrapped),
        _ => ecb_unwrap(key.expose(), wrapped),
    };
    opened.ok_or(Error::LegacyDecryptionFailed)
}

fn key_unwrap(key: &[u8], wrapped: &[u8]) -> Option<DataKey> {
    let wrapped: &[u8; KEY_WRAP_BYTES] = wrapped.try_into().ok()?;
    let mut data_key = Zeroizing::new([0; DataKey::BYTES]);
    let opened = match key.len() {
        16 => aes_kw::KwAes128::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut *data_key)
            .is_ok(),
        24 => aes_kw::KwAes192::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut *data_key)
            .is_ok(),
        _ => aes_kw::KwAes256::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut *data_key)
            .is_ok(),
    };
    opened.then(|| DataKey::from_bytes(&*data_key)).flatten()
}

fn ecb_unwrap(key: &[u8], wrapped: &[u8]) -> Option<DataKey> {
    let wrapped: &[u8; ECB_BYTES] = wrapped.try_into().ok()?;
    let mut opened = Zeroizing::new(*wrapped);
    match key.len() {
        16 => decrypt_blocks(&Aes128::new_from_slice(key).ok()?, &mut opened),
        24 => decrypt_blocks(&Aes192::new_from_slice(key).ok()?, &mut opened),
        _ => decrypt_blocks(&Aes256::new_from_slice(key).ok()?, &mut opened),
    }
    let (data_key, padding) = opened.split_first_chunk::<{ DataKey::BYTES }>()?;
    let padded = bool::from(padding.ct_eq(&[BLOCK_BYTES as u8; BLOCK_BYTES]));
    padded.then(|| DataKey::from_bytes(data_key)).flatten()
}

fn decrypt_blocks<C: BlockCipherDecrypt>(cipher: &C, blocks: &mut [u8; ECB_BYTES]) {
    for block in blocks.chunks_exact_mut(BLOCK_BYTES) {
        if let Ok(block) = <&mut Block<C>>::try_from(block) {
            cipher.decrypt_block(block);
        }
    }
}
