//! What an answer of S3 means, by operation, status, headers and body. Nobody else looks at a status.

use serde::Serialize;

use super::{
    retry::{Again, Outcome},
    server_side_encryption::{CUSTOMER_ALGORITHM, MODE},
    service_error::{element, is_expiry, is_passing, late_status, refusal, root, undeclared},
    url,
};
use crate::{Error, Refusal, encryption_context::StringMap};

/// S3's operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs, clippy::enum_variant_names)] // S3's names
pub enum Operation {
    PutObject,
    GetObject,
    HeadObject,
    CreateMultipartUpload,
    UploadPart,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
}

impl Operation {
    /// The HTTP method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::PutObject | Self::UploadPart => "PUT",
            Self::GetObject | Self::ListParts => "GET",
            Self::HeadObject => "HEAD",
            Self::CreateMultipartUpload | Self::CompleteMultipartUpload => "POST",
            Self::AbortMultipartUpload => "DELETE",
        }
    }

    /// Whether the store has answered before, in the same transfer.
    pub const fn follows_an_answer(self) -> bool {
        matches!(self, Self::UploadPart | Self::CompleteMultipartUpload)
    }

    /// Whether it is about an upload in parts that is there.
    const fn needs_upload(self) -> bool {
        matches!(
            self,
            Self::UploadPart | Self::ListParts | Self::CompleteMultipartUpload | Self::AbortMultipartUpload
        )
    }

    /// Root elements of a success; without one, a success has no body.
    const fn roots(self) -> &'static [&'static str] {
        match self {
            Self::CreateMultipartUpload => &["InitiateMultipartUploadResult"],
            // The second is moto's.
            Self::ListParts => &["ListPartsResult", "ListPartsResponse"],
            Self::CompleteMultipartUpload => &["CompleteMultipartUploadResult"],
            _ => &[],
        }
    }
}

/// Bytes of a refusal's document, or of an instruction file, that are looked at.
pub const MAX_DOCUMENT_BYTES: usize = 64 << 10;

/// Characters of any other answer to a request that writes: a page of ListParts has 1,000 parts and stays below.
pub const MAX_ANSWER_CHARS: u32 = 1 << 20;

/// Headers of an answer to a request that writes that say something.
pub const HEADERS: &[&str] = &[
    "etag",
    "retry-after",
    "x-amz-id-2",
    "x-amz-request-id",
    MODE,
    CUSTOMER_ALGORITHM,
    "x-amz-version-id",
];

/// One request, as far as it decides what its answer means.
pub struct Asked<'a> {
    /// What was asked for.
    pub operation: Operation,
    /// Where.
    pub url: &'a str,
    /// With which headers, in lower case.
    pub headers: &'a StringMap,
    /// When it was answered, in seconds since 1970.
    pub now: u64,
}

/// One answer, as the platform tells it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 0: there was none.
    pub status: u16,
    /// Those that the page may see, in lower case.
    pub headers: StringMap,
    /// Its body as text.
    pub body: String,
}

impl Answer {
    /// From XMLHttpRequest's lines of headers.
    pub fn new(status: u16, header_lines: &str, body: String) -> Self {
        let lines = header_lines.lines().filter_map(|line| line.split_once(':'));
        let headers = lines.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Self {
            status,
            headers: headers.collect(),
            body,
        }
    }

    /// One that was too long to be read to its end: no document of S3's.
    pub fn endless(status: u16) -> Self {
        let body = if (200..300).contains(&status) { "<" } else { "" };
        Self::new(status, "", body.into())
    }

    /// A header that says something.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).filter(|value| !value.is_empty()).cloned()
    }
}

/// What it means: a success, or what to do about it.
pub fn judge(asked: &Asked<'_>, answer: Answer) -> Result<Answer, Outcome> {
    match answer.status {
        0 => Err(Outcome::NoAnswer),
        200..300 => match root(&answer.body) {
            Some("Error") => {
                // S3 may begin with 200 and only then find an error.
                let late = element(&answer.body, "Code").map_or(500, |code| late_status(&code));
                Err(refused(asked, &answer, late))
            }
            Some(name) if asked.operation.roots().contains(&name) => encrypted_as_asked(asked, answer),
            None if undeclared(&answer.body).is_empty() => match asked.operation.roots() {
                [] => encrypted_as_asked(asked, answer),
                // Sent ahead, as S3 does while it works, and then cut.
                _ => Err(refused(asked, &answer, 500)),
            },
            _ => Err(Outcome::Final(Error::UnexpectedAnswer(FOREIGN))),
        },
        status => Err(refused(asked, &answer, status)),
    }
}

