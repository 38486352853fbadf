//! Requests that read: presigned, and repeated as `s3::retry` has it.

use std::ops::Deref;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Request, RequestCache, RequestCredentials, RequestInit, Response, ResponseType};

use crate::browser::{
    Failure,
    js::abort::Abort,
    store::{
        backoff::wait_after,
        presign::{PresignRequest, Presigned, Presigner, unusable},
        reader::first_bytes,
    },
};
use crate::{
    Error,
    envelope::Metadata,
    s3::{
        answer::{Answer, MAX_DOCUMENT_BYTES, judge},
        retry::{Outcome, Retry},
    },
};

/// An answer whose connection closes with it, unless somebody reads its body.
pub(crate) struct Answered(pub(crate) Response);

impl Answered {
    /// A header, if there is one and the page may see it.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(self, name)
    }

    /// Bytes of the body.
    pub(crate) fn content_length(&self) -> Result<u64, Error> {
        let length = self.header("content-length");
        length.and_then(|length| length.parse().ok()).ok_or(Error::LengthHidden)
    }

    /// Gives the connection back. Waits until it is closed.
    pub(crate) async fn close(&self) {
        if let Some(body) = self.body() {
            drop(JsFuture::from(body.cancel()).await);
        }
    }

    /// The user metadata that the page may see.
    pub(crate) fn metadata(&self) -> Result<Metadata, Error> {
        Metadata::from_headers(headers(self))
    }

    /// Whether CORS hides everything. A page of another origin sees the headers that the bucket's rule names; without even the ETag, it
    /// names none.
    pub(crate) fn hides_headers(&self) -> bool {
        self.type_() == ResponseType::Cors && !self.headers().has("etag").unwrap_or(true)
    }
}

impl Deref for Answered {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.0
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        // A body that has a reader refuses.
        if let Some(body) = self.body() {
            let cancelled = JsFuture::from(body.cancel());
            spawn_local(async move { drop(cancelled.await) });
        }
    }
}

/// Asks until the store answers with success or it is pointless.
pub(crate) async fn fetch(
    presigner: &Presigner,
    request: &PresignRequest<'_>,
    abort: &Abort,
) -> Result<Answered, Failure> {
    fetch_with(presigner, request, Retry::new(), abort).await
}

/// Asks as long as that patience lasts.
pub(crate) async fn fetch_with(
    presigner: &Presigner,
    request: &PresignRequest<'_>,
    mut retry: Retry,
    abort: &Abort,
) -> Result<Answered, Failure> {
    let mut from = presigner.presign(request, abort).await?;
    loop {
        let outcome = match abort.wait(global_fetch(&request_to(&from, abort)?)).await? {
            Err(_) => Outcome::NoAnswer,
            Ok(response) => {
                let response: Response = response.unchecked_into();
                if response.ok() {
                    return Ok(Answered(response));
                }
                refused(&from, &response, abort).await?
            }
        };
        if wait_after(outcome, &mut retry, abort).await? {
            from = presigner.presign(request, abort).await?;
        }
    }
}

/// What a request may be told beside what it is told here: each is said to be absent, whatever a page's script has put on the prototype of all objects.
const OTHERWISE: [&str; 12] = [
    "body",
    "dispatcher",
    "duplex",
    "headers",
    "integrity",
    "keepalive",
    "mode",
    "priority",
    "redirect",
    "referrer",
    "referrerPolicy",
    "window",
];

fn request_to(from: &Presigned, abort: &Abort) -> Result<Request, Failure> {
    let init = RequestInit::new();
    for name in OTHERWISE {
        Reflect::set(&init, &name.into(), &JsValue::UNDEFINED).map_err(unusable)?;
    }
    init.set_method(from.method());
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(abort.signal());
    let request = Request::new_with_str_and_init(&from.url, &init).map_err(unusable)?;
    for (name, value) in from.sent_headers() {
        request.headers().set(name, &value).map_err(unusable)?;
    }
    Ok(request)
}

/// Of its document, a bounded start is read: it may unpack to far more than it is on its way.
async fn refused(from: &Presigned, response: &Response, abort: &Abort) -> Result<Outcome, Failure> {
    let body = match response.body() {
        Some(stream) => match first_bytes(&stream, MAX_DOCUMENT_BYTES, abort).await {
            Ok((bytes, _)) => bytes,
            Err(failure) if failure.is_aborted() => return Err(failure),
            Err(_) => Vec::new(),
        },
        None => Vec::new(),
    };
    let answer = Answer {
        status: response.status(),
        headers: headers(response).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    match judge(&from.asked(), answer) {
        Err(outcome) => Ok(outcome),
        Ok(_) => Err(Error::Unreachable("a refusal that is none").into()),
    }
}

/// Those that the page may see, in lower case.
fn headers(response: &Response) -> impl Iterator<Item = (String, String)> {
    response.headers().entries().into_iter().filter_map(|entry| {
        let entry: Array = entry.ok()?.dyn_into().ok()?;
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    })
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(request: &Request) -> Promise;
}
