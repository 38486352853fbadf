//! Metadata on its way through headers: letters, encodings, sizes, and the caller's own entries beside the envelope.

use crate::support::{
    official::{OfficialObject, metadata},
    strategies,
};
use base64ct::{Base64, Encoding};
use presealed::{
    Beside, EncryptedDataKey, Envelope, Error, MaterialDescription, WrapAlgorithm,
    encryption_context::{StringMap, encode_map, parse_map},
    envelope::Metadata,
};
use proptest::prelude::*;

proptest! {
    #![proptest_config(strategies::config(256))]

    #[test]
    fn an_envelope_survives_its_headers(
        encrypted_data_key in strategies::wrapped_key(),
        (message_id, commitment, committing) in (strategies::non_zero_28(), any::<[u8; 28]>(), any::<bool>()),
    ) {
        let envelope = if committing {
            Envelope::V3 { encrypted_data_key, message_id, commitment }
        } else {
            let (_, iv) = message_id.split_at(16);
            Envelope::V2 { encrypted_data_key, iv: iv.try_into().unwrap() }
        };
        let encoded = envelope.encode().unwrap();
        for (name, value) in encoded.iter() {
            prop_assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{name}: {value:?}");
            prop_assert_eq!(value.trim(), value);
        }
        let returned = Metadata::from_headers(encoded.headers().map(|(name, value)| (name.to_uppercase(), value)));
        prop_assert_eq!(Envelope::parse(&returned.unwrap()), Ok(envelope));
    }

    #[test]
    fn no_metadata_is_a_reason_to_panic(
        base in prop_oneof![Just("v2-raw-aes-ruby"), Just("v3-kms-context-python")],
        edits in proptest::collection::vec((any::<prop::sample::Index>(), "\\PC{0,60}"), 0..4),
    ) {
        let mut entries = OfficialObject::named(base).metadata;
        let names: Vec<String> = entries.keys().cloned().collect();
        for (index, value) in edits {
            entries.insert(index.get(&names).clone(), value);
        }
        if let Err(error) = Envelope::parse(&metadata(&entries)) {
            let code = error.code();
            prop_assert!(["envelope-invalid", "unsupported-format", "commitment-mismatch"].contains(&code), "{code}");
        }
    }
}

#[test]
fn header_names_come_in_any_letters_and_once() {
    let object = OfficialObject::named("v2-raw-aes-ruby");
    let shouted = object
        .metadata
        .iter()
        .map(|(name, value)| (format!("X-AMZ-META-{}", name.to_uppercase()), value));
    let parsed = Envelope::parse(&Metadata::from_headers(shouted).unwrap());
    assert_eq!(parsed, Envelope::parse(&object.metadata()));
    assert!(parsed.is_ok());

    let twice = [("x-amz-meta-x-amz-c", "115"), ("X-Amz-Meta-X-Amz-C", "115")];
    assert_eq!(Metadata::from_headers(twice).unwrap_err().code(), "envelope-invalid");
    let elsewhere = [
        ("x-amz-3", "key"),
        ("x-amz-c", "115"),
        ("meta-x-amz-key", "key"),
        ("etag", "\"1\""),
    ];
    assert_eq!(Metadata::from_headers(elsewhere).unwrap(), Metadata::default());
}

/// After an answer that was lost: as far as the page can see, is it the object that was sent?
#[test]
fn metadata_tell_whose_object_it_is() {
    for name in ["v3-kms-context-python", "v2-raw-aes-ruby"] {
        let envelope: StringMap = OfficialObject::named(name).metadata.into_iter().collect();
        let seen = |change: &dyn Fn(&mut StringMap)| {
            let mut entries = envelope.clone();
            change(&mut entries);
            Metadata::from_headers(
                entries
                    .iter()
                    .map(|(name, value)| (format!("x-amz-meta-{name}"), value)),
            )
            .unwrap()
        };
        assert!(seen(&|_| ()).are_of(&envelope));
        assert!(seen(&|entries| drop(entries.insert("mine".into(), "1".into()))).are_of(&envelope));
        let unique = ["x-amz-3", "x-amz-i", "x-amz-key-v2", "x-amz-iv"];
        for entry in envelope.keys() {
            let other = seen(&|entries| drop(entries.insert(entry.clone(), "other".into())));
            assert!(!other.are_of(&envelope), "another {entry}");
            // Seen alone, most entries are those of many objects.
            let alone = seen(&|entries| *entries = [(entry.clone(), entries[entry].clone())].into_iter().collect());
            assert_eq!(
                alone.are_of(&envelope),
                unique.contains(&entry.as_str()),
                "only {entry}"
            );
        }
        assert!(!Metadata::default().are_of(&envelope));
    }
}

