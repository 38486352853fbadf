//! Encrypting for callers who send or keep the result themselves.

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::{Blob, TransformStream};

use crate::browser::{
    Failure,
    api::{
        options::{EnvelopeIn, Options, Transfer},
        placement::place,
    },
    content::{
        protection::Protection,
        seal::seal,
        sealing::Sealing,
        sink::{BlobSink, Sink, StreamSink},
        source::Source,
    },
    js::{
        abort::Abort,
        progress::Progress,
        summary::{EnvelopeSummary, to_js},
    },
    promise, spawn,
    store::instruction_file::json_blob,
};
use crate::{AlgorithmSuite, Envelope, Error, encryption_context::StringMap, s3::put::ContentType};

/// What travels with the body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    headers: StringMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction_file: Option<InstructionFileContent>,
    content_length: u64,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    body: JsValue,
    envelope: EnvelopeSummary<'a>,
}

#[derive(Serialize)]
struct InstructionFileContent {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    body: Blob,
    headers: StringMap,
}

impl<'a> Content<'a> {
    fn new(envelope: &'a Envelope, how: EnvelopeIn, content_bytes: u64, body: JsValue) -> Result<Self, Failure> {
        let (metadata, file) = place(envelope, how, &StringMap::new())?;
        let instruction_file = match file {
            None => None,
            Some(json) => Some(InstructionFileContent {
                body: json_blob(&json)?,
                headers: StringMap::from_iter([("content-type".into(), ContentType::JSON.into())]),
            }),
        };
        Ok(Self {
            headers: metadata
                .headers()
                .map(|(name, value)| (name, value.to_string()))
                .collect(),
            instruction_file,
            content_length: AlgorithmSuite::stored_bytes(content_bytes)?,
            body,
            envelope: EnvelopeSummary::from(envelope),
        })
    }
}

/// What both ways of encrypting are given.
struct Given {
    source: Source,
    protection: Protection,
    how: EnvelopeIn,
    transfer: Transfer,
}

impl Given {
    fn parse(source: &JsValue, options: JsValue) -> Result<Self, Failure> {
        Options::read(options, |options| {
            Ok(Self {
                protection: options.writing()?,
                how: options.envelope_in()?,
                transfer: options.transfer()?,
                source: Source::parse(source)?.into_own(options.flag("lendSource")?)?,
            })
        })
    }

    async fn begin(self) -> Result<Encryption, Failure> {
        self.source.ensure_there(&self.transfer.abort).await?;
        let sealing = self
            .transfer
            .abort
            .race(Sealing::begin(&self.source, &self.protection, None))
            .await??;
        // What does not fit the metadata fails here, before the work.
        place(&sealing.envelope, self.how, &StringMap::new())?;
        Ok(Encryption {
            source: self.source,
            sealing,
            how: self.how,
            transfer: self.transfer,
        })
    }
}

struct Encryption {
    source: Source,
    sealing: Sealing,
    how: EnvelopeIn,
    transfer: Transfer,
}

impl Encryption {
    fn content(&self, body: JsValue) -> Result<JsValue, Failure> {
        to_js(&Content::new(
            &self.sealing.envelope,
            self.how,
            self.source.bytes(),
            body,
        )?)
    }

    async fn seal(&self, sink: Sink<'_>) -> Result<(), Failure> {
        let encryptor = self.sealing.encryptor(&self.source)?;
        let Transfer { abort, progress } = &self.transfer;
        seal(&self.source, encryptor, abort, progress, sink).await
    }
}

/// Encrypts content into a Blob.
#[wasm_bindgen(unchecked_return_type = "Promise<EncryptedContent<Blob>>")]
pub fn encrypt(
    #[wasm_bindgen(unchecked_param_type = "Blob | Uint8Array")] source: JsValue,
    #[wasm_bindgen(unchecked_param_type = "EncryptOptions")] options: JsValue,
) -> Promise {
    let given = Given::parse(&source, options);
    promise(async move {
        let encryption = given?.begin().await?;
        let mut sink = BlobSink::default();
        encryption.seal(Sink::Blob(&mut sink)).await?;
        encryption.content(sink.into_blob()?.into())
    })
}

/// Encrypts content as it is read from the body. A body that errors was not encrypted to its end; discard what was read.
#[wasm_bindgen(js_name = encryptStream, unchecked_return_type = "Promise<EncryptedContent<ReadableStream<Uint8Array>>>")]
pub fn encrypt_stream(
    #[wasm_bindgen(unchecked_param_type = "Blob | Uint8Array")] source: JsValue,
    #[wasm_bindgen(unchecked_param_type = "EncryptOptions")] options: JsValue,
) -> Promise {
    let given = Given::parse(&source, options);
    promise(async move {
        let encryption = given?.begin().await?;
        let pipe = TransformStream::new()
            .map_err(|cause| Failure::caused(Error::UnsupportedBrowser("TransformStream"), cause))?;
        let content = encryption.content(pipe.readable().into())?;
        let mut sink = StreamSink::new(&pipe.writable())?;
        // The reader gets a failure through the stream.
        spawn(Box::pin(async move {
            // Also while the reader takes his time.
            let sealed = encryption
                .transfer
                .abort
                .race(encryption.seal(Sink::Stream(&mut sink)))
                .await;
            match sealed.and_then(|sealed| sealed) {
                Ok(()) => drop(sink.close().await),
                Err(failure) => sink.discard(&failure.into_js()).await,
            }
        }));
        Ok(content)
    })
}

/// The sealed content in the browser's blob store.
pub(crate) async fn seal_blob(
    source: &Source,
    sealing: &Sealing,
    abort: &Abort,
    progress: &Progress,
) -> Result<Blob, Failure> {
    let mut sink = BlobSink::default();
    seal(
        source,
        sealing.encryptor(source)?,
        abort,
        progress,
        Sink::Blob(&mut sink),
    )
    .await?;
    sink.into_blob()
}
