//! The page's own endpoints are for the page alone: they sign with credentials that the browser does not have.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;
use std::{net::SocketAddr, sync::Arc};

/// The names by which this server may be called: another one means DNS rebinding.
pub fn hosts(address: SocketAddr) -> Arc<Vec<String>> {
    let port = address.port();
    let mut hosts = vec![
        address.to_string(),
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ];
    hosts.dedup();
    Arc::new(hosts)
}

/// Refuses another host's name and, but for plain reading, another origin's page.
pub async fn same_origin(State(hosts): State<Arc<Vec<String>>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let Some(host) = text(headers, header::HOST.as_str()).filter(|host| hosts.iter().any(|known| known == host)) else {
        return refuse("host", "This server does not go by that name.");
    };
    let own = format!("http://{host}");
    if text(headers, "origin").is_some_and(|origin| origin != own) {
        return refuse("cross-origin", "Only the page of this server may ask this.");
    }
    let reading = request.method() == Method::GET || request.method() == Method::HEAD;
    // A link from elsewhere may open the page; it may not have anything signed.
    let site = text(headers, "sec-fetch-site").unwrap_or("none");
    let navigation = reading && text(headers, "sec-fetch-mode") == Some("navigate");
    if !matches!(site, "same-origin" | "none") && !navigation {
        return refuse("cross-origin", "Only the page of this server may ask this.");
    }
    let json = text(headers, header::CONTENT_TYPE.as_str()).is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind == "application/json" || kind == "application/x-amz-json-1.1"
    });
    if !reading && !json {
        return refuse("content-type", "Send JSON, and say so.");
    }
    next.run(request).await
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refuse(code: &str, message: &str) -> Response {
    (
        StatusCode::FORBIDDEN,
        axum::Json(json!({ "code": code, "message": message })),
    )
        .into_response()
}

/// One line for each request: never a query, a header or a body, for they hold signatures and keys.
pub async fn log(State(name): State<&'static str>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_string());
    let response = next.run(request).await;
    eprintln!("{name} {method} {path} {}", response.status().as_u16());
    response
}
