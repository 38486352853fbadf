//! What the store is to check, computed over bytes of the page's.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::Blob;

use crate::browser::{Failure, content::source::Source, crypto::webcrypto::subtle, js::abort::Abort};
use crate::{
    Error,
    s3::{
        checksum::{ChecksumAlgorithm, Crc64, Crc64Hasher},
        part_plan::PartPlan,
    },
};

/// Bytes that are in wasm's memory, or read from a Blob, at once.
const PIECE_BYTES: u32 = 256 << 10;
const READ_BYTES: u64 = 8 << 20;

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

fn update(hasher: &mut Crc64Hasher, bytes: &Uint8Array) {
    for start in (0..bytes.length()).step_by(PIECE_BYTES as usize) {
        let piece = bytes.subarray(start, start.saturating_add(PIECE_BYTES));
        hasher.update(&piece.to_vec());
    }
}

/// Of the body of one request, as its header's value. WebCrypto's SHA-256 wants it whole; the CRC is computed piece by piece.
pub(crate) async fn of_body(algorithm: ChecksumAlgorithm, body: &Blob, abort: &Abort) -> Result<String, Failure> {
    let source = Source::Blob(body.clone());
    let bytes = source.bytes();
    if algorithm == ChecksumAlgorithm::Sha256 {
        if bytes > PartPlan::MAX_PART_BYTES {
            let why = "checksum: \"SHA256\" takes at most 512 MiB in one request; take \"CRC64NVME\", or parts";
            return Err(Error::misuse(why).into());
        }
        return sha256(&source.read(0..bytes, abort).await?.bytes, abort).await;
    }
    let mut hasher = Crc64Hasher::default();
    for start in (0..bytes).step_by(READ_BYTES as usize) {
        let piece = source
            .read(start..start.saturating_add(READ_BYTES).min(bytes), abort)
            .await?;
        update(&mut hasher, &piece.bytes);
    }
    Ok(hasher.finish().to_base64())
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes)
}
