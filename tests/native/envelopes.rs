//! Rules that hold for every envelope: content is verified to its last bit, and policies come before keys.

use crate::support::{
    content::open_whole,
    context,
    entropy::CountingEntropy,
    keyrings::{KeyringOfOneDataKey, KeyringThatMustNotBeAsked},
    kms::KmsOfOneAnswer,
    official::OfficialObject,
    read::decrypt,
};
use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Envelope, Error, MaterialDescription,
    encrypt::encrypt,
    envelope::Metadata,
    keyring::{kms::KmsKeyring, raw_aes::RawAesKeyring},
    secret::WrappingKey,
};

const V2_RAW: &str = "v2-raw-aes-ruby";
const V2_KMS: &str = "v2-kms-context-python";
const V3_RAW: &str = "v3-raw-aes-java";
const V3_KMS: &str = "v3-kms-context-python";

/// Every bit matters, and every byte.
#[test]
fn a_changed_or_cut_body_is_noticed_for_every_object() {
    for name in [V2_RAW, V2_KMS, V3_RAW, V3_KMS] {
        let object = OfficialObject::named(name);
        let body = object.body();
        let envelope = object.envelope().unwrap();
        let keyring = KeyringOfOneDataKey::new(object.data_key());
        let open = |body: &[u8]| {
            let none = EncryptionContext::default();
            let read_all = CommitmentPolicy::RequireEncryptAllowDecrypt;
            let parameters = block_on(decrypt(&keyring, read_all, &none, &envelope)).unwrap();
            block_on(open_whole(parameters, body))
        };
        assert_eq!(open(&body), Ok(object.plaintext()), "{name}");
        for byte in 0..body.len() {
            let mut changed = body.clone();
            changed[byte] ^= 0x80;
            assert_eq!(open(&changed), Err(Error::AuthenticationFailed), "{name}, byte {byte}");
            let expected = if byte < 16 {
                Error::Truncated
            } else {
                Error::AuthenticationFailed
            };
            assert_eq!(open(&body[..byte]), Err(expected), "{name}, {byte} bytes");
        }
    }
}

/// PHP's option `Aad` makes objects that only a caller who knows it can verify; the envelope says nothing of it.
#[test]
fn content_with_additional_data_of_the_writer_s_is_not_authentic() {
    let object = OfficialObject::named(V2_RAW);
    let envelope = object.envelope().unwrap();
    let Envelope::V2 { iv, .. } = &envelope else {
        panic!("a V2 object");
    };
    let cipher = Aes256Gcm::new_from_slice(&object.data_key()).unwrap();
    let plaintext = object.plaintext();
    let sealed = |aad: &[u8]| {
        let payload = Payload { msg: &plaintext, aad };
        cipher.encrypt(&Nonce::from(*iv), payload).unwrap()
    };
    assert_eq!(sealed(b""), object.body());
    let keyring = object.raw_aes_keyring().unwrap();
    let none = EncryptionContext::default();
    let parameters = || {
        let read_all = CommitmentPolicy::RequireEncryptAllowDecrypt;
        block_on(decrypt(&keyring, read_all, &none, &envelope)).unwrap()
    };
    assert_eq!(block_on(open_whole(parameters(), &sealed(b""))), Ok(object.plaintext()));
    let refused = block_on(open_whole(parameters(), &sealed(b"of theirs")));
    assert_eq!(refused, Err(Error::AuthenticationFailed));
}

