//! Whether a request that the store refused had been done before, and only its answer was lost.

use crate::browser::{
    Failure,
    js::abort::Abort,
    store::{
        fetch::fetch,
        presign::{Headers, PresignRequest, Presigner},
    },
};
use crate::{encryption_context::StringMap, s3::answer::Answer};

/// An object that this call may have stored.
pub(crate) struct Claim<'a> {
    pub(crate) key: &'a str,
    /// As metadata.
    pub(crate) envelope: &'a StringMap,
    pub(crate) stored_bytes: u64,
    /// SSE-C's.
    pub(crate) customer_key: &'a Headers,
}

impl Claim<'_> {
    /// What the store would have answered, if the object at the key is this one: its envelope is like no other's.
    pub(crate) async fn confirm(&self, presigner: &Presigner, abort: &Abort) -> Result<Option<Stored>, Failure> {
        let request = PresignRequest::HeadObject {
            key: self.key,
            headers: self.customer_key,
        };
        let response = match fetch(presigner, &request, abort).await {
            Err(failure) if failure.is_aborted() => return Err(failure),
            Err(_) => return Ok(None),
            Ok(response) => response,
        };
        let is_ours = response.metadata()?.are_of(self.envelope)
            && response.header("content-length") == Some(self.stored_bytes.to_string());
        Ok(is_ours.then(|| Stored {
            e_tag: response.header("etag"),
            version_id: response.header("x-amz-version-id"),
        }))
    }
}

/// What the store says of an object that it has stored.
pub(crate) struct Stored {
    pub(crate) e_tag: Option<String>,
    pub(crate) version_id: Option<String>,
}

impl From<Answer> for Stored {
    fn from(answer: Answer) -> Self {
        Self {
            e_tag: answer.header("etag"),
            version_id: answer.header("x-amz-version-id"),
        }
    }
}
