//! Requests over HTTP, with URLs that the development presigner signed.
#![allow(clippy::unwrap_used)]

use super::{S3State, objects::checked, open_to_page, router, service};
use crate::{
    config::Credentials,
    encoding::{base64, hex, percent},
    presign::Presigner,
    store::{ObjectLock, Store, record::Description, tests::Folder},
};
use http::{HeaderMap, Method};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const BODY: &[u8] = b"what the store is to keep";
const ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const KEY: &str = "x-amz-server-side-encryption-customer-key";
const KEY_MD5: &str = "x-amz-server-side-encryption-customer-key-md5";

type Headers = Vec<(&'static str, String)>;

/// A store that is served, with one bucket.
struct Served {
    store: Arc<Store>,
    presigner: Presigner,
    client: reqwest::Client,
    folder: Folder,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    fn element(&self, name: &str) -> &str {
        let from = self.body.split_once(&format!("<{name}>"));
        from.and_then(|(_, rest)| rest.split_once(&format!("</{name}>")))
            .map(|(text, _)| text)
            .unwrap_or_default()
    }

    fn etag(&self) -> &str {
        self.header("etag").trim_matches('"')
    }

    /// Status, and S3's code if there is one.
    fn said(&self) -> String {
        format!("{} {}", self.status, self.element("Code")).trim().into()
    }
}

#[derive(Clone, Default)]
struct Request {
    operation: &'static str,
    key: String,
    more: Vec<(&'static str, Value)>,
    signed: Headers,
    unsigned: Headers,
    body: Vec<u8>,
}

impl Request {
    fn new(operation: &'static str, key: &str) -> Self {
        let body = matches!(operation, "PutObject" | "UploadPart").then_some(BODY);
        Self {
            operation,
            key: key.into(),
            body: body.unwrap_or_default().into(),
            ..Self::default()
        }
    }

    fn signed(mut self, headers: &Headers) -> Self {
        self.signed.extend_from_slice(headers);
        self
    }

    fn unsigned(mut self, headers: &Headers) -> Self {
        self.unsigned.extend_from_slice(headers);
        self
    }

    fn of(mut self, upload: &str) -> Self {
        self.more.push(("uploadId", upload.into()));
        if self.operation == "UploadPart" {
            self.more.push(("partNumber", 1.into()));
        }
        self
    }

    fn naming(mut self, etag: &str) -> Self {
        let part = format!("<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>");
        self.body = format!("<CompleteMultipartUpload>{part}</CompleteMultipartUpload>").into();
        self
    }

    fn method(&self) -> Method {
        match self.operation {
            "PutObject" | "UploadPart" => Method::PUT,
            "HeadObject" => Method::HEAD,
            "DeleteObject" => Method::DELETE,
            "CreateMultipartUpload" | "CompleteMultipartUpload" => Method::POST,
            _ => Method::GET,
        }
    }
}

impl Served {
    async fn start() -> Self {
        let folder = Folder::new();
        let store = Arc::new(folder.open());
        store.create_bucket("bucket", true).unwrap();
        let credentials = Credentials {
            access_key: "AK".into(),
            secret_key: "SK".into(),
            session_token: None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let presigner = Presigner::new(endpoint.parse().unwrap(), true, "bucket", "us-east-1", &credentials, 60);
        let routes = router(S3State {
            service: service(store.clone(), credentials, "us-east-1").unwrap(),
            store: store.clone(),
        });
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            store,
            presigner: presigner.unwrap(),
            client: crate::client().unwrap(),
            folder,
        }
    }

    fn sign(&self, request: &Request) -> url::Url {
        let headers: serde_json::Map<_, _> = request
            .signed
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        let mut ask = json!({ "operation": request.operation, "key": request.key, "headers": headers });
        for (name, value) in &request.more {
            ask[name] = value.clone();
        }
        if matches!(request.operation, "PutObject" | "UploadPart") {
            ask["contentLength"] = request.body.len().into();
        }
        self.presigner.sign(&serde_json::from_value(ask).unwrap()).unwrap()
    }

    async fn send(&self, request: Request) -> Answer {
        let mut sent = self.client.request(request.method(), self.sign(&request));
        for (name, value) in request.signed.iter().chain(&request.unsigned) {
            sent = sent.header(*name, value);
        }
        let answer = sent.body(request.body).send().await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap(),
        }
    }

    async fn upload(&self, key: &str, signed: &Headers, unsigned: &Headers) -> String {
        let created = Request::new("CreateMultipartUpload", key)
            .signed(signed)
            .unsigned(unsigned);
        let answer = self.send(created).await;
        assert_eq!(answer.said(), "200", "{}", answer.body);
        answer.element("UploadId").into()
    }
}

fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> Headers {
    pairs.map(|(name, value)| (name, value.to_string())).into()
}

fn customer(key: u8) -> (Headers, Headers) {
    let md5 = base64(&Md5::digest([key; 32]));
    let secret = headers([(KEY, &base64(&[key; 32])), (KEY_MD5, &md5)]);
    (headers([(ALGORITHM, "AES256")]), secret)
}

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

fn crc64(bytes: &[u8]) -> String {
    base64(&crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, bytes).to_be_bytes())
}

