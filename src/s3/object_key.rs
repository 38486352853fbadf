//! The keys of objects: what S3 takes, and what a URL of a browser can carry.

use std::ops::Deref;

use crate::Error;

/// A key of 1 to 1024 bytes of which no segment is `.` or `..`: URL parsers take those away, and the request would be for another object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// S3's most, in UTF-8.
    pub const MAX_BYTES: usize = 1024;

    /// The key of that name.
    ///
    /// # Errors
    /// [`Error::Misuse`] for one that is empty, too long or that a URL cannot carry.
    pub fn parse(key: String) -> Result<Self, Error> {
        if !(1..=Self::MAX_BYTES).contains(&key.len()) {
            return Err(Error::misuse("key is missing, empty or longer than 1024 bytes"));
        }
        if key.split('/').any(is_dots) {
            return Err(Error::misuse(
                "key: no URL can carry the segments . and .. between slashes; use other names",
            ));
        }
        Ok(Self(key))
    }

    /// The key of a file beside the object.
    ///
    /// # Errors
    /// [`Error::Misuse`] where both together are no key.
    pub fn with_suffix(&self, suffix: &str) -> Result<Self, Error> {
        Self::parse(format!("{}{suffix}", self.0)).map_err(|_| {
            Error::misuse(
                "key and instruction file suffix together are longer than 1024 bytes, or end in a segment of dots",
            )
        })
    }
}

impl Deref for ObjectKey {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// As URL parsers see it: `%2e` is a full stop to them.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}
