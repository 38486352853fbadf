//! Every object that an official client wrote opens through the public path, or is refused with its code.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use presealed::{
    CommitmentPolicy, EncryptionContext, Envelope, Error, WrapAlgorithm, commitment,
    decrypt::decrypt,
    encryption_context::parse_map,
    keyring::{Keyring, kms::KmsKeyring},
    secret::DataKey,
};
use support::{
    content::{open, segments, shuffled},
    keyrings::KeyringOfOneDataKey,
    kms::{Call, KmsOfOneAnswer},
    official::OfficialObject,
    unhex,
};

const POLICY: CommitmentPolicy = CommitmentPolicy::RequireEncryptAllowDecrypt;

/// What the caller gave on writing: the stored context less what the keyring adds.
fn caller_context(envelope: &Envelope) -> EncryptionContext {
    let mut context = envelope.encrypted_data_key().encryption_context.clone();
    context.0.remove("aws:x-amz-cek-alg");
    context
}

/// Opens it whole, block by block, and block by block out of order.
async fn opens<K: Keyring<Failure = Error>>(
    name: &str,
    object: &OfficialObject,
    keyring: &K,
    context: &EncryptionContext,
) {
    let envelope = Envelope::parse(&object.metadata()).unwrap();
    let bytes = object.plaintext().len();
    let in_blocks = segments(bytes, 1);
    for order in [segments(bytes, 1 << 20), in_blocks.clone(), shuffled(in_blocks, 7)] {
        let parameters = decrypt(keyring, POLICY, context, &envelope)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let plaintext = open(parameters, &object.body(), &order).await.expect(name);
        assert_eq!(plaintext, object.plaintext(), "{name}");
    }
}

#[test]
fn every_object_opens_or_is_refused() {
    pollster::block_on(async {
        let objects = OfficialObject::all();
        let mut opened = 0;
        for (name, object) in &objects {
            assert!(
                object.origin.contains("official"),
                "{name} does not say where it is from"
            );
            let envelope = match (Envelope::parse(&object.metadata()), &object.refused) {
                (Ok(envelope), None) => envelope,
                (Err(error), Some(code)) => {
                    assert_eq!(error.code(), code, "{name}");
                    continue;
                }
                (Ok(_), Some(code)) => panic!("{name} parsed, but should be {code}"),
                (Err(error), None) => panic!("{name}: {error}"),
            };
            opened += 1;
            let data_key = object.data_key();
            let double = KeyringOfOneDataKey::new(data_key.clone());
            opens(name, object, &double, &EncryptionContext::default()).await;
            match envelope.encrypted_data_key().wrap_algorithm {
                WrapAlgorithm::AesGcm => {
                    let keyring = object.raw_aes_keyring().expect("a wrapping key");
                    opens(name, object, &keyring, &EncryptionContext::default()).await;
                }
                WrapAlgorithm::KmsContext => {
                    let kms = KmsOfOneAnswer::new(data_key, Vec::new());
                    let keyring = KmsKeyring::new(&kms, "alias/key".into()).unwrap();
                    opens(name, object, &keyring, &caller_context(&envelope)).await;
                    let stored = envelope.encrypted_data_key();
                    let call = Call::Decrypt {
                        key_id: "alias/key".into(),
                        ciphertext: stored.ciphertext.clone(),
                        context: stored.encryption_context.clone(),
                    };
                    assert_eq!(*kms.calls.borrow(), vec![call; 3], "{name}");
                }
                // No keyring of ours unwraps RSA; the content part has been checked above.
                WrapAlgorithm::RsaOaepSha1 => {
                    let other = OfficialObject::named("v3-raw-aes-java").raw_aes_keyring().unwrap();
                    let refused = decrypt(&other, POLICY, &EncryptionContext::default(), &envelope).await;
                    assert_eq!(refused.err(), Some(Error::KeyringMismatch("RSA-OAEP-SHA1")), "{name}");
                }
            }
        }
        assert_eq!((opened, objects.len()), (8, 16), "objects opened, objects in all");
    });
}

/// The raw AES keyring on its own gives the data key that the writer used.
#[test]
fn the_raw_aes_keyring_finds_the_very_data_key() {
    pollster::block_on(async {
        let mut found = 0;
        for (name, object) in OfficialObject::all() {
            let (Some(keyring), Ok(envelope)) = (object.raw_aes_keyring(), Envelope::parse(&object.metadata())) else {
                continue;
            };
            let request = presealed::keyring::WrapRequest {
                suite: envelope.suite(),
                encryption_context: &EncryptionContext::default(),
            };
            let key = keyring.unwrap_data_key(&request, envelope.encrypted_data_key()).await;
            assert_eq!(key.unwrap().unwrap().expose().as_slice(), object.data_key(), "{name}");
            found += 1;
        }
        assert_eq!(found, 2);
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
        let mut encoded: std::collections::BTreeMap<_, _> = envelope
            .encode()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        assert_eq!(
            Envelope::parse(&support::official::metadata(&encoded)),
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
    assert_eq!(compared, 8);
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
