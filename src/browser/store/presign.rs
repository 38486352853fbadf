//! URLs from the server that holds the credentials.

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::AbortController;

use crate::browser::{
    Failure,
    js::{abort::Abort, online::nothing_answered, properties::Properties, summary::to_js},
    store::backoff::wait_after,
};
use crate::{
    Error,
    encryption_context::StringMap,
    s3::{
        ServerSideEncryption,
        retry::{Outcome, Retry},
    },
};

/// Header names in lower case, and values.
pub(crate) type Headers = StringMap;

/// What S3 has to be told with every request for an object that is stored so: the key of SSE-C.
pub(crate) fn read_headers(server_side: Option<&ServerSideEncryption>) -> Headers {
    match server_side {
        Some(ServerSideEncryption::Customer(key)) => key.headers().into_iter().collect(),
        _ => Headers::new(),
    }
}

/// For a URL or header that the browser does not take.
pub(crate) fn unusable(cause: JsValue) -> Failure {
    Failure::caused(
        Error::PresignFailed("the browser refuses the URL or a header of the presign answer"),
        cause,
    )
}

/// S3's operations, as the callback gets them.
#[derive(Clone, Serialize)]
#[serde(tag = "operation", rename_all_fields = "camelCase")]
#[allow(clippy::enum_variant_names)] // S3's names
pub(crate) enum PresignRequest<'a> {
    PutObject {
        key: &'a str,
        content_length: u64,
        headers: &'a Headers,
    },
    GetObject {
        key: &'a str,
        headers: &'a Headers,
    },
    HeadObject {
        key: &'a str,
        headers: &'a Headers,
    },
    CreateMultipartUpload {
        key: &'a str,
        headers: &'a Headers,
    },
    UploadPart {
        key: &'a str,
        upload_id: &'a str,
        part_number: u16,
        content_length: u64,
        headers: &'a Headers,
    },
    ListParts {
        key: &'a str,
        upload_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        part_number_marker: Option<u16>,
        headers: &'a Headers,
    },
    CompleteMultipartUpload {
        key: &'a str,
        upload_id: &'a str,
        headers: &'a Headers,
    },
    AbortMultipartUpload {
        key: &'a str,
        upload_id: &'a str,
        headers: &'a Headers,
    },
}

impl PresignRequest<'_> {
    /// The HTTP method of the operation.
    pub(crate) const fn method(&self) -> &'static str {
        match self {
            Self::PutObject { .. } | Self::UploadPart { .. } => "PUT",
            Self::GetObject { .. } | Self::ListParts { .. } => "GET",
            Self::HeadObject { .. } => "HEAD",
            Self::CreateMultipartUpload { .. } | Self::CompleteMultipartUpload { .. } => "POST",
            Self::AbortMultipartUpload { .. } => "DELETE",
        }
    }

    /// Whether the store has answered before, in the same transfer.
    pub(crate) const fn follows_an_answer(&self) -> bool {
        matches!(self, Self::UploadPart { .. } | Self::CompleteMultipartUpload { .. })
    }

    const fn headers(&self) -> &Headers {
        match self {
            Self::PutObject { headers, .. }
            | Self::GetObject { headers, .. }
            | Self::HeadObject { headers, .. }
            | Self::CreateMultipartUpload { headers, .. }
            | Self::UploadPart { headers, .. }
            | Self::ListParts { headers, .. }
            | Self::CompleteMultipartUpload { headers, .. }
            | Self::AbortMultipartUpload { headers, .. } => headers,
        }
    }
}

/// Where to send a request, and with which headers.
pub(crate) struct Presigned {
    pub(crate) url: String,
    pub(crate) headers: Headers,
}

#[derive(Clone)]
pub(crate) struct Presigner(Function);

impl Presigner {
    pub(crate) fn new(callback: Function) -> Self {
        Self(callback)
    }

    pub(crate) async fn presign(&self, request: &PresignRequest<'_>, abort: &Abort) -> Result<Presigned, Failure> {
        let failed = |cause| {
            Failure::caused(
                Error::PresignFailed("the presign callback failed, see the cause"),
                cause,
            )
        };
        let signal = match abort.signal() {
            Some(signal) => JsValue::from(signal.clone()),
            None => never()?,
        };
        let mut retry = Retry::new();
        let answer = loop {
            let answer = self.0.call2(&JsValue::UNDEFINED, &to_js(request)?, &signal);
            let answer = answer.map_err(failed)?;
            match abort.wait(Promise::resolve(&answer)).await? {
                Ok(answer) => break answer,
                // The signer is most likely across the same network as the store.
                Err(cause) if nothing_answered(&cause) => {
                    match wait_after(Outcome::NoAnswer, &mut retry, abort).await {
                        Err(failure) if !failure.is_aborted() => return Err(failed(cause)),
                        waited => drop(waited?),
                    }
                }
                Err(cause) => return Err(failed(cause)),
            }
        };
        let (url, added) = parse(answer).ok_or(Error::PresignFailed(
            "the presign callback did not return { url, headers? }",
        ))?;
        Ok(Presigned {
            url,
            headers: merge(request.headers(), added)?,
        })
    }
}

fn parse(answer: JsValue) -> Option<(String, Headers)> {
    let answer = Properties::parse(answer, "the answer").ok()?;
    let headers = answer.string_map("headers").ok()?;
    Some((answer.string("url").ok()??, headers.unwrap_or_default()))
}

/// The request's headers and those that the signer adds; it may not change the envelope.
fn merge(own: &Headers, added: Headers) -> Result<Headers, Failure> {
    let mut headers = own.clone();
    for (name, value) in added {
        let name = name.to_ascii_lowercase();
        // The browser sets these itself and lets nobody else.
        if matches!(name.as_str(), "host" | "content-length") {
            continue;
        }
        match headers.get(&name) {
            Some(current) if *current != value => {
                return Err(Error::PresignFailed("the presign answer changes a header of the request").into());
            }
            _ => headers.insert(name, value),
        };
    }
    Ok(headers)
}

/// A signal that never fires, so that callbacks need not ask whether there is one.
fn never() -> Result<JsValue, Failure> {
    let controller = AbortController::new().map_err(|_| Error::UnsupportedBrowser("AbortController"))?;
    Ok(controller.signal().into())
}
