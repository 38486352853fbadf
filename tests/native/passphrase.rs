//! The passphrase keyring: what travels in the material description, and what a reader spends on it.

use crate::support::{
    content::{open_whole, seal, segments},
    entropy::{CountingEntropy, EntropyThatFails},
    read::decrypt,
};
use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64, Encoding};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, Beside, CommitmentPolicy, EncryptedDataKey, EncryptionContext, Envelope, Error,
    MaterialDescription,
    encrypt::encrypt,
    encryption_context::StringMap,
    keyring::{
        Keyring, WrapRequest,
        passphrase::{Cost, PassphraseKeyring},
        raw_aes::RawAesKeyring,
    },
    secret::{Passphrase, WrappingKey},
};

const V3: AlgorithmSuite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
const V2: AlgorithmSuite = AlgorithmSuite::AesGcmIv12Tag16NoKdf;
const POLICY: CommitmentPolicy = CommitmentPolicy::RequireEncryptAllowDecrypt;
const WORDS: &str = "correct horse b\u{e4}ttery staple";
/// The least that may be written.
const LEAST: Cost = Cost {
    memory_kib: 19 * 1024,
    iterations: 2,
    parallelism: 1,
};

fn keyring(words: &str) -> PassphraseKeyring {
    PassphraseKeyring::new(Passphrase::new(words.into()).unwrap(), LEAST).unwrap()
}

fn none() -> EncryptionContext {
    EncryptionContext::default()
}

fn written(keyring: &PassphraseKeyring, entropy: u64) -> EncryptedDataKey {
    let (envelope, _) = block_on(encrypt(keyring, V3, &none(), &mut CountingEntropy(entropy))).unwrap();
    envelope.encrypted_data_key().clone()
}

fn salt(key: &EncryptedDataKey) -> &str {
    key.material_description().unwrap().0.get("presealed-salt").unwrap()
}

fn entries_of(key: &mut EncryptedDataKey) -> &mut StringMap {
    match &mut key.beside {
        Beside::Description(description) => &mut description.0,
        Beside::Context(_) => unreachable!("a passphrase authenticates no context"),
    }
}

fn unwrap(keyring: &PassphraseKeyring, key: &EncryptedDataKey) -> Result<Option<[u8; 32]>, Error> {
    let request = WrapRequest {
        suite: V3,
        encryption_context: &none(),
    };
    block_on(keyring.unwrap_data_key(&request, key)).map(|found| found.map(|key| *key.expose()))
}

#[test]
fn what_a_passphrase_seals_the_same_passphrase_opens() {
    block_on(async {
        let writer = keyring(WORDS);
        for suite in [V2, V3] {
            let (envelope, parameters) = encrypt(&writer, suite, &none(), &mut CountingEntropy(5)).await.unwrap();
            let body = seal(parameters, b"a secret", &segments(8, 1)).await.unwrap();
            let envelope = Envelope::parse(&envelope.encode().unwrap()).unwrap();
            for reader in [&writer, &keyring(WORDS)] {
                let parameters = decrypt(reader, POLICY, &none(), &envelope).await.unwrap();
                assert_eq!(open_whole(parameters, &body).await.unwrap(), b"a secret");
            }
            let refused = decrypt(&keyring("correct horse"), POLICY, &none(), &envelope).await;
            assert_eq!(refused.err(), Some(Error::UnwrapFailed));
        }
    });
}

/// Any S3 Encryption Client opens the object with the key that Argon2id gives for what the description says.
#[test]
fn the_derived_key_is_a_raw_aes_key_for_everybody() {
    block_on(async {
        let (envelope, parameters) = encrypt(&keyring(WORDS), V3, &none(), &mut CountingEntropy(5))
            .await
            .unwrap();
        let body = seal(parameters, b"a secret", &segments(8, 1)).await.unwrap();
        let description = &envelope.encrypted_data_key().material_description().unwrap().0;
        let said: Vec<(&str, &str)> = description
            .iter()
            .filter(|(name, _)| *name != "presealed-salt")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("presealed-iterations", "2"),
            ("presealed-kdf", "argon2id"),
            ("presealed-memory-kib", "19456"),
            ("presealed-parallelism", "1"),
        ];
        assert_eq!(said, expected);

        let salt = Base64::decode_vec(description.get("presealed-salt").unwrap()).unwrap();
        let mut key = vec![0; 32];
        let cost = Params::new(19456, 2, 1, Some(32)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, cost)
            .hash_password_into(WORDS.as_bytes(), &salt, &mut key)
            .unwrap();
        let by_hand = RawAesKeyring::new(WrappingKey::from_bytes(key).unwrap(), MaterialDescription::default());
        let parameters = decrypt(&by_hand, POLICY, &none(), &envelope).await.unwrap();
        assert_eq!(open_whole(parameters, &body).await.unwrap(), b"a secret");
    });
}

