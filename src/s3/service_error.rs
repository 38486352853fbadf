//! S3's documents: what is read of its XML, and its error document as far as it helps a person or decides about trying again.

use crate::Refusal;

/// Reads the error document; anything else gives empty texts, as answers without a body do.
pub fn refusal(status: u16, body: &str) -> Refusal {
    let text = |name, most: usize| element(body, name).map(|text| text.chars().take(most).collect());
    Refusal {
        status,
        service_code: element(body, "Code")
            .filter(|code| code.len() <= 64)
            .unwrap_or_default(),
        message: text("Message", 500).unwrap_or_default(),
        request_id: text("RequestId", 200).unwrap_or_default(),
        host_id: text("HostId", 200).unwrap_or_default(),
    }
}

/// Whether the document says that a new presigned URL would help.
pub(super) fn is_expiry(refusal: &Refusal) -> bool {
    match refusal.service_code.as_str() {
        // The second is R2's.
        "ExpiredToken" | "ExpiredRequest" => true,
        "AccessDenied" => refusal.message.contains("expired"),
        // Garage's.
        "InvalidRequest" => refusal.message.contains("Date is too old"),
        _ => false,
    }
}

/// Whether the same request may succeed in a moment, whatever its status: a body that came too slowly, or two writers at once.
pub(super) fn is_passing(refusal: &Refusal) -> bool {
    matches!(
        refusal.service_code.as_str(),
        "RequestTimeout" | "ConditionalRequestConflict" | "OperationAborted"
    )
}

/// The status that S3 would have answered with, had it not begun with 200 and found the error later.
pub(super) fn late_status(service_code: &str) -> u16 {
    match service_code {
        "AccessDenied" | "SignatureDoesNotMatch" | "InvalidAccessKeyId" | "RequestTimeTooSkewed" => 403,
        "NoSuchUpload" | "NoSuchKey" | "NoSuchBucket" => 404,
        "ConditionalRequestConflict" | "OperationAborted" => 409,
        "PreconditionFailed" => 412,
        "NotImplemented" => 501,
        "BadDigest" | "EntityTooLarge" | "EntityTooSmall" | "InvalidArgument" | "InvalidPart" | "InvalidPartOrder"
        | "InvalidRequest" | "MalformedXML" => 400,
        // To repeat a request costs less than to give up a finished upload.
        _ => 500,
    }
}

/// A document without its declaration, which stores send ahead while they work.
pub(super) fn undeclared(body: &str) -> &str {
    let body = body.trim_start_matches('\u{feff}').trim_start();
    match body
        .strip_prefix("<?xml")
        .and_then(|declared| declared.split_once("?>"))
    {
        Some((_, rest)) => rest.trim_start(),
        None => body,
    }
}

/// The name of a document's root element.
pub(super) fn root(body: &str) -> Option<&str> {
    let name = undeclared(body).strip_prefix('<')?;
    let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
    name.get(..end)
}

/// Text of the first element of that name; the documents read here have no attributes on leaves.
pub(super) fn element(body: &str, name: &str) -> Option<String> {
    // Cut first: what comes out is bounded, and so is the work.
    let text: String = elements(body, name).next()?.chars().take(MAX_TEXT).collect();
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
    .fold(text, |text, (entity, character)| text.replace(entity, character));
    Some(text)
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
    use super::{is_expiry, refusal, root};
    use crate::Refusal;

    #[test]
    fn reads_s3s_document_and_nothing_else() {
        let document = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired &amp;c</Message>\
                        <RequestId>4442587FB7D0A2F9</RequestId><HostId>a/b=</HostId></Error>";
        let error = refusal(403, document);
        assert_eq!(
            (error.service_code.as_str(), error.message.as_str()),
            ("AccessDenied", "Request has expired &c")
        );
        assert_eq!(
            (error.request_id.as_str(), error.host_id.as_str()),
            ("4442587FB7D0A2F9", "a/b=")
        );
        assert!(is_expiry(&error));
        let of_r2 = "<Error><Code>ExpiredRequest</Code><Message>Request has expired</Message></Error>";
        assert!(is_expiry(&refusal(403, of_r2)));
        for other in ["", "<html>", "<Code>", "{\"Code\":\"x\"}"] {
            assert_eq!(refusal(0, other), Refusal::default());
        }
    }

    #[test]
    fn the_root_of_a_document_is_found_behind_its_declaration() {
        for (body, name) in [
            ("\n\n<?xml version=\"1.0\"?>\n<Error><Code/></Error>", Some("Error")),
            ("\u{feff}<ListPartsResult xmlns=\"x\">", Some("ListPartsResult")),
            ("<Error/>", Some("Error")),
            ("", None),
            ("{}", None),
            ("<?xml", None),
            ("<", None),
        ] {
            assert_eq!(root(body), name, "{body}");
        }
    }
}
