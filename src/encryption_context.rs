//! The two maps of strings that travel with a wrapped data key, and their JSON.

use std::ops::{Deref, DerefMut};

use litemap::LiteMap;
use serde::{Serialize, Serializer};

use crate::{Error, json};

/// Strings to strings, in order. They are few, and a sorted list of them is a tenth of a tree's code.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StringMap(LiteMap<String, String>);

/// What KMS binds to the data key and checks on every unwrap. Authenticated, and public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncryptionContext(pub StringMap);

/// A label that the owner of raw keys chooses to find the key again. Not authenticated, and public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaterialDescription(pub StringMap);

/// Parses a JSON object whose values are all strings. An empty text is an empty map, as one official client writes it.
///
/// # Errors
/// [`Error::EnvelopeInvalid`] for anything else, a key given twice or that JavaScript's objects cannot hold, or more than
/// 64 KiB: what an instruction file has room for.
pub fn parse_map(json: &str) -> Result<StringMap, Error> {
    if json.is_empty() {
        return Ok(StringMap::new());
    }
    check_length(json)?;
    let map = json::parse(json, &[]).ok_or(Error::EnvelopeInvalid(
        "a description is not a JSON object of strings with distinct keys",
    ))?;
    match map.contains_key(PROTOTYPE) {
        true => Err(Error::EnvelopeInvalid("a description has the key __proto__")),
        false => Ok(StringMap(map)),
    }
}

/// What an instruction file has room for; S3 takes 2 KB in metadata, which its encoding makes six times as long at most.
pub(crate) fn check_length(map: &str) -> Result<(), Error> {
    match map.len() > 64 * 1024 {
        true => Err(Error::EnvelopeInvalid("a description is too long")),
        false => Ok(()),
    }
}

/// A property that cannot be set on a plain JavaScript object as others are: whom a map is handed to would not see this entry.
pub const PROTOTYPE: &str = "__proto__";

/// Compact JSON in ASCII, so that it survives a header and every official reader gets the right map.
pub fn encode_map(map: &StringMap) -> String {
    json::write(map)
}

impl StringMap {
    /// No entries.
    pub const fn new() -> Self {
        Self(LiteMap::new())
    }
}

impl Deref for StringMap {
    type Target = LiteMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for StringMap {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// One by one: the list's own way sorts what comes, which few entries do not need and which is 2.5 KB of the package.
impl Extend<(String, String)> for StringMap {
    fn extend<I: IntoIterator<Item = (String, String)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl FromIterator<(String, String)> for StringMap {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl IntoIterator for StringMap {
    type Item = (String, String);
    type IntoIter = <LiteMap<String, String> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// An object, also where there are no entries.
impl Serialize for StringMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
