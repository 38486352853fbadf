//! Bad input: the table of what official clients meet in object metadata, and what we answer. Any doubt about the format
//! is an error, never a fallback.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use pollster::block_on;
use presealed::{
    CommitmentPolicy, EncryptionContext, Envelope, Error,
    decrypt::{self, ContentCipher, ReadPolicy},
    encryption_context::parse_map,
    keyring::kms::KmsKeyring,
};
use support::{
    content::open_whole,
    keyrings::KeyringThatMustNotBeAsked,
    kms::KmsOfOneAnswer,
    official::{OfficialObject, metadata},
    read::{decrypt, open_cbc},
};

const V1_RAW: &str = "v1-raw-aes-cbc-ruby";
const V2_RAW: &str = "v2-raw-aes-ruby";
const V2_KMS: &str = "v2-kms-context-python";
const V3_RAW: &str = "v3-raw-aes-java";
const V3_KMS: &str = "v3-kms-context-python";

const K1: &str = "x-amz-key";
const K2: &str = "x-amz-key-v2";
const K3: &str = "x-amz-3";
const IV: &str = "x-amz-iv";
const MATDESC: &str = "x-amz-matdesc";
const WRAP: &str = "x-amz-wrap-alg";
const CIPHER: &str = "x-amz-cek-alg";
const TAG: &str = "x-amz-tag-len";
const LENGTH: &str = "x-amz-unencrypted-content-length";
const C: &str = "x-amz-c";
const D: &str = "x-amz-d";
const I: &str = "x-amz-i";
const W: &str = "x-amz-w";
const M: &str = "x-amz-m";
const T: &str = "x-amz-t";

/// 28, 20 and 40 bytes that are nobody's commitment or message id, and 28 zeros; 12, 16 and 12 zero bytes of IV.
const B28: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHA==";
const B20: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQ=";
const B40: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHAECAwQFBgcICQoLDA==";
const Z28: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
const B12: &str = "AQIDBAUGBwgJCgsM";
const B16: &str = "AQIDBAUGBwgJCgsMDQ4PEA==";
const Z12: &str = "AAAAAAAAAAAAAAAA";
const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
/// The 60 bytes of the Java object's wrapped key less the last.
const CUT: &str = "C3Ya7fR3wtPo+Hury8kSjkdJaoUMJNud66vxXjHNS6QavCSvvXAEoZX8XxyAWftF7gvTcSulDnAXQVM=";

const OPENS: &str = "opens";
const INVALID: &str = "envelope-invalid";
const LEGACY_WRAP: &str = "legacy-wrapping-disabled";
const LEGACY_FAILED: &str = "legacy-decryption-failed";
const COMMITMENT: &str = "commitment-mismatch";
const TAMPERED: &str = "authentication-failed";
const MISMATCH: &str = "keyring-mismatch";
const UNWRAP: &str = "unwrap-failed";
const CONTEXT: &str = "encryption-context-mismatch";

