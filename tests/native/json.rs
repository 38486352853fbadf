//! The JSON of envelopes is read and written as serde_json does it, whatever comes: each text is refused by both or means
//! the same to both.

use std::{cell::Cell, collections::BTreeMap, fmt, sync::LazyLock};

use crate::support::{official::OfficialObject, strategies};
use presealed::{
    Envelope, Error,
    encryption_context::{PROTOTYPE, StringMap, encode_map, parse_map},
    envelope::Located,
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::{Index, select},
};
use serde::{Deserialize, Deserializer, de};

const LENGTHS: [&str; 2] = ["x-amz-tag-len", "x-amz-unencrypted-content-length"];

/// What serde_json makes of a text: an object, each name once, of strings and whole numbers.
struct Object(BTreeMap<String, Value>);

enum Value {
    Text(String),
    Length(u64),
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
                let mut object = BTreeMap::new();
                while let Some((name, value)) = access.next_entry()? {
                    if object.insert(name, value).is_some() {
                        return Err(de::Error::custom("duplicate name"));
                    }
                }
                Ok(Object(object))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.into()))
            }

            fn visit_u64<E: de::Error>(self, length: u64) -> Result<Value, E> {
                Ok(Value::Length(length))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Lengths are texts to those who read them, where there may be any.
fn expected(json: &[u8], lengths: &[&str]) -> Option<StringMap> {
    let Object(object) = serde_json::from_slice(json).ok()?;
    let entries = object.into_iter().map(|(name, value)| match value {
        Value::Text(text) => Some((name, text)),
        Value::Length(length) if lengths.contains(&name.as_str()) => Some((name, length.to_string())),
        Value::Length(_) => None,
    });
    entries.collect()
}

/// Whether a map comes from the text, and the same one.
fn as_a_map(json: &str) -> Result<bool, TestCaseError> {
    let meant = match json {
        "" => Some(StringMap::new()),
        _ => expected(json.as_bytes(), &[]).filter(|map| !map.contains_key(PROTOTYPE)),
    };
    prop_assert_eq!(parse_map(json).ok(), meant.clone(), "{:?}", json);
    Ok(meant.is_some())
}

/// Whether an envelope comes from the file, and the same one as from what serde_json makes of the file.
fn as_a_file(file: &[u8]) -> Result<bool, TestCaseError> {
    let complete = |file: &[u8]| match Envelope::locate(&V2.metadata())? {
        Located::InInstructionFile(incomplete) => incomplete.complete(file),
        Located::InMetadata(_) => panic!("no instruction file asked for"),
    };
    let refused = Error::EnvelopeInvalid("its instruction file is not a JSON object of strings with distinct names");
    let meant = match expected(file, &LENGTHS) {
        Some(object) => complete(encode_map(&object).as_bytes()),
        None => Err(refused),
    };
    let shown = String::from_utf8_lossy(file);
    prop_assert_eq!(&complete(file), &meant, "{:?}", shown);
    Ok(meant.is_ok())
}

static V2: LazyLock<OfficialObject> = LazyLock::new(|| OfficialObject::named("v2-raw-aes-instruction-file-java"));

fn v2_file() -> &'static str {
    V2.instruction.as_ref().unwrap()
}

/// What JSON gives a meaning to, and what lies just beside it.
fn token() -> impl Strategy<Value = String> {
    select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"\"",
        "\\",
        "/",
        " ",
        "\n",
        "\r",
        "\t",
        "\u{b}",
        "\u{c}",
        "\u{a0}",
        "\u{2028}",
        "\u{feff}",
        "\u{0}",
        "\u{1f}",
        "\u{7f}",
        "\\\"",
        "\\\\",
        "\\/",
        "\\b",
        "\\f",
        "\\n",
        "\\r",
        "\\t",
        "\\v",
        "\\'",
        "\\x41",
        "\\u",
        "\\u0",
        "\\u0000",
        "\\u00e9",
        "\\uD83D",
        "\\ude00",
        "\\ud83d\\ude00",
        "\\udc00\\ud800",
        "\\ud83d\\u0041",
        "\\ud83d\\n",
        "\\ud83d\\xde00",
        "\\ud83d/ude00",
        "\\ufFfF",
        "\\u+041",
        "\\u004g",
        "\\U0041",
        "a",
        "b",
        "é",
        "漢",
        "😀",
        "=",
        "?",
        "=?",
        "\"a\"",
        "\"b\"",
        "\"a\":",
        "\"a\":\"b\"",
        ",\"c\":\"d\"",
        "{\"",
        "\"}",
        "\":\"",
        "\",\"",
        "null",
        "true",
        "false",
        "NaN",
        "-",
        "+",
        "0",
        "00",
        "1",
        "16",
        "128",
        "1.0",
        "1e2",
        "-0",
        "-1",
        "18446744073709551615",
        "18446744073709551616",
        "\"x-amz-tag-len\":",
        "//",
        "/**/",
        "__proto__",
    ])
    .prop_map(String::from)
}

/// A text that is JSON now and then: an object, written in one of the ways there are, with something of it changed.
fn object(names: &'static [&'static str], values: &'static [&'static str]) -> impl Strategy<Value = String> {
    let space = || select(vec!["", "", "", " ", "\n\t", "\r\n  "]);
    let text = move || {
        let letter = prop_oneof![3 => "[a-c=?é漢😀]", 1 => token()];
        vec(letter, 0..4).prop_map(|letters| format!("\"{}\"", letters.concat()))
    };
    let name = prop_oneof![text(), select(names).prop_map(String::from)];
    let value = prop_oneof![2 => text(), 1 => select(values).prop_map(String::from)];
    let entry = (space(), name, space(), space(), value, space())
        .prop_map(|(a, name, b, c, value, d)| format!("{a}{name}{b}:{c}{value}{d}"));
    (space(), vec(entry, 0..4), space()).prop_map(|(a, entries, b)| format!("{a}{{{}}}{b}", entries.join(",")))
}

