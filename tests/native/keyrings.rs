//! Who may open it: raw AES and KMS keyrings, round trip and refusals. Passphrases have a file of their own.

use crate::support::{
    content::{open_whole, seal, segments},
    context,
    entropy::{CountingEntropy, EntropyOfZeros, EntropyThatFails},
    kms::{Call, KmsOfOneAnswer, KmsThatRefuses},
    read::decrypt,
};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, Beside, CommitmentPolicy, EncryptedDataKey, EncryptionContext, Envelope, Error,
    MaterialDescription, WrapAlgorithm,
    encrypt::encrypt,
    keyring::{Keyring, WrapRequest, kms::KmsKeyring, raw_aes::RawAesKeyring},
    secret::{DataKey, WrappingKey},
};

const V3: AlgorithmSuite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
const V2: AlgorithmSuite = AlgorithmSuite::AesGcmIv12Tag16NoKdf;
const CBC: AlgorithmSuite = AlgorithmSuite::AesCbcIv16NoKdf;
const READ_ALL: CommitmentPolicy = CommitmentPolicy::RequireEncryptAllowDecrypt;

fn none() -> EncryptionContext {
    EncryptionContext::default()
}

fn raw(byte: u8, bytes: usize) -> RawAesKeyring<WrappingKey> {
    let description = MaterialDescription([("who".to_string(), "we".to_string())].into_iter().collect());
    RawAesKeyring::new(WrappingKey::from_bytes(vec![byte; bytes]).unwrap(), description)
}

fn generate<K: Keyring>(keyring: &K, suite: AlgorithmSuite) -> (DataKey, EncryptedDataKey)
where
    K::Failure: std::fmt::Debug,
{
    let context = none();
    let request = WrapRequest {
        suite,
        encryption_context: &context,
    };
    block_on(keyring.generate_data_key(&request, &mut CountingEntropy(1))).unwrap()
}

/// The outcome of unwrapping, as something that can be compared.
fn unwrap<K: Keyring<Failure = Error>>(
    keyring: &K,
    suite: AlgorithmSuite,
    context: &EncryptionContext,
    key: &EncryptedDataKey,
) -> Result<Option<[u8; 32]>, Error> {
    let request = WrapRequest {
        suite,
        encryption_context: context,
    };
    block_on(keyring.unwrap_data_key(&request, key)).map(|found| found.map(|key| *key.expose()))
}

#[test]
fn what_a_raw_key_seals_the_same_key_opens() {
    block_on(async {
        for (bytes, suite) in [16, 24, 32].into_iter().flat_map(|bytes| [(bytes, V2), (bytes, V3)]) {
            let keyring = raw(7, bytes);
            let mut entropy = CountingEntropy(bytes as u64);
            let (envelope, parameters) = encrypt(&keyring, suite, &none(), &mut entropy).await.unwrap();
            let body = seal(parameters, b"a secret", &segments(8, 1)).await.unwrap();

            let envelope = Envelope::parse(&envelope.encode().unwrap()).unwrap();
            assert_eq!(envelope.suite(), suite);
            assert_eq!(
                envelope
                    .encrypted_data_key()
                    .material_description()
                    .unwrap()
                    .0
                    .get("who")
                    .map(String::as_str),
                Some("we")
            );
            assert_eq!(envelope.encrypted_data_key().ciphertext.len(), 60);
            let parameters = decrypt(&raw(7, bytes), READ_ALL, &none(), &envelope).await.unwrap();
            assert_eq!(open_whole(parameters, &body).await.unwrap(), b"a secret");
            for other in [raw(8, bytes), raw(7, if bytes == 32 { 16 } else { 32 })] {
                let refused = decrypt(&other, READ_ALL, &none(), &envelope).await;
                assert_eq!(refused.err(), Some(Error::UnwrapFailed), "{bytes}-byte key");
            }
        }
    });
}

