//! SSE-C: where its key goes, and what tells of it.

use super::*;

#[tokio::test]
async fn a_customer_key_is_taken_signed_and_unsigned_by_every_operation() {
    let served = Served::start().await;
    let (algorithm, secret) = customer(7);
    let both = [algorithm.clone(), secret.clone()].concat();
    let none = Headers::new();
    for (key, signed, unsigned) in [("unsigned", &algorithm, &secret), ("signed", &both, &none)] {
        let with = |operation| Request::new(operation, key).signed(signed).unsigned(unsigned);
        for operation in ["PutObject", "HeadObject", "GetObject"] {
            let answer = served.send(with(operation)).await;
            assert_eq!(
                (answer.status, answer.header(ALGORITHM)),
                (200, "AES256"),
                "{operation} {}",
                answer.body
            );
        }
        assert_eq!(served.send(with("GetObject")).await.body.as_bytes(), BODY);
        let without = served.send(Request::new("GetObject", key)).await;
        assert_eq!(without.said(), "400 InvalidRequest");

        let named = headers([("x-amz-checksum-algorithm", "CRC64NVME")]);
        let upload = served.upload(key, &[signed.clone(), named].concat(), unsigned).await;
        let part = served.send(with("UploadPart").of(&upload)).await;
        assert_eq!(part.said(), "200", "{}", part.body);
        let listed = served.send(with("ListParts").of(&upload)).await;
        assert_eq!(
            (listed.status, listed.element("PartNumber")),
            (200, "1"),
            "{}",
            listed.body
        );
        let done = with("CompleteMultipartUpload").of(&upload).naming(part.etag());
        let done = served.send(done).await;
        assert_eq!(done.said(), "200", "{}", done.body);
        assert_eq!(served.send(with("GetObject")).await.body.as_bytes(), BODY);
    }
}

#[tokio::test]
async fn what_else_is_unsigned_is_refused_and_named() {
    let served = Served::start().await;
    let (algorithm, secret) = customer(7);
    let more = headers([("x-amz-meta-b", "1"), ("x-amz-acl", "private")]);
    let put = Request::new("PutObject", "k").signed(&algorithm).unsigned(&secret);
    let answer = served.send(put.unsigned(&more)).await;
    assert_eq!(answer.said(), "403 AccessDenied");
    assert_eq!(answer.element("HeadersNotSigned"), "x-amz-acl, x-amz-meta-b");

    let put = Request::new("PutObject", "k").unsigned(&algorithm).unsigned(&secret);
    let answer = served.send(put).await;
    assert_eq!(answer.said(), "403 AccessDenied");
    assert_eq!(answer.element("HeadersNotSigned"), ALGORITHM);
    assert_eq!(served.send(Request::new("HeadObject", "k")).await.status, 404);
}

#[tokio::test]
async fn an_incomplete_customer_key_stores_no_plaintext() {
    let served = Served::start().await;
    let (algorithm, secret) = customer(7);
    let (key, md5) = (secret[..1].to_vec(), secret[1..].to_vec());
    let upload = served.upload("k", &algorithm, &secret).await;
    for (signed, unsigned, words) in [
        (&algorithm, &Headers::new(), "an appropriate secret key."),
        (&algorithm, &md5, "an appropriate secret key."),
        (&algorithm, &key, "the client calculated MD5 of the secret key."),
        (&Headers::new(), &secret, "a valid encryption algorithm."),
    ] {
        for operation in [
            "PutObject",
            "GetObject",
            "CreateMultipartUpload",
            "UploadPart",
            "ListParts",
            "CompleteMultipartUpload",
        ] {
            let mut request = Request::new(operation, "k").signed(signed).unsigned(unsigned);
            if ["UploadPart", "ListParts", "CompleteMultipartUpload"].contains(&operation) {
                request = request.of(&upload);
            }
            let answer = served.send(request.naming_if_complete()).await;
            assert_eq!(answer.said(), "400 InvalidArgument", "{operation} {words}");
            assert!(
                answer.element("Message").ends_with(words),
                "{operation}: {}",
                answer.body
            );
        }
        let head = Request::new("HeadObject", "k").signed(signed).unsigned(unsigned);
        assert_eq!(served.send(head).await.status, 400);
    }
    assert_eq!(
        served.send(Request::new("GetObject", "k")).await.said(),
        "404 NoSuchKey"
    );
}

impl Request {
    fn naming_if_complete(self) -> Self {
        match self.operation {
            "CompleteMultipartUpload" => self.naming("0"),
            _ => self,
        }
    }
}