#[test]
fn a_changed_description_derives_another_key_or_none() {
    let reader = keyring(WORDS);
    let wrapped = written(&reader, 5);
    let other_salt = Base64::encode_string(&[3; 16]);
    let (long, short) = (Base64::encode_string(&[3; 17]), Base64::encode_string(&[3; 15]));
    // Entry, new value (`None`: removed), what happens; `None`: another keyring's object.
    let cases: &[(&str, Option<&str>, Option<&str>)] = &[
        ("presealed-salt", Some(&other_salt), Some("unwrap-failed")),
        ("presealed-salt", Some(&long), Some("envelope-invalid")),
        ("presealed-salt", Some(&short), Some("envelope-invalid")),
        ("presealed-salt", Some(""), Some("envelope-invalid")),
        ("presealed-salt", Some("not base64"), Some("envelope-invalid")),
        ("presealed-salt", None, Some("envelope-invalid")),
        ("presealed-memory-kib", Some("19457"), Some("unwrap-failed")),
        ("presealed-memory-kib", Some("19456 "), Some("envelope-invalid")),
        ("presealed-memory-kib", Some("+19456"), Some("envelope-invalid")),
        ("presealed-memory-kib", Some("0x4c00"), Some("envelope-invalid")),
        ("presealed-memory-kib", Some("4294967296"), Some("envelope-invalid")),
        ("presealed-memory-kib", Some("0"), Some("envelope-invalid")),
        ("presealed-memory-kib", Some(""), Some("envelope-invalid")),
        ("presealed-memory-kib", None, Some("envelope-invalid")),
        ("presealed-iterations", Some("3"), Some("unwrap-failed")),
        ("presealed-iterations", Some("0"), Some("envelope-invalid")),
        ("presealed-iterations", None, Some("envelope-invalid")),
        ("presealed-parallelism", Some("2"), Some("unwrap-failed")),
        ("presealed-parallelism", Some("0"), Some("envelope-invalid")),
        ("presealed-parallelism", None, Some("envelope-invalid")),
        ("presealed-kdf", Some("argon2i"), None),
        ("presealed-kdf", Some(""), None),
        ("presealed-kdf", None, None),
        ("presealed-later-addition", Some("1"), Some("opens")),
    ];
    for (name, value, expected) in cases {
        let mut changed = wrapped.clone();
        let entries = entries_of(&mut changed);
        match value {
            Some(value) => entries.insert(name.to_string(), value.to_string()),
            None => entries.remove(*name),
        };
        let outcome = match unwrap(&reader, &changed) {
            Ok(Some(_)) => Some("opens"),
            Ok(None) => None,
            Err(error) => Some(error.code()),
        };
        assert_eq!(outcome, *expected, "{name} = {value:?}");
    }
}

/// Whoever writes to the bucket chooses the cost, so more than the cap is refused, and before any work: the first of
/// these would take 4 TiB.
#[test]
fn a_cost_above_the_cap_is_refused_without_deriving() {
    let reader = keyring(WORDS);
    let wrapped = written(&reader, 5);
    let refused = [
        ("4294967295", "1", "1"),
        ("262145", "1", "1"),
        ("262144", "13", "1"),
        ("19456", "65", "1"),
        ("19456", "4294967295", "1"),
        ("19456", "2", "17"),
        ("49153", "64", "1"),
    ];
    let started = std::time::Instant::now();
    for (memory, iterations, parallelism) in refused {
        let mut costly = wrapped.clone();
        let entries = entries_of(&mut costly);
        entries.insert("presealed-memory-kib".into(), memory.into());
        entries.insert("presealed-iterations".into(), iterations.into());
        entries.insert("presealed-parallelism".into(), parallelism.into());
        let error = unwrap(&reader, &costly).unwrap_err();
        assert_eq!(error.code(), "envelope-invalid", "{memory} {iterations} {parallelism}");
    }
    // Together they would take minutes.
    assert!(started.elapsed() < std::time::Duration::from_secs(2));
}

