//! The checksums of what is stored, against the catalogue and another implementation.

use crc_fast::{CrcAlgorithm, checksum};
use presealed::s3::checksum::{ChecksumAlgorithm, Crc64, Crc64Hasher};
use proptest::prelude::*;

fn crc(pieces: &[&[u8]]) -> Crc64 {
    let mut hasher = Crc64Hasher::default();
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finish()
}

#[test]
fn the_check_value_of_the_catalogue() {
    let of_digits = crc(&[b"123456789"]);
    assert_eq!(of_digits, Crc64(0xae8b_1486_0a79_9888));
    assert_eq!(of_digits.to_base64(), "rosUhgp5mIg=");
}

#[test]
fn only_eight_bytes_are_a_checksum() {
    assert_eq!(Crc64::from_base64("rosUhgp5mIg="), Some(Crc64(0xae8b_1486_0a79_9888)));
    for text in ["", "rosUhgp5mA==", "rosUhgp5mIgA", "rosUhgp5mIg", "not base64!="] {
        assert_eq!(Crc64::from_base64(text), None, "{text}");
    }
}

#[test]
fn names_are_those_of_s3() {
    for algorithm in [ChecksumAlgorithm::Sha256, ChecksumAlgorithm::Crc64Nvme] {
        assert_eq!(ChecksumAlgorithm::from_name(algorithm.name()), Some(algorithm));
        assert_eq!(
            algorithm.header(),
            format!("x-amz-checksum-{}", algorithm.name().to_lowercase())
        );
    }
    assert_eq!(ChecksumAlgorithm::from_name("sha256"), None);
}

proptest! {
    #[test]
    fn it_is_what_another_implementation_computes(bytes: Vec<u8>, cut: prop::sample::Index) {
        let cut = cut.index(bytes.len() + 1);
        let expected = Crc64(checksum(CrcAlgorithm::Crc64Nvme, &bytes));
        prop_assert_eq!(crc(&[&bytes]), expected);
        prop_assert_eq!(crc(&[&bytes[..cut], &bytes[cut..]]), expected);
    }

    #[test]
    fn the_whole_has_that_of_its_parts(parts: Vec<Vec<u8>>) {
        let joined = parts.iter().fold(Crc64::default(), |whole, part| {
            whole.followed_by(crc(&[part]), part.len() as u64)
        });
        prop_assert_eq!(joined, crc(&[&parts.concat()]));
    }

    #[test]
    fn parts_may_be_of_any_length(first: u64, second: u64, bytes: u64) {
        let joined = crc_fast::checksum_combine(CrcAlgorithm::Crc64Nvme, first, second, bytes);
        prop_assert_eq!(Crc64(first).followed_by(Crc64(second), bytes), Crc64(joined));
    }
}
