//! The two maps of strings that travel with a wrapped data key, and their JSON.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de};

use crate::Error;

/// Strings to strings, in order.
pub type StringMap = BTreeMap<String, String>;

/// What KMS binds to the data key and checks on every unwrap. Authenticated, and public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncryptionContext(pub StringMap);

/// A label that the owner of raw keys chooses to find the key again. Not authenticated, and public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaterialDescription(pub StringMap);

/// Parses a JSON object whose values are all strings. An empty text is an empty map, as one official client writes it.
///
/// # Errors
/// [`Error::EnvelopeInvalid`] for anything else, a key given twice, or more than 8 KiB.
pub fn parse_map(json: &str) -> Result<StringMap, Error> {
    const MAX_BYTES: usize = 8 * 1024;
    if json.is_empty() {
        return Ok(StringMap::new());
    }
    if json.len() > MAX_BYTES {
        return Err(Error::EnvelopeInvalid("a description is too long"));
    }
    serde_json::from_str::<UniqueKeys>(json)
        .map(|map| map.0)
        .map_err(|_| Error::EnvelopeInvalid("a description is not a JSON object of strings with distinct keys"))
}

/// Compact JSON in ASCII, so that it survives a header and every official reader gets the right map.
///
/// # Errors
/// [`Error::Unreachable`] if a map of strings has no JSON.
pub fn encode_map(map: &StringMap) -> Result<String, Error> {
    let json = serde_json::to_string(map).map_err(|_| Error::Unreachable("a map has no JSON"))?;
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    // A value that looks like an encoded word (RFC 2047) must not be decoded as one on its way back.
    Ok(ascii.replace("=?", "\\u003d?"))
}

/// A map that refuses a key given twice, which parsers elsewhere resolve in different ways.
struct UniqueKeys(StringMap);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = UniqueKeys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<UniqueKeys, A::Error> {
                let mut map = StringMap::new();
                while let Some((key, value)) = access.next_entry::<String, String>()? {
                    if map.insert(key, value).is_some() {
                        return Err(de::Error::custom("duplicate key"));
                    }
                }
                Ok(UniqueKeys(map))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
