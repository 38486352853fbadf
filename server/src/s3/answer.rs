//! What every answer carries, and what S3 says where s3s says less or something else.

use super::{sse, xml};
use crate::encoding::{base64, hex, random};
use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// What must be remembered of a request to word its refusal.
#[derive(Default)]
pub struct Asked {
    presigned: bool,
    unsigned: Vec<String>,
}

impl Asked {
    /// From its head.
    pub fn of(request: &Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let named = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        let presigned = named("X-Amz-Credential").is_some();
        let signed = named("X-Amz-SignedHeaders").or_else(|| in_authorization(request.headers()));
        let signed = signed.unwrap_or_default().to_ascii_lowercase();
        let mut unsigned: Vec<_> = request
            .headers()
            .keys()
            .map(|name| name.as_str())
            .filter(|name| name.starts_with("x-amz-") && *name != "x-amz-content-sha256")
            .filter(|name| !sse::MAY_BE_UNSIGNED.contains(name) && signed.split(';').all(|other| other != *name))
            .map(str::to_string)
            .collect();
        unsigned.sort_unstable();
        Self { presigned, unsigned }
    }
}

fn in_authorization(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, names) = text.split_once("SignedHeaders=")?;
    names.split([',', ' ']).next().map(str::to_string)
}

/// The answer as S3 sends it: with its two ids, which are also in an error's document.
pub fn finish(response: http::Response<s3s::Body>, asked: &Asked) -> Response {
    let request_id = hex(&random::<8>().unwrap_or_default()).to_uppercase();
    let host_id = base64(&random::<48>().unwrap_or([0; 48]));
    let (mut parts, body) = response.into_parts();
    // What s3s holds in memory is a document; the bytes of an object come as a stream.
    let body = match body.bytes().filter(|bytes| !bytes.is_empty()) {
        Some(bytes) => {
            let mut document = xml::restore(&String::from_utf8_lossy(&bytes));
            if parts.status.is_client_error() || parts.status.is_server_error() {
                let ids = format!("<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId></Error>");
                document = as_s3_says(&mut parts.status, document, asked).replace("</Error>", &ids);
            }
            parts.headers.remove(header::CONTENT_LENGTH);
            Body::from(document)
        }
        None => Body::new(body),
    };
    for (name, id) in [("x-amz-request-id", request_id), ("x-amz-id-2", host_id)] {
        if let Ok(id) = HeaderValue::try_from(id) {
            parts.headers.insert(name, id);
        }
    }
    Response::from_parts(parts, body)
}

fn as_s3_says(status: &mut StatusCode, mut document: String, asked: &Asked) -> String {
    if asked.presigned && document.contains("<Code>AuthorizationHeaderMalformed<") {
        document = document.replace(
            "<Code>AuthorizationHeaderMalformed<",
            "<Code>AuthorizationQueryParametersError<",
        );
    }
    if document.contains("<Code>InvalidPolicyDocument<") && document.contains("<Message>Policy condition") {
        *status = StatusCode::FORBIDDEN;
        document = document.replace("<Code>InvalidPolicyDocument<", "<Code>AccessDenied<");
        document = document.replace("<Message>", "<Message>Invalid according to Policy: ");
    }
    if document.contains("<Message>There were headers present in the request which were not signed<") {
        let names = asked.unsigned.join(", ");
        document = document.replace(
            "</Error>",
            &format!("<HeadersNotSigned>{names}</HeadersNotSigned></Error>"),
        );
    }
    document
}

/// A refusal of this layer's own.
pub fn error(status: StatusCode, code: &str, message: &str) -> http::Response<s3s::Body> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = http::Response::new(s3s::Body::from(document));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
