//! Other people's vectors: Wycheproof for AES-GCM and HKDF-SHA512, NIST CAVP for AES-GCM, through our engine and algebra.
//! Each test says how many vectors it ran, so that it cannot come to run none.

use std::collections::BTreeMap;

use crate::support::{content::content_key, unhex};
use aes::{Aes256, cipher::BlockCipherEncrypt, cipher::KeyInit};
use hkdf::Hkdf;
use presealed::{
    AlgorithmSuite,
    content::{
        Engine, Message, Parameters, SoftwareEngine,
        field::Element,
        ghash::{GhashKey, counter_block},
    },
};
use sha2::Sha512;
use wycheproof::{TestResult, aead, hkdf as hkdf_vectors};

/// Ciphertext and tag of one message, by the engine and with any additional data.
fn seal(key: &[u8], iv: &[u8], additional_data: &[u8], plaintext: &[u8]) -> (Vec<u8>, [u8; 16]) {
    let engine = SoftwareEngine::new(Parameters {
        key: content_key(key),
        iv: iv.try_into().unwrap(),
        suite: AlgorithmSuite::AesGcmIv12Tag16NoKdf,
    });
    let (ciphertext, share) = pollster::block_on(engine.encrypt(0, plaintext.to_vec())).unwrap();
    let bytes = plaintext.len() as u64;
    let tag = engine.ghash().tag(share, additional_data, bytes, engine.tag_mask());
    (ciphertext, tag)
}

/// Plaintext of one message and the tag that it should have.
fn open(key: &[u8], iv: &[u8], additional_data: &[u8], ciphertext: &[u8]) -> (Vec<u8>, [u8; 16]) {
    let engine = SoftwareEngine::new(Parameters {
        key: content_key(key),
        iv: iv.try_into().unwrap(),
        suite: AlgorithmSuite::AesGcmIv12Tag16NoKdf,
    });
    let (plaintext, share) = pollster::block_on(engine.decrypt(0, ciphertext.to_vec())).unwrap();
    let bytes = ciphertext.len() as u64;
    let tag = engine.ghash().tag(share, additional_data, bytes, engine.tag_mask());
    (plaintext, tag)
}

fn aes_gcm() -> Vec<aead::TestGroup> {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let ours = |group: &aead::TestGroup| group.key_size == 256 && group.tag_size == 128;
    set.test_groups.into_iter().filter(ours).collect()
}

#[test]
fn wycheproof_aes_gcm() {
    let (mut valid, mut invalid) = (0, 0);
    for group in aes_gcm().into_iter().filter(|group| group.nonce_size == 96) {
        for test in group.tests {
            let (plaintext, tag) = open(&test.key, &test.nonce, &test.aad, &test.ct);
            if test.result.must_fail() {
                assert_ne!(tag.as_slice(), test.tag.as_ref(), "{}: {}", test.tc_id, test.comment);
                invalid += 1;
                continue;
            }
            assert_eq!(plaintext, test.pt.as_ref(), "{}: {}", test.tc_id, test.comment);
            assert_eq!(tag.as_slice(), test.tag.as_ref(), "{}: {}", test.tc_id, test.comment);
            let sealed = seal(&test.key, &test.nonce, &test.aad, &test.pt);
            assert_eq!(sealed, (test.ct.to_vec(), tag), "{}: {}", test.tc_id, test.comment);
            valid += 1;
        }
    }
    assert_eq!((valid, invalid), (39, 27));
}

/// Messages with a 128-bit IV are what a stitched segment is: their IV follows from the counter block they start at, and
/// their tag gives their share.
#[test]
fn wycheproof_aes_gcm_with_the_ivs_of_segments() {
    let mut ran = 0;
    for group in aes_gcm().into_iter().filter(|group| group.nonce_size == 128) {
        for test in group.tests {
            assert!(
                test.result == TestResult::Valid && test.aad.is_empty(),
                "{}",
                test.tc_id
            );
            let cipher = Aes256::new_from_slice(&test.key).unwrap();
            let encrypted = |block: [u8; 16]| -> [u8; 16] {
                let mut block = block.into();
                cipher.encrypt_block(&mut block);
                block.into()
            };
            let h = encrypted([0; 16]);
            let ghash = GhashKey::new(h);
            // SP 800-38D, section 7.1: J0 = GHASH(IV || 0^64 || [128]_64).
            let mut lengths = [0; 16];
            lengths[15] = 128;
            let start = ghash.share(&[test.nonce.as_ref(), &lengths].concat()).0;
            assert_eq!(
                ghash.segment_iv(start).as_slice(),
                test.nonce.as_ref(),
                "{}",
                test.tc_id
            );
            let tag = test.tag.as_ref().try_into().unwrap();
            let share = ghash.share_of_sealed(tag, encrypted(start), test.ct.len() as u64);
            assert_eq!(share.0, ghash.share(&test.ct).0, "{}: {}", test.tc_id, test.comment);
            ran += 1;
        }
    }
    assert_eq!(ran, 19);
}

#[test]
fn nist_cavp_aes_gcm() {
    let mut fields = BTreeMap::new();
    let mut ran = 0;
    for line in include_str!("../vectors/nist/gcm-encrypt-256.rsp").lines() {
        let entry = line.split_once('=').filter(|_| !line.starts_with(['#', '[']));
        let Some((name, value)) = entry else {
            continue;
        };
        fields.insert(name.trim(), unhex(value.trim()));
        if name.trim() == "Tag" {
            let (ciphertext, tag) = seal(&fields["Key"], &fields["IV"], &fields["AAD"], &fields["PT"]);
            assert_eq!((&ciphertext, tag.as_slice()), (&fields["CT"], fields["Tag"].as_slice()));
            assert_eq!(
                open(&fields["Key"], &fields["IV"], &fields["AAD"], &ciphertext),
                (fields["PT"].clone(), tag)
            );
            fields.clear();
            ran += 1;
        }
    }
    assert_eq!(ran, 75);
}

/// Our derivation is HKDF-SHA512 with a salt, one expand per purpose.
#[test]
fn wycheproof_hkdf_sha512() {
    let set = hkdf_vectors::TestSet::load(hkdf_vectors::TestName::HkdfSha512).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut okm = vec![0; test.size];
        let expanded = Hkdf::<Sha512>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut okm);
        if test.result.must_fail() {
            assert!(expanded.is_err(), "{}: {}", test.tc_id, test.comment);
            invalid += 1;
            continue;
        }
        expanded.unwrap();
        assert_eq!(okm, test.okm.as_ref(), "{}: {}", test.tc_id, test.comment);
        valid += 1;
    }
    assert_eq!((valid, invalid), (80, 3));
}

/// The share of nothing is nothing, so an empty message needs no special case.
#[test]
fn an_empty_segment_has_an_empty_share() {
    let key = GhashKey::new(counter_block(&[3; 12], 9));
    assert_eq!(key.share(&[]).0, Element::ZERO.0);
}
