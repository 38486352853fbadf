//! Which stored bytes hold a range of the plaintext.

use crate::support::strategies::config;
use presealed::{Error, s3::range::PlaintextRange};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_range_is_what_a_slice_is(length in 0..200_u64, start in 0..220_u64, end in proptest::option::of(0..260_u64)) {
        let content: Vec<u64> = (0..length).collect();
        let wanted: Vec<u64> = content.iter().copied().filter(|at| *at >= start && end.is_none_or(|end| *at < end)).collect();
        match PlaintextRange::From(start, end).resolve(length) {
            Ok(range) => prop_assert_eq!(range.collect::<Vec<_>>(), wanted),
            Err(error) => prop_assert!(wanted.is_empty() && matches!(error, Error::Misuse(_))),
        }
    }

    #[test]
    fn a_suffix_is_the_last_bytes_of_the_plaintext(length in 0..200_u64, bytes in 0..260_u64) {
        match PlaintextRange::Suffix(bytes).resolve(length) {
            Ok(range) => {
                prop_assert_eq!(range.end, length);
                prop_assert_eq!(range.end - range.start, bytes.min(length));
            }
            Err(error) => prop_assert!(length.min(bytes) == 0 && matches!(error, Error::Misuse(_))),
        }
    }

    #[test]
    fn blocks_are_whole_and_hold_the_range(length in 1..200_u64, start in 0..200_u64, more in 1..200_u64) {
        let start = start % length;
        let range = start..(start + more).min(length);
        let blocks = PlaintextRange::blocks(&range, length);
        prop_assert!(blocks.start <= range.start && range.start - blocks.start < 16 && blocks.start.is_multiple_of(16));
        prop_assert!(blocks.end >= range.end && blocks.end - range.end < 16);
        prop_assert!(blocks.end.is_multiple_of(16) || blocks.end == length);
    }
}

#[test]
fn positions_need_more_than_32_bits() {
    let most = (1 << 36) - 32;
    let range = PlaintextRange::Suffix(5).resolve(most).unwrap();
    assert_eq!(PlaintextRange::blocks(&range, most), most - 16..most);
    assert_eq!(
        PlaintextRange::From(u64::MAX, None).resolve(most).unwrap_err().code(),
        "misuse"
    );
}
