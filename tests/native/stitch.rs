//! The algebra that stitches one AES-GCM message out of many calls, against RustCrypto's AES-GCM with a 128-bit IV: the
//! very calls that the WebCrypto engine makes.

use crate::support::content::{content_key, segments, shuffled};
use aes::{Aes256, cipher::BlockCipherEncrypt};
use aes_gcm::{
    Aes256Gcm, AesGcm, KeyInit, Nonce,
    aead::{Aead, Payload, consts::U16},
};
use presealed::{
    AlgorithmSuite, Error,
    content::{
        Encryptor, Engine, Parameters, SoftwareEngine,
        field::Element,
        ghash::{GhashKey, counter_block, data_counter},
    },
};
use proptest::{prelude::*, test_runner::RngSeed};

const SUITE: AlgorithmSuite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;

/// One message's key, with the calls that a runtime offers.
struct Runtime {
    block: Aes256,
    gcm: AesGcm<Aes256, U16>,
    ghash: GhashKey,
    iv: [u8; 12],
}

impl Runtime {
    fn new(key: &[u8; 32], iv: [u8; 12]) -> Self {
        let block = Aes256::new(key.into());
        let h = encrypted(&block, [0; 16]);
        Self {
            gcm: AesGcm::new(key.into()),
            ghash: GhashKey::new(h),
            block,
            iv,
        }
    }

    /// `E_K(CB(n))`.
    fn mask(&self, counter: u32) -> [u8; 16] {
        encrypted(&self.block, counter_block(&self.iv, counter))
    }

    /// One AES-GCM call that starts at `CB(counter)`: ciphertext and tag.
    fn call(&self, counter: u32, plaintext: &[u8], additional_data: &[u8]) -> (Vec<u8>, [u8; 16]) {
        let iv = self.ghash.segment_iv(counter_block(&self.iv, counter));
        let payload = Payload {
            msg: plaintext,
            aad: additional_data,
        };
        let mut sealed = self.gcm.encrypt(&Nonce::from(iv), payload).unwrap();
        let tag = sealed.split_off(plaintext.len());
        (sealed, tag.try_into().unwrap())
    }

    /// Ciphertext and share of a segment, sealed by one call.
    fn seal(&self, first_block: u64, segment: &[u8]) -> (Vec<u8>, Element) {
        let start = data_counter(first_block).unwrap() - 1;
        let (ciphertext, tag) = self.call(start, segment, &[]);
        let share = self.ghash.share_of_sealed(tag, self.mask(start), segment.len() as u64);
        (ciphertext, share)
    }
}

fn encrypted(cipher: &Aes256, block: [u8; 16]) -> [u8; 16] {
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5717c4),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn stitched_calls_are_one_message(
        plaintext in proptest::collection::vec(any::<u8>(), 0..1000),
        (key, iv) in any::<([u8; 32], [u8; 12])>(),
        (blocks, seed) in (1..20_usize, any::<u64>()),
    ) {
        let runtime = Runtime::new(&key, iv);
        let payload = Payload { msg: &plaintext, aad: SUITE.additional_data() };
        let expected = Aes256Gcm::new(&key.into()).encrypt(&Nonce::from(iv), payload).unwrap();
        let (ciphertext, tag) = expected.split_at(plaintext.len());

        let total = plaintext.len().div_ceil(16);
        let mut sum = Element::ZERO;
        for range in shuffled(segments(plaintext.len(), blocks), seed) {
            let (sealed, share) = runtime.seal(range.start as u64 / 16, &plaintext[range.clone()]);
            prop_assert_eq!(&sealed, &ciphertext[range.clone()]);
            prop_assert_eq!(share.0, runtime.ghash.share(&sealed).0);
            let after = total - range.end.div_ceil(16);
            sum = sum.plus(runtime.ghash.moved(share, after as u64));
        }
        let stitched = runtime.ghash.tag(sum, SUITE.additional_data(), plaintext.len() as u64, runtime.mask(1));
        prop_assert_eq!(stitched.as_slice(), tag);
    }

    /// Reading: the ciphertext as additional data of an empty message.
    #[test]
    fn an_authenticating_call_gives_the_share(
        ciphertext in proptest::collection::vec(any::<u8>(), 0..200),
        (key, iv, counter) in any::<([u8; 32], [u8; 12], u32)>(),
    ) {
        let runtime = Runtime::new(&key, iv);
        let (nothing, tag) = runtime.call(counter, &[], &ciphertext);
        prop_assert!(nothing.is_empty());
        let share = runtime.ghash.share_of_authenticated(tag, runtime.mask(counter), ciphertext.len() as u64);
        prop_assert_eq!(share.0, runtime.ghash.share(&ciphertext).0);
    }

    #[test]
    fn elements_are_a_field(a in any::<[u8; 16]>(), b in any::<[u8; 16]>(), c in any::<[u8; 16]>()) {
        let [a, b, c] = [a, b, c].map(Element);
        prop_assert_eq!(a.times(b).0, b.times(a).0);
        prop_assert_eq!(a.times(b).times(c).0, a.times(b.times(c)).0);
        prop_assert_eq!(a.plus(b).times(c).0, a.times(c).plus(b.times(c)).0);
        prop_assert_eq!(a.plus(b).plus(c).0, a.plus(b.plus(c)).0);
        prop_assert_eq!(a.plus(a).0, Element::ZERO.0);
        prop_assert_eq!(a.times(Element::ONE).0, a.0);
        prop_assert_eq!(a.times(Element::ZERO).0, Element::ZERO.0);
        if a.0 != Element::ZERO.0 {
            prop_assert_eq!(a.times(a.inverse()).0, Element::ONE.0);
        }
    }

    /// Powers of H up to the longest message.
    #[test]
    fn moving_twice_is_moving_by_the_sum(
        (h, share) in any::<([u8; 16], [u8; 16])>(),
        (one, other) in (0..1_u64 << 32, 0..1_u64 << 32),
    ) {
        let key = GhashKey::new(h);
        let share = Element(share);
        prop_assert_eq!(key.moved(key.moved(share, one), other).0, key.moved(share, one + other).0);
        prop_assert_eq!(key.moved(share, 1).0, share.times(Element(h)).0);
        prop_assert_eq!(key.moved(share, 0).0, share.0);
    }
}

