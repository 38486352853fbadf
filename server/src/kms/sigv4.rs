//! Signature version 4 in headers, for requests with a small body: made for a real KMS, checked for this one.

use crate::{
    config::Credentials,
    encoding::{hex, percent},
};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

const STAMP: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SKEW_SECONDS: i64 = 15 * 60;

/// What a signature is about.
pub struct Signable<'a> {
    /// Such as `POST`.
    pub method: &'a str,
    /// The path, as sent.
    pub path: &'a str,
    /// The query, as sent.
    pub query: &'a str,
    /// Name (in lower case) and value of the signed headers, in order.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: &'a [u8],
}

impl Signable<'_> {
    fn names(&self) -> String {
        self.headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(";")
    }

    fn signature(&self, secret: &str, stamp: &str, scope: &str) -> String {
        let mut query: Vec<_> = url::form_urlencoded::parse(self.query.as_bytes())
            .map(|(name, value)| format!("{}={}", percent(&name, false), percent(&value, false)))
            .collect();
        query.sort();
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}:{}\n", value.trim()))
            .collect();
        let canonical = [
            self.method,
            &percent(self.path, true),
            &query.join("&"),
            &headers,
            &self.names(),
            &hex(&Sha256::digest(self.body)),
        ]
        .join("\n");
        let text = [ALGORITHM, stamp, scope, &hex(&Sha256::digest(canonical))].join("\n");
        let first = format!("AWS4{secret}").into_bytes();
        let key = scope.split('/').fold(first, |key, part| hmac(&key, part));
        hex(&hmac(&key, &text))
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The headers that sign a `POST` of AWS JSON.
pub fn sign(
    url: &url::Url,
    target: &str,
    body: &[u8],
    credentials: &Credentials,
    region: &str,
    now: OffsetDateTime,
) -> Vec<(String, String)> {
    let stamp = now.format(STAMP).unwrap_or_default();
    let scope = format!("{}/{region}/kms/aws4_request", &stamp[..8.min(stamp.len())]);
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_string(),
    };
    let mut headers = vec![
        ("content-type".to_string(), "application/x-amz-json-1.1".to_string()),
        ("host".into(), host),
        ("x-amz-date".into(), stamp.clone()),
    ];
    headers.extend(
        credentials
            .session_token
            .clone()
            .map(|token| ("x-amz-security-token".into(), token)),
    );
    headers.push(("x-amz-target".into(), target.into()));
    let signable = Signable {
        method: "POST",
        path: url.path(),
        query: url.query().unwrap_or_default(),
        headers,
        body,
    };
    let signature = signable.signature(&credentials.secret_key, &stamp, &scope);
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        credentials.access_key,
        signable.names()
    );
    let mut headers = signable.headers;
    headers.push(("authorization".into(), authorization));
    headers
}

/// Checks a request to this KMS; the error is AWS's own name for it.
pub fn verify(
    method: &str,
    uri: &http::Uri,
    headers: &HeaderMap,
    body: &[u8],
    credentials: &Credentials,
    region: &str,
    now: OffsetDateTime,
) -> Result<(), &'static str> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = header("authorization").ok_or("MissingAuthenticationTokenException")?;
    let fields = authorization
        .strip_prefix(ALGORITHM)
        .ok_or("IncompleteSignatureException")?;
    let field = |name: &str| {
        let mut fields = fields.split(',').filter_map(|field| field.trim().split_once('='));
        fields
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value)
            .ok_or("IncompleteSignatureException")
    };
    let (access_key, scope) = field("Credential")?
        .split_once('/')
        .ok_or("IncompleteSignatureException")?;
    if access_key != credentials.access_key {
        return Err("UnrecognizedClientException");
    }
    let stamp = header("x-amz-date").ok_or("IncompleteSignatureException")?;
    let at = PrimitiveDateTime::parse(stamp, STAMP)
        .map_err(|_| "IncompleteSignatureException")?
        .assume_utc();
    let right_scope = format!("{}/{region}/kms/aws4_request", &stamp[..8]);
    if scope != right_scope || (now - at).whole_seconds().abs() > SKEW_SECONDS {
        return Err("InvalidSignatureException");
    }
    let names: Vec<_> = field("SignedHeaders")?.split(';').collect();
    if !names.contains(&"host") || header("x-amz-target").is_some() && !names.contains(&"x-amz-target") {
        return Err("InvalidSignatureException");
    }
    let signed = names
        .iter()
        .map(|name| header(name).map(|value| (name.to_string(), value.to_string())));
    let signable = Signable {
        method,
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: signed.collect::<Option<_>>().ok_or("InvalidSignatureException")?,
        body,
    };
    let signature = signable.signature(&credentials.secret_key, stamp, scope);
    match bool::from(signature.as_bytes().ct_eq(field("Signature")?.as_bytes())) {
        true => Ok(()),
        false => Err("InvalidSignatureException"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn verifies_what_it_signs_and_nothing_else() {
        let credentials = Credentials {
            access_key: "AK".into(),
            secret_key: "SK".into(),
            session_token: None,
        };
        let url: url::Url = "http://127.0.0.1:1/_kms/".parse().unwrap();
        let now = OffsetDateTime::now_utc();
        let signed = sign(&url, "TrentService.Decrypt", b"{}", &credentials, "us-east-1", now);
        let mut headers = HeaderMap::new();
        for (name, value) in signed {
            headers.insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        let uri: http::Uri = url.as_str().parse().unwrap();
        let check = |body: &[u8], region, now| verify("POST", &uri, &headers, body, &credentials, region, now);
        assert_eq!(check(b"{}", "us-east-1", now), Ok(()));
        assert!(check(b"{ }", "us-east-1", now).is_err());
        assert!(check(b"{}", "eu-west-1", now).is_err());
        assert!(check(b"{}", "us-east-1", now + time::Duration::hours(1)).is_err());
    }
}
