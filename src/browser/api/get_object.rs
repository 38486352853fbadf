//! GetObject: from a presigned URL, or from a response of the caller's, to an object that may be opened.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::Response;

use crate::browser::{
    BrowserEngine, EncryptedObject, Failure,
    api::{
        encrypted_object::{Cipher, Opened},
        options::{ClientSide, Options, Transfer},
    },
    content::{cbc::CbcCipher, protection::Protection, ranges::Ranges},
    js::{abort::Abort, given::is_response},
    promise,
    store::{
        fetch::{Answered, fetch_with},
        instruction_file::InstructionFileSource,
        origin::Origin,
        presign::{Headers, PresignRequest, Presigner},
    },
};
use crate::{
    AlgorithmSuite, Envelope, Error,
    content::Decryptor,
    decrypt::{ContentCipher, decrypt},
    envelope::Located,
    s3::{answer, etag::strong, object_key::ObjectKey, retry::Retry, service_error::refusal},
};

/// Fetches an object's headers and checks everything that can be checked before its content: policy, keyring, commitment. Until it is read
/// or freed, the object holds a connection, of which browsers have six for each host over HTTP/1.1.
#[wasm_bindgen(js_name = getObject, unchecked_return_type = "Promise<EncryptedObject>")]
pub fn get_object(#[wasm_bindgen(unchecked_param_type = "GetObjectOptions")] options: JsValue) -> Promise {
    let given = Options::read(options, |options| {
        let key = options.object_key()?;
        let reading = ClientSide::split(
            options.client_side(|options| Ok((options.reading()?, options.instruction_file_of(&key)?)))?,
        );
        let (presigner, headers) = options.reader()?;
        let asked = Asked {
            presigner,
            headers,
            key,
        };
        Ok((asked, reading, options.ranges()?, options.transfer()?))
    });
    promise(async move {
        let (asked, (client_side, file), ranges, transfer) = given?;
        let response = asked.ask(&asked.headers, Retry::new(), &transfer.abort).await?;
        let (presigner, headers) = (asked.presigner.clone(), asked.headers.clone());
        let file = InstructionFileSource::of_the_store(file, &presigner, &headers);
        open(response, Some(asked), client_side, file, ranges, transfer).await
    })
}

/// How a response was asked for.
struct Asked {
    presigner: Presigner,
    key: ObjectKey,
    headers: Headers,
}

impl Asked {
    /// The very same object again, where the page may see what tells it from others.
    async fn again(&self, e_tag: Option<String>, abort: &Abort) -> Result<Answered, Failure> {
        if let Some(e_tag) = strong(e_tag) {
            let mut headers = self.headers.clone();
            headers.insert("if-match".into(), e_tag);
            match self.ask(&headers, Retry::once(), abort).await {
                // A signer or a CORS rule may not allow the precondition.
                Err(failure) if !failure.is_aborted() && !failure.is(answer::is_precondition_failed) => {}
                answer => return answer,
            }
        }
        self.ask(&self.headers, Retry::patient(), abort).await
    }

    async fn ask(&self, headers: &Headers, retry: Retry, abort: &Abort) -> Result<Answered, Failure> {
        let key = &self.key;
        fetch_with(
            &self.presigner,
            &PresignRequest::GetObject { key, headers },
            retry,
            abort,
        )
        .await
    }

    fn origin(self, e_tag: Option<String>, stored_bytes: u64) -> Option<Origin> {
        Some(Origin {
            presigner: self.presigner,
            key: self.key.to_string(),
            headers: self.headers,
            e_tag: strong(e_tag)?,
            stored_bytes,
        })
    }
}

/// Opens a response that the caller fetched.
#[wasm_bindgen(js_name = openObject, unchecked_return_type = "Promise<EncryptedObject>")]
pub fn open_object(
    #[wasm_bindgen(unchecked_param_type = "Response")] response: JsValue,
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
) -> Promise {
    let given = Options::read(options, |options| {
        let file = InstructionFileSource::of_the_caller(&options.value("instructionFile")?)?;
        Ok((options.reading()?, file, options.transfer()?))
    });
    promise(async move {
        let (protection, file, transfer) = given?;
        if !is_response(&response) {
            return Err(Error::misuse("the first argument is not a Response").into());
        }
        let response: Response = response.unchecked_into();
        if response.body_used() || response.body().is_some_and(|body| body.locked()) {
            return Err(Error::misuse("the response's body has a reader already").into());
        }
        if !response.ok() {
            return Err(Error::HttpStatus(refusal(response.status(), "").into()).into());
        }
        let protection = ClientSide::Encrypted(protection);
        open(Answered(response), None, protection, file, Ranges::default(), transfer).await
    })
}

