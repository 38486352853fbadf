//! Requests over HTTP, with URLs that the development presigner signed.
#![allow(clippy::unwrap_used)]

mod conditions;
mod customer_key;

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
