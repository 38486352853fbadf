//! Sealing, and PutObject.

use std::rc::Rc;

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::Blob;

use super::{
    BrowserEngine, EngineKind, Failure,
    abort::Abort,
    blob::seal,
    entropy::{BrowserEntropy, jitter},
    instruction_file::{InstructionFile, JSON, json_blob},
    options::{ClientSide, EnvelopeIn, Options, Protection},
    presign::{Headers, PresignRequest, Presigner},
    progress::{Phase, Progress},
    promise,
    summary::{EnvelopeSummary, to_js},
    time::sleep,
    xhr,
};
use crate::{
    AlgorithmSuite, Envelope, Error,
    content::Encryptor,
    encryption_context::StringMap,
    envelope::{Metadata, instruction_file},
    transfer::{
        put::{Precondition, PutHeaders},
        retry::{Next, Retry},
    },
};

/// Encrypts a Blob or File and stores it with one presigned PutObject.
#[wasm_bindgen(js_name = putObject, unchecked_return_type = "Promise<StoredObject>")]
pub fn put_object(
    #[wasm_bindgen(unchecked_param_type = "Blob")] source: JsValue,
    #[wasm_bindgen(unchecked_param_type = "PutObjectOptions")] options: JsValue,
) -> Promise {
    promise(async move { put(source_blob(source)?, Options::parse(options)?).await })
}

/// Encrypts a Blob or File, for callers who send the result themselves.
#[wasm_bindgen(unchecked_return_type = "Promise<EncryptedContent>")]
pub fn encrypt(
    #[wasm_bindgen(unchecked_param_type = "Blob")] source: JsValue,
    #[wasm_bindgen(unchecked_param_type = "EncryptOptions")] options: JsValue,
) -> Promise {
    promise(async move {
        let source = source_blob(source)?;
        let options = Options::parse(options)?;
        let (abort, progress) = (options.abort()?, options.progress()?);
        let sealing = Sealing::begin(&source, &options.protection()?).await?;
        let (metadata, file) = place(&sealing.envelope, options.envelope_in()?, &StringMap::new())?;
        #[derive(Serialize)]
        struct InstructionFile {
            #[serde(with = "serde_wasm_bindgen::preserve")]
            body: Blob,
            headers: StringMap,
        }
        let instruction_file = match file {
            None => None,
            Some(json) => Some(InstructionFile {
                body: json_blob(&json)?,
                headers: StringMap::from([("content-type".into(), JSON.into())]),
            }),
        };
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Content<'a> {
            headers: StringMap,
            #[serde(skip_serializing_if = "Option::is_none")]
            instruction_file: Option<InstructionFile>,
            content_length: u64,
            #[serde(with = "serde_wasm_bindgen::preserve")]
            body: Blob,
            envelope: EnvelopeSummary<'a>,
        }
        let body = seal(&source, sealing.encryptor, &abort, &progress).await?;
        to_js(&Content {
            headers: metadata
                .headers()
                .map(|(name, value)| (name, value.to_string()))
                .collect(),
            instruction_file,
            content_length: body.size() as u64,
            body,
            envelope: EnvelopeSummary::from(&sealing.envelope),
        })
    })
}

