//! Every object that an official client wrote opens through the public path, or is refused with its code.

use crate::support::{
    content::{open, segments, shuffled},
    keyrings::{KeyringOfOneDataKey, KeyringThatMustNotBeAsked},
    kms::{Call, KmsOfOneAnswer},
    official::OfficialObject,
    read::{LEGACY, open_cbc},
    unhex,
};
use presealed::{
    AlgorithmSuite, Beside, CommitmentPolicy, EncryptedDataKey, EncryptionContext, Envelope, Error,
    MaterialDescription, WrapAlgorithm, commitment,
    decrypt::{ContentCipher, ReadPolicy, decrypt},
    encryption_context::parse_map,
    keyring::{Keyring, WrapRequest, kms::KmsKeyring, raw_aes::RawAesKeyring},
    secret::{DataKey, WrappingKey},
};

/// What the caller gave on writing: the stored context less what the keyring adds.
fn caller_context(envelope: &Envelope) -> EncryptionContext {
    let stored = envelope.encrypted_data_key();
    let mut context = stored.encryption_context().cloned().unwrap_or_default();
    match stored.wrap_algorithm {
        // The legacy wrap knows no context of the caller's.
        WrapAlgorithm::Kms => EncryptionContext::default(),
        _ => {
            context.0.remove("aws:x-amz-cek-alg");
            context
        }
    }
}

/// Opens it: GCM whole, block by block, and block by block out of order; CBC whole.
async fn opens<K: Keyring<Failure = Error>>(
    name: &str,
    object: &OfficialObject,
    keyring: &K,
    context: &EncryptionContext,
) {
    let envelope = object.envelope().expect(name);
    let bytes = object.plaintext().len();
    let in_blocks = segments(bytes, 1);
    for order in [segments(bytes, 1 << 20), in_blocks.clone(), shuffled(in_blocks, 7)] {
        let plaintext = match decrypt(keyring, LEGACY, context, &envelope).await {
            Ok(ContentCipher::Authenticated(parameters)) => open(parameters, &object.body(), &order).await.expect(name),
            Ok(ContentCipher::Unauthenticated(parameters)) => open_cbc(&parameters, &object.body()).expect(name),
            Err(error) => panic!("{name}: {error}"),
        };
        assert_eq!(plaintext, object.plaintext(), "{name}");
    }
}

#[test]
fn every_object_opens() {
    pollster::block_on(async {
        let objects = OfficialObject::all();
        for (name, object) in &objects {
            assert!(
                object.origin.contains("official"),
                "{name} does not say where it is from"
            );
            let envelope = object.envelope().expect(name);
            let data_key = object.data_key();
            let double = KeyringOfOneDataKey::new(data_key.clone());
            opens(name, object, &double, &EncryptionContext::default()).await;
            let wrap = envelope.encrypted_data_key().wrap_algorithm;
            match wrap {
                WrapAlgorithm::AesGcm | WrapAlgorithm::AesKeyWrap | WrapAlgorithm::AesEcb => {
                    let keyring = object.raw_aes_keyring().expect("a wrapping key");
                    opens(name, object, &keyring, &EncryptionContext::default()).await;
                }
                WrapAlgorithm::KmsContext | WrapAlgorithm::Kms => {
                    let kms = KmsOfOneAnswer::new(data_key, Vec::new());
                    let keyring = KmsKeyring::new(&kms, "alias/key".into()).unwrap();
                    let keyring = keyring.enable_legacy_wrapping_algorithms(true);
                    opens(name, object, &keyring, &caller_context(&envelope)).await;
                    let discovery = KmsKeyring::discovery(&kms).enable_legacy_wrapping_algorithms(true);
                    opens(name, object, &discovery, &caller_context(&envelope)).await;
                    let stored = envelope.encrypted_data_key();
                    let call = |key_id: Option<&str>| Call::Decrypt {
                        key_id: key_id.map(String::from),
                        ciphertext: stored.ciphertext.clone(),
                        context: stored.encryption_context().unwrap().clone(),
                    };
                    let calls = [vec![call(Some("alias/key")); 3], vec![call(None); 3]].concat();
                    assert_eq!(*kms.calls.borrow(), calls, "{name}");
                }
                // Only the browser has RSA; the content part has been checked above.
                WrapAlgorithm::RsaOaepSha1 | WrapAlgorithm::RsaPkcs1 | WrapAlgorithm::RsaOaepSha256 => {
                    let other = OfficialObject::named("v3-raw-aes-java").raw_aes_keyring().unwrap();
                    let refused = decrypt(&other, LEGACY, &EncryptionContext::default(), &envelope).await;
                    assert_eq!(refused.err(), Some(Error::KeyringMismatch(wrap.name())), "{name}");
                    assert!(
                        object.rsa_private_key.is_some() || !name.contains("-v1"),
                        "{name} has no key"
                    );
                }
            }
            // Refused by name, whatever the options: `raw_rsa.rs` shows how.
            let refused = matches!(wrap, WrapAlgorithm::RsaPkcs1 | WrapAlgorithm::RsaOaepSha256);
            assert_eq!(
                object.refused.as_deref(),
                refused.then_some("unsupported-format"),
                "{name}"
            );
        }
        assert!(objects.len() >= 56, "{} objects", objects.len());
    });
}

