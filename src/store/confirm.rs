//! Whether a request that the store refused had been done before, and only its answer was lost.

use super::Store;
use crate::{
    encryption_context::StringMap,
    machine::Failure,
    s3::{
        answer::{Answer, Operation},
        request::Request,
    },
};

/// An object that this call may have stored.
pub struct Claim<'a> {
    /// Its key.
    pub key: &'a str,
    /// As metadata.
    pub envelope: &'a StringMap,
    /// Its length.
    pub stored_bytes: u64,
}

/// What the store says of an object that it has stored.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where the page may see it.
    pub e_tag: Option<String>,
    /// In a bucket that keeps versions.
    pub version_id: Option<String>,
}

impl From<Answer> for Stored {
    fn from(answer: Answer) -> Self {
        Self {
            e_tag: answer.header("etag"),
            version_id: answer.header("x-amz-version-id"),
        }
    }
}

impl Store {
    /// What the store would have answered, if the object at the key is this one: its envelope is like no other's.
    ///
    /// # Errors
    /// Where the caller stopped; [`Error::EnvelopeInvalid`](crate::Error::EnvelopeInvalid) for metadata that no header can be.
    pub async fn confirm(&self, claim: &Claim<'_>) -> Result<Option<Stored>, Failure> {
        let request = Request::new(Operation::HeadObject, claim.key, self.read_headers());
        let response = match self.fetch(&request).await {
            Err(failure) if failure.is_stopped() => return Err(failure),
            Err(_) => return Ok(None),
            Ok(response) => response,
        };
        let is_ours = response.metadata()?.are_of(claim.envelope)
            && response.header("content-length") == Some(claim.stored_bytes.to_string().as_str());
        let text = |name| response.header(name).filter(|text| !text.is_empty()).map(Into::into);
        Ok(is_ours.then(|| Stored {
            e_tag: text("etag"),
            version_id: text("x-amz-version-id"),
        }))
    }
}
