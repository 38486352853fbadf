//! Wraps that earlier S3 Encryption Clients wrote under a raw AES key. Read only, and never tried unasked.
//!
//! `AESWrap` is RFC 3394. `AES` is AES-ECB with PKCS#7 padding: nothing authenticates it, so a wrong key shows only in
//! the padding, and every failure is the same error as that of the content behind it.

use subtle::ConstantTimeEq;

use crate::{Error, WrapAlgorithm, secret::DataKey};

const BLOCK_BYTES: usize = 16;
/// A data key of 32 bytes and a block of padding.
const ECB_BYTES: usize = DataKey::BYTES + BLOCK_BYTES;
/// A data key of 32 bytes and the integrity check value.
const KEY_WRAP_BYTES: usize = DataKey::BYTES + 8;

/// Whether it is as long as a data key is in that wrap.
pub(super) fn check(wrap: WrapAlgorithm, wrapped: &[u8]) -> Result<(), Error> {
    let bytes = match wrap {
        WrapAlgorithm::AesKeyWrap => KEY_WRAP_BYTES,
        _ => ECB_BYTES,
    };
    match wrapped.len() == bytes {
        true => Ok(()),
        false => Err(Error::LegacyDecryptionFailed),
    }
}

/// The data key in what was decrypted.
pub(super) fn data_key(wrap: WrapAlgorithm, opened: &[u8]) -> Result<DataKey, Error> {
    let (data_key, padding) = opened
        .split_first_chunk::<{ DataKey::BYTES }>()
        .ok_or(Error::LegacyDecryptionFailed)?;
    let padded = match wrap {
        WrapAlgorithm::AesKeyWrap => padding.is_empty(),
        _ => bool::from(padding.ct_eq(&[BLOCK_BYTES as u8; BLOCK_BYTES])),
    };
    padded
        .then(|| DataKey::from_bytes(data_key))
        .flatten()
        .ok_or(Error::LegacyDecryptionFailed)
}