#[test]
fn a_raw_key_refuses_everything_but_its_own_wrap() {
    for suite in [V2, V3] {
        let keyring = raw(7, 32);
        let (data_key, wrapped) = generate(&keyring, suite);
        assert_eq!(unwrap(&keyring, suite, &none(), &wrapped), Ok(Some(*data_key.expose())));
        let altered = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut key = wrapped.clone();
            change(&mut key.ciphertext);
            unwrap(&keyring, suite, &none(), &key)
        };
        for kept in 0..wrapped.ciphertext.len() {
            assert_eq!(
                altered(&|bytes| bytes.truncate(kept)),
                Err(Error::UnwrapFailed),
                "{kept} bytes kept"
            );
        }
        assert_eq!(altered(&|bytes| bytes.push(0)), Err(Error::UnwrapFailed));
        for bit in 0..wrapped.ciphertext.len() * 8 {
            let flipped = altered(&|bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            assert_eq!(flipped, Err(Error::UnwrapFailed), "bit {bit}");
        }
        let other_suite = if suite == V2 { V3 } else { V2 };
        assert_eq!(
            unwrap(&keyring, other_suite, &none(), &wrapped),
            Err(Error::UnwrapFailed)
        );
    }
}

/// A well-sealed wrap whose plaintext is no data key of ours.
#[test]
fn a_raw_key_takes_only_data_keys_of_32_bytes() {
    use presealed::keyring::raw_aes::WrappingCipher;
    for bytes in [0, 16, 31, 33] {
        let key = WrappingKey::from_bytes(vec![7; 32]).unwrap();
        let sealed = block_on(key.seal(&[1; 12], V3.cipher_name().as_bytes(), &vec![9; bytes])).unwrap();
        let wrapped = EncryptedDataKey {
            wrap_algorithm: WrapAlgorithm::AesGcm,
            ciphertext: [&[1; 12], sealed.as_slice()].concat(),
            beside: Beside::Description(MaterialDescription::default()),
        };
        assert_eq!(
            unwrap(&raw(7, 32), V3, &none(), &wrapped),
            Err(Error::UnwrapFailed),
            "{bytes} bytes"
        );
    }
}

#[test]
fn a_raw_key_refuses_a_context_rather_than_drop_it() {
    let keyring = raw(7, 32);
    let (_, wrapped) = generate(&keyring, V3);
    let given = context(&[("a", "1")]);
    let written = block_on(encrypt(&keyring, V3, &given, &mut CountingEntropy(1)));
    assert_eq!(written.err().unwrap().code(), "misuse");
    assert_eq!(unwrap(&keyring, V3, &given, &wrapped).unwrap_err().code(), "misuse");
}

#[test]
fn keyrings_know_each_other_s_wraps_by_name() {
    let kms = KmsOfOneAnswer::new(vec![9; 32], vec![1]);
    let (_, raw_wrapped) = generate(&raw(7, 32), V3);
    let with = |wrap_algorithm| EncryptedDataKey {
        wrap_algorithm,
        ..raw_wrapped.clone()
    };
    for wrap in [WrapAlgorithm::KmsContext, WrapAlgorithm::RsaOaepSha1] {
        assert_eq!(unwrap(&raw(7, 32), V3, &none(), &with(wrap)), Ok(None));
    }
    let keyring = KmsKeyring::new(&kms, "key".into()).unwrap();
    for wrap in [WrapAlgorithm::AesGcm, WrapAlgorithm::RsaOaepSha1] {
        assert_eq!(unwrap(&keyring, V3, &none(), &with(wrap)), Ok(None));
    }
    assert!(kms.calls.borrow().is_empty());
}

#[test]
fn wrapping_keys_have_the_lengths_of_aes() {
    for bytes in (0..=64).filter(|bytes| ![16, 24, 32].contains(bytes)) {
        let refused = WrappingKey::from_bytes(vec![1; bytes]);
        assert_eq!(refused.err().unwrap().code(), "misuse", "{bytes} bytes");
    }
}

#[test]
fn every_object_gets_a_fresh_key_iv_and_message_id() {
    let mut entropy = CountingEntropy(1);
    let mut seen = std::collections::BTreeSet::new();
    for suite in [V2, V3, V2, V3] {
        let keyring = raw(7, 32);
        let (envelope, parameters) = block_on(encrypt(&keyring, suite, &none(), &mut entropy)).unwrap();
        let unique = match &envelope {
            Envelope::V3 { message_id, .. } => message_id.to_vec(),
            Envelope::V2 { iv, .. } => iv.to_vec(),
            other => panic!("{other:?}"),
        };
        let wrap_iv = envelope.encrypted_data_key().ciphertext[..12].to_vec();
        for value in [unique, wrap_iv, parameters.key.expose().to_vec()] {
            assert!(seen.insert(value), "a value came twice");
        }
    }
}

