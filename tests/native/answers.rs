//! What an answer of the store's means: by operation, status, headers and body.

use presealed::{
    Error,
    encryption_context::StringMap,
    s3::{
        answer::{
            Answer, Asked, MAX_ANSWER_CHARS,
            Operation::{self, *},
            check_instruction_file, fruitless, is_missing, is_undone, judge, may_be_done, wants_checksum,
        },
        retry::{Again, Outcome},
    },
};

const ALL: [Operation; 8] = [
    PutObject,
    GetObject,
    HeadObject,
    CreateMultipartUpload,
    UploadPart,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
];
const SSE: &str = "x-amz-server-side-encryption";
const NEVER_OVER: &str = "https://store.test/key";

fn map(entries: &[(&str, &str)]) -> StringMap {
    let owned = entries.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    owned.collect()
}

fn document(code: &str, message: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>")
}

fn answered(operation: Operation, headers: &StringMap, url: &str, answer: Answer) -> Result<Answer, Outcome> {
    let now = 2_000_000_000;
    judge(
        &Asked {
            operation,
            url,
            headers,
            now,
        },
        answer,
    )
}

fn plainly(operation: Operation, status: u16, body: &str) -> Result<Answer, Outcome> {
    answered(
        operation,
        &StringMap::new(),
        NEVER_OVER,
        Answer::new(status, "", body.into()),
    )
}

fn error_of(outcome: Result<Answer, Outcome>) -> (Error, Again) {
    match outcome.unwrap_err() {
        Outcome::Refused { error, again, .. } => (error, again),
        Outcome::Final(error) => (error, Again::Never),
        Outcome::NoAnswer => panic!("no answer"),
    }
}

#[test]
fn a_success_is_what_the_operation_answers_and_nothing_else() {
    for (operation, body) in [
        (PutObject, ""),
        (UploadPart, "\n"),
        (AbortMultipartUpload, ""),
        (
            CreateMultipartUpload,
            "<InitiateMultipartUploadResult><UploadId>u</UploadId>",
        ),
        (ListParts, "<?xml version=\"1.0\"?><ListPartsResult/>"),
        (ListParts, "<ListPartsResponse/>"),
        (
            CompleteMultipartUpload,
            "\n\n<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult xmlns=\"x\"/>",
        ),
    ] {
        assert!(plainly(operation, 200, body).is_ok(), "{operation:?} {body}");
        assert!(plainly(operation, 204, body).is_ok(), "{operation:?} {body}");
        for foreign in [
            "<!DOCTYPE html><html>OK</html>",
            "<html>",
            "OK",
            "{}",
            "<ListBucketResult/>",
        ] {
            let (error, again) = error_of(plainly(operation, 200, foreign));
            assert!(matches!(error, Error::UnexpectedAnswer(_)), "{operation:?} {foreign}");
            assert_eq!(again, Again::Never);
        }
        let (error, again) = error_of(plainly(operation, 200, &document("InternalError", "again")));
        assert_eq!((error.refusal().unwrap().status, again), (500, Again::Later));
        let (error, again) = error_of(plainly(operation, 200, &document("AccessDenied", "no")));
        assert_eq!(error.refusal().unwrap().status, 403);
        assert_eq!((error.code(), again), ("http-status", Again::Never));
    }
    // What S3 sends ahead while it works, and no more.
    for ahead in [" \n", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n  "] {
        let (error, again) = error_of(plainly(CompleteMultipartUpload, 200, ahead));
        assert_eq!((error.code(), again), ("http-status", Again::Later), "{ahead}");
    }
    assert!(matches!(plainly(PutObject, 0, ""), Err(Outcome::NoAnswer)));
}

#[test]
fn an_answer_without_end_is_known_by_its_status() {
    for (status, code) in [(200, "unexpected-answer"), (403, "http-status")] {
        for operation in [PutObject, ListParts, CompleteMultipartUpload] {
            let answer = answered(operation, &StringMap::new(), NEVER_OVER, Answer::endless(status));
            assert_eq!(error_of(answer).0.code(), code, "{operation:?} {status}");
        }
    }
    // A page of ListParts is far below.
    let part = "<Part><PartNumber>10000</PartNumber><LastModified>2026-11-30T15:31:19.000Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>536870912</Size><ChecksumSHA256>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ChecksumSHA256></Part>";
    assert!(part.len() * 1000 < MAX_ANSWER_CHARS as usize / 3);
}

