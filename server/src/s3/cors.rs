//! CORS, as the bucket's owner has set it: nothing is allowed that no rule allows.

use super::{Out, Req, Res, refuse};
use crate::store::{CorsRule, Store};
use http::{HeaderMap, HeaderValue, header};
use s3s::{S3Result, dto::*, s3_error};

const PAGE_RULE: &str = "presealed-page";
const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];

pub(super) fn put(store: &Store, req: Req<PutBucketCorsInput>) -> Out<PutBucketCorsOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let rules: Vec<_> = req
        .input
        .cors_configuration
        .cors_rules
        .into_iter()
        .map(|rule| CorsRule {
            id: rule.id,
            allowed_origins: rule.allowed_origins,
            allowed_methods: rule.allowed_methods,
            allowed_headers: rule.allowed_headers.unwrap_or_default(),
            expose_headers: rule.expose_headers.unwrap_or_default(),
            max_age_seconds: rule.max_age_seconds,
        })
        .collect();
    rules.iter().try_for_each(check)?;
    store.set_cors(&req.input.bucket, rules)?;
    Ok(Res::new(PutBucketCorsOutput::default()))
}

// S3's own rules for rules; the last one is what trips people.
fn check(rule: &CorsRule) -> S3Result<()> {
    if let Some(method) = rule
        .allowed_methods
        .iter()
        .find(|method| !METHODS.contains(&method.as_str()))
    {
        return Err(s3_error!(
            InvalidRequest,
            "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
        ));
    }
    let wild = rule
        .allowed_origins
        .iter()
        .chain(&rule.allowed_headers)
        .find(|text| text.matches('*').count() > 1);
    if let Some(text) = wild {
        return Err(s3_error!(
            InvalidRequest,
            "\"{text}\" can not have more than one wildcard."
        ));
    }
    if let Some(name) = rule.expose_headers.iter().find(|name| name.contains('*')) {
        return Err(s3_error!(
            InvalidRequest,
            "ExposeHeader \"{name}\" contains wildcard. We currently do not support wildcard for ExposeHeader"
        ));
    }
    Ok(())
}

pub(super) fn get(store: &Store, req: Req<GetBucketCorsInput>) -> Out<GetBucketCorsOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
    let rules: Vec<_> = store
        .bucket(&req.input.bucket)?
        .cors
        .into_iter()
        .map(|rule| CORSRule {
            id: rule.id,
            allowed_origins: rule.allowed_origins,
            allowed_methods: rule.allowed_methods,
            allowed_headers: some(rule.allowed_headers),
            expose_headers: some(rule.expose_headers),
            max_age_seconds: rule.max_age_seconds,
        })
        .collect();
    match rules.is_empty() {
        true => Err(s3_error!(
            NoSuchCORSConfiguration,
            "The CORS configuration does not exist"
        )),
        false => Ok(Res::new(GetBucketCorsOutput {
            cors_rules: Some(rules),
        })),
    }
}

/// Lets the page at `origins` use the bucket; other rules stay.
pub fn open_to_page(store: &Store, bucket: &str, origins: Vec<String>) -> S3Result<()> {
    let mut rules = store.bucket(bucket)?.cors;
    rules.retain(|rule| rule.id.as_deref() != Some(PAGE_RULE));
    let text = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let envelope = EXPOSED_METADATA.iter().map(|name| format!("x-amz-meta-{name}"));
    rules.push(CorsRule {
        id: Some(PAGE_RULE.into()),
        allowed_origins: origins,
        allowed_methods: text(&METHODS),
        allowed_headers: text(&["*"]),
        expose_headers: text(EXPOSED).into_iter().chain(envelope).collect(),
        max_age_seconds: Some(600),
    });
    store.set_cors(bucket, rules)
}

const EXPOSED: &[&str] = &[
    "ETag",
    "Content-Length",
    "Content-Range",
    "Accept-Ranges",
    "Last-Modified",
    "Retry-After",
    "x-amz-request-id",
    "x-amz-id-2",
    "x-amz-version-id",
    "x-amz-missing-meta",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-checksum-type",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key-MD5",
];

// S3 takes no wildcard here: every name of the envelope, and those the demo and the tests use.
const EXPOSED_METADATA: &[&str] = &[
    "x-amz-key",
    "x-amz-iv",
    "x-amz-matdesc",
    "x-amz-key-v2",
    "x-amz-wrap-alg",
    "x-amz-cek-alg",
    "x-amz-tag-len",
    "x-amz-unencrypted-content-length",
    "x-amz-crypto-instr-file",
    "x-amz-c",
    "x-amz-3",
    "x-amz-w",
    "x-amz-d",
    "x-amz-i",
    "x-amz-m",
    "x-amz-t",
    "filename",
    "name",
    "note",
];

/// What a browser asks before it sends.
pub struct Preflight<'a> {
    pub origin: &'a str,
    pub method: &'a str,
    pub headers: Vec<String>,
}

/// The headers that let it send, or none.
pub fn preflight(rules: &[CorsRule], asked: &Preflight<'_>) -> Option<HeaderMap> {
    let rule = rules.iter().find(|rule| {
        rule.allows(asked.origin, asked.method) && asked.headers.iter().all(|name| rule.allows_header(name))
    })?;
    let mut out = rule.answer(asked.origin);
    insert(
        &mut out,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        &rule.allowed_methods.join(", "),
    );
    if !asked.headers.is_empty() {
        insert(
            &mut out,
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            &asked.headers.join(", "),
        );
    }
    if let Some(seconds) = rule.max_age_seconds {
        insert(&mut out, header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
    }
    Some(out)
}

/// The headers that let a page read the answer, or none.
pub fn answer(rules: &[CorsRule], origin: &str, method: &str) -> Option<HeaderMap> {
    let rule = rules.iter().find(|rule| rule.allows(origin, method))?;
    let mut out = rule.answer(origin);
    insert(
        &mut out,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        &rule.allowed_methods.join(", "),
    );
    Some(out)
}

impl CorsRule {
    fn allows(&self, origin: &str, method: &str) -> bool {
        self.allowed_origins.iter().any(|pattern| fits(pattern, origin))
            && self.allowed_methods.iter().any(|m| m == method)
    }

    fn allows_header(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.allowed_headers
            .iter()
            .any(|pattern| fits(&pattern.to_ascii_lowercase(), &name))
    }

    fn answer(&self, origin: &str) -> HeaderMap {
        let mut out = HeaderMap::new();
        let any = self.allowed_origins.iter().any(|pattern| pattern == "*");
        insert(
            &mut out,
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            if any { "*" } else { origin },
        );
        if !any {
            insert(&mut out, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        if !self.expose_headers.is_empty() {
            insert(
                &mut out,
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                &self.expose_headers.join(", "),
            );
        }
        insert(
            &mut out,
            header::VARY,
            "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
        );
        out
    }
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => {
            text.len() >= before.len() + after.len() && text.starts_with(before) && text.ends_with(after)
        }
    }
}