async fn open(
    mut response: Answered,
    asked: Option<Asked>,
    client_side: ClientSide<Protection>,
    instruction_file: InstructionFileSource<'_>,
    ranges: Ranges,
    transfer: Transfer,
) -> Result<EncryptedObject, Failure> {
    let Transfer { abort, progress } = transfer;
    if response.status() == 206 {
        return Err(Error::UnsupportedFormat("a part of an object, which nothing authenticates").into());
    }
    if answer::is_undone(response.header("content-encoding").as_deref()) {
        return Err(Error::UnexpectedAnswer(answer::ENCODED).into());
    }
    let mut stored_bytes = response.content_length()?;
    let metadata = response.metadata()?;
    let located = Envelope::locate(&metadata);
    let (cipher, content_bytes, envelope) = match client_side {
        ClientSide::None => match located {
            _ if response.hides_headers() => return Err(Error::ETagHidden.into()),
            Ok(Located::InInstructionFile(incomplete)) if !incomplete.is_certain() => {
                (Cipher::None, Some(stored_bytes), None)
            }
            _ => return Err(Error::EnvelopeUnexpected.into()),
        },
        ClientSide::Encrypted(protection) => {
            let envelope = match located? {
                Located::InMetadata(envelope) => envelope,
                Located::InInstructionFile(incomplete) => {
                    let e_tag = response.header("etag");
                    // A browser has six connections for each store. This one must not be held by who waits for another.
                    if asked.is_some() {
                        response.close().await;
                    }
                    let envelope = instruction_file.complete(incomplete, &abort).await?;
                    if let Some(asked) = &asked {
                        response = asked.again(e_tag, &abort).await?;
                        if response.status() == 206 || response.metadata()? != metadata {
                            return Err(answer::precondition_failed("the object was replaced meanwhile").into());
                        }
                        stored_bytes = response.content_length()?;
                    }
                    envelope
                }
            };
            let (cipher, content_bytes) = abort.race(cipher(&envelope, &protection, stored_bytes)).await??;
            (cipher, content_bytes, Some(envelope))
        }
    };
    let (content_type, e_tag) = (response.header("content-type"), response.header("etag"));
    let opened = Opened {
        cipher,
        response,
        origin: asked.and_then(|asked| asked.origin(e_tag, stored_bytes)),
        ranges,
        abort,
        progress,
        stored_bytes,
    };
    Ok(EncryptedObject::new(
        opened,
        content_bytes,
        envelope,
        metadata,
        content_type,
    ))
}

/// What decrypts the content, and the content's length where the stored length tells it.
async fn cipher(
    envelope: &Envelope,
    protection: &Protection,
    stored_bytes: u64,
) -> Result<(Cipher, Option<u64>), Failure> {
    let (keyring, context) = (&protection.keyring, &protection.encryption_context);
    let content_bytes = match envelope.suite().is_authenticated() {
        true => Some(AlgorithmSuite::content_bytes(stored_bytes)?),
        false => None,
    };
    let kind = protection.engine().await?;
    Ok(
        match (
            decrypt(keyring, protection.policy, context, envelope).await?,
            content_bytes,
        ) {
            (ContentCipher::Authenticated(parameters), Some(content_bytes)) => {
                let engine = BrowserEngine::new(kind, parameters).await?;
                let decryptor = Decryptor::new(engine, envelope.suite(), content_bytes)?;
                (Cipher::Authenticated(decryptor), Some(content_bytes))
            }
            (ContentCipher::Unauthenticated(parameters), None) => {
                (Cipher::Unauthenticated(CbcCipher::new(&parameters).await?), None)
            }
            _ => return Err(Error::Unreachable("suite and cipher differ").into()),
        },
    )
}