/// SP 800-38D writes the polynomial's lowest coefficient first: x times x^127 is 1 + x + x^2 + x^7.
#[test]
fn the_field_is_the_one_of_gcm() {
    let [mut x, mut x_127] = [[0; 16]; 2];
    (x[0], x_127[15]) = (0x40, 1);
    let mut reduced = [0; 16];
    reduced[0] = 0b1110_0001;
    assert_eq!(Element(x).times(Element(x_127)).0, reduced);
    assert_eq!(Element::ZERO.inverse().0, Element::ZERO.0);
    let lengths = Element::lengths(2, AlgorithmSuite::MAX_CONTENT_BYTES).0;
    assert_eq!(lengths, [0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0]);
}

#[test]
fn counters_end_with_the_longest_message() {
    let blocks = AlgorithmSuite::MAX_CONTENT_BYTES / 16;
    assert_eq!(data_counter(0), Ok(2));
    assert_eq!(data_counter(blocks - 1), Ok(u32::MAX));
    for block in [blocks, blocks + 1, 1 << 32, u64::MAX - 1, u64::MAX] {
        assert!(matches!(data_counter(block), Err(Error::Unreachable(_))), "{block}");
    }
    let block = counter_block(&[0xab; 12], 0x0102_0304);
    assert_eq!((&block[..12], &block[12..]), (&[0xab; 12][..], &[1, 2, 3, 4][..]));
}

/// The last blocks of the longest message use the last counters, in the software engine and in a stitched call alike.
#[test]
fn the_end_of_the_longest_message_is_right() {
    let (key, iv) = ([0x42; 32], [0x17; 12]);
    let runtime = Runtime::new(&key, iv);
    let blocks = AlgorithmSuite::MAX_CONTENT_BYTES / 16;
    let plaintext = [0x5a; 48];
    let keystream: Vec<u8> = [u32::MAX - 2, u32::MAX - 1, u32::MAX]
        .into_iter()
        .flat_map(|counter| runtime.mask(counter))
        .collect();
    let expected: Vec<u8> = plaintext.iter().zip(keystream).map(|(byte, key)| byte ^ key).collect();
    let parameters = Parameters {
        key: content_key(&key),
        iv,
        suite: SUITE,
    };
    let engine = SoftwareEngine::new(parameters);
    let (stitched, share) = runtime.seal(blocks - 3, &plaintext);
    assert_eq!(stitched, expected);
    pollster::block_on(async {
        let (software, software_share) = engine.encrypt(blocks - 3, plaintext.to_vec()).await.unwrap();
        assert_eq!((software, software_share.0), (expected.clone(), share.0));
        for (first_block, bytes) in [(blocks - 3, 49), (blocks - 1, 17), (blocks, 1), (u64::MAX, 32)] {
            let wrapped = engine.encrypt(first_block, vec![0; bytes]).await;
            assert!(
                matches!(wrapped, Err(Error::Unreachable(_))),
                "{bytes} bytes from block {first_block}"
            );
        }
        let encryptor = Encryptor::new(engine, SUITE, AlgorithmSuite::MAX_CONTENT_BYTES).unwrap();
        assert_eq!(encryptor.encrypt(blocks - 3, plaintext.to_vec()).await, Ok(expected));
        // One block more would start again at counter 0.
        assert!(encryptor.encrypt(blocks, vec![0; 16]).await.is_err());
        assert!(encryptor.encrypt(blocks - 4, vec![0; 80]).await.is_err());
        assert_eq!(encryptor.finish(), Err(Error::Truncated));
    });
}
