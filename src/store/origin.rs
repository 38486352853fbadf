//! The object that an answer is of, asked for again: the bytes that are missing, or a range.

use std::ops::Range;

use super::{Response, Store};
use crate::{
    machine::{Failure, Hold},
    s3::{
        answer::Operation,
        request::{Headers, Request},
        retry::Retry,
    },
};

/// Where the rest of a body comes from: the very object of which the first part came.
pub struct Origin {
    /// How it is reached.
    pub store: Store,
    /// Its key.
    pub key: String,
    /// A strong one.
    pub e_tag: String,
    /// Its length.
    pub stored_bytes: u64,
}

/// Whether an answer to a request for that range is it. Where CORS shows the page no Content-Range, the length tells.
pub fn is_range(answer: &Response, range: &Range<u64>, stored_bytes: u64) -> bool {
    let said = format!("bytes {}-{}/{stored_bytes}", range.start, range.end.saturating_sub(1));
    answer.status() == 206
        && answer.content_length() == Ok(range.end.saturating_sub(range.start))
        && answer.header("content-range").is_none_or(|range| range == said)
}

impl Origin {
    fn headers_of(&self, range: &Range<u64>) -> Headers {
        let mut headers = self.store.read_headers();
        let range = match range.end == self.stored_bytes {
            true => format!("bytes={}-", range.start),
            false => format!("bytes={}-{}", range.start, range.end.saturating_sub(1)),
        };
        headers.insert("range".into(), range);
        headers.insert("if-match".into(), self.e_tag.clone());
        headers
    }

    /// Whether the store says that the object is there. A signer may not allow the question.
    ///
    /// # Errors
    /// Where the caller stopped.
    pub async fn is_there(&self) -> Result<bool, Failure> {
        let request = Request::new(Operation::HeadObject, &self.key, self.store.read_headers());
        match self.store.fetch_with(&request, Retry::once()).await {
            Err(failure) if failure.is_stopped() => Err(failure),
            answer => Ok(answer.is_ok()),
        }
    }

    /// Those bytes of the very same object; `None` for an answer with others.
    ///
    /// # Errors
    /// As [`Store::fetch_with`].
    pub async fn get(&self, range: &Range<u64>, retry: Retry) -> Result<Option<Hold>, Failure> {
        let request = Request::new(Operation::GetObject, &self.key, self.headers_of(range));
        let response = self.store.fetch_with(&request, retry).await?;
        match is_range(&response, range, self.stored_bytes) {
            true => Ok(response.into_body()),
            false => Ok(None),
        }
    }
}
