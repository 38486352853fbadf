//! The page's server: static files, `/config.json`, `/presign`, `/kms/*` and `/storage-view`.

use crate::{broker, broker::Broker, guard, presign, presign::Presigner, storage_view, store::Store};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tower_http::services::ServeDir;

/// What the page's server needs.
pub struct Page {
    pub address: SocketAddr,
    pub www: PathBuf,
    pub pkg: PathBuf,
    pub bucket: String,
    pub region: String,
    pub endpoint: String,
    pub presigner: Arc<Presigner>,
    pub broker: Option<Arc<Broker>>,
    /// The embedded store, if it is that.
    pub store: Option<Arc<Store>>,
    /// Whether the page has the SSE-C key signed.
    pub signs_customer_key: bool,
}

impl Page {
    fn config(&self) -> Value {
        json!({
            "store": if self.store.is_some() { "embedded" } else { "remote" },
            "bucket": self.bucket,
            "region": self.region,
            "endpoint": self.endpoint,
            "kms": self.broker.is_some(),
            "kmsKeyId": self.broker.as_ref().map(|broker| broker.key_id()),
            "storageView": self.store.is_some(),
            "signsCustomerKey": self.signs_customer_key,
        })
    }

    /// Its routes.
    pub fn router(self) -> Router {
        let config = self.config();
        let headers = Arc::new(headers(&self.presigner.origin()));
        let mut router = Router::new()
            .route("/config.json", get(move || async { Json(config) }))
            .route("/presign", post(presign::handle).with_state(self.presigner));
        if let Some(broker) = self.broker {
            router = router.route("/kms/{operation}", post(broker::handle).with_state(broker));
        }
        if let Some(store) = self.store {
            router = router.route(
                "/storage-view",
                get(storage_view::handle).with_state((store, self.bucket)),
            );
        }
        let hosts = guard::hosts(self.address);
        router
            .nest_service("/pkg", ServeDir::new(self.pkg))
            .fallback_service(ServeDir::new(self.www))
            .layer(DefaultBodyLimit::max(256 * 1024))
            .layer(middleware::from_fn_with_state(hosts, guard::same_origin))
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                let headers = headers.clone();
                async move {
                    let mut response: Response = next.run(request).await;
                    for (name, value) in headers.iter() {
                        response.headers_mut().insert(name.clone(), value.clone());
                    }
                    response
                }
            }))
            .layer(middleware::from_fn_with_state("page", guard::log))
    }
}

fn headers(store: &str) -> Vec<(HeaderName, HeaderValue)> {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
         img-src 'self'; connect-src 'self' {store}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let fixed = [
        ("content-security-policy", policy.as_str()),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("cache-control", "no-cache"),
    ];
    fixed
        .into_iter()
        .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
        .collect()
}