#[tokio::test]
async fn an_etag_is_the_md5_of_the_content_only_where_s3_has_the_key() {
    let served = Served::start().await;
    let (algorithm, secret) = customer(7);
    let sse = |mode| headers([("x-amz-server-side-encryption", mode)]);
    let none = Headers::new();
    let md5 = hex(&Md5::digest(BODY));
    let digests = headers([("content-md5", &base64(&Md5::digest(BODY)))]);
    for (key, signed, secret, known) in [
        ("plain", none.clone(), &none, true),
        ("SSE-S3", sse("AES256"), &none, true),
        ("SSE-KMS", sse("aws:kms"), &none, false),
        ("DSSE-KMS", sse("aws:kms:dsse"), &none, false),
        ("SSE-C", algorithm.clone(), &secret, false),
    ] {
        let with = |operation| Request::new(operation, key).signed(&signed).unsigned(secret);
        let (one, two) = (
            served.send(with("PutObject").unsigned(&digests)).await,
            served.send(with("PutObject")).await,
        );
        assert_eq!((one.status, two.status), (200, 200), "{key}");
        assert_eq!(one.etag() == md5, known, "{key}");
        assert_eq!(one.etag() == two.etag(), known, "{key}");
        assert_eq!(one.etag().len(), 32);
        let reading = match key {
            "SSE-C" => (&algorithm, secret),
            _ => (&none, &none),
        };
        let head = Request::new("HeadObject", key).signed(reading.0).unsigned(reading.1);
        assert_eq!(served.send(head).await.etag(), two.etag());

        let upload = served.upload(key, &signed, secret).await;
        let part = || {
            Request::new("UploadPart", key)
                .of(&upload)
                .signed(reading.0)
                .unsigned(reading.1)
        };
        let wrong = headers([("content-md5", &base64(&Md5::digest(b"other")))]);
        assert_eq!(
            served.send(part().unsigned(&wrong)).await.said(),
            "400 BadDigest",
            "{key}"
        );
        let part = served.send(part().unsigned(&digests)).await;
        assert_eq!(part.etag() == md5, known, "{key}");
        let done = Request::new("CompleteMultipartUpload", key)
            .of(&upload)
            .naming(part.etag());
        let done = served.send(done).await;
        assert!(done.element("ETag").contains("-1"), "{}", done.body);
    }
}

/// Everything that a data directory says, the bytes of objects left out.
fn records(folder: &std::path::Path) -> String {
    let mut out = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => out += &records(&path),
            Some(kind) if kind == "json" => out += &std::fs::read_to_string(path).unwrap(),
            _ => {}
        }
    }
    out
}

#[tokio::test]
async fn nothing_at_rest_or_without_the_key_tells_what_is_encrypted() {
    let served = Served::start().await;
    let (algorithm, secret) = customer(7);
    let sse = |mode| headers([("x-amz-server-side-encryption", mode)]);
    let none = Headers::new();
    let (md5, crc) = (Md5::digest(BODY), crc64(BODY));
    let sha256 = base64(&sha2::Sha256::digest(BODY));
    let sum = headers([("x-amz-checksum-sha256", &sha256)]);
    for (key, signed, secret) in [
        ("SSE-KMS", sse("aws:kms"), &none),
        ("DSSE-KMS", sse("aws:kms:dsse"), &none),
        ("SSE-C", algorithm.clone(), &secret),
    ] {
        let put = Request::new("PutObject", key)
            .signed(&signed)
            .signed(&sum)
            .unsigned(secret);
        assert_eq!(served.send(put).await.said(), "200", "{key}");
        let upload = served.upload(key, &signed, secret).await;
        let reading = if key == "SSE-C" { &algorithm } else { &none };
        let with = |operation| {
            Request::new(operation, key)
                .of(&upload)
                .unsigned(secret)
                .signed(reading)
        };
        let part = served.send(with("UploadPart").signed(&sum)).await;
        let listed = served.send(with("ListParts")).await;
        assert_eq!(listed.element("ChecksumCRC64NVME"), crc, "{key}");
        let open = served.upload(key, &signed, secret).await;
        let left = Request::new("UploadPart", key)
            .of(&open)
            .signed(reading)
            .unsigned(secret);
        assert_eq!(served.send(left).await.status, 200);
        if key == "SSE-C" {
            let without = |operation| Request::new(operation, key).of(&upload).naming_if_complete();
            let listed = served.send(without("ListParts")).await;
            assert_eq!((listed.status, listed.element("ChecksumCRC64NVME")), (200, ""));
            let named =
                served.send(without("CompleteMultipartUpload").signed(&headers([("x-amz-checksum-crc64nvme", &crc)])));
            assert_eq!(named.await.said(), "400 InvalidRequest");
            let blind = without("CompleteMultipartUpload").naming(part.etag());
            let blind = served.send(blind).await;
            assert_eq!((blind.status, blind.element("ChecksumCRC64NVME")), (200, ""));
        } else {
            let done = served.send(with("CompleteMultipartUpload").naming(part.etag())).await;
            assert_eq!(done.element("ChecksumCRC64NVME"), crc, "{key}");
        }
    }
    let kept = records(&served.folder.0);
    assert!(kept.contains("SSE-C"), "these are the records");
    for told in [hex(&md5), base64(&md5), crc, sha256, hex(&sha2::Sha256::digest(BODY))] {
        assert!(!kept.contains(&told), "{told}");
    }
}
