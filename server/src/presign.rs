//! `POST /presign`: one of S3's operations, with its headers, becomes a URL that does this and nothing else.

use crate::config::Credentials;
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use rusty_s3::{Bucket, Credentials as Signer, S3Action};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use url::Url;

/// Signs for one bucket.
pub struct Presigner {
    bucket: Bucket,
    signer: Signer,
    expiry: Duration,
}

/// What the page asks for; the names are those of `PresignRequest` in the package's types.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    operation: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    content_length: Option<u64>,
    upload_id: Option<String>,
    part_number: Option<u16>,
    part_number_marker: Option<u16>,
    prefix: Option<String>,
    continuation_token: Option<String>,
}

const MOST: u64 = 5 * 1024 * 1024 * 1024;

// What the package sends, and no more: a page that may upload may not therefore copy (x-amz-copy-source) or publish
// (x-amz-acl).
const SIGNED: &[&str] = &[
    "content-type",
    "if-match",
    "if-none-match",
    "range",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha256",
    "x-amz-mp-object-size",
];
const SIGNED_PREFIXES: &[&str] = &["x-amz-meta-", "x-amz-server-side-encryption"];

impl Presigner {
    /// For one bucket of an account.
    pub fn new(
        endpoint: Url,
        path_style: bool,
        bucket: &str,
        region: &str,
        credentials: &Credentials,
        expiry: u32,
    ) -> Result<Self, String> {
        let style = if path_style {
            rusty_s3::UrlStyle::Path
        } else {
            rusty_s3::UrlStyle::VirtualHost
        };
        let bucket =
            Bucket::new(endpoint, style, bucket.to_string(), region.to_string()).map_err(|error| error.to_string())?;
        let (key, secret) = (credentials.access_key.clone(), credentials.secret_key.clone());
        let signer = match &credentials.session_token {
            Some(token) => Signer::new_with_token(key, secret, token.clone()),
            None => Signer::new(key, secret),
        };
        Ok(Self {
            bucket,
            signer,
            expiry: Duration::from_secs(expiry.into()),
        })
    }

    /// The origin that the page must be allowed to connect to.
    pub fn origin(&self) -> String {
        self.bucket.base_url().origin().ascii_serialization()
    }

    /// The URL, or what is wrong with what was asked.
    pub fn sign(&self, ask: &Ask) -> Result<Url, String> {
        let (bucket, signer, key) = (&self.bucket, Some(&self.signer), ask.key.as_str());
        if ask.operation != "ListObjectsV2" && (key.is_empty() || key.len() > 1024) {
            return Err("a key is 1 to 1024 bytes long".into());
        }
        if key.split('/').any(|part| part == "." || part == "..") {
            return Err("URLs cannot carry a key with the parts . or ..".into());
        }
        let upload = || {
            ask.upload_id
                .as_deref()
                .filter(|id| !id.is_empty())
                .ok_or("uploadId is missing")
        };
        match ask.operation.as_str() {
            "PutObject" => self.finish(ask, true, bucket.put_object(signer, key)),
            "GetObject" => self.finish(ask, false, bucket.get_object(signer, key)),
            "HeadObject" => self.finish(ask, false, bucket.head_object(signer, key)),
            "DeleteObject" => self.finish(ask, false, bucket.delete_object(signer, key)),
            "CreateMultipartUpload" => self.finish(ask, false, bucket.create_multipart_upload(signer, key)),
            "UploadPart" => {
                let number = ask.part_number.filter(|number| (1..=10_000).contains(number));
                let number = number.ok_or("partNumber is 1 to 10000")?;
                self.finish(ask, true, bucket.upload_part(signer, key, number, upload()?))
            }
            "ListParts" => {
                let mut action = bucket.list_parts(signer, key, upload()?);
                if let Some(marker) = ask.part_number_marker {
                    action.set_part_number_marker(marker);
                }
                self.finish(ask, false, action)
            }
            "CompleteMultipartUpload" => {
                let parts = std::iter::empty::<&str>();
                self.finish(
                    ask,
                    false,
                    bucket.complete_multipart_upload(signer, key, upload()?, parts),
                )
            }
            "AbortMultipartUpload" => self.finish(ask, false, bucket.abort_multipart_upload(signer, key, upload()?)),
            "ListObjectsV2" => {
                let mut action = bucket.list_objects_v2(signer);
                if let Some(prefix) = &ask.prefix {
                    action.with_prefix(prefix.clone());
                }
                if let Some(token) = &ask.continuation_token {
                    action.with_continuation_token(token.clone());
                }
                self.finish(ask, false, action)
            }
            other => Err(format!("there is no operation '{other}'")),
        }
    }

    fn finish<'a>(&self, ask: &Ask, has_body: bool, mut action: impl S3Action<'a>) -> Result<Url, String> {
        for (name, value) in &ask.headers {
            let name = name.to_ascii_lowercase();
            let known =
                SIGNED.contains(&name.as_str()) || SIGNED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
            if !known || HeaderName::try_from(&name).is_err() {
                return Err(format!("the header '{name}' is not signed here"));
            }
            if HeaderValue::try_from(value).is_err() || value.trim() != value || !value.is_ascii() {
                return Err(format!("the value of '{name}' cannot be sent as it is"));
            }
            action.headers_mut().insert(name, value.clone());
        }
        match (has_body, ask.content_length) {
            (true, Some(length)) if length <= MOST => action.headers_mut().insert("content-length", length.to_string()),
            (true, Some(_)) => return Err("S3 takes at most 5 GiB at once".into()),
            (true, None) => return Err("contentLength is missing".into()),
            (false, Some(_)) => return Err(format!("{} has no contentLength", ask.operation)),
            (false, None) => {}
        }
        Ok(action.sign(self.expiry))
    }
}

/// The endpoint.
pub async fn handle(State(presigner): State<Arc<Presigner>>, ask: Result<Json<Ask>, JsonRejection>) -> Response {
    let url = ask
        .map_err(|error| error.body_text())
        .and_then(|Json(ask)| presigner.sign(&ask));
    match url {
        Ok(url) => (
            [(http::header::CACHE_CONTROL, "no-store")],
            Json(json!({ "url": url.as_str() })),
        )
            .into_response(),
        Err(message) => (
            StatusCode::BAD_REQUEST,
            Json(json!({ "code": "bad-request", "message": message })),
        )
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_headers_of_the_package_are_signed() {
        let credentials = Credentials {
            access_key: "AK".into(),
            secret_key: "SK".into(),
            session_token: None,
        };
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        let presigner = Presigner::new(endpoint, true, "bucket", "us-east-1", &credentials, 60).unwrap();
        let sign = |name: &str, value: &str| {
            let ask = json!({ "operation": "PutObject", "key": "k", "contentLength": 1, "headers": { name: value } });
            presigner.sign(&serde_json::from_value(ask).unwrap())
        };
        for name in [
            "If-None-Match",
            "x-amz-meta-x-amz-key-v2",
            "x-amz-server-side-encryption-context",
        ] {
            let url = sign(name, "*").unwrap();
            let (_, signed) = url
                .query_pairs()
                .find(|(name, _)| name == "X-Amz-SignedHeaders")
                .unwrap();
            assert!(
                signed.split(';').any(|signed| signed == name.to_lowercase()),
                "{signed}"
            );
        }
        for name in [
            "x-amz-copy-source",
            "x-amz-acl",
            "x-amz-tagging",
            "x-amz-meta-\n",
            "cache-control",
        ] {
            assert!(sign(name, "*").is_err(), "{name}");
        }
        assert!(sign("x-amz-meta-name", "ü").is_err());
    }
}
