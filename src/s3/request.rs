//! Requests as the signer is asked for them, and what its answer may add.

use serde::Serialize;

use super::{answer::Operation, may_be_added};
use crate::{Error, encryption_context::StringMap};

/// Header names in lower case, and values.
pub type Headers = StringMap;

/// One of S3's operations, with what a signature covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Which.
    pub operation: Operation,
    /// The object's key.
    pub key: String,
    /// The upload in parts that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_number: Option<u16>,
    /// Where a list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_number_marker: Option<u16>,
    /// Bytes of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_length: Option<u64>,
    /// Those that the signature has to cover.
    pub headers: Headers,
}

impl Request {
    /// One about an object.
    pub fn new(operation: Operation, key: &str, headers: Headers) -> Self {
        Self {
            operation,
            key: key.into(),
            upload_id: None,
            part_number: None,
            part_number_marker: None,
            content_length: None,
            headers,
        }
    }

    /// One about an upload in parts.
    pub fn of_upload(operation: Operation, key: &str, upload_id: &str, headers: Headers) -> Self {
        Self {
            upload_id: Some(upload_id.into()),
            ..Self::new(operation, key, headers)
        }
    }

    /// The request's headers and those that the signer adds; it may not change the envelope.
    ///
    /// # Errors
    /// [`Error::PresignFailed`] where it changes a header, or adds one that is not its own.
    pub fn signed_headers(&self, added: StringMap) -> Result<Headers, Error> {
        let mut headers = self.headers.clone();
        for (name, value) in added {
            let name = name.to_ascii_lowercase();
            // The platform sets these itself and lets nobody else.
            if matches!(name.as_str(), "host" | "content-length") {
                continue;
            }
            match headers.get(&name) {
                Some(current) if *current != value => {
                    return Err(Error::PresignFailed(
                        "the presign answer changes a header of the request",
                    ));
                }
                None if !may_be_added(&name) => {
                    return Err(Error::PresignFailed(
                        "the presign answer adds a header of the envelope, or a key of SSE-C",
                    ));
                }
                _ => headers.insert(name, value),
            };
        }
        Ok(headers)
    }
}
