//! What this store does not do it refuses, rather than answering 200 and not doing it.

use super::xml;
use http::{HeaderMap, Uri};
use s3s::{S3Result, s3_error};

const KNOWN: &[&str] = &[
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-trailer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-checksum-type",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-mp-object-size",
    "x-amz-bucket-object-lock-enabled",
    // The Java SDK offers to take a checksum after the body (`append-md5`); a store need not send one.
    "x-amz-te",
    "x-amz-user-agent",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
];

const SIGNATURE: &[&str] = &[
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
    "x-amz-content-sha256",
];

/// 501 for every `x-amz-*` header or query parameter that this store would otherwise ignore.
pub fn unknown_headers(headers: &HeaderMap, uri: &Uri) -> S3Result<()> {
    for (name, value) in headers {
        let name = name.as_str();
        let harmless = match name {
            "x-amz-acl" => value == "private" || value == "bucket-owner-full-control",
            "x-amz-storage-class" => value == "STANDARD",
            "x-amz-request-payer" => false,
            _ => !name.starts_with("x-amz-") || name.starts_with("x-amz-meta-") || KNOWN.contains(&name),
        };
        if !harmless {
            return Err(s3_error!(NotImplemented, "This store does not implement {name}."));
        }
    }
    // Presigners that move headers into the query: S3 may honour them there, this store would not.
    for (name, _) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let name = name.to_ascii_lowercase();
        if name.starts_with("x-amz-") && !SIGNATURE.contains(&name.as_str()) {
            return Err(s3_error!(
                NotImplemented,
                "This store does not take {} from the query.",
                xml::text(name)
            ));
        }
    }
    Ok(())
}

/// 501 for an optional field that is there.
pub fn present<T>(name: &str, field: Option<&T>) -> S3Result<()> {
    match field {
        Some(_) => Err(s3_error!(NotImplemented, "This store does not implement {name}.")),
        None => Ok(()),
    }
}
