//! The object that an answer is of, asked for again: the bytes that are missing, or a range.

use std::ops::Range;

use crate::browser::{
    Failure,
    js::abort::Abort,
    store::{
        fetch::{Answered, fetch_with},
        presign::{Headers, PresignRequest, Presigner},
        reader::Reader,
    },
};
use crate::s3::retry::Retry;

/// Where the rest of a body comes from: the very object of which the first part came.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) presigner: Presigner,
    pub(crate) key: String,
    /// What S3 has to be told on reading.
    pub(crate) headers: Headers,
    pub(crate) e_tag: String,
    pub(crate) stored_bytes: u64,
}

/// Whether an answer to a request for that range is it. Where CORS shows the page no Content-Range, the length tells.
pub(crate) fn is_range(answer: &Answered, range: &Range<u64>, stored_bytes: u64) -> bool {
    let said = format!("bytes {}-{}/{stored_bytes}", range.start, range.end.saturating_sub(1));
    answer.status() == 206
        && answer.content_length() == Ok(range.end.saturating_sub(range.start))
        && answer.header("content-range").is_none_or(|range| range == said)
}

impl Origin {
    fn headers_of(&self, range: &Range<u64>) -> Headers {
        let mut headers = self.headers.clone();
        let range = match range.end == self.stored_bytes {
            true => format!("bytes={}-", range.start),
            false => format!("bytes={}-{}", range.start, range.end.saturating_sub(1)),
        };
        headers.insert("range".into(), range);
        headers.insert("if-match".into(), self.e_tag.clone());
        headers
    }

    /// Whether the store says that the object is there. A signer may not allow the question.
    pub(crate) async fn is_there(&self, abort: &Abort) -> Result<bool, Failure> {
        let request = PresignRequest::HeadObject {
            key: &self.key,
            headers: &self.headers,
        };
        match fetch_with(&self.presigner, &request, Retry::once(), abort).await {
            Err(failure) if failure.is_aborted() => Err(failure),
            answer => Ok(answer.is_ok()),
        }
    }

    /// Those bytes of the very same object; `None` for an answer with others.
    pub(crate) async fn get(&self, range: &Range<u64>, retry: Retry, abort: &Abort) -> Result<Option<Reader>, Failure> {
        let headers = self.headers_of(range);
        let request = PresignRequest::GetObject {
            key: &self.key,
            headers: &headers,
        };
        let response = fetch_with(&self.presigner, &request, retry, abort).await?;
        let is_it = is_range(&response, range, self.stored_bytes);
        // In chunks, of which none goes down with a connection: one that breaks again and again still brings the download on.
        response
            .body()
            .filter(|_| is_it)
            .map(|stream| Reader::of_chunks(&stream))
            .transpose()
    }
}
