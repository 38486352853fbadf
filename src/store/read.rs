//! Requests that read.

use super::{Store, attempt::wait_after, write::unusable};
use crate::{
    Error,
    envelope::Metadata,
    machine::{Answer as Answered, Body, Desk, Ending, Failure, Head, Hold, Reply, Step, Taken},
    s3::{
        answer::{Answer, MAX_DOCUMENT_BYTES, judge},
        request::Request,
        retry::{Outcome, Retry},
    },
};

/// A success, whose connection closes when it is dropped.
pub struct Response {
    head: Head,
    body: Option<Hold>,
    desk: Desk,
}

impl Response {
    /// What the caller has fetched, as the page sees it.
    ///
    /// # Errors
    /// Where the caller stopped, or it cannot be read.
    pub async fn of_the_caller(desk: &Desk) -> Result<Self, Failure> {
        match desk.ask(Step::Take(Taken::Response)).await? {
            (Answered::Head(head), body) => Ok(Self {
                head,
                body,
                desk: desk.clone(),
            }),
            (Answered::Failed(cause), _) => Err(Failure::caused(Error::ReadFailed, cause)),
            _ => Err(Error::Unreachable("an answer to something else").into()),
        }
    }

    /// Its body, if it has one.
    pub fn into_body(self) -> Option<Hold> {
        self.body
    }

    /// HTTP's.
    pub const fn status(&self) -> u16 {
        self.head.status
    }

    /// A header, if there is one and the page may see it.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(String::as_str)
    }

    /// Bytes of the body.
    ///
    /// # Errors
    /// [`Error::LengthHidden`].
    pub fn content_length(&self) -> Result<u64, Error> {
        let length = self.header("content-length");
        length.and_then(|length| length.parse().ok()).ok_or(Error::LengthHidden)
    }

    /// The user metadata that the page may see.
    ///
    /// # Errors
    /// [`Error::EnvelopeInvalid`] for what no header can be.
    pub fn metadata(&self) -> Result<Metadata, Error> {
        let headers = self.head.headers.iter();
        Metadata::from_headers(headers.map(|(name, value)| (name.clone(), value.clone())))
    }

    /// Whether CORS hides everything. A page of another origin sees the headers that the bucket's rule names; without even the ETag, it
    /// names none.
    pub fn hides_headers(&self) -> bool {
        self.head.is_cors && self.header("etag").is_none()
    }

    /// The body to its end, unless it is longer than `most` bytes; then what came, and `false`.
    ///
    /// # Errors
    /// [`Error::Network`] for a connection that breaks.
    pub async fn read(&self, most: usize) -> Result<(Vec<u8>, bool), Failure> {
        first_bytes(&self.desk, self.body.as_ref(), most).await
    }
}

async fn first_bytes(desk: &Desk, body: Option<&Hold>, most: usize) -> Result<(Vec<u8>, bool), Failure> {
    let Some(body) = body else {
        return Ok((Vec::new(), true));
    };
    let pull = Step::Pull {
        stream: body.id(),
        // One more tells that there are more.
        bytes: u32::try_from(most).unwrap_or(u32::MAX).saturating_add(1),
    };
    match desk.ask(pull).await? {
        (Answered::Pulled { mut bytes, end }, _) => match end {
            Some(Ending::Broken(cause)) => Err(Failure::caused(Error::Network, cause)),
            _ => {
                let is_whole = bytes.len() <= most;
                bytes.truncate(most);
                Ok((bytes, is_whole))
            }
        },
        _ => Err(Error::Unreachable("an answer to something else").into()),
    }
}

impl Store {
    /// Asks until the store answers with success or it is pointless.
    ///
    /// # Errors
    /// What the signer or the store refuses; [`Error::Network`].
    pub async fn fetch(&self, request: &Request) -> Result<Response, Failure> {
        self.fetch_with(request, Retry::new()).await
    }

    /// Asks as long as that patience lasts.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_with(&self, request: &Request, mut retry: Retry) -> Result<Response, Failure> {
        let desk = self.desk();
        let mut from = self.presign(request).await?;
        loop {
            let (outcome, online) = match desk.ask(self.sending(&from, Body::Nothing, Reply::Stream)).await? {
                (Answered::NoAnswer { online }, _) => (Outcome::NoAnswer, online),
                (Answered::Head(head), body) => {
                    if (200..300).contains(&head.status) {
                        let desk = desk.clone();
                        return Ok(Response { head, body, desk });
                    }
                    // Of its document, a bounded start is read: it may unpack to far more than it is on its way.
                    let text = match first_bytes(desk, body.as_ref(), MAX_DOCUMENT_BYTES).await {
                        Ok((bytes, _)) => bytes,
                        Err(failure) if failure.is_stopped() => return Err(failure),
                        Err(_) => Vec::new(),
                    };
                    let answer = Answer {
                        status: head.status,
                        headers: head.headers,
                        body: String::from_utf8_lossy(&text).into_owned(),
                    };
                    match judge(&from.asked(desk.now()), answer) {
                        Err(outcome) => (outcome, true),
                        Ok(_) => return Err(Error::Unreachable("a refusal that is none").into()),
                    }
                }
                (answer, _) => return Err(unusable(answer)),
            };
            if wait_after(outcome, online, &mut retry, desk).await? {
                from = self.presign(request).await?;
            }
        }
    }
}