#[test]
fn broken_randomness_is_noticed() {
    for suite in [V2, V3] {
        let zeros = block_on(encrypt(&raw(7, 32), suite, &none(), &mut EntropyOfZeros));
        assert_eq!(zeros.err().unwrap().code(), "unsupported-browser");
        let missing = block_on(encrypt(&raw(7, 32), suite, &none(), &mut EntropyThatFails));
        assert_eq!(missing.err().unwrap().code(), "unsupported-browser");
    }
    let zeros = DataKey::generate(&mut EntropyOfZeros);
    assert_eq!(zeros.err().unwrap().code(), "unsupported-browser");
}

#[test]
fn kms_is_asked_for_the_whole_context_and_it_is_stored() {
    for (suite, cipher) in [(V2, "AES/GCM/NoPadding"), (V3, "115")] {
        let kms = KmsOfOneAnswer::new(vec![9; 32], b"blob".to_vec());
        let keyring = KmsKeyring::new(&kms, "alias/key".into()).unwrap();
        let given = context(&[("dept", "finance"), ("kms_cmk_id", "theirs")]);
        let (envelope, _) = block_on(encrypt(&keyring, suite, &given, &mut CountingEntropy(1))).unwrap();
        let mut whole = given.clone();
        whole.0.insert("aws:x-amz-cek-alg".into(), cipher.into());
        let stored = Envelope::parse(&envelope.encode().unwrap()).unwrap();
        assert_eq!(stored.encrypted_data_key().encryption_context(), Some(&whole));
        assert_eq!(stored.encrypted_data_key().ciphertext, b"blob");
        block_on(decrypt(&keyring, READ_ALL, &given, &stored)).unwrap();
        let calls = [
            Call::GenerateDataKey {
                key_id: "alias/key".into(),
                context: whole.clone(),
            },
            Call::Decrypt {
                key_id: Some("alias/key".into()),
                ciphertext: b"blob".to_vec(),
                context: whole,
            },
        ];
        assert_eq!(*kms.calls.borrow(), calls);
    }
}

#[test]
fn the_context_given_must_be_the_one_stored_before_kms_is_asked() {
    const CIPHER: (&str, &str) = ("aws:x-amz-cek-alg", "115");
    const OTHER: (&str, &str) = ("aws:x-amz-cek-alg", "AES/GCM/NoPadding");
    const ID: (&str, &str) = ("kms_cmk_id", "stored");
    const A: (&str, &str) = ("a", "1");
    const B: (&str, &str) = ("b", "2");
    type Entries = &'static [(&'static str, &'static str)];
    // Stored, given, what happens.
    let cases: &[(Entries, Entries, Option<&str>)] = &[
        (&[CIPHER], &[], None),
        (&[CIPHER, A], &[A], None),
        (&[CIPHER, A, B], &[B, A], None),
        (&[CIPHER, A, ID], &[A], None),
        (&[CIPHER, A, ID], &[A, ID], None),
        (&[CIPHER, A], &[A, ID], Some("encryption-context-mismatch")),
        (
            &[CIPHER, ID],
            &[("kms_cmk_id", "other")],
            Some("encryption-context-mismatch"),
        ),
        (&[CIPHER, A], &[], Some("encryption-context-mismatch")),
        (&[CIPHER, A], &[B], Some("encryption-context-mismatch")),
        (&[CIPHER, A], &[("a", "2")], Some("encryption-context-mismatch")),
        (&[CIPHER, A], &[("A", "1")], Some("encryption-context-mismatch")),
        (&[CIPHER, A], &[A, B], Some("encryption-context-mismatch")),
        (&[CIPHER, A, B], &[A], Some("encryption-context-mismatch")),
        (&[CIPHER], &[A], Some("encryption-context-mismatch")),
        (&[A], &[A], Some("encryption-context-mismatch")),
        (&[], &[], Some("encryption-context-mismatch")),
        (&[OTHER, A], &[A], Some("encryption-context-mismatch")),
        (&[("aws:x-amz-cek-alg", "")], &[], Some("encryption-context-mismatch")),
        (&[CIPHER, A], &[CIPHER, A], Some("misuse")),
        (&[CIPHER], &[OTHER], Some("misuse")),
    ];
    for (stored, given, expected) in cases {
        let kms = KmsOfOneAnswer::new(vec![9; 32], Vec::new());
        let keyring = KmsKeyring::new(&kms, "key".into()).unwrap();
        let wrapped = EncryptedDataKey {
            wrap_algorithm: WrapAlgorithm::KmsContext,
            ciphertext: b"blob".to_vec(),
            beside: Beside::Context(context(stored)),
        };
        let found = unwrap(&keyring, V3, &context(given), &wrapped);
        assert_eq!(
            found.as_ref().err().map(Error::code),
            *expected,
            "{stored:?} asked with {given:?}"
        );
        let calls = usize::from(expected.is_none());
        assert_eq!(kms.calls.borrow().len(), calls, "{stored:?} asked with {given:?}");
    }
}

