//! Instruction files: what they may hold, beside which objects, and that writing one loses nothing.

use crate::support::{
    official::{OfficialObject, metadata},
    strategies,
};
use presealed::{
    Envelope, Error,
    envelope::{
        Located, Metadata,
        instruction_file::{MAX_BYTES, split},
    },
};
use proptest::prelude::*;

const V2: &str = "v2-raw-aes-instruction-file-java";
const V3: &str = "v3-raw-aes-instruction-file-java";

fn complete(object: &OfficialObject, file: &str) -> Result<Envelope, Error> {
    match Envelope::locate(&object.metadata())? {
        Located::InInstructionFile(incomplete) => incomplete.complete(file.as_bytes()),
        Located::InMetadata(_) => panic!("no instruction file asked for"),
    }
}

/// The object's file with one entry more, as JSON text.
fn with(object: &OfficialObject, entry: &str) -> String {
    object
        .instruction
        .as_ref()
        .unwrap()
        .replacen('{', &format!("{{{entry},"), 1)
}

/// What official clients differ in. What is bad whoever reads it is in `support/bad_input.rs`.
#[test]
fn every_row_gets_its_answer() {
    let (v2, v3) = (OfficialObject::named(V2), OfficialObject::named(V3));
    let v3_file = v3.instruction.clone().unwrap();
    let v2_file = v2.instruction.clone().unwrap();
    let rows: &[(&str, &OfficialObject, String, bool)] = &[
        ("untouched V2", &v2, v2_file.clone(), true),
        ("untouched V3", &v3, v3_file.clone(), true),
        ("unknown names are ignored", &v3, with(&v3, r#""later":"x""#), true),
        (
            "lengths may be numbers",
            &v2,
            v2_file.replace(r#""x-amz-tag-len":"128""#, r#""x-amz-tag-len":128"#),
            true,
        ),
        (
            "PHP's length",
            &v2,
            with(&v2, r#""x-amz-unencrypted-content-length":15"#),
            true,
        ),
        ("another number", &v3, with(&v3, r#""later":1"#), false),
        ("two objects", &v3, format!("{v3_file}{v3_file}"), false),
        ("two wrapped keys", &v3, with(&v3, r#""x-amz-key-v2":"AQID""#), false),
        (
            "V3 with an IV",
            &v3,
            with(&v3, r#""x-amz-iv":"AQIDBAUGBwgJCgsM""#),
            false,
        ),
        ("a name twice", &v3, with(&v3, r#""x-amz-w":"02""#), false),
        (
            "a name twice in other letters",
            &v3,
            with(&v3, r#""X-Amz-W":"02""#),
            false,
        ),
        ("null", &v3, with(&v3, r#""x-amz-t":null"#), false),
        ("too long", &v3, format!("{v3_file}{}", " ".repeat(MAX_BYTES)), false),
        (
            "as long as may be",
            &v3,
            format!("{v3_file}{}", " ".repeat(MAX_BYTES - v3_file.len())),
            true,
        ),
    ];
    for (row, object, file, opens) in rows {
        match complete(object, file) {
            Ok(envelope) => {
                assert!(opens, "{row}: {envelope:?}");
                assert_eq!(envelope, object.envelope().unwrap(), "{row}");
            }
            Err(error) => assert_eq!((*opens, error.code()), (false, "envelope-invalid"), "{row}: {error}"),
        }
    }
}

/// What is said when there is no file depends on what the metadata show.
#[test]
fn a_missing_file_is_named_only_where_there_must_be_one() {
    for (name, expected) in [(V2, Error::EnvelopeMissing), (V3, Error::InstructionFileMissing)] {
        assert_eq!(
            Envelope::parse(&OfficialObject::named(name).metadata()),
            Err(expected),
            "{name}"
        );
    }
}

/// A complete envelope in the metadata is all that is looked at.
#[test]
fn a_complete_envelope_asks_for_no_file() {
    for object in OfficialObject::all()
        .values()
        .filter(|object| object.instruction.is_none())
    {
        assert!(matches!(
            Envelope::locate(&object.metadata()),
            Ok(Located::InMetadata(_))
        ));
    }
}

/// The commitment stays with the object, where no file can replace it; together they are the envelope again.
#[test]
fn splitting_and_completing_gives_the_envelope_again() {
    let mut compared = 0;
    for (name, object) in OfficialObject::all() {
        let envelope = object.envelope().expect(&name);
        let Ok(encoded) = envelope.encode() else { continue };
        if envelope.encrypted_data_key().wrap_algorithm.is_legacy() {
            continue;
        }
        let (stays, file) = split(&encoded).unwrap();
        assert!(file.is_ascii(), "{name}");
        let names: Vec<&str> = stays.iter().map(|(name, _)| name).collect();
        match envelope.format() {
            "V3" => assert_eq!(names, ["x-amz-c", "x-amz-d", "x-amz-i"], "{name}"),
            _ => assert!(names.is_empty(), "{name}: {names:?}"),
        }
        let entries = stays.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let stored: Metadata = metadata(&entries.collect());
        let Ok(Located::InInstructionFile(incomplete)) = Envelope::locate(&stored) else {
            panic!("{name}: no instruction file asked for");
        };
        assert_eq!(incomplete.is_certain(), envelope.format() == "V3", "{name}");
        assert_eq!(incomplete.complete(file.as_bytes()), Ok(envelope), "{name}");
        compared += 1;
    }
    assert!(compared == 34, "{compared} envelopes");
}

proptest! {
    #![proptest_config(strategies::config(256))]

    /// Whatever the maps and the key: what is split is the same envelope again, and no part of it is in both places.
    #[test]
    fn any_envelope_survives_its_instruction_file(
        encrypted_data_key in strategies::wrapped_key(),
        message_id in strategies::non_zero_28(),
        commitment in strategies::non_zero_28(),
        is_v3 in proptest::bool::ANY,
    ) {
        let envelope = match is_v3 {
            true => Envelope::V3 { encrypted_data_key, message_id, commitment },
            false => Envelope::V2 { encrypted_data_key, iv: *commitment.last_chunk().unwrap() },
        };
        let encoded = envelope.encode().unwrap();
        let (stays, file) = split(&encoded).unwrap();
        let in_both = stays.iter().any(|(name, _)| file.contains(&format!("\"{name}\":")));
        prop_assert!(!in_both, "{}", file);
        match Envelope::locate(&stays) {
            Ok(Located::InInstructionFile(incomplete)) => {
                prop_assert_eq!(incomplete.complete(file.as_bytes()), Ok(envelope));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// Nor is any file a reason to panic.
    #[test]
    fn no_file_is_a_reason_to_panic(file in "[{}\\[\\]\":,x0-9 a-z=-]{0,80}", bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
        for object in [V2, V3].map(OfficialObject::named) {
            let Ok(Located::InInstructionFile(incomplete)) = Envelope::locate(&object.metadata()) else {
                panic!("no instruction file asked for")
            };
            let _ = incomplete.clone().complete(&bytes);
            let _ = incomplete.complete(file.as_bytes());
        }
    }
}