#[tokio::test]
async fn a_bucket_with_default_retention_takes_no_bytes_without_a_digest() {
    let served = Served::start().await;
    let upload = served.upload("k", &Headers::new(), &Headers::new()).await;
    served.store.set_object_lock("bucket", ObjectLock::of_days(1)).unwrap();
    let md5 = headers([("content-md5", &base64(&Md5::digest(BODY)))]);
    let crc = headers([("x-amz-checksum-crc64nvme", &crc64(BODY))]);
    for (operation, name) in [("PutObject", "Put Object"), ("UploadPart", "Put Part")] {
        let request = || Request::new(operation, "k").of(&upload);
        let bare = served.send(request()).await;
        assert_eq!(bare.said(), "400 InvalidRequest");
        let words = format!(
            "Content-MD5 OR x-amz-checksum- HTTP header is required for {name} requests with Object Lock parameters"
        );
        assert_eq!(bare.element("Message"), words);
        assert_eq!(served.send(request().unsigned(&md5)).await.said(), "200");
        assert_eq!(served.send(request().signed(&crc)).await.said(), "200");
    }
    served.store.set_object_lock("bucket", ObjectLock::default()).unwrap();
    assert_eq!(served.send(Request::new("PutObject", "k")).await.said(), "200");
}

#[tokio::test]
async fn a_key_may_hold_any_character() {
    let served = Served::start().await;
    for (key, written) in [
        ("a\u{1}b", "a&#x1;b"),
        ("tab\tand\nline\rends", "tab\tand\nline&#xd;ends"),
        ("\0\u{1f}\u{7f}\u{80}", "&#x0;&#x1f;\u{7f}\u{80}"),
        ("\u{FFFE}\u{FFFF}1;", "&#xfffe;&#xffff;1;"),
        ("&#x1;<ü>\"'", "&amp;#x1;&lt;ü&gt;&quot;&apos;"),
        (" %2F//+?#;=&", " %2F//+?#;=&amp;"),
    ] {
        let with = |operation| Request::new(operation, key);
        assert_eq!(served.send(with("PutObject")).await.said(), "200", "{key:?}");
        assert_eq!(served.send(with("GetObject")).await.body.as_bytes(), BODY, "{key:?}");
        assert_eq!(served.send(with("HeadObject")).await.status, 200);
        let mut list = Request::new("ListObjectsV2", "");
        list.more.push(("prefix", key.into()));
        let listed = served.send(list).await;
        let encoded = percent(key, true);
        assert_eq!(
            (listed.said().as_str(), listed.element("Key")),
            ("200", encoded.as_str()),
            "{}",
            listed.body
        );

        let created = served.send(with("CreateMultipartUpload")).await;
        assert_eq!(
            (created.said().as_str(), created.element("Key")),
            ("200", written),
            "{}",
            created.body
        );
        let upload = created.element("UploadId");
        let part = served.send(with("UploadPart").of(upload)).await;
        let parts = served.send(with("ListParts").of(upload)).await;
        assert_eq!(
            (parts.said().as_str(), parts.element("Key")),
            ("200", written),
            "{}",
            parts.body
        );
        let done = with("CompleteMultipartUpload").of(upload).naming(part.etag());
        let done = served.send(done).await;
        assert_eq!(
            (done.said().as_str(), done.element("Key")),
            ("200", written),
            "{}",
            done.body
        );
        assert_eq!(served.send(with("DeleteObject")).await.said(), "204");
        assert_eq!(served.send(with("GetObject")).await.said(), "404 NoSuchKey");
    }
}

#[test]
fn what_no_header_can_give_back_is_not_taken() {
    let said = |text: &str| Description {
        cache_control: Some(text.into()),
        ..Description::default()
    };
    assert!(checked(said("no-cache")).is_ok());
    for text in ["a\u{1}b", "a\nb"] {
        assert!(checked(said(text)).is_err());
    }
}

#[tokio::test]
async fn completion_compares_the_size_that_it_is_told() {
    let served = Served::start().await;
    let upload = served.upload("k", &Headers::new(), &Headers::new()).await;
    let part = served.send(Request::new("UploadPart", "k").of(&upload)).await;
    let complete = |size: &str| {
        let said = headers([("x-amz-mp-object-size", size)]);
        let complete = Request::new("CompleteMultipartUpload", "k")
            .of(&upload)
            .naming(part.etag());
        served.send(complete.signed(&said))
    };
    let wrong = complete("24").await;
    assert_eq!(wrong.said(), "400 InvalidRequest");
    assert_eq!(
        wrong.element("Message").replace("&apos;", "'"),
        "The provided 'x-amz-mp-object-size' header value 24 does not match what was computed: 25"
    );
    assert_eq!(complete("-1").await.said(), "400 InvalidRequest");
    assert_eq!(complete("many").await.status, 400);
    assert_eq!(complete("25").await.said(), "200");
}

