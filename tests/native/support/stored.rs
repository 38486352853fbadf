//! An object that the tests of reading journeys share.

use std::rc::Rc;

use super::{
    content::{seal, segments},
    entropy::CountingEntropy,
    outside::Outside,
};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, MaterialDescription,
    cipher::{AesKey, AnyKeyring, Protection},
    content::EngineKind,
    decrypt::ReadPolicy,
    encrypt::encrypt,
    keyring::raw_aes::RawAesKeyring,
    secret::WrappingKey,
};

fn key(byte: u8) -> WrappingKey {
    WrappingKey::from_bytes(vec![byte; 32]).unwrap()
}

/// What opens an object under the key of that byte.
pub fn protection(byte: u8) -> Protection {
    let commitment = CommitmentPolicy::default();
    Protection {
        keyring: AnyKeyring::RawAes {
            key: AesKey::Bytes(Rc::new(key(byte))),
            description: MaterialDescription::default(),
            legacy: false,
        },
        encryption_context: EncryptionContext::default(),
        policy: ReadPolicy {
            commitment,
            ..ReadPolicy::default()
        },
        suite: commitment.suite(),
        engine: Some(EngineKind::Software),
    }
}

pub fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 31 + (at >> 8)) as u8).collect()
}

/// A store with an object of so many bytes at `key`, under the key of 7s.
pub fn store_of(bytes: usize) -> Outside {
    let suite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
    let keyring = RawAesKeyring::new(key(7), MaterialDescription::default());
    let none = EncryptionContext::default();
    let made = block_on(encrypt(&keyring, suite, &none, &mut CountingEntropy(1)));
    let (envelope, parameters) = made.unwrap();
    let body = block_on(seal(parameters, &content(bytes), &segments(bytes, 1 << 16))).unwrap();
    let metadata = envelope.encode().unwrap();
    let headers = metadata.headers().map(|(name, value)| (name, value.to_string()));
    let mut outside = Outside::default();
    outside.put("key", &body, headers.collect());
    outside
}
