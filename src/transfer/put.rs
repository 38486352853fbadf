//! The headers of a PutObject. All of them must be among the signed ones: S3 answers 403 to an `x-amz-*` header that
//! the URL does not sign.

use std::collections::BTreeMap;

use super::ServerSideEncryption;
use crate::{Error, envelope::Metadata};

/// What is stored beside the bytes, and under which condition.
pub struct PutHeaders<'a> {
    /// Envelope and user metadata.
    pub metadata: &'a Metadata,
    /// Media type, in the clear.
    pub content_type: &'a str,
    /// `If-None-Match: *`: refuse to replace an object.
    pub only_if_absent: bool,
    /// What S3 does with the bytes.
    pub server_side_encryption: Option<&'a ServerSideEncryption>,
}

impl PutHeaders<'_> {
    /// Names in lower case, and values.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a content type that is no header value.
    pub fn encode(&self) -> Result<BTreeMap<String, String>, Error> {
        let printable = |byte: u8| matches!(byte, b' '..=b'~');
        if self.content_type.trim().is_empty() || !self.content_type.bytes().all(printable) {
            return Err(Error::Misuse("the content type is not printable ASCII".into()));
        }
        let mut headers: BTreeMap<String, String> = self
            .metadata
            .headers()
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        headers.insert("content-type".into(), self.content_type.trim().into());
        if self.only_if_absent {
            headers.insert("if-none-match".into(), "*".into());
        }
        if let Some(encryption) = self.server_side_encryption {
            headers.extend(encryption.write_headers()?);
        }
        Ok(headers)
    }
}