#[tokio::test]
async fn writes_keep_their_conditions() {
    let served = Served::start().await;
    let none = Headers::new();
    let upload = served.upload("k", &none, &none).await;
    let part = served.send(Request::new("UploadPart", "k").of(&upload)).await;
    let put = |condition: &Headers| served.send(Request::new("PutObject", "k").signed(condition));
    let complete = |condition: &Headers| {
        let complete = Request::new("CompleteMultipartUpload", "k")
            .of(&upload)
            .naming(part.etag());
        served.send(complete.signed(condition))
    };
    let matches = |etag: &str| headers([("if-match", etag)]);
    let absent = headers([("if-none-match", "*")]);
    assert_eq!(put(&matches("\"0\"")).await.said(), "404 NoSuchKey");
    assert_eq!(complete(&matches("\"0\"")).await.said(), "404 NoSuchKey");
    let stored = put(&absent).await;
    let etag = stored.header("etag").to_string();
    for condition in [absent, matches("\"0\""), matches(&format!("W/{etag}"))] {
        assert_eq!(put(&condition).await.said(), "412 PreconditionFailed", "{condition:?}");
        assert_eq!(
            complete(&condition).await.said(),
            "412 PreconditionFailed",
            "{condition:?}"
        );
    }
    let weak = Request::new("CompleteMultipartUpload", "k").of(&upload);
    let weak = weak.naming(&format!("W/\"{}\"", part.etag()));
    assert_eq!(served.send(weak).await.said(), "400 InvalidPart");
    for condition in [
        headers([("if-none-match", &etag)]),
        [matches(&etag), headers([("if-none-match", "*")])].concat(),
    ] {
        assert_eq!(put(&condition).await.said(), "501 NotImplemented");
    }
    assert_eq!(put(&matches(&etag)).await.said(), "200");
    assert_eq!(complete(&matches(&etag)).await.said(), "200");
}

#[tokio::test]
async fn a_deletion_under_a_conditional_write_is_a_conflict() {
    let served = Served::start().await;
    let mut put = Request::new("PutObject", "k").signed(&headers([("if-none-match", "*")]));
    put.body = BODY.into();
    let url = served.sign(&put);
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut connection = TcpStream::connect(&host).await.unwrap();
    let target = &url[url::Position::BeforePath..];
    let head = format!(
        "PUT {target} HTTP/1.1\r\nhost: {host}\r\nif-none-match: *\r\ncontent-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        BODY.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // It asks for the body when it has seen that there is no such object.
    let mut begun = [0; 12];
    connection.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100");
    assert_eq!(served.send(Request::new("PutObject", "k")).await.said(), "200");
    assert_eq!(served.send(Request::new("DeleteObject", "k")).await.said(), "204");
    connection.write_all(BODY).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.contains("HTTP/1.1 409") && answer.contains("<Code>ConditionalRequestConflict<"),
        "{answer}"
    );
}

#[tokio::test]
async fn every_answer_carries_its_ids_and_shows_them_to_the_page() {
    let served = Served::start().await;
    let page = "http://127.0.0.1:5173";
    open_to_page(&served.store, "bucket", vec![page.into()]).unwrap();
    let origin = headers([("origin", page)]);
    let mut seen = std::collections::BTreeSet::new();
    for (operation, key) in [
        ("PutObject", "k"),
        ("GetObject", "k"),
        ("HeadObject", "k"),
        ("HeadObject", "none"),
        ("GetObject", "none"),
        ("CreateMultipartUpload", "k"),
        ("DeleteObject", "k"),
    ] {
        let answer = served.send(Request::new(operation, key).unsigned(&origin)).await;
        let (id, host) = (answer.header("x-amz-request-id"), answer.header("x-amz-id-2"));
        assert!(id.len() == 16 && host.len() == 64, "{operation} {key}: {id} {host}");
        assert!(seen.insert(id.to_string()), "each is new");
        if answer.status >= 400 && operation != "HeadObject" {
            assert_eq!((answer.element("RequestId"), answer.element("HostId")), (id, host));
        }
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.contains("x-amz-request-id, x-amz-id-2"), "{exposed}");
    }
    let url = served.sign(&Request::new("GetObject", "k"));
    let preflight = served.client.request(Method::OPTIONS, url).send().await.unwrap();
    assert_eq!(preflight.status(), 400);
    assert_eq!(preflight.headers()["x-amz-request-id"].len(), 16);
    assert!(preflight.text().await.unwrap().contains("<HostId>"));
}
