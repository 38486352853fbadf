//! Around s3s: CORS, and what it takes more strictly than S3.

use super::{
    answer::{self, Asked},
    cors::{self, Preflight},
    drain::Drainable,
};
use crate::store::{CorsRule, Store};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
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
        return answer::finish(preflight(&rules, &request, origin.as_deref()), &Asked::default());
    }
    let method = request.method().as_str().to_string();
    drop_foreign_range(&mut request);
    let asked = Asked::of(&request);
    let (parts, body) = request.into_parts();
    let body = Drainable::new(body);
    let request = Request::from_parts(parts, s3s::Body::http_body_unsync(Body::new(body.clone())));
    // s3s cannot write a refusal that quotes a control character.
    let unwritten = |_| {
        answer::error(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "The request holds a control character.",
        )
    };
    let response = state.service.call(request).await.unwrap_or_else(unwritten);
    if response.status().is_client_error() || response.status().is_server_error() {
        body.drain().await;
    }
    let mut response = answer::finish(response, &asked);
    if let Some(headers) = origin.and_then(|origin| cors::answer(&rules, &origin, &method)) {
        response.headers_mut().extend(headers);
    }
    response
}

fn rules(store: &Store, path: &str) -> Vec<CorsRule> {
    let bucket = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    store.bucket(bucket).map(|record| record.cors).unwrap_or_default()
}

fn text(request: &Request, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

fn preflight(rules: &[CorsRule], request: &Request, origin: Option<&str>) -> http::Response<s3s::Body> {
    let (Some(origin), Some(method)) = (origin, text(request, header::ACCESS_CONTROL_REQUEST_METHOD)) else {
        return answer::error(
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
        Some(headers) => {
            let mut response = http::Response::new(s3s::Body::empty());
            *response.headers_mut() = headers;
            response
        }
        None => answer::error(
            StatusCode::FORBIDDEN,
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed.",
        ),
    }
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
