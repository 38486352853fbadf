//! What the store is to check, computed over bytes of the page's.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;

use crate::browser::{Failure, crypto::webcrypto::subtle, js::abort::Abort};
use crate::{
    Error,
    s3::checksum::{ChecksumAlgorithm, Crc64, Crc64Hasher},
};

/// Bytes that are in wasm's memory at once.
const PIECE_BYTES: u32 = 256 << 10;

/// Base64 of SHA-256.
pub(crate) async fn sha256(bytes: &Uint8Array, abort: &Abort) -> Result<String, Failure> {
    let refused = |cause| Failure::caused(Error::UnsupportedBrowser("SHA-256"), cause);
    let call = subtle()?
        .digest_with_str_and_buffer_source("SHA-256", bytes)
        .map_err(refused)?;
    let digest: ArrayBuffer = abort.wait(call).await?.map_err(refused)?.unchecked_into();
    Ok(base64(&Uint8Array::new(&digest).to_vec()))
}

pub(crate) fn crc64(bytes: &Uint8Array) -> Crc64 {
    let mut hasher = Crc64Hasher::default();
    update(&mut hasher, bytes);
    hasher.finish()
}

pub(crate) fn update(hasher: &mut Crc64Hasher, bytes: &Uint8Array) {
    for start in (0..bytes.length()).step_by(PIECE_BYTES as usize) {
        let piece = bytes.subarray(start, start.saturating_add(PIECE_BYTES));
        hasher.update(&piece.to_vec());
    }
}

/// Of bytes that are there anyway, as its header's value.
pub(crate) async fn of_bytes(
    algorithm: ChecksumAlgorithm,
    bytes: &Uint8Array,
    abort: &Abort,
) -> Result<String, Failure> {
    match algorithm {
        ChecksumAlgorithm::Sha256 => sha256(bytes, abort).await,
        ChecksumAlgorithm::Crc64Nvme => Ok(crc64(bytes).to_base64()),
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes)
}
