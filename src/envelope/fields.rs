//! The entries of an envelope, wherever they were stored, and the strict reading of their values.

use base64ct::{Base64, Encoding};

use super::{Metadata, header_text};
use crate::{EncryptedDataKey, Error, encryption_context};

/// Entries by the names of object metadata.
#[derive(Clone, Copy)]
pub(super) enum Fields<'a> {
    /// From headers, where S3 may have encoded what is not ASCII.
    Headers(&'a Metadata),
    /// From an instruction file, which is plain JSON.
    File(&'a Metadata),
}

impl<'a> Fields<'a> {
    pub(super) fn get(self, name: &str) -> Option<&'a str> {
        let (Self::Headers(entries) | Self::File(entries)) = self;
        entries.get(name)
    }

    pub(super) fn has_any(self, names: &[&str]) -> bool {
        names.iter().any(|name| self.get(name).is_some())
    }

    pub(super) fn require(self, name: &str) -> Result<&'a str, Error> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or(Error::EnvelopeInvalid("a required part is missing or empty"))
    }

    /// Strict base64 (standard alphabet, padding, no white space) of exactly that many bytes, else `None`.
    pub(super) fn bytes<const N: usize>(self, name: &str) -> Result<Option<[u8; N]>, Error> {
        let decoded = decode(self.require(name)?, N.saturating_mul(2).max(64))?;
        Ok(decoded.try_into().ok())
    }

    pub(super) fn encrypted_data_key(self, name: &str) -> Result<Vec<u8>, Error> {
        let decoded = decode(self.require(name)?, EncryptedDataKey::MAX_BYTES)?;
        if decoded.is_empty() || decoded.len() > EncryptedDataKey::MAX_BYTES {
            return Err(Error::EnvelopeInvalid("its encrypted data key is empty or too long"));
        }
        Ok(decoded)
    }

    /// A JSON map; absent is empty.
    pub(super) fn map(self, name: &str) -> Result<encryption_context::StringMap, Error> {
        let text = self.get(name).unwrap_or_default();
        // Before it is decoded, too.
        encryption_context::check_length(text)?;
        match self {
            Self::Headers(_) => encryption_context::parse_map(&header_text::decode(text)),
            Self::File(_) => encryption_context::parse_map(text),
        }
    }
}

fn decode(base64: &str, max_bytes: usize) -> Result<Vec<u8>, Error> {
    if base64.len() > max_bytes.saturating_mul(2) {
        return Err(Error::EnvelopeInvalid("a base64 part is too long"));
    }
    Base64::decode_vec(base64).map_err(|_| Error::EnvelopeInvalid("a part is not base64"))
}
