//! The headers of a PutObject. All of them must be among the signed ones: S3 answers 403 to an `x-amz-*` header that
//! the URL does not sign.

use super::ServerSideEncryption;
use crate::{Error, encryption_context::StringMap, envelope::Metadata};

/// What has to be true of the key for the store to take the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition<'a> {
    /// Nothing.
    None,
    /// `If-None-Match: *`: there is no object yet.
    Absent,
    /// `If-Match`: the object is still the one with that ETag.
    Unchanged(&'a str),
}

impl Precondition<'_> {
    /// Adds its header.
    pub fn extend(self, headers: &mut StringMap) {
        match self {
            Self::None => {}
            Self::Absent => drop(headers.insert("if-none-match".into(), "*".into())),
            Self::Unchanged(e_tag) => drop(headers.insert("if-match".into(), e_tag.into())),
        }
    }
}

/// What is stored beside the bytes, and under which condition.
pub struct PutHeaders<'a> {
    /// Envelope and user metadata.
    pub metadata: &'a Metadata,
    /// Media type, in the clear.
    pub content_type: &'a str,
    /// When to refuse.
    pub precondition: Precondition<'a>,
    /// What S3 does with the bytes.
    pub server_side_encryption: Option<&'a ServerSideEncryption>,
}

impl PutHeaders<'_> {
    /// Names in lower case, and values.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a content type that is no header value.
    pub fn encode(&self) -> Result<StringMap, Error> {
        let printable = |byte: u8| matches!(byte, b' '..=b'~');
        if self.content_type.trim().is_empty() || !self.content_type.bytes().all(printable) {
            return Err(Error::misuse("the content type is not printable ASCII"));
        }
        let mut headers: StringMap = self
            .metadata
            .headers()
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        headers.insert("content-type".into(), self.content_type.trim().into());
        self.precondition.extend(&mut headers);
        if let Some(encryption) = self.server_side_encryption {
            for (name, value) in encryption.write_headers()? {
                headers.insert(name, value);
            }
        }
        Ok(headers)
    }
}
