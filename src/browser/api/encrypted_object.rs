//! An object whose envelope has passed every check and whose content has not been read yet.

use std::{cell::Cell, rc::Rc};

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStream, TransformStream};

use crate::browser::{
    BrowserEngine, Failure,
    content::{
        cbc::{self, CbcCipher},
        decrypt,
        ranges::{Incoming, Ranges},
        sink::{BlobSink, Sink, StreamSink},
        spool::{self, MEMORY_BYTES, SPOOL_BYTES, Spool, release_blob},
    },
    js::{
        abort::Abort,
        given::is_file_stream,
        progress::Progress,
        summary::{EnvelopeSummary, to_js},
    },
    promise, spawn,
    store::{
        body::{Arrived, Body},
        fetch::Answered,
        origin::Origin,
    },
};
use crate::{AlgorithmSuite, Envelope, Error, content::Decryptor, envelope::Metadata};

/// What turns the body into content.
pub(crate) enum Cipher {
    Authenticated(Decryptor<BrowserEngine>),
    /// The caller enabled unauthenticated modes by name.
    Unauthenticated(CbcCipher),
    /// The object is not client-side encrypted, and the caller said so by name.
    None,
}

/// A body and all that is needed to read it once.
pub(crate) struct Opened {
    pub(crate) cipher: Cipher,
    pub(crate) response: Answered,
    /// Where the rest comes from if the connection breaks; missing for a response of the caller's.
    pub(crate) origin: Option<Origin>,
    pub(crate) ranges: Ranges,
    pub(crate) abort: Rc<Abort>,
    pub(crate) progress: Rc<Progress>,
    pub(crate) stored_bytes: u64,
}

impl Opened {
    async fn read(self, sink: Sink<'_>) -> Result<(), Failure> {
        let (stored, progress) = (self.stored_bytes, &*self.progress);
        let body = || {
            let body = self.response.body().ok_or(Error::Truncated)?;
            Body::new(&body, self.origin.as_ref(), 0..stored, &self.abort)
        };
        match self.cipher {
            Cipher::Authenticated(decryptor) => {
                let content_bytes = AlgorithmSuite::content_bytes(stored)?;
                let arrived = Arrived::new(progress, content_bytes, stored);
                let incoming = Incoming {
                    response: &self.response,
                    origin: self.origin.as_ref(),
                    ranges: &self.ranges,
                    stored_bytes: stored,
                    abort: &self.abort,
                    arrived: &arrived,
                };
                decrypt::decrypt(incoming.stretches().await?, decryptor, content_bytes, sink).await?;
                arrived.verified();
                Ok(())
            }
            Cipher::Unauthenticated(cipher) => cbc::decrypt(body()?, cipher, stored, sink, progress).await,
            Cipher::None => decrypt::copy(body()?, stored, sink, progress).await,
        }
    }

    async fn into_blob(self) -> Result<Blob, Failure> {
        if self.stored_bytes > SPOOL_BYTES.saturating_add(AlgorithmSuite::TAG_BYTES as u64)
            && let Some(spool) = Spool::create(self.stored_bytes).await
        {
            return self.into_file(spool).await;
        }
        if self.stored_bytes > MEMORY_BYTES {
            return Err(Error::UnsupportedBrowser("a Blob this large; save the content to a file").into());
        }
        let mut sink = BlobSink::default();
        self.read(Sink::Blob(&mut sink)).await?;
        sink.into_blob()
    }

    async fn into_file(self, spool: Spool) -> Result<Blob, Failure> {
        let sink = spool.writable().await.and_then(|file| StreamSink::new(&file));
        let written = match sink {
            Ok(sink) => self.pour(sink).await,
            Err(failure) => Err(failure),
        };
        match written {
            Ok(()) => spool.into_blob().await,
            Err(failure) => {
                spool.discard().await;
                Err(failure)
            }
        }
    }

    /// Verifies all of it first, and then writes it into a stream that may show what it gets at once.
    async fn pass_on(self, to: &JsValue) -> Result<(), Failure> {
        let abort = Rc::clone(&self.abort);
        let failed = |cause| Failure::caused(Error::WriteFailed, cause);
        match abort.race(self.into_blob()).await.and_then(|blob| blob) {
            Ok(blob) => {
                let signal = abort.signal().map(JsValue::from).unwrap_or_default();
                let poured = abort.wait(pour(&blob, to, &signal)).await;
                // A file of ours goes once it is read.
                let _ = JsFuture::from(release_blob(blob.into())).await;
                poured?.map_err(failed).map(drop)
            }
            Err(failure) => {
                let reason = failure.into_js();
                // One that has failed has ended by itself.
                let _ = JsFuture::from(refuse(to, &reason)).await;
                Err(Failure::aborted(reason))
            }
        }
    }

    /// Writes into a sink that is closed only if all is well, and aborted otherwise.
    async fn pour(self, mut sink: StreamSink) -> Result<(), Failure> {
        let abort = Rc::clone(&self.abort);
        // Also while whoever reads from the sink takes his time.
        let read = abort.race(self.read(Sink::Stream(&mut sink))).await;
        match read.and_then(|read| read) {
            Ok(()) => sink.close().await,
            Err(failure) => {
                let reason = failure.into_js();
                sink.discard(&reason).await;
                Err(Failure::aborted(reason))
            }
        }
    }
}

