//! The content: any split in any order is the one AES-GCM message that RustCrypto makes in one shot, and whatever is not
//! that message is refused.

use std::{cell::Cell, future::Future, pin::pin, task::Poll};

use crate::support::content::{content_key, open, open_whole, seal, segments, shuffled};
use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use presealed::{
    AlgorithmSuite, Error,
    content::{Decryptor, Encryptor, Engine, Message, Parameters, SoftwareEngine, field::Element, ghash::GhashKey},
};
use proptest::{prelude::*, test_runner::RngSeed};

const V3: AlgorithmSuite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
const V2: AlgorithmSuite = AlgorithmSuite::AesGcmIv12Tag16NoKdf;
const OUT_OF_TURN: &str = "a segment outside the message, unaligned or processed twice";

fn parameters(suite: AlgorithmSuite, key: &[u8; 32], iv: [u8; 12]) -> Parameters {
    Parameters {
        key: content_key(key),
        iv,
        suite,
    }
}

fn fixed(suite: AlgorithmSuite) -> Parameters {
    parameters(suite, &[0x42; 32], [0x17; 12])
}

fn one_shot(suite: AlgorithmSuite, key: &[u8; 32], iv: [u8; 12], plaintext: &[u8]) -> Vec<u8> {
    let payload = Payload {
        msg: plaintext,
        aad: suite.additional_data(),
    };
    let cipher = Aes256Gcm::new(key.into());
    cipher.encrypt(&Nonce::from(iv), payload).unwrap()
}

