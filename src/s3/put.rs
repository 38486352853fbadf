//! The headers of a PutObject. All of them must be among the signed ones: S3 answers 403 to an `x-amz-*` header that
//! the URL does not sign.

use super::{ServerSideEncryption, etag};
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

/// The precondition that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// None.
    None,
    /// [`Precondition::Absent`].
    Absent,
    /// [`Precondition::Unchanged`].
    Unchanged(String),
}

impl Condition {
    /// From the options.
    ///
    /// # Errors
    /// [`Error::Misuse`] for both at once, for anything but `*`, and for an ETag that matches nothing: a weak one.
    pub fn parse(if_none_match: Option<&str>, if_match: Option<String>) -> Result<Self, Error> {
        match (if_none_match, if_match) {
            (None, None) => Ok(Self::None),
            (Some("*"), None) => Ok(Self::Absent),
            (None, Some(e_tag)) if etag::is_strong(&e_tag) => Ok(Self::Unchanged(e_tag)),
            (None, Some(_)) => Err(Error::misuse(
                "ifMatch must be a strong ETag, such as eTag of what putObject gives",
            )),
            _ => Err(Error::misuse("ifNoneMatch must be \"*\", and without ifMatch")),
        }
    }

    /// As requests carry it.
    pub fn precondition(&self) -> Precondition<'_> {
        match self {
            Self::None => Precondition::None,
            Self::Absent => Precondition::Absent,
            Self::Unchanged(e_tag) => Precondition::Unchanged(e_tag),
        }
    }
}

/// A media type that a header takes, in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType(String);

impl ContentType {
    /// Tells nothing of what is stored.
    const DEFAULT: &str = "application/octet-stream";
    /// Of instruction files.
    pub const JSON: &str = "application/json";

    /// The type given. An empty one, which browsers give to files that they do not know, is as good as none.
    ///
    /// # Errors
    /// [`Error::Misuse`] for one that is no header value.
    pub fn parse(given: Option<String>) -> Result<Self, Error> {
        let given = given.unwrap_or_default();
        if !given.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Error::misuse("the content type is not printable ASCII"));
        }
        Ok(match given.trim() {
            "" => Self(Self::DEFAULT.into()),
            given => Self(given.into()),
        })
    }

    /// JSON's.
    pub fn json() -> Self {
        Self(Self::JSON.into())
    }
}

/// What is stored beside the bytes, and under which condition.
pub struct PutHeaders<'a> {
    /// Envelope and user metadata.
    pub metadata: &'a Metadata,
    /// Media type, in the clear.
    pub content_type: &'a ContentType,
    /// When to refuse.
    pub precondition: Precondition<'a>,
    /// What S3 does with the bytes.
    pub server_side_encryption: Option<&'a ServerSideEncryption>,
}

impl PutHeaders<'_> {
    /// Names in lower case, and values.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a KMS key id that no header takes.
    pub fn encode(&self) -> Result<StringMap, Error> {
        let mut headers: StringMap = self
            .metadata
            .headers()
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        headers.insert("content-type".into(), self.content_type.0.clone());
        self.precondition.extend(&mut headers);
        if let Some(encryption) = self.server_side_encryption {
            for (name, value) in encryption.write_headers()? {
                headers.insert(name, value);
            }
        }
        Ok(headers)
    }
}
