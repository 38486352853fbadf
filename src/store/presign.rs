//! URLs from the server that holds the credentials.

use zeroize::Zeroizing;

use super::{Store, attempt::wait_after};
use crate::{
    Error,
    machine::{Answer, Body, Failure, Reply, Sending, Step},
    s3::{
        answer::{Asked, Operation},
        idle::Idle,
        request::{Headers, Request},
        retry::{Outcome, Retry},
        url::{ParsedUrl, admit},
    },
};

/// Where to send a request, and with which headers.
pub struct Presigned {
    operation: Operation,
    url: String,
    /// Those that the signer has seen, or added.
    headers: Headers,
    with_customer_key: bool,
    /// Bytes of a body that is no text.
    body_bytes: u64,
}

impl Presigned {
    /// What an answer that comes at that time is judged by; in seconds since 1970.
    pub(super) const fn asked(&self, now: u64) -> Asked<'_> {
        Asked {
            operation: self.operation,
            url: self.url.as_str(),
            headers: &self.headers,
            now,
        }
    }
}

impl Store {
    /// Asks the signer.
    ///
    /// # Errors
    /// [`Error::PresignFailed`].
    pub async fn presign(&self, request: &Request) -> Result<Presigned, Failure> {
        let mut retry = Retry::new();
        let (url, added) = loop {
            let failed = |cause| {
                let why = "the presign callback failed, see the cause";
                Failure::caused(Error::PresignFailed(why), cause)
            };
            match self.desk().ask(Step::Presign(request.clone())).await? {
                (Answer::Presigned { url, headers }, _) => break (url, headers),
                // The signer is most likely across the same network as the store.
                (Answer::Failed(cause), _) if cause.is_network_error() => {
                    let waited = wait_after(Outcome::NoAnswer, cause.online, &mut retry, self.desk()).await;
                    match waited {
                        Err(failure) if !failure.is_stopped() => return Err(failed(cause)),
                        waited => drop(waited?),
                    }
                }
                (Answer::Failed(cause), _) => return Err(failed(cause)),
                _ => {
                    let why =
                        "the presign callback did not return { url, headers? }, or its url is not an absolute URL";
                    return Err(Error::PresignFailed(why).into());
                }
            }
        };
        let parsed = ParsedUrl {
            protocol: &url.protocol,
            origin: &url.origin,
            has_user: url.has_user,
            has_fragment: url.href.contains('#'),
        };
        admit(&parsed, &self.access.own_origins)?;
        // Where the request says that it is about an object of that key.
        let names_key = self.access.customer_key.as_ref().is_some_and(|key| {
            let mut signed = key.signed_headers().into_iter();
            signed.all(|(name, _)| request.headers.contains_key(&name))
        });
        Ok(Presigned {
            operation: request.operation,
            headers: request.signed_headers(added)?,
            url: url.href,
            with_customer_key: names_key,
            body_bytes: request.content_length.unwrap_or(0),
        })
    }

    /// One attempt at it: the key of SSE-C goes to the store alone.
    pub(super) fn sending(&self, to: &Presigned, body: Body, reply: Reply) -> Step {
        let key = self.access.customer_key.as_ref().filter(|_| to.with_customer_key);
        let unsigned = key.into_iter().flat_map(|key| key.unsigned_headers());
        let unsigned = unsigned.map(|(name, value): (&str, Zeroizing<String>)| (name.to_owned(), value.to_string()));
        let body_bytes = match &body {
            Body::Nothing => None,
            Body::Text(text) => Some(text.len() as u64),
            Body::Source | Body::Held(_) => Some(to.body_bytes),
        };
        let signed = to.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
        Step::Send(Sending {
            method: to.operation.method(),
            url: to.url.clone(),
            headers: signed.chain(unsigned).collect(),
            body,
            reply,
            idle: Idle::of(body_bytes),
        })
    }
}