#[test]
fn statuses_say_whether_to_try_again() {
    for operation in ALL {
        for status in [408, 429, 500, 502, 503, 507] {
            assert_eq!(
                error_of(plainly(operation, status, "")).1,
                Again::Later,
                "{operation:?} {status}"
            );
        }
        for status in [301, 400, 401, 403, 404, 405, 409, 412, 416, 501] {
            assert_eq!(
                error_of(plainly(operation, status, "")).1,
                Again::Never,
                "{operation:?} {status}"
            );
        }
        for (status, code) in [
            (400, "RequestTimeout"),
            (409, "ConditionalRequestConflict"),
            (409, "OperationAborted"),
        ] {
            assert_eq!(
                error_of(plainly(operation, status, &document(code, ""))).1,
                Again::Later,
                "{code}"
            );
        }
    }
}

#[test]
fn an_upload_that_is_gone_has_one_sign_whatever_the_stores_word() {
    for operation in [UploadPart, ListParts, CompleteMultipartUpload, AbortMultipartUpload] {
        for body in [document("NoSuchUpload", ""), document("NoSuchKey", ""), String::new()] {
            let (error, again) = error_of(plainly(operation, 404, &body));
            assert_eq!((error.code(), again), ("upload-gone", Again::Never), "{operation:?}");
        }
        let late = error_of(plainly(operation, 200, &document("NoSuchUpload", ""))).0;
        assert_eq!(late.code(), "upload-gone");
        let (error, _) = error_of(plainly(operation, 404, &document("NoSuchBucket", "")));
        assert_eq!(error.code(), "http-status");
    }
    for operation in [PutObject, GetObject, HeadObject, CreateMultipartUpload] {
        let (error, _) = error_of(plainly(operation, 404, ""));
        assert!(is_missing(&error), "{operation:?}");
    }
}

#[test]
fn an_expired_url_is_known_by_the_stores_words_or_by_its_own() {
    let v4 = "https://b.test/k?X-Amz-Date=20261130T000000Z&X-Amz-Expires=300";
    let valid = "https://b.test/k?X-Amz-Date=20991231T000000Z&X-Amz-Expires=300";
    let headers = StringMap::new();
    let with =
        |url, status, body: &str| error_of(answered(PutObject, &headers, url, Answer::new(status, "", body.into())));
    let (error, again) = with(NEVER_OVER, 403, &document("AccessDenied", "Request has expired"));
    assert_eq!((error.code(), again), ("url-expired", Again::Presigned));
    for (status, body) in [
        (403, document("AccessDenied", "")),
        (403, String::new()),
        (400, document("MalformedHeader", "no")),
        (401, "<html>".into()),
    ] {
        assert_eq!(with(v4, status, &body).1, Again::PresignedBriefly, "{body}");
        assert_eq!(with(valid, status, &body).1, Again::Never, "{body}");
    }
    // One that does not tell its time may be over too, where the store does not say what else is wrong.
    for (status, code, message, again) in [
        (403, "RequestTimeTooSkewed", "", Again::PresignedBriefly),
        (403, "AccessDenied", "", Again::PresignedBriefly),
        (400, "MalformedHeader", "no", Again::PresignedBriefly),
        (403, "AccessDenied", "Access Denied", Again::Never),
        (403, "SignatureDoesNotMatch", "", Again::Never),
    ] {
        assert_eq!(
            with(NEVER_OVER, status, &document(code, message)).1,
            again,
            "{code} {message}"
        );
    }
    assert_eq!(
        with(valid, 403, &document("RequestTimeTooSkewed", "")).1,
        Again::PresignedBriefly
    );
    assert_eq!(with(v4, 404, "").1, Again::Never);
    // The store's clock counts, where it tells it.
    let early = "<Error><Code>AccessDenied</Code><ServerTime>2026-11-30T00:01:00Z</ServerTime></Error>";
    assert_eq!(with(v4, 403, early).1, Again::Never);
}

#[test]
fn a_store_that_knows_no_conditions_is_told_as_that() {
    let refused = |headers: &StringMap| {
        let body = document("NotImplemented", "A header implies functionality");
        error_of(answered(PutObject, headers, NEVER_OVER, Answer::new(501, "", body)))
            .0
            .code()
    };
    assert_eq!(refused(&map(&[("if-none-match", "*")])), "condition-unsupported");
    assert_eq!(refused(&map(&[("if-match", "\"e\"")])), "condition-unsupported");
    assert_eq!(refused(&StringMap::new()), "http-status");
}

