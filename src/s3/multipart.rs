//! The documents of a multipart upload.

use super::{
    checksum::ChecksumAlgorithm,
    part_plan::PartPlan,
    service_error::{element, elements},
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

/// What ListParts says, page by page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the order of their numbers, each of which comes once.
    pub parts: Vec<ListedPart>,
}

impl Listing {
    /// Adds a page, and says where the next one starts, if there is one. Numbers only ever rise, so there is an end to it whatever the store says.
    ///
    /// # Errors
    /// [`Error::UnexpectedAnswer`] for a page that cannot be read, or that goes back.
    pub fn add(&mut self, page: &str) -> Result<Option<u16>, Error> {
        let before = self.last();
        for xml in elements(page, "Part") {
            let part =
                part(xml).filter(|part| part.number > self.last() && u64::from(part.number) <= PartPlan::MAX_PARTS);
            self.parts.push(part.ok_or(UNREADABLE)?);
        }
        if element(page, "IsTruncated").as_deref() != Some("true") {
            return Ok(None);
        }
        let next = element(page, "NextPartNumberMarker").and_then(|number| number.parse().ok());
        match next {
            Some(next) if next >= self.last() && self.last() > before => Ok(Some(next)),
            _ => Err(UNREADABLE),
        }
    }

    fn last(&self) -> u16 {
        self.parts.last().map_or(0, |part| part.number)
    }
}

fn part(xml: &str) -> Option<ListedPart> {
    Some(ListedPart {
        number: element(xml, "PartNumber")?.parse().ok()?,
        e_tag: element(xml, "ETag")?,
        bytes: element(xml, "Size")?.parse().ok()?,
    })
}

const UNREADABLE: Error = Error::UnexpectedAnswer("its list of parts cannot be read, or goes back");

/// The upload id in the answer to CreateMultipartUpload.
///
/// # Errors
/// [`Error::UnexpectedAnswer`] for an answer that has none.
pub fn upload_id(body: &str) -> Result<String, Error> {
    element(body, "UploadId")
        .filter(|id| !id.is_empty())
        .ok_or(Error::UnexpectedAnswer("an upload in parts that has no UploadId"))
}

/// The ETag in the answer to CompleteMultipartUpload, where the store says one.
pub fn completed(body: &str) -> Option<String> {
    element(body, "ETag").filter(|e_tag| !e_tag.is_empty())
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