#[test]
fn a_weak_or_unreadable_cost_is_not_written() {
    let cost = |memory_kib, iterations, parallelism| Cost {
        memory_kib,
        iterations,
        parallelism,
    };
    for refused in [
        cost(19 * 1024 - 1, 2, 1),
        cost(19 * 1024, 1, 1),
        cost(0, 0, 0),
        cost(64 * 1024, 3, 0),
        cost(64 * 1024, 3, 17),
        cost(256 * 1024 + 1, 3, 1),
        cost(64 * 1024, 65, 1),
        cost(256 * 1024, 13, 1),
        cost(u32::MAX, u32::MAX, u32::MAX),
    ] {
        let keyring = PassphraseKeyring::new(Passphrase::new(WORDS.into()).unwrap(), refused);
        assert_eq!(keyring.err().unwrap().code(), "misuse", "{refused:?}");
    }
    for accepted in [LEAST, Cost::default(), cost(256 * 1024, 12, 16)] {
        assert!(
            PassphraseKeyring::new(Passphrase::new(WORDS.into()).unwrap(), accepted).is_ok(),
            "{accepted:?}"
        );
    }
    assert_eq!(Passphrase::new(String::new()).err().unwrap().code(), "misuse");
}

/// A salt that came with an object was chosen by whoever wrote it; writing under it would let them prepare.
#[test]
fn the_salt_of_a_read_object_is_never_written_with() {
    let foreign = written(&keyring(WORDS), 5);
    let mine = keyring(WORDS);
    unwrap(&mine, &foreign).unwrap().unwrap();
    let after_reading = written(&mine, 900);
    assert_ne!(salt(&after_reading), salt(&foreign));
    // One derivation serves all that this keyring writes, whatever it reads in between.
    unwrap(&mine, &foreign).unwrap().unwrap();
    let second = written(&mine, 901);
    assert_eq!(salt(&second), salt(&after_reading));
    assert_ne!(second.ciphertext, after_reading.ciphertext);
    // And both kinds still open.
    for key in [&foreign, &after_reading, &second] {
        assert!(unwrap(&keyring(WORDS), key).unwrap().is_some());
    }
}

#[test]
fn objects_of_other_keyrings_are_left_alone() {
    block_on(async {
        let raw = RawAesKeyring::new(
            WrappingKey::from_bytes(vec![7; 32]).unwrap(),
            MaterialDescription([("who".to_string(), "we".to_string())].into_iter().collect()),
        );
        let (envelope, _) = encrypt(&raw, V3, &none(), &mut CountingEntropy(1)).await.unwrap();
        assert_eq!(unwrap(&keyring(WORDS), envelope.encrypted_data_key()), Ok(None));
        let refused = decrypt(&keyring(WORDS), POLICY, &none(), &envelope).await;
        assert_eq!(refused.err().unwrap().code(), "keyring-mismatch");
    });
}

#[test]
fn a_context_is_refused_rather_than_dropped() {
    let keyring = keyring(WORDS);
    let wrapped = written(&keyring, 5);
    let given = crate::support::context(&[("a", "1")]);
    let request = WrapRequest {
        suite: V3,
        encryption_context: &given,
    };
    let read = block_on(keyring.unwrap_data_key(&request, &wrapped));
    assert_eq!(read.err().unwrap().code(), "misuse");
    let refused = block_on(encrypt(&keyring, V3, &given, &mut CountingEntropy(5)));
    assert_eq!(refused.err().unwrap().code(), "misuse");
}

#[test]
fn without_randomness_nothing_is_written() {
    let refused = block_on(encrypt(&keyring(WORDS), V3, &none(), &mut EntropyThatFails));
    assert_eq!(refused.err().unwrap().code(), "unsupported-browser");
}