/// Only `kms+context` stores the reserved key, and KMS authenticates it: no client wrote it under the wrap `kms`.
#[test]
fn a_wrap_made_with_a_context_is_not_opened_as_one_without() {
    for (suite, cipher) in [(V2, "AES/GCM/NoPadding"), (CBC, "AES/CBC/PKCS5Padding"), (V2, "")] {
        let kms = KmsOfOneAnswer::new(vec![9; 32], Vec::new());
        let keyring = KmsKeyring::discovery(&kms).enable_legacy_wrapping_algorithms(true);
        let mut wrapped = EncryptedDataKey {
            wrap_algorithm: WrapAlgorithm::Kms,
            ciphertext: b"blob".to_vec(),
            beside: Beside::Context(context(&[("tenant", "B"), ("aws:x-amz-cek-alg", cipher)])),
        };
        let refused = unwrap(&keyring, suite, &none(), &wrapped);
        assert_eq!(refused, Err(Error::EncryptionContextMismatch), "{cipher}");
        assert!(kms.calls.borrow().is_empty(), "{cipher}");
        wrapped.beside = Beside::Context(context(&[("tenant", "B")]));
        assert_eq!(unwrap(&keyring, suite, &none(), &wrapped), Ok(Some([9; 32])));
    }
}

#[test]
fn a_caller_may_not_set_the_reserved_key() {
    let kms = KmsOfOneAnswer::new(vec![9; 32], b"blob".to_vec());
    let keyring = KmsKeyring::new(&kms, "key".into()).unwrap();
    for cipher in ["115", "AES/GCM/NoPadding", ""] {
        let given = context(&[("aws:x-amz-cek-alg", cipher)]);
        let refused = block_on(encrypt(&keyring, V3, &given, &mut CountingEntropy(1)));
        assert_eq!(refused.err().unwrap().code(), "misuse");
    }
    assert!(kms.calls.borrow().is_empty());
    assert_eq!(KmsKeyring::new(&kms, String::new()).err().unwrap().code(), "misuse");
}

#[test]
fn an_answer_without_a_data_key_is_a_failure_of_kms() {
    let unusable = [
        (0, 4),
        (16, 4),
        (31, 4),
        (33, 4),
        (32, 0),
        (32, EncryptedDataKey::MAX_BYTES + 1),
    ];
    for (plaintext, ciphertext) in unusable {
        let kms = KmsOfOneAnswer::new(vec![9; plaintext], vec![1; ciphertext]);
        let keyring = KmsKeyring::new(&kms, "key".into()).unwrap();
        let written = block_on(encrypt(&keyring, V3, &none(), &mut CountingEntropy(1)));
        assert_eq!(written.err().unwrap().code(), "kms-failed", "{plaintext} {ciphertext}");
        if plaintext != 32 {
            let wrapped = EncryptedDataKey {
                wrap_algorithm: WrapAlgorithm::KmsContext,
                ciphertext: b"blob".to_vec(),
                beside: Beside::Context(context(&[("aws:x-amz-cek-alg", "115")])),
            };
            let read = unwrap(&keyring, V3, &none(), &wrapped);
            assert_eq!(read.unwrap_err().code(), "kms-failed", "{plaintext}");
        }
    }
}

#[test]
fn what_kms_refuses_comes_back_as_it_said_it() {
    let keyring = KmsKeyring::new(KmsThatRefuses, "key".into()).unwrap();
    let written = block_on(encrypt(&keyring, V3, &none(), &mut CountingEntropy(1)));
    assert_eq!(written.err(), Some(KmsThatRefuses::FAILURE));
    let wrapped = EncryptedDataKey {
        wrap_algorithm: WrapAlgorithm::KmsContext,
        ciphertext: b"blob".to_vec(),
        beside: Beside::Context(context(&[("aws:x-amz-cek-alg", "115")])),
    };
    assert_eq!(unwrap(&keyring, V3, &none(), &wrapped), Err(KmsThatRefuses::FAILURE));
}
