//! The checksums S3 knows: computed as bytes arrive, compared before an object becomes visible.

use crate::encoding::{base64, from_base64};
use crc_fast::{CrcAlgorithm, checksum_combine};
use http::HeaderMap;
use md5::{Digest as _, Md5};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::Sha256;
use std::collections::BTreeMap;

/// One of the `x-amz-checksum-*` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64nvme,
    Sha1,
    Sha256,
}

/// Base64 text by algorithm.
pub type Sums = BTreeMap<Algorithm, String>;

/// The checksums in headers or in a trailer.
pub fn sums_in(headers: &HeaderMap) -> Sums {
    let named = headers.iter().filter_map(|(name, value)| {
        let algorithm = Algorithm::parse(name.as_str().strip_prefix("x-amz-checksum-")?)?;
        Some((algorithm, value.to_str().ok()?.to_string()))
    });
    named.collect()
}

impl Algorithm {
    /// By the name that S3 uses in headers and in XML.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "crc32" => Self::Crc32,
            "crc32c" => Self::Crc32c,
            "crc64nvme" => Self::Crc64nvme,
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            _ => return None,
        })
    }

    fn crc(self) -> Option<(CrcAlgorithm, usize)> {
        match self {
            Self::Crc32 => Some((CrcAlgorithm::Crc32IsoHdlc, 4)),
            Self::Crc32c => Some((CrcAlgorithm::Crc32Iscsi, 4)),
            Self::Crc64nvme => Some((CrcAlgorithm::Crc64Nvme, 8)),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

enum Running {
    Crc(crc_fast::Digest, usize),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Running {
    fn new(algorithm: Algorithm) -> Self {
        match (algorithm, algorithm.crc()) {
            (_, Some((crc, length))) => Self::Crc(crc_fast::Digest::new(crc), length),
            (Algorithm::Sha1, None) => Self::Sha1(Sha1::new()),
            _ => Self::Sha256(Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(digest, _) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    fn finish(self) -> String {
        match self {
            Self::Crc(digest, length) => crc_text(digest.finalize(), length),
            Self::Sha1(digest) => base64(&digest.finalize()),
            Self::Sha256(digest) => base64(&digest.finalize()),
        }
    }
}

fn crc_text(value: u64, length: usize) -> String {
    base64(&value.to_be_bytes()[8 - length..])
}

/// MD5 (for the ETag) and the wanted checksums, in one pass.
pub struct Digests {
    md5: Md5,
    running: Vec<(Algorithm, Running)>,
}

impl Digests {
    /// CRC64NVME is always among them, as it is on S3.
    pub fn new(wanted: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut algorithms: Vec<_> = wanted.into_iter().chain([Algorithm::Crc64nvme]).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        let running = algorithms.into_iter().map(|a| (a, Running::new(a))).collect();
        Self {
            md5: Md5::new(),
            running,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.running.iter_mut().for_each(|(_, running)| running.update(bytes));
    }

    /// The MD5 and the checksums.
    pub fn finish(self) -> ([u8; 16], Sums) {
        let sums = self
            .running
            .into_iter()
            .map(|(a, running)| (a, running.finish()))
            .collect();
        (self.md5.finalize().into(), sums)
    }
}

/// What a client says that its bytes hash to.
#[derive(Clone, Default)]
pub struct Expected {
    /// `Content-MD5`.
    pub md5: Option<String>,
    /// `x-amz-checksum-*`, as headers or as trailers.
    pub sums: Sums,
}

impl Expected {
    /// Refuses malformed digests before any byte is read.
    pub fn check_form(&self) -> S3Result<()> {
        let md5 = self.md5.iter().map(|text| (text, 16));
        let sums = self
            .sums
            .iter()
            .map(|(algorithm, text)| (text, digest_length(*algorithm)));
        for (text, length) in md5.chain(sums) {
            if from_base64(text).map(|bytes| bytes.len()) != Some(length) {
                return Err(s3_error!(InvalidDigest, "A digest of the request is not valid."));
            }
        }
        Ok(())
    }

    /// `BadDigest` unless everything that was announced is so.
    pub fn check(&self, md5: &[u8; 16], sums: &Sums) -> S3Result<()> {
        if self.md5.as_ref().is_some_and(|text| *text != base64(md5)) {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        match self
            .sums
            .iter()
            .find(|(algorithm, text)| sums.get(algorithm) != Some(text))
        {
            Some((algorithm, _)) => Err(s3_error!(
                BadDigest,
                "The {algorithm:?} you specified did not match the calculated checksum."
            )),
            None => Ok(()),
        }
    }
}

fn digest_length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Crc32 | Algorithm::Crc32c => 4,
        Algorithm::Crc64nvme => 8,
        Algorithm::Sha1 => 20,
        Algorithm::Sha256 => 32,
    }
}

/// The checksum of a whole object from those of its parts (CRCs are linear); `None` where it cannot be had.
pub fn combine<'a>(algorithm: Algorithm, parts: impl Iterator<Item = (&'a Sums, u64)>) -> Option<String> {
    let (crc, length) = algorithm.crc()?;
    let mut whole: Option<u64> = None;
    for (sums, size) in parts {
        let bytes = from_base64(sums.get(&algorithm)?)?;
        let part = bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        whole = Some(whole.map_or(part, |before| checksum_combine(crc, before, part, size)));
    }
    whole.map(|value| crc_text(value, length))
}

/// The checksum of the parts' checksums, with S3's `-N` behind it.
pub fn composite<'a>(algorithm: Algorithm, parts: impl ExactSizeIterator<Item = &'a Sums>) -> Option<String> {
    let count = parts.len();
    let mut running = Running::new(algorithm);
    for sums in parts {
        running.update(&from_base64(sums.get(&algorithm)?)?);
    }
    Some(format!("{}-{count}", running.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crcs_of_parts_make_the_crc_of_the_whole() {
        let of = |bytes: &[u8]| {
            let mut digests = Digests::new([Algorithm::Crc32, Algorithm::Crc32c]);
            digests.update(bytes);
            digests.finish().1
        };
        let (a, b, whole) = (of(b"hello "), of(b"world"), of(b"hello world"));
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64nvme] {
            let combined = combine(algorithm, [(&a, 6), (&b, 5)].into_iter());
            assert_eq!(combined.as_ref(), whole.get(&algorithm));
        }
    }
}