async fn put(source: Blob, options: Options) -> Result<JsValue, Failure> {
    let key = options.object_key()?;
    let presigner = options.presigner()?;
    let (abort, progress) = (options.abort()?, Rc::new(options.progress()?));
    let server_side = options.server_side()?;
    let precondition = match options.only_if_absent()? {
        true => Precondition::Absent,
        false => Precondition::None,
    };
    let client_side = options.client_side()?;
    if matches!(client_side, ClientSide::None) && server_side.is_none() {
        return Err(Error::Misuse("without a keyring, name the serverSideEncryption".into()).into());
    }
    let user_metadata = options.metadata.clone().unwrap_or_default();
    let headers = |metadata: &Metadata| -> Result<Headers, Failure> {
        Ok(PutHeaders {
            metadata,
            content_type: options.content_type.as_deref().unwrap_or("application/octet-stream"),
            precondition,
            server_side_encryption: server_side.as_ref(),
        }
        .encode()?)
    };
    let (headers, body, envelope) = match client_side {
        ClientSide::Encrypted(protection) => {
            let sealing = Sealing::begin(&source, &protection).await?;
            // What the store would refuse fails here, before the work.
            let (metadata, file) = place(&sealing.envelope, options.envelope_in()?, &user_metadata)?;
            let headers = headers(&metadata)?;
            let body = seal(&source, sealing.encryptor, &abort, &progress).await?;
            if let Some(json) = file {
                let file = InstructionFile {
                    object_key: key,
                    suffix: instruction_file::DEFAULT_SUFFIX,
                    json: &json,
                    server_side: server_side.as_ref(),
                };
                file.put_before_object(&presigner, &abort).await?;
            }
            (headers, body, Some(sealing.envelope))
        }
        ClientSide::None => {
            let metadata = with_user_metadata(Metadata::default(), &user_metadata)?;
            (headers(&metadata)?, source, None)
        }
    };
    let stored = send(&presigner, key, &headers, &body, &abort, &progress).await?;
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct StoredObject<'a> {
        key: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        e_tag: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        version_id: Option<String>,
        content_length: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        envelope: Option<EnvelopeSummary<'a>>,
    }
    to_js(&StoredObject {
        key,
        e_tag: stored.e_tag,
        version_id: stored.version_id,
        content_length: body.size() as u64,
        envelope: envelope.as_ref().map(EnvelopeSummary::from),
    })
}

/// The object's metadata, and the instruction file where the envelope, or most of it, goes there.
fn place(envelope: &Envelope, how: EnvelopeIn, user: &StringMap) -> Result<(Metadata, Option<String>), Error> {
    let encoded = envelope.encode()?;
    if how != EnvelopeIn::InstructionFile {
        match with_user_metadata(encoded.clone(), user) {
            Err(Error::MetadataTooLarge) if how == EnvelopeIn::InstructionFileIfNeeded => {}
            whole => return Ok((whole?, None)),
        }
    }
    let (stays, file) = instruction_file::split(&encoded)?;
    Ok((with_user_metadata(stays, user)?, Some(file)))
}

fn with_user_metadata(envelope: Metadata, user: &StringMap) -> Result<Metadata, Error> {
    envelope.with_user_metadata(user.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Sends the body until the store has it or it is pointless. Every attempt sends the same sealed bytes.
pub(super) async fn send(
    presigner: &Presigner,
    key: &str,
    headers: &Headers,
    body: &Blob,
    abort: &Abort,
    progress: &Rc<Progress>,
) -> Result<xhr::Stored, Failure> {
    let total = body.size() as u64;
    let request = PresignRequest::PutObject {
        key,
        content_length: total,
        headers,
    };
    let mut to = presigner.presign(&request, abort).await?;
    let mut retry = Retry::new();
    loop {
        let reporter = Rc::clone(progress);
        let report = move |done| reporter.report(Phase::Upload, done, total);
        let outcome = match xhr::put(&to, body, abort, report).await? {
            Ok(stored) => {
                progress.report(Phase::Upload, total, total);
                return Ok(stored);
            }
            Err(outcome) => outcome,
        };
        match retry.after(outcome, jitter()) {
            Next::Fail(error) => return Err(error.into()),
            Next::Again { after_ms, presign } => {
                // A timer does not fail.
                let _ = abort.wait(sleep(after_ms)).await?;
                if presign {
                    to = presigner.presign(&request, abort).await?;
                }
            }
        }
    }
}

/// An envelope and the cipher that belongs to it.
struct Sealing {
    envelope: Envelope,
    encryptor: Encryptor<BrowserEngine>,
}

impl Sealing {
    async fn begin(source: &Blob, protection: &Protection) -> Result<Self, Failure> {
        let content_bytes = source.size() as u64;
        AlgorithmSuite::stored_bytes(content_bytes)?;
        let kind = EngineKind::choose().await?;
        let (envelope, parameters) = crate::encrypt::encrypt(
            &protection.keyring,
            protection.suite,
            &protection.encryption_context,
            &mut BrowserEntropy,
        )
        .await?;
        let engine = BrowserEngine::new(kind, parameters).await?;
        Ok(Self {
            envelope,
            encryptor: Encryptor::new(engine, protection.suite, content_bytes)?,
        })
    }
}

fn source_blob(source: JsValue) -> Result<Blob, Failure> {
    source
        .dyn_into()
        .map_err(|_| Error::Misuse("the source is no Blob or File".into()).into())
}
