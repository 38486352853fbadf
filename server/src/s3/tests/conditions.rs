//! What a write or a completion is held to.

use super::*;

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
