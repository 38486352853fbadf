//! Around s3s: CORS, and what it takes more strictly than S3.

use super::{
    cors::{self, Preflight},
    drain::Drainable,
};
use crate::store::{CorsRule, Store};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, header};
use s3s::service::S3Service;
use std::sync::Arc;

/// What the S3 endpoint needs.
#[derive(Clone)]
pub struct S3State {
    /// Checks signatures and carries requests out.
    pub service: S3Service,
    /// Knows the buckets' CORS rules.
    pub store: Arc<Store>,
}

/// The S3 endpoint.
pub fn router(state: S3State) -> Router {
    Router::new().fallback(handle).with_state(state)
}

async fn handle(State(state): State<S3State>, mut request: Request) -> Response {
    let origin = text(&request, header::ORIGIN).map(str::to_string);
    let rules = rules(&state.store, request.uri().path());
    if request.method() == Method::OPTIONS {
        return preflight(&rules, &request, origin.as_deref());
    }
    let method = request.method().as_str().to_string();
    drop_foreign_range(&mut request);
    let (parts, body) = request.into_parts();
    let body = Drainable::new(body);
    let request = Request::from_parts(parts, Body::new(body.clone()));
    let mut response = call(&state.service, request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        body.drain().await;
    }
    if let Some(headers) = origin.and_then(|origin| cors::answer(&rules, &origin, &method)) {
        response.headers_mut().extend(headers);
    }
    response
}

async fn call(service: &S3Service, request: Request) -> Response {
    let presigned = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("X-Amz-Credential"));
    match service.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(response) if response.status() == StatusCode::BAD_REQUEST => {
            as_s3_says(response.map(Body::new), presigned).await
        }
        Ok(response) => response.map(Body::new),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

// Two refusals that s3s gives another code than S3 does.
async fn as_s3_says(response: Response, presigned: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, 64 * 1024).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut xml = String::from_utf8_lossy(&bytes).into_owned();
    if presigned && xml.contains("<Code>AuthorizationHeaderMalformed<") {
        xml = xml.replace(
            "<Code>AuthorizationHeaderMalformed<",
            "<Code>AuthorizationQueryParametersError<",
        );
    }
    if xml.contains("<Code>InvalidPolicyDocument<") && xml.contains("<Message>Policy condition") {
        parts.status = StatusCode::FORBIDDEN;
        xml = xml.replace("<Code>InvalidPolicyDocument<", "<Code>AccessDenied<");
        xml = xml.replace("<Message>", "<Message>Invalid according to Policy: ");
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(xml))
}

fn rules(store: &Store, path: &str) -> Vec<CorsRule> {
    let bucket = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    store.bucket(bucket).map(|record| record.cors).unwrap_or_default()
}

fn text(request: &Request, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

fn preflight(rules: &[CorsRule], request: &Request, origin: Option<&str>) -> Response {
    let (Some(origin), Some(method)) = (origin, text(request, header::ACCESS_CONTROL_REQUEST_METHOD)) else {
        return error(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            "Insufficient information. Origin request header needed.",
        );
    };
    let headers = text(request, header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let headers = headers
        .split(',')
        .map(|name| name.trim().to_string())
        .filter(|name| !name.is_empty());
    match cors::preflight(
        rules,
        &Preflight {
            origin,
            method,
            headers: headers.collect(),
        },
    ) {
        Some(headers) => (StatusCode::OK, headers).into_response(),
        None => error(
            StatusCode::FORBIDDEN,
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed.",
        ),
    }
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], xml).into_response()
}

// S3 answers several ranges, or a range that is none, with the whole object; s3s refuses them. A signed one stays.
fn drop_foreign_range(request: &mut Request) {
    let Some(range) = text(request, header::RANGE) else {
        return;
    };
    let usual = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .is_some_and(|(first, last)| {
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            digits(first) && digits(last) && !(first.is_empty() && last.is_empty())
        });
    let signed = |text: &str| text.to_ascii_lowercase().contains("range");
    let query = request.uri().query().unwrap_or_default();
    if !usual && !signed(query) && !text(request, header::AUTHORIZATION).is_some_and(signed) {
        request.headers_mut().remove(header::RANGE);
    }
}
