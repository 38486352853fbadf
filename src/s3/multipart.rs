//! The documents of a multipart upload.

use super::{
    checksum::ChecksumAlgorithm,
    service_error::{ServiceError, element, elements},
};
use crate::Error;

/// A part that the store says it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPart {
    /// From 1.
    pub number: u16,
    /// With its quotes, as S3 writes it.
    pub e_tag: String,
    /// Its length.
    pub bytes: u64,
}

/// One page of ListParts.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// In the order of their numbers.
    pub parts: Vec<ListedPart>,
    /// Where the next page starts, if there is one.
    pub next: Option<u16>,
}

/// The upload id in the answer to CreateMultipartUpload.
///
/// # Errors
/// [`Error::HttpStatus`] for an answer that has none.
pub fn upload_id(body: &str) -> Result<String, Error> {
    element(body, "UploadId")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| unreadable("the answer to CreateMultipartUpload has no UploadId"))
}

/// The answer to ListParts.
///
/// # Errors
/// [`Error::HttpStatus`] for one that cannot be read.
pub fn listing(body: &str) -> Result<Listing, Error> {
    let part = |xml: &str| {
        Some(ListedPart {
            number: element(xml, "PartNumber")?.parse().ok()?,
            e_tag: element(xml, "ETag")?,
            bytes: element(xml, "Size")?.parse().ok()?,
        })
    };
    let parts: Option<Vec<_>> = elements(body, "Part").map(part).collect();
    let truncated = element(body, "IsTruncated").is_some_and(|text| text == "true");
    let next = element(body, "NextPartNumberMarker").and_then(|number| number.parse().ok());
    match parts {
        Some(parts) if body.contains("<ListPartsResult") && (!truncated || next.is_some()) => Ok(Listing {
            parts,
            next: next.filter(|_| truncated),
        }),
        _ => Err(unreadable("the answer to ListParts cannot be read")),
    }
}

/// The ETag in the answer to CompleteMultipartUpload. S3 may begin with 200 and only then find an error.
///
/// # Errors
/// What S3 says.
pub fn completed(body: &str) -> Result<Option<String>, ServiceError> {
    if !body.contains("<CompleteMultipartUploadResult") {
        return Err(ServiceError::parse(body));
    }
    Ok(element(body, "ETag"))
}

/// The body of CompleteMultipartUpload: number, ETag and, where the store checks one, checksum of each part.
pub fn complete_body<'a>(parts: impl Iterator<Item = (u16, &'a str, Option<(ChecksumAlgorithm, &'a str)>)>) -> String {
    let mut body = String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (number, e_tag, checksum) in parts {
        let e_tag = e_tag.replace('&', "&amp;").replace('<', "&lt;");
        body.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{e_tag}</ETag>"));
        if let Some((algorithm, value)) = checksum {
            let name = algorithm.name();
            body.push_str(&format!("<Checksum{name}>{value}</Checksum{name}>"));
        }
        body.push_str("</Part>");
    }
    body.push_str("</CompleteMultipartUpload>");
    body
}

fn unreadable(message: &str) -> Error {
    Error::HttpStatus {
        status: 200,
        service_code: String::new(),
        message: message.into(),
    }
}
