//! Strategies: any map, any wrapped data key, and how often to try.

use presealed::{Beside, EncryptedDataKey, WrapAlgorithm, encryption_context::StringMap};
use proptest::{prelude::*, test_runner::RngSeed};

pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x4ead),
        ..ProptestConfig::default()
    }
}

/// A map of awkward strings.
pub fn map() -> impl Strategy<Value = StringMap> {
    // Few letters, among them all that headers, JSON and encoded words give a meaning to.
    let text = || "[a-c=?_ \"\\\\/<>&UTF8QBé漢😀\u{0}\u{7f}-]{0,10}";
    proptest::collection::btree_map(text(), text(), 0..5).prop_map(StringMap::from_iter)
}

pub fn wrapped_key() -> impl Strategy<Value = EncryptedDataKey> {
    let wrap = prop_oneof![
        Just(WrapAlgorithm::AesGcm),
        Just(WrapAlgorithm::KmsContext),
        Just(WrapAlgorithm::RsaOaepSha1)
    ];
    (wrap, proptest::collection::vec(any::<u8>(), 1..200), map()).prop_map(|(wrap_algorithm, ciphertext, map)| {
        EncryptedDataKey {
            wrap_algorithm,
            ciphertext,
            beside: Beside::of(wrap_algorithm, map),
        }
    })
}

/// 28 bytes that are not all zero.
pub fn non_zero_28() -> impl Strategy<Value = [u8; 28]> {
    (any::<[u8; 27]>(), 1..=255_u8).prop_map(|(head, last)| {
        let mut bytes = [last; 28];
        bytes[..27].copy_from_slice(&head);
        bytes
    })
}