fn changed(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let change = (any::<Index>(), 0..3_usize, token());
    (text, vec(change, 0..3)).prop_map(|(mut text, changes)| {
        for (at, removed, added) in changes {
            let mut characters: Vec<_> = text.chars().collect();
            let at = at.index(characters.len() + 1);
            let end = characters.len().min(at + removed);
            characters.splice(at..end, added.chars());
            text = characters.into_iter().collect();
        }
        text
    })
}

const NAMES: &[&str] = &[
    "\"a\"",
    "\"b\"",
    "\"\\u0061\"",
    "\"x-amz-tag-len\"",
    "\"__proto__\"",
    "a",
    "1",
];
const VALUES: &[&str] = &[
    "0",
    "1",
    "128",
    "18446744073709551615",
    "18446744073709551616",
    "1.0",
    "1e0",
    "-1",
    "01",
    "null",
    "true",
    "[]",
    "{}",
    "{\"a\":\"b\"}",
    "[\"a\"]",
    "\"128\"",
];

/// The file of a real object, with its lengths as numbers and with more of them.
fn file() -> impl Strategy<Value = String> {
    let length = || select(VALUES).prop_map(String::from);
    (length(), length(), object(NAMES, VALUES), any::<[bool; 3]>()).prop_map(
        |(tag_bits, length, more, [has_bits, has_length, has_more])| {
            let mut file = v2_file().to_string();
            if has_bits {
                file = file.replace("\"x-amz-tag-len\":\"128\"", &format!("\"x-amz-tag-len\":{tag_bits}"));
            }
            if has_length {
                file = file.replacen('{', &format!("{{\"x-amz-unencrypted-content-length\" : {length},"), 1);
            }
            match more.trim().strip_prefix('{') {
                Some(more) if has_more => file.trim_end_matches('}').to_string() + "," + more,
                _ => file,
            }
        },
    )
}

/// As many as make a difference, in a second or two.
const CASES: u32 = 20_000;

/// Tries each case, and sees to it that neither verdict is rare.
fn try_all<S: Strategy>(strategy: &S, rarest: u32, verdict: impl Fn(&S::Value) -> Result<bool, TestCaseError>) {
    let taken = Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(strategies::config(CASES));
    runner
        .run(strategy, |case| {
            taken.set(taken.get() + u32::from(verdict(&case)?));
            Ok(())
        })
        .unwrap();
    let taken = taken.get();
    assert!(
        taken >= rarest && CASES - taken >= rarest,
        "{taken} of {CASES} were taken"
    );
}

#[test]
fn objects_mean_what_they_mean_to_serde_json() {
    try_all(&object(NAMES, VALUES), CASES / 10, |json| as_a_map(json));
    try_all(
        &changed(object(&["\"a\"", "\"b\""], &["\"\"", "\"c\""])),
        CASES / 10,
        |json| as_a_map(json),
    );
}

#[test]
fn instruction_files_mean_what_they_mean_to_serde_json() {
    try_all(&file(), CASES / 20, |file| as_a_file(file.as_bytes()));
    try_all(&changed(file()), CASES / 50, |file| as_a_file(file.as_bytes()));
}

#[test]
fn what_looks_like_json_is_refused_where_serde_json_refuses_it() {
    try_all(&vec(token(), 0..12).prop_map(|tokens| tokens.concat()), 1, |json| {
        as_a_map(json)
    });
    let bytes = vec(prop_oneof![any::<u8>(), select(b"{}\":,\\u0 ".to_vec())], 0..12);
    try_all(&bytes, 0, |bytes| as_a_file(bytes));
    // In a text, where all bytes but a few mean themselves.
    let texts = vec(
        prop_oneof![select(b"a\xc3\xa9\xf0\x9f\x98\x80\\u00e9".to_vec()), any::<u8>()],
        0..5,
    );
    try_all(&texts, CASES / 20, |text| {
        let mut file = v2_file().trim_end_matches('}').as_bytes().to_vec();
        file.extend(b",\"later\":\"");
        file.extend(text);
        file.extend(b"\"}");
        as_a_file(&file)
    });
}

proptest! {
    #![proptest_config(strategies::config(CASES))]

    /// But for what is not ASCII and what would begin an encoded word, which are escaped, and come back.
    #[test]
    fn maps_are_written_as_serde_json_writes_them(map in prop_oneof![
        btree_map("[a-c=?\"\\\\/\n\r\t\u{8}\u{b}\u{c}\u{0}\u{1f}\u{7f}]{0,6}", "\\PC{0,4}", 0..4),
        btree_map(any::<String>(), any::<String>(), 0..4),
    ]) {
        let plain = serde_json::to_string(&map).unwrap();
        let mut escaped = String::new();
        for character in plain.chars() {
            match character {
                ' '..='~' => escaped.push(character),
                _ => for unit in character.encode_utf16(&mut [0; 2]) {
                    escaped += &format!("\\u{unit:04x}");
                },
            }
        }
        let json = encode_map(&map.clone().into_iter().collect());
        prop_assert_eq!(&json, &escaped.replace("=?", "\\u003d?"));
        let again: BTreeMap<String, String> = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(again, map);
    }
}
