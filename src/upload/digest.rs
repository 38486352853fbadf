//! Digests of bytes outside: what the store checks, and what content without a time is told by.

use std::ops::Range;

use base64ct::{Base64, Encoding};

use crate::{
    Error,
    checkpoint::PartRecord,
    machine::{Answer, Body, Checks, Desk, Digests, Failure, Step},
    s3::{
        checksum::{ChecksumAlgorithm, Crc64},
        part_plan::PartPlan,
    },
};

/// Bytes that are read and hashed at once.
const STRETCH_BYTES: u64 = 8 << 20;

const SHA256: Checks = Checks {
    sha256: true,
    crc64: false,
};
const CRC64: Checks = Checks {
    sha256: false,
    crc64: true,
};

/// Of those bytes, all of which must be there.
pub(super) async fn digests(of: Body, range: Range<u64>, checks: Checks, desk: &Desk) -> Result<Digests, Failure> {
    match desk.ask(Step::Digest { of, range, checks }).await?.0 {
        Answer::Digests(digests) => Ok(digests),
        Answer::Failed(cause) => Err(Failure::caused(Error::ReadFailed, cause)),
        Answer::Missing => Err(Error::FileChanged.into()),
        _ => Err(MISSING.into()),
    }
}

const MISSING: Error = Error::Unreachable("a digest that is missing, or of another length");

fn sha256(digests: &Digests) -> Result<String, Error> {
    let bytes = digests.sha256.as_deref().ok_or(MISSING)?;
    Ok(Base64::encode_string(bytes))
}

fn crc64(digests: &Digests) -> Result<Crc64, Error> {
    digests.crc64.as_deref().and_then(Crc64::from_bytes).ok_or(MISSING)
}

/// What is recorded of a part.
pub(super) fn record(digests: &Digests) -> Result<PartRecord, Error> {
    let crc = digests.crc64.as_ref().map(|_| crc64(digests)).transpose()?;
    let digest = sha256(digests)?;
    Ok(PartRecord { digest, crc })
}

/// What the store is to check of the body of one request, as its header's value. WebCrypto's SHA-256 wants it whole; the CRC is computed piece by
/// piece.
pub(super) async fn checksum(
    algorithm: ChecksumAlgorithm,
    of: &Body,
    bytes: u64,
    desk: &Desk,
) -> Result<String, Failure> {
    if algorithm == ChecksumAlgorithm::Sha256 {
        if bytes > PartPlan::MAX_PART_BYTES {
            let why = "checksum: \"SHA256\" takes at most 512 MiB in one request; take \"CRC64NVME\", or parts";
            return Err(Error::misuse(why).into());
        }
        return Ok(sha256(&digests(of.clone(), 0..bytes, SHA256, desk).await?)?);
    }
    let mut whole = Crc64::default();
    for stretch in stretches(bytes) {
        let length = stretch.end.saturating_sub(stretch.start);
        let next = crc64(&digests(of.clone(), stretch, CRC64, desk).await?)?;
        whole = whole.followed_by(next, length);
    }
    Ok(whole.to_base64())
}

/// A digest of the whole content, in one pass: SHA-256 of each stretch, one behind the other. Only what is made of it under the content key is
/// kept.
pub(super) async fn of_content(bytes: u64, desk: &Desk) -> Result<String, Failure> {
    let mut all = String::new();
    for stretch in stretches(bytes) {
        all.push_str(&sha256(&digests(Body::Source, stretch, SHA256, desk).await?)?);
    }
    Ok(all)
}

fn stretches(bytes: u64) -> impl Iterator<Item = Range<u64>> {
    let starts = (0..bytes).step_by(STRETCH_BYTES as usize);
    starts.map(move |start| start..start.saturating_add(STRETCH_BYTES).min(bytes))
}