#[test]
fn an_encryption_that_the_store_names_has_to_be_the_one_that_was_asked_for() {
    for operation in [PutObject, CreateMultipartUpload] {
        let body = match operation {
            PutObject => "",
            _ => "<InitiateMultipartUploadResult/>",
        };
        let said = |asked: &StringMap, lines: &str| {
            answered(operation, asked, NEVER_OVER, Answer::new(200, lines, body.into()))
        };
        let kms = map(&[(SSE, "aws:kms")]);
        let (error, _) = error_of(said(&kms, "X-Amz-Server-Side-Encryption: AES256\r\n"));
        assert_eq!(error, Error::ServerSideEncryptionMismatch("AES256".into()));
        assert!(said(&kms, "x-amz-server-side-encryption: aws:kms\r\netag: \"e\"\r\n").is_ok());
        // CORS hides it, or nobody asked: the bucket has a default.
        assert!(said(&kms, "").is_ok());
        assert!(said(&StringMap::new(), "x-amz-server-side-encryption: AES256\r\n").is_ok());
    }
}

#[test]
fn a_bucket_that_blocks_sse_c_is_told_as_that() {
    let customer = map(&[("x-amz-server-side-encryption-customer-algorithm", "AES256")]);
    let message = |operation, headers: &StringMap, code| {
        let (error, _) = error_of(answered(
            operation,
            headers,
            NEVER_OVER,
            Answer::new(403, "", document(code, "No.")),
        ));
        error.to_string().contains("may block SSE-C")
    };
    assert!(message(PutObject, &customer, "AccessDenied"));
    assert!(message(CreateMultipartUpload, &customer, "AccessDenied"));
    assert!(!message(GetObject, &customer, "AccessDenied"));
    assert!(!message(PutObject, &customer, "SignatureDoesNotMatch"));
    assert!(!message(PutObject, &StringMap::new(), "AccessDenied"));
}

#[test]
fn a_refusal_carries_the_ids_that_support_asks_for() {
    let body = "<Error><Code>AccessDenied</Code><RequestId>of the document</RequestId><HostId>host</HostId></Error>";
    let with = |lines| {
        let answer = Answer::new(403, lines, body.into());
        let refusal = error_of(answered(GetObject, &StringMap::new(), NEVER_OVER, answer)).0;
        refusal
            .refusal()
            .map(|refusal| (refusal.request_id.clone(), refusal.host_id.clone()))
    };
    assert_eq!(with(""), Some(("of the document".into(), "host".into())));
    let lines = "X-Amz-Request-Id: 4442587FB7D0A2F9\r\nx-amz-id-2: a/b=\r\n";
    assert_eq!(with(lines), Some(("4442587FB7D0A2F9".into(), "a/b=".into())));
}

#[test]
fn buckets_that_want_a_checksum_say_so() {
    let refused = |status, message| error_of(plainly(PutObject, status, &document("InvalidRequest", message))).0;
    let words =
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters";
    assert!(wants_checksum(&refused(400, words)));
    assert!(!wants_checksum(&refused(403, words)));
    assert!(!wants_checksum(&refused(
        400,
        "Missing required header for this request"
    )));
}

#[test]
fn a_write_may_be_done_although_it_is_refused() {
    for (operation, status, done) in [
        (PutObject, 412, true),
        (PutObject, 409, true),
        (PutObject, 404, false),
        (PutObject, 403, false),
        (CompleteMultipartUpload, 404, true),
        (CompleteMultipartUpload, 412, true),
        (CompleteMultipartUpload, 400, false),
    ] {
        assert_eq!(
            may_be_done(&error_of(plainly(operation, status, "")).0),
            done,
            "{operation:?} {status}"
        );
    }
}

#[test]
fn a_page_in_place_of_an_instruction_file_is_not_one() {
    assert_eq!(check_instruction_file(b"{\"x-amz-3\":\"<Error>\"}"), Ok(()));
    assert_eq!(check_instruction_file(b"anything"), Ok(()));
    let error = check_instruction_file(document("AccessDenied", "no").as_bytes()).unwrap_err();
    assert_eq!(error.refusal().map(|refusal| refusal.status), Some(403));
    let error = check_instruction_file(b"<html>").unwrap_err();
    assert!(matches!(error, Error::UnexpectedAnswer(_)));
}

#[test]
fn codings_that_browsers_undo() {
    for (coding, undone) in [
        (None, false),
        (Some("identity"), false),
        (Some("aws-chunked"), false),
        (Some("gzip"), true),
        (Some("aws-chunked, GZIP"), true),
        (Some("br"), true),
    ] {
        assert_eq!(is_undone(coding), undone, "{coding:?}");
    }
    assert!(matches!(fruitless(Error::Truncated), Error::UnexpectedAnswer(_)));
    assert_eq!(fruitless(Error::Network), Error::Network);
}
