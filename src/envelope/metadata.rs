//! An object's user metadata: names without `x-amz-meta-`, in lower case.

use super::UNIQUE;
use crate::{Error, encryption_context::StringMap};

/// User metadata, ordered by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(StringMap);

impl Metadata {
    /// What S3 puts before each name on the wire.
    pub const HEADER_PREFIX: &'static str = "x-amz-meta-";
    /// What S3 takes: names and values, in UTF-8.
    pub const MAX_BYTES: usize = 2048;

    /// The user metadata among response headers.
    ///
    /// # Errors
    /// [`Error::EnvelopeInvalid`] if a name comes twice in different letters.
    pub fn from_headers<N: AsRef<str>, V: Into<String>>(
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let mut metadata = Self::default();
        for (name, value) in headers {
            let name = name.as_ref().to_ascii_lowercase();
            if let Some(name) = name.strip_prefix(Self::HEADER_PREFIX) {
                metadata.insert(name, value.into())?;
            }
        }
        Ok(metadata)
    }

    /// The headers that store it, with their prefix.
    pub fn headers(&self) -> impl Iterator<Item = (String, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (format!("{}{name}", Self::HEADER_PREFIX), value.as_str()))
    }

    /// Whether these are of the object with that envelope. What a CORS rule hides cannot differ, but what tells two
    /// objects apart has to be seen.
    pub fn are_of(&self, envelope: &StringMap) -> bool {
        let shared = || {
            self.iter()
                .filter_map(|(name, value)| Some((name, envelope.get(name)? == value)))
        };
        shared().all(|(_, same)| same) && shared().any(|(name, _)| UNIQUE.contains(&name))
    }

    /// All of it.
    pub const fn entries(&self) -> &StringMap {
        &self.0
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Adds one entry.
    ///
    /// # Errors
    /// [`Error::EnvelopeInvalid`] if the name is there, in whatever letters.
    pub fn insert(&mut self, name: &str, value: String) -> Result<(), Error> {
        match self.0.insert(name.to_ascii_lowercase(), value) {
            None => Ok(()),
            Some(_) => Err(Error::EnvelopeInvalid("a metadata name comes twice")),
        }
    }

    /// Adds the caller's own entries to an envelope's.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a name that the envelope may use or a value that no header takes,
    /// [`Error::MetadataTooLarge`] if S3 would refuse the sum.
    pub fn with_user_metadata<'a>(
        mut self,
        entries: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        for (name, value) in entries {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || !name.bytes().all(token) || name.to_ascii_lowercase().starts_with("x-amz-") {
                return Err(Error::misuse(format!(
                    "metadata name \"{name}\": use letters, digits, - _ . and no x-amz-"
                )));
            }
            if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) || value.trim() != value {
                return Err(Error::misuse(format!(
                    "metadata value of \"{name}\": use printable ASCII without outer spaces"
                )));
            }
            self.insert(name, value.to_string())
                .map_err(|_| Error::misuse(format!("metadata name \"{name}\" comes twice")))?;
        }
        let bytes: usize = self
            .0
            .iter()
            .map(|(name, value)| name.len().saturating_add(value.len()))
            .sum();
        if bytes > Self::MAX_BYTES {
            return Err(Error::MetadataTooLarge);
        }
        Ok(self)
    }
}