/// A legacy wrap or content needs its own opt-in, and neither is tried without.
#[test]
fn nothing_legacy_opens_unasked() {
    pollster::block_on(async {
        let (mut wraps, mut contents, mut named) = (0, 0, 0);
        for (name, object) in OfficialObject::all() {
            let envelope = object.envelope().expect(&name);
            let (wrap, suite) = (envelope.encrypted_data_key().wrap_algorithm, envelope.suite());
            if wrap.is_legacy() && (wrap.is_kms() || object.raw_aes_keyring().is_some()) {
                wraps += 1;
                let kms = KmsOfOneAnswer::new(object.data_key(), Vec::new());
                let keyring = KmsKeyring::new(&kms, "alias/key".into()).unwrap();
                let context = caller_context(&envelope);
                let refused = match wrap {
                    WrapAlgorithm::Kms => decrypt(&keyring, LEGACY, &context, &envelope).await.err(),
                    _ => {
                        let keyring = object.raw_aes_keyring().expect("a wrapping key");
                        let keyring = keyring.enable_legacy_wrapping_algorithms(false);
                        decrypt(&keyring, LEGACY, &context, &envelope).await.err()
                    }
                };
                assert_eq!(refused, Some(Error::LegacyWrappingDisabled(wrap.name())), "{name}");
                assert!(kms.calls.borrow().is_empty(), "{name}");
            }
            if !suite.is_authenticated() {
                contents += 1;
                for (commitment, expected) in [
                    (
                        CommitmentPolicy::RequireEncryptAllowDecrypt,
                        Error::UnauthenticatedModeDisabled(suite.name()),
                    ),
                    (
                        CommitmentPolicy::ForbidEncryptAllowDecrypt,
                        Error::UnauthenticatedModeDisabled(suite.name()),
                    ),
                    (
                        CommitmentPolicy::RequireEncryptRequireDecrypt,
                        Error::CommitmentRequired(suite.name()),
                    ),
                ] {
                    let unauthenticated_modes = commitment == CommitmentPolicy::RequireEncryptRequireDecrypt;
                    let policy = ReadPolicy {
                        commitment,
                        unauthenticated_modes,
                        cbc_under_gcm_keys: true,
                    };
                    let none = EncryptionContext::default();
                    let refused = decrypt(&KeyringThatMustNotBeAsked, policy, &none, &envelope).await;
                    assert_eq!(refused.err(), Some(expected), "{name}");
                }
                // The wraps of AES-CBC keys that name a cipher are Java's, and name AES-GCM.
                if let (false, Some(keyring)) = (wrap.is_legacy(), object.raw_aes_keyring()) {
                    named += 1;
                    let policy = ReadPolicy {
                        cbc_under_gcm_keys: false,
                        ..LEGACY
                    };
                    let refused = decrypt(&keyring, policy, &EncryptionContext::default(), &envelope).await;
                    assert_eq!(refused.err(), Some(Error::UnwrapFailed), "{name}");
                }
            }
        }
        assert!(
            wraps >= 5 && contents >= 4 && named >= 1,
            "{wraps} legacy wraps, {contents} legacy contents, {named} named ciphers"
        );
    });
}

