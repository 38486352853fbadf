//! S3's error document, as far as it helps a person or decides about trying again.

use crate::Error;

/// Code and message of an error answer.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// Such as `AccessDenied`; empty where there is no document.
    pub code: String,
    /// S3's own words, cut after 500 characters.
    pub message: String,
}

impl ServiceError {
    /// Reads the document; anything else gives empty texts, as answers without a body do.
    pub fn parse(body: &str) -> Self {
        Self {
            code: element(body, "Code")
                .filter(|code| code.len() <= 64)
                .unwrap_or_default(),
            message: element(body, "Message")
                .map(|text| text.chars().take(500).collect())
                .unwrap_or_default(),
        }
    }

    /// Whether a new presigned URL would help.
    pub fn is_expiry(&self) -> bool {
        match self.code.as_str() {
            // The second is R2's.
            "ExpiredToken" | "ExpiredRequest" => true,
            "AccessDenied" => self.message.contains("expired"),
            // Garage's.
            "InvalidRequest" => self.message.contains("Date is too old"),
            _ => false,
        }
    }

    /// Whether the same request may succeed in a moment, whatever its status: a body that came too slowly, or two writers at once.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.code.as_str(),
            "RequestTimeout" | "ConditionalRequestConflict" | "OperationAborted"
        )
    }

    /// The status that S3 would have answered with, had it not begun with 200 and found the error later.
    pub fn late_status(&self) -> u16 {
        match self.code.as_str() {
            "AccessDenied" => 403,
            "NoSuchUpload" => 404,
            "ConditionalRequestConflict" | "OperationAborted" => 409,
            "PreconditionFailed" => 412,
            "BadDigest" | "EntityTooSmall" | "InvalidPart" | "InvalidPartOrder" | "InvalidRequest" | "MalformedXML" => {
                400
            }
            // To repeat a completion costs less than to give up a finished upload.
            _ => 500,
        }
    }

    /// The error for a person, with the status of the answer.
    pub fn into_error(self, status: u16) -> Error {
        if self.is_expiry() {
            return Error::UrlExpired;
        }
        Error::HttpStatus {
            status,
            service_code: self.code,
            message: self.message,
        }
    }
}

/// Text of the first element of that name; the documents read here have no attributes on leaves.
pub(super) fn element(body: &str, name: &str) -> Option<String> {
    let text = elements(body, name).next()?;
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        // As encoders of Go and .NET write them.
        ("&#34;", "\""),
        ("&#x22;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.to_string(), |text, (entity, character)| {
        text.replace(entity, character)
    });
    Some(text.chars().take(MAX_TEXT).collect())
}

/// What is between the tags of each element of that name.
pub(super) fn elements<'a>(body: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = body;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&start)?;
        let (text, after) = after.split_once(&end)?;
        rest = after;
        Some(text)
    })
}

const MAX_TEXT: usize = 2000;

#[cfg(test)]
mod tests {
    use super::ServiceError;

    #[test]
    fn reads_s3s_document_and_nothing_else() {
        let document = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired &amp;c</Message></Error>";
        let error = ServiceError::parse(document);
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("AccessDenied", "Request has expired &c")
        );
        assert!(error.is_expiry());
        let of_r2 =
            ServiceError::parse("<Error><Code>ExpiredRequest</Code><Message>Request has expired</Message></Error>");
        assert!(of_r2.is_expiry());
        for other in ["", "<html>", "<Code>", "{\"Code\":\"x\"}"] {
            assert_eq!(ServiceError::parse(other), ServiceError::default());
        }
    }
}
