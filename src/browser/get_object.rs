//! GetObject: from a presigned URL, or from a response of the caller's, to an object that may be opened.

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Request, RequestCache, RequestCredentials, RequestInit, Response};

use super::{
    BrowserEngine, EncryptedObject, EngineKind, Failure,
    abort::Abort,
    encrypted_object::{Cipher, Opened},
    entropy::jitter,
    options::{ClientSide, Options, Protection},
    presign::{Headers, PresignRequest, Presigned, Presigner},
    promise,
    time::sleep,
};
use crate::{
    AlgorithmSuite, Envelope, Error,
    content::Decryptor,
    envelope::Metadata,
    transfer::{
        ServerSideEncryption,
        retry::{Next, Outcome, Retry},
        service_error::ServiceError,
    },
};

/// Fetches an object's headers and checks everything that can be checked before its content: policy, keyring, commitment.
#[wasm_bindgen(js_name = getObject, unchecked_return_type = "Promise<EncryptedObject>")]
pub fn get_object(#[wasm_bindgen(unchecked_param_type = "GetObjectOptions")] options: JsValue) -> Promise {
    promise(async move {
        let options = Options::parse(options)?;
        let key = options.object_key()?;
        let presigner = options.presigner()?;
        let abort = options.abort()?;
        let client_side = options.client_side()?;
        let headers: Headers = match options.server_side()? {
            None => Headers::new(),
            Some(ServerSideEncryption::Customer(key)) => key.headers().into_iter().collect(),
            Some(_) => return Err(Error::Misuse("on reading, S3 needs to be told of SSE-C only".into()).into()),
        };
        let response = fetch(&presigner, key, &headers, &abort).await?;
        open(response, client_side, abort, &options).await
    })
}

/// Opens a response that the caller fetched.
#[wasm_bindgen(js_name = openObject, unchecked_return_type = "Promise<EncryptedObject>")]
pub fn open_object(
    #[wasm_bindgen(unchecked_param_type = "Response")] response: JsValue,
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
) -> Promise {
    promise(async move {
        let options = Options::parse(options)?;
        let abort = options.abort()?;
        let response: Response = response
            .dyn_into()
            .map_err(|_| Error::Misuse("the response is no Response".into()))?;
        if response.body_used() || response.body().is_some_and(|body| body.locked()) {
            return Err(Error::Misuse("the response's body has a reader already".into()).into());
        }
        if !response.ok() {
            return Err(ServiceError::default().into_error(response.status()).into());
        }
        let protection = ClientSide::Encrypted(options.protection()?);
        open(response, protection, abort, &options).await
    })
}

async fn open(
    response: Response,
    client_side: ClientSide,
    abort: Abort,
    options: &Options,
) -> Result<EncryptedObject, Failure> {
    // Another handle on the same response; its own `clone` would copy the body.
    let kept = Clone::clone(&response);
    let object = examine(response, client_side, abort, options).await;
    if let (Err(_), Some(body)) = (&object, kept.body()) {
        // Closes the connection; a body that somebody reads refuses.
        let cancelled = JsFuture::from(body.cancel());
        spawn_local(async move { drop(cancelled.await) });
    }
    object
}

async fn examine(
    response: Response,
    client_side: ClientSide,
    abort: Abort,
    options: &Options,
) -> Result<EncryptedObject, Failure> {
    if response.status() == 206 {
        return Err(Error::UnsupportedFormat("a part of an object, which nothing authenticates").into());
    }
    let header = |name| response.headers().get(name).ok().flatten();
    let content_type = header("content-type");
    let stored_bytes: u64 = header("content-length")
        .and_then(|length| length.parse().ok())
        .ok_or(Error::EnvelopeInvalid("the answer has no Content-Length"))?;
    let metadata = Metadata::from_headers(header_entries(&response))?;
    let envelope = Envelope::parse(&metadata);
    let (cipher, content_bytes, envelope) = match client_side {
        ClientSide::None => match envelope {
            Err(Error::EnvelopeMissing) => (Cipher::None, stored_bytes, None),
            _ => return Err(Error::EnvelopeUnexpected.into()),
        },
        ClientSide::Encrypted(protection) => {
            let envelope = envelope?;
            let content_bytes = AlgorithmSuite::content_bytes(stored_bytes)?;
            let decryptor = decryptor(&envelope, &protection, content_bytes).await?;
            (Cipher::Decryptor(decryptor), content_bytes, Some(envelope))
        }
    };
    let opened = Opened {
        cipher,
        response,
        abort,
        progress: options.progress()?,
        content_bytes,
    };
    Ok(EncryptedObject::new(opened, envelope, metadata, content_type))
}

async fn decryptor(
    envelope: &Envelope,
    protection: &Protection,
    content_bytes: u64,
) -> Result<Decryptor<BrowserEngine>, Failure> {
    let kind = EngineKind::choose().await?;
    let parameters = crate::decrypt::decrypt(
        &protection.keyring,
        protection.policy,
        &protection.encryption_context,
        envelope,
    )
    .await?;
    let engine = BrowserEngine::new(kind, parameters).await?;
    Ok(Decryptor::new(engine, envelope.suite(), content_bytes)?)
}

/// Asks until the store answers with the object or it is pointless.
async fn fetch(presigner: &Presigner, key: &str, headers: &Headers, abort: &Abort) -> Result<Response, Failure> {
    let request = PresignRequest::GetObject { key, headers };
    let mut from = presigner.presign(&request, abort).await?;
    let mut retry = Retry::new();
    loop {
        let outcome = match abort.wait(global_fetch(&request_to(&from, abort)?)).await? {
            Err(_) => Outcome::NoAnswer,
            Ok(response) => {
                let response: Response = response.unchecked_into();
                if response.ok() {
                    return Ok(response);
                }
                refused(&response, abort).await?
            }
        };
        match retry.after(outcome, jitter()) {
            Next::Fail(error) => return Err(error.into()),
            Next::Again { after_ms, presign } => {
                // A timer does not fail.
                let _ = abort.wait(sleep(after_ms)).await?;
                if presign {
                    from = presigner.presign(&request, abort).await?;
                }
            }
        }
    }
}

fn request_to(from: &Presigned, abort: &Abort) -> Result<Request, Failure> {
    let unusable = |cause| {
        Failure::caused(
            Error::PresignFailed("the browser refuses the URL or a header of the presign answer"),
            cause,
        )
    };
    let init = RequestInit::new();
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(abort.signal());
    let request = Request::new_with_str_and_init(&from.url, &init).map_err(unusable)?;
    for (name, value) in &from.headers {
        request.headers().set(name, value).map_err(unusable)?;
    }
    Ok(request)
}

async fn refused(response: &Response, abort: &Abort) -> Result<Outcome, Failure> {
    let body = match response.text() {
        Ok(text) => abort.wait(text).await?.ok().and_then(|text| text.as_string()),
        Err(_) => None,
    };
    Ok(Outcome::Refused {
        status: response.status(),
        retry_after: response
            .headers()
            .get("retry-after")
            .ok()
            .flatten()
            .and_then(|seconds| seconds.trim().parse().ok()),
        error: ServiceError::parse(&body.unwrap_or_default()),
    })
}

fn header_entries(response: &Response) -> Vec<(String, String)> {
    response
        .headers()
        .entries()
        .into_iter()
        .filter_map(|entry| {
            let entry: Array = entry.ok()?.dyn_into().ok()?;
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        })
        .collect()
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(request: &Request) -> Promise;
}