/// An answer to a range that is not that range.
pub const OTHER_RANGE: &str = "it is not the range of bytes that was asked for";

/// A body of which nothing comes through although the store answers, or more than its length.
pub const ENCODED: &str = "its body is not as long as its headers say: browsers undo the object's Content-Encoding; store it without, or have the \
                           signer add response-content-encoding=identity";

/// There was no answer, or a connection broke.
pub const fn is_silence(error: &Error) -> bool {
    matches!(error, Error::Network)
}

/// What it is where answer after answer brings no byte: ends that come early, one like the other, are no connection's fault.
pub fn fruitless(broken: Error) -> Error {
    match broken {
        Error::Truncated => Error::UnexpectedAnswer(ENCODED),
        other => other,
    }
}

/// Answers in a row that may bring no byte, where none has come before or the last one ended as if it were whole, until a single byte is asked
/// for: where it comes, connections are to blame, which may lose what they had brought several times over.
pub const FRUITLESS_ANSWERS: u32 = 2;

/// Whether a browser undoes that `Content-Encoding`, after which lengths and ranges are of other bytes than those that are stored.
pub fn is_undone(content_encoding: Option<&str>) -> bool {
    let undone = |coding: &str| {
        ["gzip", "x-gzip", "compress", "deflate", "br", "zstd"]
            .iter()
            .any(|name| coding.trim().eq_ignore_ascii_case(name))
    };
    content_encoding.is_some_and(|codings| codings.split(',').any(undone))
}

/// What is no document of S3's where there should be one.
pub const FOREIGN: &str =
    "a proxy, a login page or a captive portal answered in its place, or the URL is not the store's";

/// Where S3 says how it encrypts, and the page may see it, that has to be what was asked for.
fn encrypted_as_asked(asked: &Asked<'_>, answer: Answer) -> Result<Answer, Outcome> {
    let differs = |name: &str| {
        let (wanted, said) = (asked.headers.get(name)?, answer.header(name)?);
        (*wanted != said).then_some(said)
    };
    match [MODE, CUSTOMER_ALGORITHM].into_iter().find_map(differs) {
        Some(said) => Err(Outcome::Final(Error::ServerSideEncryptionMismatch(said))),
        None => Ok(answer),
    }
}

fn refused(asked: &Asked<'_>, answer: &Answer, status: u16) -> Outcome {
    let mut refusal = refusal(status, &answer.body);
    for (id, header) in [
        (&mut refusal.request_id, "x-amz-request-id"),
        (&mut refusal.host_id, "x-amz-id-2"),
    ] {
        if let Some(said) = answer.header(header) {
            *id = said;
        }
    }
    let expired = is_expiry(&refusal);
    let passing = matches!(status, 408 | 429) || (500..=599).contains(&status) && status != 501 || is_passing(&refusal);
    let again = match passing {
        _ if expired => Again::Presigned,
        true => Again::Later,
        // In other words than those of an expiry, or in none.
        false if matches!(status, 400 | 401 | 403) && is_over(asked, answer, &refusal) => Again::PresignedBriefly,
        false => Again::Never,
    };
    Outcome::Refused {
        error: error_of(asked, refusal),
        again,
        retry_after: answer
            .header("retry-after")
            .and_then(|seconds| seconds.trim().parse().ok()),
    }
}

fn is_over(asked: &Asked<'_>, answer: &Answer, refusal: &Refusal) -> bool {
    let said = element(&answer.body, "ServerTime").and_then(|time| url::instant(&time));
    let over = url::is_over(asked.url, said.unwrap_or(asked.now));
    match refusal.service_code.as_str() {
        "RequestTimeTooSkewed" => true,
        // What gateways say of it, where the URL does not tell its time.
        "AccessDenied" if refusal.message.is_empty() => over.unwrap_or(true),
        "MalformedHeader" => over.unwrap_or(true),
        _ => over == Some(true),
    }
}

