//! What the store is to check of the body of one request.

use web_sys::Blob;

pub(crate) use crate::browser::store::checksum::{base64, crc64, sha256};
use crate::browser::{Failure, content::source::Source, js::abort::Abort, store::checksum::update};
use crate::{
    Error,
    s3::{
        checksum::{ChecksumAlgorithm, Crc64Hasher},
        part_plan::PartPlan,
    },
};

/// Bytes that are read from a Blob at once.
const READ_BYTES: u64 = 8 << 20;

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
