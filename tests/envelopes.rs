//! Rules that hold for every envelope: content is verified to its last bit, and policies come before keys.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use pollster::block_on;
use presealed::{CommitmentPolicy, EncryptionContext, Envelope, Error};
use support::{
    content::open_whole,
    keyrings::{KeyringOfOneDataKey, KeyringThatMustNotBeAsked},
    official::OfficialObject,
    read::decrypt,
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