fn error_of(asked: &Asked<'_>, mut refusal: Refusal) -> Error {
    let conditional = ["if-match", "if-none-match"]
        .iter()
        .any(|name| asked.headers.contains_key(*name));
    let writes = matches!(asked.operation, Operation::PutObject | Operation::CreateMultipartUpload);
    if is_expiry(&refusal) {
        return Error::UrlExpired(refusal.into());
    }
    match refusal.status {
        // By whatever name: NoSuchKey is what Ceph calls it.
        404 if asked.operation.needs_upload() && refusal.service_code != "NoSuchBucket" => {
            Error::UploadGone(refusal.into())
        }
        501 if conditional => Error::ConditionUnsupported(refusal.into()),
        _ => {
            if writes
                && refusal.status == 403
                && refusal.service_code == "AccessDenied"
                && asked.headers.contains_key(CUSTOMER_ALGORITHM)
            {
                refusal.message.push_str(SSE_C_BLOCKED);
            }
            Error::HttpStatus(refusal.into())
        }
    }
}

const SSE_C_BLOCKED: &str = " [the bucket may block SSE-C, as new buckets do since April 2026: PutBucketEncryption's BlockedEncryptionTypes allows it]";

/// A body that should be an instruction file's.
///
/// # Errors
/// What it is instead, if it is S3's error in a 200, or a page of somebody else's.
pub fn check_instruction_file(body: &[u8]) -> Result<(), Error> {
    let text = String::from_utf8_lossy(body);
    match root(&text) {
        None => Ok(()),
        Some("Error") => {
            let late = element(&text, "Code").map_or(500, |code| late_status(&code));
            Err(Error::HttpStatus(refusal(late, &text).into()))
        }
        Some(_) => Err(Error::UnexpectedAnswer(FOREIGN)),
    }
}

fn status(error: &Error) -> Option<u16> {
    match error {
        Error::HttpStatus(refusal) => Some(refusal.status),
        _ => None,
    }
}

/// There is no such object.
pub fn is_missing(error: &Error) -> bool {
    status(error) == Some(404)
}

/// There is no such object, or that is not said: without the right to list, S3 answers 403 for what is not there.
pub fn may_be_missing(error: &Error) -> bool {
    matches!(status(error), Some(403 | 404))
}

/// The object is not what the request's precondition says.
pub fn is_precondition_failed(error: &Error) -> bool {
    status(error) == Some(412)
}

/// The store has no upload of that id: it was completed, and the answer lost, or it is gone.
pub const fn is_upload_gone(error: &Error) -> bool {
    matches!(error, Error::UploadGone(_))
}

/// The store does not take preconditions on writing, as Backblaze B2.
pub const fn is_condition_unsupported(error: &Error) -> bool {
    matches!(error, Error::ConditionUnsupported(_))
}

/// Somebody else's answer, which tells nothing of what the store has.
pub const fn is_foreign(error: &Error) -> bool {
    matches!(error, Error::UnexpectedAnswer(_))
}

/// A write may have been done by an attempt before, whose answer was lost.
pub fn may_be_done(error: &Error) -> bool {
    is_upload_gone(error) || matches!(status(error), Some(409 | 412)) || is_foreign(error)
}

/// The bucket takes no write without a checksum, as those do that have an Object Lock retention.
pub fn wants_checksum(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        let names = |text| refusal.message.to_ascii_lowercase().contains(text);
        refusal.status == 400 && (names("content-md5") || names("x-amz-checksum"))
    })
}

/// A precondition that the store says is not true, although it is.
pub fn unkept(error: Error) -> Error {
    match error {
        Error::HttpStatus(refusal) => Error::ConditionUnsupported(refusal),
        other => other,
    }
}

/// What a store answers to a precondition that does not hold, where somebody else has found that out.
pub fn precondition_failed(message: &str) -> Error {
    Error::HttpStatus(
        Refusal {
            status: 412,
            service_code: "PreconditionFailed".into(),
            message: message.into(),
            ..Refusal::default()
        }
        .into(),
    )
}