fn sample(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// An encryptor for a message of that length whose content does not matter.
fn encryptor(content_bytes: u64) -> Encryptor<SoftwareEngine> {
    Encryptor::new(SoftwareEngine::new(fixed(V3)), V3, content_bytes).unwrap()
}

#[test]
fn every_length_around_a_block_equals_one_shot() {
    pollster::block_on(async {
        for suite in [V2, V3] {
            for length in [0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 257, 4096, 4097] {
                let plaintext = sample(length);
                let expected = one_shot(suite, &[0x42; 32], [0x17; 12], &plaintext);
                for blocks in [1, 2, 3, 1 << 20] {
                    for order in [segments(length, blocks), shuffled(segments(length, blocks), 3)] {
                        let body = seal(fixed(suite), &plaintext, &order).await.unwrap();
                        assert_eq!(body, expected, "{length} bytes in {blocks} blocks");
                        assert_eq!(open(fixed(suite), &body, &order).await.unwrap(), plaintext);
                    }
                }
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5ea1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_split_in_any_order_equals_one_shot(
        plaintext in proptest::collection::vec(any::<u8>(), 0..1500),
        cuts in proptest::collection::btree_set(1..94_usize, 0..12),
        (key, iv) in any::<([u8; 32], [u8; 12])>(),
        (seed, committing) in any::<(u64, bool)>(),
    ) {
        let suite = if committing { V3 } else { V2 };
        let inner = cuts.into_iter().map(|block| block * 16).filter(|at| *at < plaintext.len());
        let ends: Vec<usize> = inner.chain([plaintext.len()]).filter(|end| *end > 0).collect();
        let starts = [0].into_iter().chain(ends.iter().copied());
        let order = shuffled(starts.zip(ends.iter().copied()).map(|(start, end)| start..end).collect(), seed);
        let expected = one_shot(suite, &key, iv, &plaintext);
        pollster::block_on(async {
            let body = seal(parameters(suite, &key, iv), &plaintext, &order).await.unwrap();
            prop_assert_eq!(&body, &expected);
            let opened = open(parameters(suite, &key, iv), &body, &shuffled(order, !seed)).await.unwrap();
            prop_assert_eq!(opened, plaintext);
            Ok(())
        })?;
    }
}

#[test]
fn a_segment_is_refused_unless_it_is_the_message_s_own_and_new() {
    // Length of the message, segments accepted before, and the one refused.
    type Segment = (u64, usize); // first block, bytes
    let cases: &[(u64, &[Segment], Segment, &str)] = &[
        (64, &[], (0, 0), "empty"),
        (0, &[], (0, 0), "empty, of an empty message"),
        (64, &[], (0, 65), "longer than the message"),
        (64, &[], (4, 1), "past the end"),
        (64, &[], (5, 16), "far past the end"),
        (64, &[], (0, 17), "ends inside a block"),
        (70, &[], (4, 5), "ends inside the last block"),
        (70, &[], (0, 69), "ends inside the last block, from the start"),
        (64, &[(0, 64)], (0, 64), "the whole message twice"),
        (64, &[(0, 16)], (0, 16), "the first block twice"),
        (64, &[(1, 16)], (0, 32), "overlaps from before"),
        (64, &[(1, 16)], (1, 32), "starts where another starts"),
        (64, &[(1, 32)], (2, 32), "overlaps from inside"),
        (96, &[(1, 16), (3, 16)], (0, 96), "contains others"),
        (96, &[(0, 16), (1, 16), (2, 16)], (1, 16), "inside what has been merged"),
        (96, &[(2, 16), (0, 32)], (2, 16), "what a neighbour reached up to"),
        (
            AlgorithmSuite::MAX_CONTENT_BYTES,
            &[],
            (u64::MAX, 16),
            "a byte offset past 2^64",
        ),
        (
            AlgorithmSuite::MAX_CONTENT_BYTES,
            &[],
            (u64::MAX / 16, 32),
            "an end past 2^64",
        ),
        (
            AlgorithmSuite::MAX_CONTENT_BYTES,
            &[],
            (1 << 32, 16),
            "a counter past 2^32",
        ),
    ];
    for (length, before, (first_block, bytes), why) in cases {
        pollster::block_on(async {
            let writing = encryptor(*length);
            let reading = Decryptor::new(SoftwareEngine::new(fixed(V3)), V3, *length).unwrap();
            for (first_block, bytes) in *before {
                writing.encrypt(*first_block, vec![0; *bytes]).await.expect(why);
                let _ = reading.decrypt(*first_block, vec![0; *bytes]).await.expect(why);
            }
            let refused = writing.encrypt(*first_block, vec![0; *bytes]).await;
            assert_eq!(refused, Err(Error::Unreachable(OUT_OF_TURN)), "encrypt: {why}");
            let refused = reading.decrypt(*first_block, vec![0; *bytes]).await;
            assert_eq!(refused.err(), Some(Error::Unreachable(OUT_OF_TURN)), "decrypt: {why}");
        });
    }
}

/// The message's tag after a refused claim is still the right one: refusing changes nothing.
#[test]
fn a_refused_segment_leaves_no_trace() {
    pollster::block_on(async {
        let plaintext = sample(40);
        let expected = one_shot(V3, &[0x42; 32], [0x17; 12], &plaintext);
        let encryptor = encryptor(40);
        encryptor.encrypt(1, plaintext[16..].to_vec()).await.unwrap();
        assert!(encryptor.encrypt(0, plaintext.clone()).await.is_err());
        assert!(encryptor.encrypt(0, plaintext[..15].to_vec()).await.is_err());
        encryptor.encrypt(0, plaintext[..16].to_vec()).await.unwrap();
        assert_eq!(encryptor.finish().unwrap().as_slice(), &expected[40..]);
    });
}

#[test]
fn a_missing_segment_is_noticed_at_the_end() {
    pollster::block_on(async {
        assert_eq!(encryptor(16).finish(), Err(Error::Truncated));
        for missing in 0..5 {
            let plaintext = sample(70);
            let mut order = segments(70, 1);
            order.remove(missing);
            assert_eq!(seal(fixed(V3), &plaintext, &order).await, Err(Error::Truncated));
            let body = one_shot(V3, &[0x42; 32], [0x17; 12], &plaintext);
            assert_eq!(open(fixed(V3), &body, &order).await, Err(Error::Truncated));
        }
    });
}

#[test]
fn lengths_stay_within_the_suite() {
    const MAX: u64 = AlgorithmSuite::MAX_CONTENT_BYTES;
    assert_eq!(MAX, 68_719_476_704);
    for too_long in [MAX + 1, 1 << 36, u64::MAX] {
        let engine = || SoftwareEngine::new(fixed(V3));
        assert_eq!(
            Encryptor::new(engine(), V3, too_long).err(),
            Some(Error::ContentTooLarge)
        );
        assert_eq!(
            Decryptor::new(engine(), V3, too_long).err(),
            Some(Error::ContentTooLarge)
        );
        assert_eq!(AlgorithmSuite::stored_bytes(too_long), Err(Error::ContentTooLarge));
    }
    assert_eq!(AlgorithmSuite::stored_bytes(MAX), Ok(MAX + 16));
    assert_eq!(AlgorithmSuite::content_bytes(MAX + 16), Ok(MAX));
    assert_eq!(AlgorithmSuite::content_bytes(MAX + 17), Err(Error::ContentTooLarge));
    assert_eq!(AlgorithmSuite::content_bytes(16), Ok(0));
    for too_short in 0..16 {
        assert_eq!(AlgorithmSuite::content_bytes(too_short), Err(Error::Truncated));
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    pollster::block_on(async {
        for suite in [V2, V3] {
            let body = one_shot(suite, &[0x42; 32], [0x17; 12], &sample(37));
            assert!(open_whole(fixed(suite), &body).await.is_ok());
            for bit in 0..body.len() * 8 {
                let mut changed = body.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let opened = open_whole(fixed(suite), &changed).await;
                assert_eq!(opened, Err(Error::AuthenticationFailed), "bit {bit}");
            }
        }
    });
}

#[test]
fn a_body_that_was_cut_grown_or_rearranged_is_noticed() {
    pollster::block_on(async {
        let body = one_shot(V3, &[0x42; 32], [0x17; 12], &sample(96));
        for kept in 0..body.len() {
            let expected = if kept < 16 {
                Error::Truncated
            } else {
                Error::AuthenticationFailed
            };
            assert_eq!(
                open_whole(fixed(V3), &body[..kept]).await,
                Err(expected),
                "{kept} bytes kept"
            );
        }
        for grown in [1, 15, 16, 17] {
            let longer = [body.as_slice(), &vec![0; grown]].concat();
            assert_eq!(open_whole(fixed(V3), &longer).await, Err(Error::AuthenticationFailed));
        }
        for (one, other) in [(0, 1), (0, 5), (2, 3)] {
            let mut swapped = body.clone();
            for at in 0..16 {
                swapped.swap(one * 16 + at, other * 16 + at);
            }
            assert_eq!(open_whole(fixed(V3), &swapped).await, Err(Error::AuthenticationFailed));
        }
        // The same bytes under another key, IV or suite.
        for other in [
            parameters(V3, &[0x43; 32], [0x17; 12]),
            parameters(V3, &[0x42; 32], [0x18; 12]),
            fixed(V2),
        ] {
            assert_eq!(open_whole(other, &body).await, Err(Error::AuthenticationFailed));
        }
    });
}

/// An engine that fails once, as a runtime short of memory does.
struct EngineThatFailsOnce {
    inner: SoftwareEngine,
    failed: Cell<bool>,
}

impl EngineThatFailsOnce {
    fn new() -> Self {
        Self {
            inner: SoftwareEngine::new(fixed(V3)),
            failed: Cell::new(false),
        }
    }
}

/// An engine that answers only when it is asked a second time.
struct EngineThatWaits(SoftwareEngine);

async fn once_pending() {
    let mut waited = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut waited, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

macro_rules! engine {
    ($name:ty, $self:ident => $inner:expr, $before:expr) => {
        impl Engine for $name {
            type Bytes = Vec<u8>;

            async fn encrypt(&$self, first_block: u64, bytes: Vec<u8>) -> Result<(Vec<u8>, Element), Error> {
                $before;
                $inner.encrypt(first_block, bytes).await
            }

            async fn decrypt(&$self, first_block: u64, bytes: Vec<u8>) -> Result<(Vec<u8>, Element), Error> {
                $before;
                $inner.decrypt(first_block, bytes).await
            }
        }

        impl Message for $name {
            fn ghash(&$self) -> &GhashKey {
                $inner.ghash()
            }

            fn tag_mask(&$self) -> [u8; 16] {
                $inner.tag_mask()
            }
        }
    };
}

engine!(EngineThatFailsOnce, self => self.inner, if !self.failed.replace(true) {
    return Err(Error::UnsupportedBrowser("memory"));
});
engine!(EngineThatWaits, self => self.0, once_pending().await);

/// Whatever became of a segment, its counters are spent.
#[test]
fn a_range_stays_claimed_when_the_engine_fails_or_the_work_is_dropped() {
    let encryptor = Encryptor::new(EngineThatFailsOnce::new(), V3, 16).unwrap();
    pollster::block_on(async {
        let failed = encryptor.encrypt(0, vec![0; 16]).await;
        assert_eq!(failed, Err(Error::UnsupportedBrowser("memory")));
        let again = encryptor.encrypt(0, vec![1; 16]).await;
        assert_eq!(again, Err(Error::Unreachable(OUT_OF_TURN)));
        assert_eq!(encryptor.finish(), Err(Error::Truncated));
    });

    let encryptor = Encryptor::new(EngineThatWaits(SoftwareEngine::new(fixed(V3))), V3, 16).unwrap();
    {
        let mut dropped = pin!(encryptor.encrypt(0, vec![0; 16]));
        assert!(poll_once(dropped.as_mut()).is_pending());
    }
    let again = pollster::block_on(async { encryptor.encrypt(0, vec![1; 16]).await });
    assert_eq!(again, Err(Error::Unreachable(OUT_OF_TURN)));
    assert_eq!(encryptor.finish(), Err(Error::Truncated));
}

/// A segment whose calls are made in another thread: here another engine under the same key.
#[test]
fn a_segment_encrypted_elsewhere_is_part_of_the_message_and_of_nothing_else() {
    let plaintext = sample(50);
    let encryptor = encryptor(50);
    let elsewhere = SoftwareEngine::new(fixed(V3));
    pollster::block_on(async {
        let claim = encryptor.claim(0, 32).unwrap();
        let here = encryptor.encrypt(0, plaintext[..32].to_vec()).await;
        assert_eq!(here, Err(Error::Unreachable(OUT_OF_TURN)));
        assert!(encryptor.claim(1, 16).is_err(), "a claimed range was claimed again");
        let tail = encryptor.encrypt(2, plaintext[32..].to_vec()).await.unwrap();
        assert_eq!(encryptor.finish(), Err(Error::Truncated), "its share is still missing");
        let (head, share) = elsewhere.encrypt(0, plaintext[..32].to_vec()).await.unwrap();
        encryptor.add(claim, share);
        let whole = [head, tail, encryptor.finish().unwrap().to_vec()].concat();
        assert_eq!(whole, one_shot(V3, &[0x42; 32], [0x17; 12], &plaintext));
    });
}

#[test]
fn segments_under_way_at_once_neither_overlap_nor_disturb_each_other() {
    let plaintext = sample(50);
    let encryptor = Encryptor::new(EngineThatWaits(SoftwareEngine::new(fixed(V3))), V3, 50).unwrap();
    let mut last = pin!(encryptor.encrypt(2, plaintext[32..].to_vec()));
    let mut first = pin!(encryptor.encrypt(0, plaintext[..32].to_vec()));
    let mut overlapping = pin!(encryptor.encrypt(1, plaintext[16..].to_vec()));
    assert!(poll_once(last.as_mut()).is_pending());
    assert!(poll_once(first.as_mut()).is_pending());
    assert_eq!(
        poll_once(overlapping.as_mut()),
        Poll::Ready(Err(Error::Unreachable(OUT_OF_TURN)))
    );
    let (Poll::Ready(Ok(head)), Poll::Ready(Ok(tail))) = (poll_once(first.as_mut()), poll_once(last.as_mut())) else {
        panic!("both are ready when asked again");
    };
    let expected = one_shot(V3, &[0x42; 32], [0x17; 12], &plaintext);
    assert_eq!([head, tail].concat(), expected[..50]);
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}
