//! GetObject against a fetch that is a double.

use js_sys::{Array, Error as JsError, Promise};
use presealed::browser::get_object;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, Response};

use super::{
    put::{json, options, requests_of, signer_that_answers},
    support::{
        Opened, Stored, answer_with, array, bag, bytes_of, code, code_of, error_of, get, noise, number, ok, partial,
        raw_keyring, text, with, without,
    },
};

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    #[wasm_bindgen(js_name = fetchThatAnswers)]
    fn fetch_that_answers(answers: &Array) -> JsValue;
    #[wasm_bindgen(js_name = answerOfStatus)]
    pub fn answer_of_status(status: u16, text: &str) -> Response;
}

#[wasm_bindgen]
extern "C" {
    type Double;

    #[wasm_bindgen(method)]
    fn restore(this: &Double);
}

pub struct Fetch(pub JsValue);

impl Fetch {
    pub fn new(answers: &[JsValue]) -> Self {
        Self(fetch_that_answers(&answers.iter().collect()))
    }

    pub fn requests(&self) -> Vec<Request> {
        let requests: Array = get(&self.0, "requests").unchecked_into();
        requests.iter().map(JsCast::unchecked_into).collect()
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.0.unchecked_ref::<Double>().restore();
    }
}

const EXPIRED: &str = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

fn signer() -> JsValue {
    signer_that_answers(&JsValue::UNDEFINED)
}

async fn sealed() -> Stored {
    Stored::seal(&noise(5000), &bag(&[("keyring", &raw_keyring(7))])).await
}

fn fetched(options: &JsValue) -> Promise {
    get_object(options.clone())
}

#[wasm_bindgen_test]
async fn an_object_and_what_it_says_of_itself() {
    let stored = sealed().await;
    let headers = [
        ("content-type", &"image/png".into()),
        ("x-amz-meta-title", &"holiday".into()),
    ];
    let stored = Stored {
        headers: with(&stored.headers, &headers),
        ..stored
    };
    let (signer, fetch) = (signer(), Fetch::new(&[stored.response().into()]));
    let object = ok(fetched(&options(&signer))).await;
    let [request] = &fetch.requests()[..] else {
        panic!("fetched more than once")
    };
    assert_eq!(
        (request.method(), request.url()),
        ("GET".into(), "https://store.test/1".into())
    );
    assert_eq!(
        json(&requests_of(&signer)[0]),
        r#"{"operation":"GetObject","key":"a/key","headers":{}}"#
    );
    assert_eq!(number(&object, "contentLength"), 5000.0);
    assert_eq!(text(&object, "contentType"), "image/png");
    assert_eq!(text(&get(&object, "metadata"), "title"), "holiday");
    assert!(bytes_of(&ok(object.unchecked_ref::<Opened>().blob()).await).await == noise(5000));
}

#[wasm_bindgen_test]
async fn asks_again_and_presigns_anew() {
    let answers = [
        answer_of_status(503, "").into(),
        JsError::new("offline").into(),
        answer_of_status(403, EXPIRED).into(),
        sealed().await.response().into(),
    ];
    let (signer, fetch) = (signer(), Fetch::new(&answers));
    ok(fetched(&options(&signer))).await;
    let urls: Vec<String> = fetch.requests().iter().map(Request::url).collect();
    // After no answer, which may hide that it expired, and after one that says so.
    let of = |number| format!("https://store.test/{number}");
    assert_eq!(urls, [of(1), of(1), of(2), of(3)]);
    assert_eq!(requests_of(&signer).len(), 3);
}

/// Over HTTP/2, an end is all that browsers tell of a connection that broke.
#[wasm_bindgen_test]
async fn a_body_that_ends_early_is_gone_on_with() {
    let stored = sealed().await;
    let (whole, cut) = (stored.body.len(), 3000);
    let answers = |e_tag: &str| -> [JsValue; 2] {
        let headers = with(&stored.headers, &[("etag", &e_tag.into())]);
        let rest = with(&headers, &[("content-length", &(whole - cut).to_string().into())]);
        [
            answer_with(&array(&stored.body[..cut]), &headers).into(),
            partial(&array(&stored.body[cut..]), &rest).into(),
        ]
    };
    let read = async |e_tag| {
        let fetch = Fetch::new(&answers(e_tag));
        let object = ok(fetched(&options(&signer()))).await;
        let content = JsFuture::from(object.unchecked_ref::<Opened>().blob()).await;
        (content, fetch.requests())
    };
    let (content, requests) = read("\"tag\"").await;
    assert!(bytes_of(&content.unwrap()).await == noise(5000));
    let header = |name| requests[1].headers().get(name).unwrap();
    assert_eq!(header("range"), Some(format!("bytes={cut}-")));
    assert_eq!(header("if-match"), Some("\"tag\"".into()));
    // With a weak one nobody can ask for the same bytes.
    let (content, requests) = read("W/\"tag\"").await;
    assert_eq!((code(&content.unwrap_err()), requests.len()), ("truncated".into(), 1));
}