/// What S3 makes of `{"k":"é","aws:x-amz-cek-alg":"115"}` sent as UTF-8, in both of its encodings and with the value
/// in several encoded words; what MinIO makes of it; and what `fetch` makes of raw UTF-8.
#[test]
fn non_ascii_contexts_come_back_from_every_store() {
    let meant = r#"{"k":"é","aws:x-amz-cek-alg":"115"}"#;
    let doubled: String = meant.bytes().map(char::from).collect();
    let base64 = Base64::encode_string(doubled.as_bytes());
    let (head, tail) = base64.split_at(16);
    let quoted: String = doubled.bytes().map(|byte| format!("={byte:02X}")).collect();
    for stored in [
        meant.to_string(),
        doubled.clone(),
        format!("=?UTF-8?B?{base64}?="),
        format!("=?utf-8?b?{head}?= =?utf-8?b?{tail}?="),
        format!("=?UTF-8?Q?{quoted}?="),
        encode_map(&parse_map(meant).unwrap()),
    ] {
        let mut entries = OfficialObject::named("v3-kms-context-python").metadata;
        entries.insert("x-amz-t".into(), stored.clone());
        let envelope = Envelope::parse(&metadata(&entries)).unwrap();
        let context = envelope.encrypted_data_key().encryption_context().unwrap();
        assert_eq!(context.0.get("k").map(String::as_str), Some("é"), "{stored}");
    }
}

/// A value that happens to look like an encoded word is the caller's, and stays as it is.
#[test]
fn a_value_that_looks_encoded_stays_as_it_is() {
    let map = StringMap::from_iter([("k".to_string(), "=?UTF-8?Q?a?= =?UTF-8?B?YQ==?=".to_string())]);
    let envelope = Envelope::V3 {
        encrypted_data_key: EncryptedDataKey {
            wrap_algorithm: WrapAlgorithm::AesGcm,
            ciphertext: vec![1],
            beside: Beside::Description(MaterialDescription(map)),
        },
        message_id: [1; 28],
        commitment: [2; 28],
    };
    assert_eq!(Envelope::parse(&envelope.encode().unwrap()), Ok(envelope));
}