/// Policy, keyring and commitment have passed. The content is read by one of the methods, once.
#[wasm_bindgen]
pub struct EncryptedObject {
    opened: Rc<Cell<Option<Opened>>>,
    content_bytes: Option<u64>,
    envelope: Option<Envelope>,
    metadata: Metadata,
    content_type: Option<String>,
}

impl EncryptedObject {
    pub(crate) fn new(
        opened: Opened,
        content_bytes: Option<u64>,
        envelope: Option<Envelope>,
        metadata: Metadata,
        content_type: Option<String>,
    ) -> Self {
        Self {
            content_bytes,
            opened: Rc::new(Cell::new(Some(opened))),
            envelope,
            metadata,
            content_type,
        }
    }

    fn take(&self) -> Result<Opened, Failure> {
        take(&self.opened)
    }
}

fn take(opened: &Cell<Option<Opened>>) -> Result<Opened, Failure> {
    opened
        .take()
        .ok_or_else(|| Error::misuse("the content was read already; get the object again").into())
}

#[wasm_bindgen]
impl EncryptedObject {
    /// Bytes of the content, encryption not counted; `undefined` for AES-CBC, whose padding only decrypting tells.
    #[wasm_bindgen(getter, js_name = contentLength)]
    pub fn content_length(&self) -> Option<f64> {
        self.content_bytes.map(|bytes| bytes as f64)
    }

    /// The envelope; `undefined` for an object that is not client-side encrypted.
    #[wasm_bindgen(getter, unchecked_return_type = "EnvelopeSummary | undefined")]
    pub fn envelope(&self) -> JsValue {
        let summary = self
            .envelope
            .as_ref()
            .map(|envelope| to_js(&EnvelopeSummary::from(envelope)));
        summary.and_then(Result::ok).unwrap_or_default()
    }

    /// The user metadata, the envelope's own entries included. Nothing authenticates it.
    #[wasm_bindgen(getter, unchecked_return_type = "StringMap")]
    pub fn metadata(&self) -> JsValue {
        to_js(self.metadata.entries()).unwrap_or_default()
    }

    /// The stored media type. Nothing authenticates it.
    #[wasm_bindgen(getter, js_name = contentType)]
    pub fn content_type(&self) -> Option<String> {
        self.content_type.clone()
    }

    /// The whole content, verified (but for AES-CBC, which has nothing to verify). More than 64 MiB are a file of the origin's private
    /// file system where the browser has one that it can write, for as long as this page or worker lives or until {@link releaseBlob};
    /// elsewhere up to 1 GiB is held by the browser.
    #[wasm_bindgen(unchecked_return_type = "Promise<Blob>")]
    pub fn blob(&self) -> Promise {
        let opened = self.take();
        promise(async move { opened?.into_blob().await })
    }

    /// Writes the content to a file, which appears only once it is verified. A file that cannot be opened for writing leaves the content
    /// unread. The writable stream of a handle that is not the browser's own may show what it gets: it gets nothing before all is verified,
    /// and `blob()`'s limits hold.
    #[wasm_bindgen(js_name = saveTo, unchecked_return_type = "Promise<void>")]
    pub fn save_to(&self, #[wasm_bindgen(unchecked_param_type = "FileSystemFileHandle")] handle: JsValue) -> Promise {
        let opened = Rc::clone(&self.opened);
        promise(async move {
            if !handle.is_object() {
                return Err(Error::misuse("saveTo needs a FileSystemFileHandle").into());
            }
            let failed = |cause| Failure::caused(Error::WriteFailed, cause);
            let file = handle.unchecked_ref::<FileHandle>().create_writable().map_err(failed)?;
            let file = JsFuture::from(Promise::resolve(&file)).await.map_err(failed)?;
            let opened = match take(&opened) {
                Ok(opened) => opened,
                Err(failure) => {
                    let reason = failure.into_js();
                    let _ = JsFuture::from(refuse(&file, &reason)).await;
                    return Err(Failure::aborted(reason));
                }
            };
            match is_file_stream(&file) {
                true => opened.pour(StreamSink::new(file.unchecked_ref())?).await?,
                false => opened.pass_on(&file).await?,
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The content as a stream that starts once all of it is verified.
    #[wasm_bindgen(unchecked_return_type = "Promise<ReadableStream<Uint8Array>>")]
    pub fn stream(&self) -> Promise {
        let opened = self.take();
        promise(async move { spool::stream(&opened?.into_blob().await?) })
    }

    /// The content as it is decrypted, before it is verified. If the stream errors, discard everything read from it.
    #[wasm_bindgen(
        js_name = delayedAuthenticationStream,
        unchecked_return_type = "ReadableStream<Uint8Array>"
    )]
    pub fn delayed_authentication_stream(&self) -> Result<ReadableStream, JsValue> {
        let opened = self.take().map_err(Failure::into_js)?;
        let pipe = TransformStream::new()?;
        let sink = StreamSink::new(&pipe.writable()).map_err(Failure::into_js)?;
        // The reader gets the failure through the stream.
        spawn(Box::pin(async move { drop(opened.pour(sink).await) }));
        Ok(pipe.readable())
    }
}

#[wasm_bindgen]
extern "C" {
    type FileHandle;

    #[wasm_bindgen(method, catch, js_name = createWritable)]
    fn create_writable(this: &FileHandle) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/browser/content/pour.js")]
extern "C" {
    fn pour(blob: &Blob, to: &JsValue, signal: &JsValue) -> Promise;
    fn refuse(to: &JsValue, reason: &JsValue) -> Promise;
}
