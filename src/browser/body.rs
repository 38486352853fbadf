//! A response's body in pieces of the sizes that are asked for. Where the object can be asked for again, a connection that
//! breaks is followed by another one, from the byte that is missing.

use std::collections::VecDeque;

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use super::{
    Failure,
    abort::Abort,
    entropy::jitter,
    fetch::{discard, fetch},
    presign::{Headers, PresignRequest, Presigner},
    time::sleep,
    webcrypto::free,
};
use crate::{
    Error,
    transfer::retry::{Next, Outcome, Retry},
};

/// Where the rest of a body comes from: the very object of which the first part came.
pub(super) struct Origin {
    pub(super) presigner: Presigner,
    pub(super) key: String,
    /// What S3 has to be told on reading.
    pub(super) headers: Headers,
    pub(super) e_tag: String,
    pub(super) stored_bytes: u64,
}

pub(super) struct Body<'a> {
    reader: ReadableStreamDefaultReader,
    abort: &'a Abort,
    origin: Option<&'a Origin>,
    /// Attempts since the last byte came.
    retry: Retry,
    received: u64,
    waiting: VecDeque<Uint8Array>,
    waiting_bytes: u32,
    /// Whether the chunks' buffers are nobody else's.
    is_ours: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(stream: &ReadableStream, origin: Option<&'a Origin>, abort: &'a Abort) -> Result<Self, Failure> {
        Ok(Self {
            reader: reader(stream)?,
            abort,
            origin,
            retry: Retry::new(),
            received: 0,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            is_ours: origin.is_some(),
        })
    }

    /// Exactly that many bytes.
    pub(super) async fn take(&mut self, bytes: u32) -> Result<Uint8Array, Failure> {
        let piece = Uint8Array::new_with_length(bytes);
        self.fill(&piece).await?;
        Ok(piece)
    }

    /// As many bytes as there is room for.
    pub(super) async fn fill(&mut self, piece: &Uint8Array) -> Result<(), Failure> {
        let bytes = piece.length();
        while self.waiting_bytes < bytes {
            let chunk = self.next().await?.ok_or(Error::Truncated)?;
            self.waiting_bytes = self.waiting_bytes.saturating_add(chunk.length());
            self.waiting.push_back(chunk);
        }
        let mut filled = 0;
        while filled < bytes {
            let Some(chunk) = self.waiting.pop_front() else {
                return Err(Error::Unreachable("fewer bytes waiting than counted").into());
            };
            let used = chunk.length().min(bytes.saturating_sub(filled));
            piece.set(&chunk.subarray(0, used), filled);
            if used < chunk.length() {
                self.waiting.push_front(chunk.subarray(used, chunk.length()));
            } else if self.is_ours {
                free(&chunk);
            }
            filled = filled.saturating_add(used);
        }
        self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes);
        Ok(())
    }

    /// The next chunk; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Uint8Array>, Failure> {
        loop {
            let result = match self.abort.wait(self.reader.read()).await? {
                Ok(result) => result,
                Err(cause) => {
                    self.go_on(cause).await?;
                    continue;
                }
            };
            let cut = |cause| Failure::caused(Error::Network, cause);
            if Reflect::get(&result, &"done".into()).map_err(cut)?.is_truthy() {
                return Ok(None);
            }
            let value = Reflect::get(&result, &"value".into()).map_err(cut)?;
            let chunk: Uint8Array = value.dyn_into().map_err(cut)?;
            self.received = self.received.saturating_add(chunk.length().into());
            self.retry = Retry::new();
            return Ok(Some(chunk));
        }
    }

    /// Asks for the rest after a connection that broke.
    async fn go_on(&mut self, cause: JsValue) -> Result<(), Failure> {
        let cut = |cause| Failure::caused(Error::Network, cause);
        let Some(origin) = self.origin else {
            return Err(cut(cause));
        };
        match self.retry.after(Outcome::NoAnswer, jitter()) {
            Next::Fail(_) => return Err(cut(cause)),
            // A timer does not fail.
            Next::Again { after_ms, .. } => drop(self.abort.wait(sleep(after_ms)).await?),
        }
        let mut headers = origin.headers.clone();
        headers.insert("range".into(), format!("bytes={}-", self.received));
        headers.insert("if-match".into(), origin.e_tag.clone());
        let request = PresignRequest::GetObject {
            key: &origin.key,
            headers: &headers,
        };
        let response = fetch(&origin.presigner, &request, self.abort).await?;
        let rest = origin.stored_bytes.saturating_sub(self.received).to_string();
        let length = response.headers().get("content-length").ok().flatten();
        let Some(stream) = response
            .body()
            .filter(|_| response.status() == 206 && length.is_some_and(|length| length == rest))
        else {
            discard(&response);
            return Err(cut(cause));
        };
        self.reader = reader(&stream)?;
        Ok(())
    }

    pub(super) async fn expect_end(&mut self) -> Result<(), Failure> {
        if self.waiting_bytes == 0 && self.next().await?.is_none() {
            return Ok(());
        }
        Err(Error::AuthenticationFailed.into())
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        // Closes the connection of a body that was not read to its end; a no-op otherwise.
        let cancelled = JsFuture::from(self.reader.cancel());
        spawn_local(async move { drop(cancelled.await) });
    }
}

fn reader(stream: &ReadableStream) -> Result<ReadableStreamDefaultReader, Failure> {
    stream
        .get_reader()
        .dyn_into()
        .map_err(|_| Error::UnsupportedBrowser("readable response streams").into())
}
