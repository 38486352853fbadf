//! Between s3s's five fields and the store's map.

use crate::store::digest::Algorithm;
use http::HeaderMap;

/// The algorithm whose checksum a trailer will bring.
pub fn announced(headers: &HeaderMap) -> Option<Algorithm> {
    let name = headers.get("x-amz-trailer")?.to_str().ok()?;
    Algorithm::parse(name.strip_prefix("x-amz-checksum-")?)
}

/// The map of a struct with s3s's five fields.
#[macro_export]
macro_rules! sums_of {
    ($from:expr) => {{
        use $crate::store::digest::Algorithm::*;
        [
            (Crc32, &$from.checksum_crc32),
            (Crc32c, &$from.checksum_crc32c),
            (Crc64nvme, &$from.checksum_crc64nvme),
            (Sha1, &$from.checksum_sha1),
            (Sha256, &$from.checksum_sha256),
        ]
        .into_iter()
        .filter_map(|(algorithm, text)| text.clone().map(|text| (algorithm, text)))
        .collect::<$crate::store::digest::Sums>()
    }};
}

/// The five fields of such a struct.
#[macro_export]
macro_rules! set_sums {
    ($to:expr, $sums:expr) => {{
        use $crate::store::digest::Algorithm::*;
        let sums: &$crate::store::digest::Sums = $sums;
        $to.checksum_crc32 = sums.get(&Crc32).cloned();
        $to.checksum_crc32c = sums.get(&Crc32c).cloned();
        $to.checksum_crc64nvme = sums.get(&Crc64nvme).cloned();
        $to.checksum_sha1 = sums.get(&Sha1).cloned();
        $to.checksum_sha256 = sums.get(&Sha256).cloned();
    }};
}