/// Number of the row in the specification's table of bad input, or the matrix of mixed formats ("m"); the object it
/// starts from; what is set (`Some`) or removed (`None`); our answer.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, Option<&'static str>)],
    &'static str,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("0 untouched", V2_RAW, &[], OPENS),
    ("0 untouched", V2_KMS, &[], OPENS),
    ("0 untouched", V3_RAW, &[], OPENS),
    ("0 untouched", V3_KMS, &[], OPENS),
    ("2 V2 spoofed as V3", V2_RAW, &[(C, Some("115")), (W, Some("12"))], INVALID),
    ("3 V2 with c alone", V2_KMS, &[(C, Some("115"))], INVALID),
    ("3 V2 with c alone, empty", V2_KMS, &[(C, Some(""))], INVALID),
    ("4 V3 and K2", V3_RAW, &[(K2, Some(KEY))], INVALID),
    ("4 V3 and K2 and iv", V3_RAW, &[(K2, Some(KEY)), (IV, Some(B12))], INVALID),
    ("4 V3 and K1", V3_RAW, &[(K1, Some(KEY))], INVALID),
    ("4 V3 and an empty K1", V3_RAW, &[(K1, Some(""))], INVALID),
    ("5 K1 and K2", V2_RAW, &[(K1, Some(KEY))], INVALID),
    ("5 all three", V2_RAW, &[(K1, Some(KEY)), (K3, Some(KEY))], INVALID),
    ("6 without c", V3_RAW, &[(C, None)], INVALID),
    ("6 without d", V3_RAW, &[(D, None)], INVALID),
    ("6 without i", V3_RAW, &[(I, None)], INVALID),
    ("6 without w", V3_RAW, &[(W, None)], INVALID),
    ("7 c of the CTR suite", V3_RAW, &[(C, Some("116"))], INVALID),
    ("7 c of the V2 suite", V3_RAW, &[(C, Some("114"))], INVALID),
    ("7 c with a zero", V3_RAW, &[(C, Some("0115"))], INVALID),
    ("7 c with a space", V3_RAW, &[(C, Some("115 "))], INVALID),
    ("7 c in hex", V3_RAW, &[(C, Some("0x73"))], INVALID),
    ("7 c empty", V3_RAW, &[(C, Some(""))], INVALID),
    ("8 w unknown", V3_RAW, &[(W, Some("03"))], INVALID),
    ("8 w short", V3_RAW, &[(W, Some("2"))], INVALID),
    ("8 w by name", V3_RAW, &[(W, Some("AES/GCM"))], INVALID),
    ("8 w empty", V3_KMS, &[(W, Some(""))], INVALID),
    ("9 w of KMS", V3_RAW, &[(W, Some("12"))], MISMATCH),
    ("9 w of RSA", V3_RAW, &[(W, Some("22"))], MISMATCH),
    ("9 w of raw AES", V3_KMS, &[(W, Some("02"))], MISMATCH),
    ("10 d altered", V3_RAW, &[(D, Some(B28))], COMMITMENT),
    ("10 d of 20 bytes", V3_RAW, &[(D, Some(B20))], COMMITMENT),
    ("10 d of 40 bytes", V3_RAW, &[(D, Some(B40))], COMMITMENT),
    ("10 d empty", V3_RAW, &[(D, Some(""))], INVALID),
    ("11 i altered", V3_RAW, &[(I, Some(B28))], COMMITMENT),
    ("12 i of 20 bytes", V3_RAW, &[(I, Some(B20))], INVALID),
    ("12 i of 40 bytes", V3_RAW, &[(I, Some(B40))], INVALID),
    ("13 i all zero", V3_RAW, &[(I, Some(Z28))], INVALID),
    ("14 d not base64", V3_RAW, &[(D, Some("notvalidbase64"))], INVALID),
    ("14 d with a foreign character", V3_RAW, &[(D, Some("DjW5WjqvDjPLawaKGU+jMN1V6OOn!lCeee7qzWA=="))], INVALID),
    ("14 i not base64", V3_RAW, &[(I, Some("#"))], INVALID),
    ("14 i with a line break", V3_RAW, &[(I, Some("lLoqf05EqqthJtulaBIapCI\nwObUDQb2QQ6z1YQ=="))], INVALID),
    ("14 wrapped key not base64", V3_RAW, &[(K3, Some("=="))], INVALID),
    ("14 wrapped key in base64url", V3_RAW, &[(K3, Some("C3Ya7fR3wtPo-Hury8kSjkdJaoUMJNud"))], INVALID),
    ("14 wrapped key empty", V3_RAW, &[(K3, Some(""))], INVALID),
    ("14 wrapped key empty", V2_RAW, &[(K2, Some(""))], INVALID),
    ("15 d without padding", V3_RAW, &[(D, Some("DjW5WjqvDjPLawaKGU+jMN1V6OOnlCeee7qzWA"))], INVALID),
    ("15 d with bits after its end", V3_RAW, &[(D, Some("DjW5WjqvDjPLawaKGU+jMN1V6OOnlCeee7qzWB=="))], INVALID),
    ("16 wrapped key truncated", V3_RAW, &[(K3, Some(CUT))], UNWRAP),
    ("16 wrapped key of another object", V3_RAW, &[(K3, Some(KEY))], UNWRAP),
    ("17 t not JSON", V3_KMS, &[(T, Some("{"))], INVALID),
    ("17 t an array", V3_KMS, &[(T, Some("[]"))], INVALID),
    ("17 t null", V3_KMS, &[(T, Some("null"))], INVALID),
    ("17 t with a number", V3_KMS, &[(T, Some(r#"{"a":1}"#))], INVALID),
    ("17 t with more after it", V3_KMS, &[(T, Some(r#"{"a":"1"} {}"#))], INVALID),
    ("17 t with a key twice", V3_KMS, &[(T, Some(r#"{"a":"1","a":"1"}"#))], INVALID),
    ("17 t with a key twice, escaped", V3_KMS, &[(T, Some(r#"{"a":"1","\u0061":"2"}"#))], INVALID),
    ("17 m with null", V3_RAW, &[(M, Some(r#"{"a":null}"#))], INVALID),
    ("17 m with an object", V3_RAW, &[(M, Some(r#"{"a":{}}"#))], INVALID),
    ("17 matdesc text", V2_RAW, &[(MATDESC, Some("who"))], INVALID),
    ("17 matdesc a string", V2_RAW, &[(MATDESC, Some(r#""who""#))], INVALID),
    ("18 t missing", V3_KMS, &[(T, None)], CONTEXT),
    ("18 t empty", V3_KMS, &[(T, Some(""))], CONTEXT),
    ("18 t moved to m", V3_KMS, &[(T, None), (M, Some(r#"{"aws:x-amz-cek-alg":"115"}"#))], CONTEXT),
    ("21 tag-len missing", V2_RAW, &[(TAG, None)], OPENS),
    ("21 tag-len 96", V2_RAW, &[(TAG, Some("96"))], INVALID),
    ("21 tag-len 0", V2_RAW, &[(TAG, Some("0"))], INVALID),
    ("21 tag-len empty", V2_RAW, &[(TAG, Some(""))], INVALID),
    ("22 cek-alg removed", V2_RAW, &[(CIPHER, None)], INVALID),
    ("22 cek-alg unknown", V2_RAW, &[(CIPHER, Some("AES/CTR/NoPadding"))], INVALID),
    ("22 cek-alg in other letters", V2_RAW, &[(CIPHER, Some("aes/gcm/nopadding"))], INVALID),
    ("23 wrap-alg removed", V2_RAW, &[(WRAP, None)], INVALID),
    ("23 wrap-alg unknown", V2_RAW, &[(WRAP, Some("02"))], INVALID),
    ("24 wrap-alg AESWrap", V2_RAW, &[(WRAP, Some("AESWrap"))], LEGACY_WRAP),
    ("24 wrap-alg AES", V2_RAW, &[(WRAP, Some("AES"))], LEGACY_WRAP),
    ("24 wrap-alg RSA", V2_RAW, &[(WRAP, Some("RSA"))], MISMATCH),
    ("24 wrap-alg RSA-OAEP with SHA-256", V2_RAW, &[(WRAP, Some("RSA/ECB/OAEPWithSHA-256AndMGF1Padding"))], MISMATCH),
    ("24 wrap-alg of KMS", V2_RAW, &[(WRAP, Some("kms+context"))], MISMATCH),
    ("24 wrap-alg of RSA-OAEP", V2_RAW, &[(WRAP, Some("RSA-OAEP-SHA1"))], MISMATCH),
    ("25 cek-alg CBC", V2_RAW, &[(CIPHER, Some("AES/CBC/PKCS5Padding"))], INVALID),
    ("25 cek-alg CBC as Ruby spells it", V2_RAW, &[(CIPHER, Some("AES/CBC/PKCS7Padding"))], INVALID),
    ("26 iv of 16 bytes", V2_RAW, &[(IV, Some(B16))], INVALID),
    ("26 iv altered", V2_RAW, &[(IV, Some(B12))], TAMPERED),
    ("27 iv all zero", V2_RAW, &[(IV, Some(Z12))], INVALID),
    ("28 iv missing", V2_RAW, &[(IV, None)], INVALID),
    ("28 iv empty", V2_RAW, &[(IV, Some(""))], INVALID),
    ("29 matdesc missing", V2_RAW, &[(MATDESC, None)], OPENS),
    ("29 matdesc missing", V2_KMS, &[(MATDESC, None)], CONTEXT),
    ("30 kms instead of kms+context", V2_KMS, &[(WRAP, Some("kms"))], LEGACY_WRAP),
    ("33 w of legacy KMS", V3_KMS, &[(W, Some("11"))], INVALID),
    ("33 w of legacy KMS by name", V3_KMS, &[(W, Some("kms"))], INVALID),
    ("33 w by name", V3_KMS, &[(W, Some("kms+context"))], INVALID),
    ("34 stored context altered", V3_KMS, &[(T, Some(r#"{"dept":"finance","aws:x-amz-cek-alg":"115"}"#))], CONTEXT),
    ("34 stored for V2 content", V3_KMS, &[(T, Some(r#"{"dept":"finance","a":"1<&>\"/","aws:x-amz-cek-alg":"AES/GCM/NoPadding"}"#))], CONTEXT),
    ("34 spelled as Go does", V3_KMS, &[(T, Some(r#"{"a":"1\u003c\u0026\u003e\"/","aws:x-amz-cek-alg":"115","dept":"finance"}"#))], OPENS),
    ("34 spelled as PHP does", V3_KMS, &[(T, Some(r#"{"dept":"finance","a":"1<&>\"\/","aws:x-amz-cek-alg":"115"}"#))], OPENS),
    ("39 description empty", V3_RAW, &[(M, Some("{}"))], OPENS),
    ("39 description absent", V3_RAW, &[(M, None)], OPENS),
    ("39 description empty text, as Go sets it", V3_RAW, &[(M, Some(""))], OPENS),
    ("39 description unusual", V3_RAW, &[(M, Some(r#"{"\"<>&\/":"","":"\u00e9"}"#))], OPENS),
    ("39 length empty, as Go sets it", V3_RAW, &[(LENGTH, Some(""))], OPENS),
    ("39 length wrong: advisory, never trusted", V3_RAW, &[(LENGTH, Some("1"))], OPENS),
    ("39 length wrong: advisory, never trusted", V2_RAW, &[(LENGTH, Some("-5"))], OPENS),
    ("39 the other map is not looked at", V3_KMS, &[(M, Some("{"))], OPENS),
    ("39 the other map is not looked at", V3_RAW, &[(T, Some(r#"{"a":"1"}"#))], OPENS),
    ("43 V1", V2_RAW, &[(K1, Some(KEY)), (K2, None)], INVALID),
    ("m V2 and c, d, i, w", V2_RAW, &[(C, Some("115")), (D, Some(B28)), (I, Some(B28)), (W, Some("02"))], INVALID),
    ("m V2 and w", V2_RAW, &[(W, Some("02"))], INVALID),
    ("m V2 and t", V2_KMS, &[(T, Some("{}"))], INVALID),
    ("m V2 and m", V2_RAW, &[(M, Some(""))], INVALID),
    ("m V2 and K3", V2_RAW, &[(K3, Some(KEY))], INVALID),
    ("m V3 and iv", V3_RAW, &[(IV, Some(B12))], INVALID),
    ("m V3 and wrap-alg, cek-alg, tag-len", V3_RAW, &[(WRAP, Some("AES/GCM")), (CIPHER, Some("AES/GCM/NoPadding")), (TAG, Some("128"))], INVALID),
    ("m V3 and matdesc", V3_RAW, &[(MATDESC, Some("{}"))], INVALID),
    ("m V3 without K3, w left", V3_RAW, &[(K3, None)], INVALID),
    ("m V3 without K3: in an instruction file", V3_RAW, &[(K3, None), (W, None), (M, None)], "instruction-file-missing"),
    ("m V3 without K3 and d", V3_RAW, &[(K3, None), (D, None)], INVALID),
    ("m V2 without K2", V2_RAW, &[(K2, None)], INVALID),
];

/// The same with legacy wraps and unauthenticated content enabled: the opt-ins open no door to an object that has been
/// made to look like a legacy one. Row 32 is the exception that official clients share: without a context of the
/// caller's, `kms` and `kms+context` give the same data key.
#[rustfmt::skip]
const ROWS_WITH_LEGACY: &[Row] = &[
    ("0 untouched", V2_RAW, &[], OPENS),
    ("0 untouched", V3_KMS, &[], OPENS),
    ("0 untouched", V1_RAW, &[], OPENS),
    ("24 wrap-alg AESWrap", V2_RAW, &[(WRAP, Some("AESWrap"))], LEGACY_FAILED),
    ("24 wrap-alg AES", V2_RAW, &[(WRAP, Some("AES"))], LEGACY_FAILED),
    ("24 wrap-alg RSA", V2_RAW, &[(WRAP, Some("RSA"))], MISMATCH),
    ("25 cek-alg CBC", V2_RAW, &[(CIPHER, Some("AES/CBC/PKCS5Padding"))], INVALID),
    ("25 cek-alg CBC, and an IV for it", V2_RAW, &[(CIPHER, Some("AES/CBC/PKCS5Padding")), (IV, Some(B16))], LEGACY_FAILED),
    ("31 kms instead of kms+context, with the caller's context", V2_KMS, &[(WRAP, Some("kms"))], CONTEXT),
    ("33 w of legacy KMS", V3_KMS, &[(W, Some("11"))], INVALID),
    ("42 V1 with another IV: nothing notices", V1_RAW, &[(IV, Some(B16))], "opens as something else"),
    ("42 V1 with another wrapped key", V1_RAW, &[(K1, Some(KEY))], LEGACY_FAILED),
    ("43 V1 and V2 mixed", V1_RAW, &[(WRAP, Some("AES"))], INVALID),
    ("43 V1 and a V3 key", V1_RAW, &[(C, Some("115"))], INVALID),
    ("43 V1 with an IV of 12 bytes", V1_RAW, &[(IV, Some(B12))], INVALID),
    ("43 V1 without an IV", V1_RAW, &[(IV, None)], INVALID),
];

/// Opens the object with the keyring it was written for and the context it was written with.
async fn open(name: &str, entries: &BTreeMap<String, String>, body: &[u8], legacy: bool) -> Result<Vec<u8>, Error> {
    let object = OfficialObject::named(name);
    let policy = ReadPolicy {
        commitment: CommitmentPolicy::RequireEncryptAllowDecrypt,
        unauthenticated_modes: legacy,
    };
    let envelope = Envelope::parse(&metadata(entries))?;
    let cipher = if let Some(keyring) = object.raw_aes_keyring() {
        let keyring = keyring.enable_legacy_wrapping_algorithms(legacy);
        decrypt::decrypt(&keyring, policy, &EncryptionContext::default(), &envelope).await?
    } else {
        let map = object.metadata.get(T).or(object.metadata.get(MATDESC)).unwrap();
        let mut context = EncryptionContext(parse_map(map).unwrap());
        context.0.remove("aws:x-amz-cek-alg");
        let kms = KmsOfOneAnswer::new(object.data_key(), Vec::new());
        let keyring = KmsKeyring::new(&kms, "key".into())?.enable_legacy_wrapping_algorithms(legacy);
        decrypt::decrypt(&keyring, policy, &context, &envelope).await?
    };
    match cipher {
        ContentCipher::Authenticated(parameters) => open_whole(parameters, body).await,
        ContentCipher::Unauthenticated(parameters) => open_cbc(&parameters, body).ok_or(Error::LegacyDecryptionFailed),
    }
}

fn check_rows(rows: &[Row], legacy: bool) {
    for (row, base, edits, expected) in rows {
        let object = OfficialObject::named(base);
        let mut entries = object.metadata.clone();
        for (name, value) in *edits {
            match value {
                Some(value) => entries.insert(name.to_string(), value.to_string()),
                None => entries.remove(*name),
            };
        }
        assert!(
            edits.is_empty() || entries != object.metadata,
            "{row}, {base}: nothing was edited"
        );
        match block_on(open(base, &entries, &object.body(), legacy)) {
            Ok(plaintext) if plaintext == object.plaintext() => assert_eq!(*expected, OPENS, "{row}, {base}"),
            Ok(_) => assert_eq!(*expected, "opens as something else", "{row}, {base}"),
            Err(error) => assert_eq!(error.code(), *expected, "{row}, {base}: {error}"),
        }
    }
}

#[test]
fn every_row_of_bad_input_gets_its_answer() {
    check_rows(ROWS, false);
}

#[test]
fn every_row_gets_its_answer_with_legacy_modes_enabled() {
    check_rows(ROWS_WITH_LEGACY, true);
}

/// Row 1: whatever else the object carries.
#[test]
fn a_plain_object_is_not_content() {
    for entries in [
        &[][..],
        &[("author", "me")],
        &[(LENGTH, "27")],
        &[("x-amz-key-v3", KEY)],
    ] {
        let entries = entries
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        let parsed = Envelope::parse(&metadata(&entries.collect()));
        assert_eq!(parsed, Err(Error::EnvelopeMissing));
    }
}

/// Rows 19 and 20.
#[test]
fn a_changed_or_cut_body_is_noticed_for_every_object() {
    for name in [V2_RAW, V2_KMS, V3_RAW, V3_KMS] {
        let object = OfficialObject::named(name);
        let body = object.body();
        for byte in 0..body.len() {
            let mut changed = body.clone();
            changed[byte] ^= 0x80;
            let opened = block_on(open(name, &object.metadata, &changed, false));
            assert_eq!(opened, Err(Error::AuthenticationFailed), "{name}, byte {byte}");
            let expected = if byte < 16 {
                Error::Truncated
            } else {
                Error::AuthenticationFailed
            };
            let opened = block_on(open(name, &object.metadata, &body[..byte], false));
            assert_eq!(opened, Err(expected), "{name}, {byte} bytes");
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
        let keyring = support::keyrings::KeyringOfOneDataKey::new(object.data_key());
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