/// Wrong key, and a wrapped key cut, altered or of another kind, are one error.
#[test]
fn legacy_wraps_fail_alike() {
    pollster::block_on(async {
        let object = OfficialObject::named("v1-raw-aes-cbc-ruby");
        let other = RawAesKeyring::new(
            WrappingKey::from_bytes(vec![7; 32]).unwrap(),
            MaterialDescription::default(),
        )
        .enable_legacy_wrapping_algorithms(true);
        let right = object.raw_aes_keyring().unwrap();
        let original = object.envelope().unwrap().encrypted_data_key().clone();
        let none = EncryptionContext::default();
        for wrap in [WrapAlgorithm::AesEcb, WrapAlgorithm::AesKeyWrap] {
            let mut stored = original.clone();
            stored.wrap_algorithm = wrap;
            if wrap == WrapAlgorithm::AesKeyWrap {
                stored.ciphertext = unhex(RFC_3394[2]);
            }
            let request = WrapRequest {
                suite: AlgorithmSuite::AesCbcIv16NoKdf,
                encryption_context: &none,
            };
            let wrong_key = other.unwrap_data_key(&request, &stored).await;
            assert_eq!(wrong_key.err(), Some(Error::LegacyDecryptionFailed), "{wrap:?}");
            for change in 0..stored.ciphertext.len() {
                let mut cut = stored.clone();
                cut.ciphertext.truncate(change);
                let mut altered = stored.clone();
                altered.ciphertext[change] ^= 1;
                // A changed first block of ECB gives another data key, which the content then does not fit.
                let unnoticed = wrap == WrapAlgorithm::AesEcb && change < 32;
                for (stored, unnoticed) in [(cut, false), (altered, unnoticed)] {
                    let opened = right.unwrap_data_key(&request, &stored).await;
                    match unnoticed {
                        true => assert_ne!(opened.unwrap().unwrap().expose().as_slice(), object.data_key()),
                        false => assert_eq!(opened.err(), Some(Error::LegacyDecryptionFailed), "{wrap:?} {change}"),
                    }
                }
            }
        }
    });
}

/// RFC 3394, section 4.6: key encryption key, key data, ciphertext.
const RFC_3394: [&str; 3] = [
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
    "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
];

#[test]
fn aes_key_wrap_gives_the_known_answer() {
    let [key, data_key, wrapped] = RFC_3394.map(unhex);
    let keyring = RawAesKeyring::new(WrappingKey::from_bytes(key).unwrap(), MaterialDescription::default())
        .enable_legacy_wrapping_algorithms(true);
    let stored = EncryptedDataKey {
        wrap_algorithm: WrapAlgorithm::AesKeyWrap,
        ciphertext: wrapped,
        beside: Beside::Description(MaterialDescription::default()),
    };
    let request = WrapRequest {
        suite: AlgorithmSuite::AesGcmIv12Tag16NoKdf,
        encryption_context: &EncryptionContext::default(),
    };
    let unwrapped = pollster::block_on(keyring.unwrap_data_key(&request, &stored));
    assert_eq!(unwrapped.unwrap().unwrap().expose().as_slice(), data_key);
}

/// The raw AES keyring on its own gives the data key that the writer used.
#[test]
fn the_raw_aes_keyring_finds_the_very_data_key() {
    pollster::block_on(async {
        let mut found = 0;
        for (name, object) in OfficialObject::all() {
            let (Some(keyring), Ok(envelope)) = (object.raw_aes_keyring(), object.envelope()) else {
                continue;
            };
            let request = presealed::keyring::WrapRequest {
                suite: match envelope.encrypted_data_key().wrap_algorithm {
                    WrapAlgorithm::AesGcm => envelope.suite().rewrapped(),
                    _ => envelope.suite(),
                },
                encryption_context: &EncryptionContext::default(),
            };
            let key = keyring.unwrap_data_key(&request, envelope.encrypted_data_key()).await;
            assert_eq!(key.unwrap().unwrap().expose().as_slice(), object.data_key(), "{name}");
            found += 1;
        }
        assert!(found == 18, "{found} objects");
    });
}