#[wasm_bindgen_test]
async fn content_that_is_not_encrypted_is_gone_on_with_too() {
    let headers = |length: &str| bag(&[("content-length", &length.into()), ("etag", &"\"tag\"".into())]);
    let fetch = Fetch::new(&[
        answer_with(&array(b"con"), &headers("7")).into(),
        partial(&array(b"tent"), &headers("4")).into(),
    ]);
    let by_name = without(&options(&signer()), "keyring");
    let object = ok(fetched(&with(&by_name, &[("clientSideEncryption", &"none".into())]))).await;
    let blob = ok(object.unchecked_ref::<Opened>().blob()).await;
    assert_eq!(bytes_of(&blob).await, b"content");
    assert_eq!(
        fetch.requests()[1].headers().get("range").unwrap(),
        Some("bytes=3-".into())
    );
}

#[wasm_bindgen_test]
async fn a_refusal_is_final() {
    let document = "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>";
    let fetch = Fetch::new(&[answer_of_status(404, document).into()]);
    let error = error_of(fetched(&options(&signer()))).await;
    assert_eq!(
        (code(&error).as_str(), number(&error, "status")),
        ("http-status", 404.0)
    );
    assert_eq!(text(&error, "serviceCode"), "NoSuchKey");
    assert_eq!(fetch.requests().len(), 1);
}

#[wasm_bindgen_test]
async fn a_part_is_no_object() {
    let _fetch = Fetch::new(&[answer_of_status(206, "part").into()]);
    assert_eq!(code_of(fetched(&options(&signer()))).await, "unsupported-format");
}

#[wasm_bindgen_test]
async fn the_key_of_sse_c_goes_along() {
    let fetch = Fetch::new(&[sealed().await.response().into()]);
    let signer = signer();
    let mode = bag(&[("mode", &"SSE-C".into()), ("key", &array(&[0; 32]))]);
    ok(fetched(&with(&options(&signer), &[("serverSideEncryption", &mode)]))).await;
    let signed = get(&requests_of(&signer)[0], "headers");
    // To the store, and not to the signer.
    assert_eq!(
        json(&signed),
        r#"{"x-amz-server-side-encryption-customer-algorithm":"AES256"}"#
    );
    let sent = fetch.requests()[0].headers();
    for (name, value) in [
        ("algorithm", "AES256"),
        ("key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("key-md5", "cLyPS3KoaSFGi/joRB3OUQ=="),
    ] {
        let name = format!("x-amz-server-side-encryption-customer-{name}");
        assert_eq!(sent.get(&name).unwrap().as_deref(), Some(value));
    }
}

#[wasm_bindgen_test]
async fn ciphertext_is_never_handed_over_as_content() {
    let signer = signer();
    let by_name = without(&options(&signer), "keyring");
    assert_eq!(code_of(fetched(&by_name)).await, "misuse");
    let by_name = with(&by_name, &[("clientSideEncryption", &"none".into())]);
    let _fetch = Fetch::new(&[sealed().await.response().into()]);
    assert_eq!(code_of(fetched(&by_name)).await, "envelope-unexpected");
}

#[wasm_bindgen_test]
async fn an_object_that_is_not_encrypted_is_read_by_name() {
    for (length, expected) in [("7", Ok(())), ("8", Err("truncated"))] {
        let headers = bag(&[("content-length", &length.into())]);
        let response = super::support::answer_with(&array(b"content"), &headers);
        let _fetch = Fetch::new(&[response.into()]);
        let by_name = without(&options(&signer()), "keyring");
        let object = ok(fetched(&with(&by_name, &[("clientSideEncryption", &"none".into())]))).await;
        assert!(get(&object, "envelope").is_undefined());
        let blob = object.unchecked_ref::<Opened>().blob();
        match expected {
            Ok(()) => assert_eq!(bytes_of(&ok(blob).await).await, b"content"),
            Err(code) => assert_eq!(code_of(blob).await, code),
        }
    }
}