#[test]
fn maps_are_json_objects_of_strings_with_distinct_keys() {
    assert_eq!(parse_map(""), Ok(StringMap::new()));
    assert_eq!(parse_map(" { } "), Ok(StringMap::new()));
    for refused in [
        "[]",
        "null",
        "1",
        "\"a\"",
        "{",
        "{}{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1}",
        "{\"a\":null}",
        "{\"a\":[]}",
        "{\"a\":true}",
        "{\"a\":\"1\",}",
        "{'a':'1'}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"1\",\"a\":\"2\"}",
        // A plain JavaScript object would lose it on the way to KMS.
        "{\"__proto__\":\"1\"}",
        "{\"__pr\\u006fto__\":\"1\"}",
    ] {
        assert_eq!(parse_map(refused).unwrap_err().code(), "envelope-invalid", "{refused}");
    }
    let long = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    assert!(parse_map(&long(65_536)).is_ok());
    assert_eq!(parse_map(&long(65_537)).unwrap_err().code(), "envelope-invalid");

    let map = StringMap::from_iter([("q\"\\".into(), "<>&/'".into()), ("é".into(), "漢😀\n".into())]);
    let json = encode_map(&map);
    assert_eq!(json, r#"{"q\"\\":"<>&/'","\u00e9":"\u6f22\ud83d\ude00\n"}"#);
    assert_eq!(parse_map(&json), Ok(map));
}

/// Before it is decoded: no header of a store's is that long.
#[test]
fn a_description_that_no_store_keeps_is_refused_for_its_length() {
    for (base, name) in [
        ("v3-raw-aes-java", "x-amz-m"),
        ("v3-kms-context-python", "x-amz-t"),
        ("v2-raw-aes-ruby", "x-amz-matdesc"),
    ] {
        for value in ["=?a?b".repeat(48_000), format!("=?utf-8?b?{}?=", "AAAA".repeat(20_000))] {
            let mut entries = OfficialObject::named(base).metadata;
            entries.insert(name.into(), value);
            let refused = Envelope::parse(&metadata(&entries));
            assert_eq!(
                refused,
                Err(Error::EnvelopeInvalid("a description is too long")),
                "{name}"
            );
        }
    }
}

#[test]
fn wrapped_keys_have_a_greatest_length() {
    let with = |bytes: usize| {
        let mut entries = OfficialObject::named("v3-raw-aes-java").metadata;
        entries.insert("x-amz-3".into(), Base64::encode_string(&vec![1; bytes]));
        Envelope::parse(&metadata(&entries))
    };
    assert!(with(1).is_ok());
    assert!(with(EncryptedDataKey::MAX_BYTES).is_ok());
    for bytes in [
        EncryptedDataKey::MAX_BYTES + 1,
        2 * EncryptedDataKey::MAX_BYTES,
        100_000,
    ] {
        let code = with(bytes).err().map(|error| error.code());
        assert_eq!(code, Some("envelope-invalid"), "{bytes} bytes");
    }
}

#[test]
fn what_s3_would_refuse_for_its_size_is_refused_here() {
    let envelope = Envelope::parse(&OfficialObject::named("v3-raw-aes-java").metadata()).unwrap();
    let own: usize = envelope
        .encode()
        .unwrap()
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let with = |bytes: usize| {
        let value = "v".repeat(bytes - own - "note".len());
        envelope
            .encode()
            .unwrap()
            .with_user_metadata([("note", value.as_str())])
    };
    assert!(with(Metadata::MAX_BYTES).is_ok());
    assert_eq!(with(Metadata::MAX_BYTES + 1), Err(Error::MetadataTooLarge));
    // An envelope can be too large all by itself.
    let mut large = Metadata::default();
    large.insert("x-amz-3", "A".repeat(Metadata::MAX_BYTES)).unwrap();
    assert_eq!(large.with_user_metadata([]), Err(Error::MetadataTooLarge));
}

#[test]
fn the_caller_s_own_metadata_stays_out_of_the_envelope() {
    let envelope = || {
        Envelope::parse(&OfficialObject::named("v3-raw-aes-java").metadata())
            .unwrap()
            .encode()
            .unwrap()
    };
    let both = envelope()
        .with_user_metadata([("Author", "me & you"), ("b-2_c.d", "")])
        .unwrap();
    assert_eq!((both.get("author"), both.get("b-2_c.d")), (Some("me & you"), Some("")));
    assert_eq!(Envelope::parse(&both), Envelope::parse(&envelope()));
    let headers: Vec<_> = both.headers().map(|(name, _)| name).collect();
    assert!(headers.contains(&"x-amz-meta-author".to_string()) && headers.contains(&"x-amz-meta-x-amz-3".to_string()));

    for (name, value) in [
        ("", "v"),
        ("x-amz-key", "v"),
        ("X-Amz-Iv", "v"),
        ("x-amz-anything", "v"),
        ("a b", "v"),
        ("a:b", "v"),
        ("a\r\nx-amz-acl", "v"),
        ("é", "v"),
        ("note", "é"),
        ("note", "a\r\nb"),
        ("note", "a\u{0}"),
        ("note", "\u{7f}"),
        ("note", " a"),
        ("note", "a "),
    ] {
        let refused = envelope()
            .with_user_metadata([(name, value)])
            .map_err(|error| error.code());
        assert_eq!(refused, Err("misuse"), "{name:?}: {value:?}");
    }
    let twice = envelope().with_user_metadata([("note", "1"), ("Note", "2")]);
    assert_eq!(twice.unwrap_err().code(), "misuse");
}