/// Values that are deterministic come back as they were; maps as the same map; what is advisory is not written.
#[test]
fn encoding_a_parsed_envelope_gives_its_values_again() {
    let mut compared = 0;
    for (name, object) in OfficialObject::all() {
        let Ok(envelope) = Envelope::parse(&object.metadata()) else {
            continue;
        };
        if envelope.format() == "V1" || envelope.encrypted_data_key().wrap_algorithm.is_legacy() {
            continue;
        }
        let mut encoded: std::collections::BTreeMap<_, _> = envelope
            .encode()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        assert_eq!(
            Envelope::parse(&crate::support::official::metadata(&encoded)),
            Ok(envelope),
            "{name}"
        );
        for (key, stored) in &object.metadata {
            if key == "x-amz-unencrypted-content-length" {
                assert!(!encoded.contains_key(key), "{name}: {key}");
                continue;
            }
            if stored.is_empty() {
                assert!(!encoded.contains_key(key), "{name}: an empty {key}");
                continue;
            }
            let ours = encoded.remove(key).unwrap_or_else(|| panic!("{name}: no {key}"));
            match key.as_str() {
                "x-amz-matdesc" | "x-amz-m" | "x-amz-t" => {
                    assert_eq!(parse_map(&ours), parse_map(stored), "{name}: {key}");
                }
                _ => assert_eq!(&ours, stored, "{name}: {key}"),
            }
        }
        // Java refuses V2 without it, so it is written even where the object had none.
        encoded.remove("x-amz-tag-len");
        assert!(encoded.is_empty(), "{name}: also wrote {encoded:?}");
        compared += 1;
    }
    assert!(compared == 19, "{compared} objects");
}

/// Key derivation of the official Go client's unit test: data key, message id, content key, commitment.
const DERIVATIONS: [[&str; 4]; 2] = [
    [
        "80d90dc4cc7e77d8a6332efa44eba56230a7fe7b89af37d1e501ab2e07c0a163",
        "b8ea76bed24c7b85382a148cb9dcd1cfdfb765f55ded4dfa6e0c4c79",
        "6dd14f546cc006e639126e83f5d4d1b118576bb5df97f38c6fb3a1db87bbc338",
        "f89818bc0a346d3a3426b68e9509b6b2ae5fe1f904aa329fb73625db",
    ],
    [
        "501afb8227d22e75e68010414b8abdaf3064c081e8e922dafef4992036394d60",
        "61a00b4981a5aacfd136c55cb726e32d2a547dc7600a7d4675c69127",
        "e14786a714748d1d2c3a4a6816dec56ddf1881bbeabb4f39420ffb9f63700b2f",
        "5c1e73e47f6fe3a70d6d094283aceaa76d2975feb829212d88f0afc1",
    ],
];

#[test]
fn key_derivation_gives_the_known_answers() {
    for [data_key, message_id, content_key, committed] in DERIVATIONS.map(|row| row.map(unhex)) {
        let data_key = DataKey::from_bytes(&data_key).unwrap();
        let message_id: [u8; 28] = message_id.try_into().unwrap();
        let committed: [u8; 28] = committed.try_into().unwrap();
        let (key, commitment) = commitment::derive(&data_key, &message_id).unwrap();
        assert_eq!(
            (key.expose().as_slice(), commitment),
            (content_key.as_slice(), committed)
        );
        let key = commitment::verify(&data_key, &message_id, &committed).unwrap();
        assert_eq!(key.expose().as_slice(), content_key);
        for bit in 0..28 * 8 {
            let mut altered = committed;
            altered[bit / 8] ^= 1 << (bit % 8);
            let refused = commitment::verify(&data_key, &message_id, &altered);
            assert_eq!(refused.err(), Some(Error::CommitmentMismatch), "bit {bit}");
        }
    }
}