/// Ruby refuses an object in format V3 with any name of the older formats, and one of KMS's without its context.
#[test]
fn what_is_written_has_the_names_of_its_format_and_no_others() {
    let (v2, v3) = (
        AlgorithmSuite::AesGcmIv12Tag16NoKdf,
        AlgorithmSuite::AesGcmHkdfSha512CommitKey,
    );
    let names = |metadata: &Metadata| metadata.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>();
    let v2_names = ["cek-alg", "iv", "key-v2", "matdesc", "tag-len", "wrap-alg"];
    let kms = KmsOfOneAnswer::new(vec![9; 32], vec![1; 32]);
    for (given, v3_names) in [
        (context(&[]), vec!["3", "c", "d", "i", "t", "w"]),
        (context(&[("a", "1")]), vec!["3", "c", "d", "i", "t", "w"]),
    ] {
        let keyring = KmsKeyring::new(&kms, "key".into()).unwrap();
        for (suite, expected) in [(v2, &v2_names[..]), (v3, &v3_names)] {
            let (envelope, _) = block_on(encrypt(&keyring, suite, &given, &mut CountingEntropy(1))).unwrap();
            let expected: Vec<_> = expected.iter().map(|name| format!("x-amz-{name}")).collect();
            assert_eq!(names(&envelope.encode().unwrap()), expected);
        }
    }
    for (description, v3_names) in [
        (context(&[]), vec!["3", "c", "d", "i", "w"]),
        (context(&[("a", "1")]), vec!["3", "c", "d", "i", "m", "w"]),
    ] {
        let key = WrappingKey::from_bytes(vec![3; 32]).unwrap();
        let keyring = RawAesKeyring::new(key, MaterialDescription(description.0));
        for (suite, expected) in [(v2, &v2_names[..]), (v3, &v3_names)] {
            let none = EncryptionContext::default();
            let (envelope, _) = block_on(encrypt(&keyring, suite, &none, &mut CountingEntropy(1))).unwrap();
            let expected: Vec<_> = expected.iter().map(|name| format!("x-amz-{name}")).collect();
            assert_eq!(names(&envelope.encode().unwrap()), expected);
        }
    }
}

/// The commitment policy is asked before any key operation: no KMS call, no derivation for an object it refuses.
#[test]
fn policies_come_before_keyrings() {
    use CommitmentPolicy::{ForbidEncryptAllowDecrypt, RequireEncryptAllowDecrypt, RequireEncryptRequireDecrypt};
    assert_eq!(CommitmentPolicy::default(), RequireEncryptRequireDecrypt);
    for (name, committing) in [(V2_RAW, false), (V2_KMS, false), (V3_RAW, true), (V3_KMS, true)] {
        let object = OfficialObject::named(name);
        let envelope = Envelope::parse(&object.metadata()).unwrap();
        if !committing {
            let context = EncryptionContext::default();
            let refused = decrypt(
                &KeyringThatMustNotBeAsked,
                CommitmentPolicy::default(),
                &context,
                &envelope,
            );
            assert_eq!(block_on(refused).err().unwrap().code(), "commitment-required", "{name}");
        }
        let keyring = KeyringOfOneDataKey::new(object.data_key());
        for policy in [
            RequireEncryptRequireDecrypt,
            RequireEncryptAllowDecrypt,
            ForbidEncryptAllowDecrypt,
        ] {
            let context = EncryptionContext::default();
            let read = block_on(decrypt(&keyring, policy, &context, &envelope));
            assert_eq!(
                read.is_ok(),
                committing || policy != RequireEncryptRequireDecrypt,
                "{name} {policy:?}"
            );
            assert_eq!(policy.suite().is_committing(), policy != ForbidEncryptAllowDecrypt);
        }
    }
}

#[test]
fn names_of_policies_and_suites_are_the_official_ones() {
    use presealed::AlgorithmSuite;
    for (name, writes) in [
        (
            "require-encrypt-require-decrypt",
            "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
        ),
        (
            "require-encrypt-allow-decrypt",
            "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
        ),
        ("forbid-encrypt-allow-decrypt", "ALG_AES_256_GCM_IV12_TAG16_NO_KDF"),
    ] {
        let suite = CommitmentPolicy::from_name(name).unwrap().suite();
        assert_eq!((suite.name(), AlgorithmSuite::from_name(writes)), (writes, Some(suite)));
    }
    for unknown in ["", "REQUIRE_ENCRYPT_REQUIRE_DECRYPT", "forbid-encrypt-forbid-decrypt"] {
        assert_eq!(CommitmentPolicy::from_name(unknown), None);
    }
    assert_eq!(AlgorithmSuite::from_name("ALG_AES_256_CBC_IV16_NO_KDF"), None);
}
