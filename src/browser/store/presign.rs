//! URLs from the server that holds the credentials.

use std::rc::Rc;

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, Url};
use zeroize::Zeroizing;

use crate::browser::{
    Failure,
    js::{abort::Abort, online::is_network_error, properties::Properties, reflect::property, summary::to_js},
    store::backoff::wait_after,
};
use crate::{
    Error,
    encryption_context::StringMap,
    s3::{
        CustomerKey, ServerSideEncryption,
        answer::{Asked, Operation},
        may_be_added,
        retry::{Outcome, Retry},
        url::{ParsedUrl, admit},
    },
};

/// Header names in lower case, and values.
pub(crate) type Headers = StringMap;

/// What is signed of every request for an object that is stored so: of SSE-C.
pub(crate) fn read_headers(server_side: Option<&ServerSideEncryption>) -> Headers {
    match server_side {
        Some(ServerSideEncryption::Customer(key)) => key.signed_headers(),
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
    pub(crate) const fn operation(&self) -> Operation {
        match self {
            Self::PutObject { .. } => Operation::PutObject,
            Self::GetObject { .. } => Operation::GetObject,
            Self::HeadObject { .. } => Operation::HeadObject,
            Self::CreateMultipartUpload { .. } => Operation::CreateMultipartUpload,
            Self::UploadPart { .. } => Operation::UploadPart,
            Self::ListParts { .. } => Operation::ListParts,
            Self::CompleteMultipartUpload { .. } => Operation::CompleteMultipartUpload,
            Self::AbortMultipartUpload { .. } => Operation::AbortMultipartUpload,
        }
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
    operation: Operation,
    pub(crate) url: String,
    /// Those that the signer has seen, or added.
    headers: Headers,
    customer_key: Option<Rc<CustomerKey>>,
}

impl Presigned {
    pub(crate) const fn method(&self) -> &'static str {
        self.operation.method()
    }

    /// Names and values as they are sent: the key of SSE-C goes to the store alone.
    pub(crate) fn sent_headers<'a>(&'a self) -> impl Iterator<Item = (&'a str, Zeroizing<String>)> {
        let unsigned = self.customer_key.iter().flat_map(|key| key.unsigned_headers());
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), Zeroizing::new(value.clone())))
            .chain(unsigned.map(|(name, value)| -> (&'a str, _) { (name, value) }))
    }

    /// What an answer that comes now is judged by.
    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked {
            operation: self.operation,
            url: &self.url,
            headers: &self.headers,
            now: (js_sys::Date::now() / 1000.0) as u64,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Presigner {
    callback: Function,
    /// Of SSE-C, for those requests whose headers name it.
    customer_key: Option<Rc<CustomerKey>>,
    /// Where no URL may lead.
    own_origins: Rc<Vec<String>>,
}

impl Presigner {
    /// `store_on_page_origin`: the caller says that the store is there.
    pub(crate) fn new(callback: Function, store_on_page_origin: bool) -> Self {
        let own_origins = match store_on_page_origin {
            true => Vec::new(),
            false => own_origins(),
        };
        Self {
            callback,
            customer_key: None,
            own_origins: Rc::new(own_origins),
        }
    }

    /// The same, for objects that are stored so.
    pub(crate) fn with(mut self, server_side: Option<&ServerSideEncryption>) -> Self {
        if let Some(ServerSideEncryption::Customer(key)) = server_side {
            self.customer_key = Some(Rc::clone(key));
        }
        self
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
            let answer = self.callback.call2(&JsValue::UNDEFINED, &to_js(request)?, &signal);
            let answer = answer.map_err(failed)?;
            match abort.wait(Promise::resolve(&answer)).await? {
                Ok(answer) => break answer,
                // The signer is most likely across the same network as the store.
                Err(cause) if is_network_error(&cause) => {
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
            operation: request.operation(),
            url: self.admitted(&url)?,
            headers: merge(request.headers(), added)?,
            // Where the request says that it is about an object of that key.
            customer_key: self.customer_key.clone().filter(|key| {
                let mut signed = key.signed_headers().into_iter();
                signed.all(|(name, _)| request.headers().contains_key(&name))
            }),
        })
    }

    /// The URL as the platform reads it.
    fn admitted(&self, url: &str) -> Result<String, Failure> {
        let refused = Error::PresignFailed("the presign answer's url is not an absolute URL");
        let url = Url::new(url).map_err(|cause| Failure::caused(refused, cause))?;
        let parsed = ParsedUrl {
            protocol: &url.protocol(),
            origin: &url.origin(),
            has_user: !url.username().is_empty() || !url.password().is_empty(),
            has_fragment: url.href().contains('#'),
        };
        admit(&parsed, &self.own_origins)?;
        Ok(url.href())
    }
}

/// Those of the page or worker: of a frame without an address of its own, the one that it got from its parent.
pub(crate) fn own_origins() -> Vec<String> {
    let global = js_sys::global();
    let origins = [
        property(&property(&global, "location"), "origin"),
        property(&global, "origin"),
    ];
    origins.iter().filter_map(JsValue::as_string).collect()
}

pub(crate) fn parse(answer: JsValue) -> Option<(String, Headers)> {
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
            None if !may_be_added(&name) => {
                return Err(Error::PresignFailed(
                    "the presign answer adds a header of the envelope, or a key of SSE-C",
                )
                .into());
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
