//! A response's body in pieces of the sizes that are asked for. Where the object can be asked for again, a connection that
//! breaks is followed by another one, from the byte that is missing.

use std::{cell::Cell, collections::VecDeque, ops::Range};

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use super::{
    Failure,
    abort::Abort,
    fetch::{discard, fetch_with},
    patience::wait_after,
    presign::{Headers, PresignRequest, Presigner},
    progress::{Phase, Progress},
    webcrypto::free,
};
use crate::{
    Error,
    transfer::retry::{Outcome, Retry},
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

impl Origin {
    fn headers_of(&self, range: &Range<u64>) -> Headers {
        let mut headers = self.headers.clone();
        let range = match range.end == self.stored_bytes {
            true => format!("bytes={}-", range.start),
            false => format!("bytes={}-{}", range.start, range.end.saturating_sub(1)),
        };
        headers.insert("range".into(), range);
        headers.insert("if-match".into(), self.e_tag.clone());
        headers
    }

    /// Those bytes of the very same object; `None` for an answer with others.
    pub(super) async fn get(
        &self,
        range: &Range<u64>,
        retry: Retry,
        abort: &Abort,
    ) -> Result<Option<ReadableStream>, Failure> {
        let headers = self.headers_of(range);
        let request = PresignRequest::GetObject {
            key: &self.key,
            headers: &headers,
        };
        let response = fetch_with(&self.presigner, &request, retry, abort).await?;
        let wanted = range.end.saturating_sub(range.start).to_string();
        let length = response.headers().get("content-length").ok().flatten();
        let is_it = response.status() == 206 && length.is_some_and(|length| length == wanted);
        let stream = response.body().filter(|_| is_it);
        if stream.is_none() {
            discard(&response);
        }
        Ok(stream)
    }
}

/// Counts what has come, over all connections, as the progress of a download.
pub(super) struct Arrived<'a> {
    progress: &'a Progress,
    bytes: Cell<u64>,
    content_bytes: u64,
    stored_bytes: u64,
}

impl<'a> Arrived<'a> {
    pub(super) const fn new(progress: &'a Progress, content_bytes: u64, stored_bytes: u64) -> Self {
        let bytes = Cell::new(0);
        Self {
            progress,
            bytes,
            content_bytes,
            stored_bytes,
        }
    }

    fn add(&self, bytes: u32) {
        self.bytes.update(|all| all.saturating_add(bytes.into()));
        // The last bytes count when they are verified.
        let done = self.bytes.get().min(self.content_bytes);
        self.progress.report(Phase::Download, done, self.stored_bytes);
    }

    pub(super) fn verified(&self) {
        self.progress
            .report(Phase::Download, self.stored_bytes, self.stored_bytes);
    }
}

pub(super) struct Body<'a> {
    reader: ReadableStreamDefaultReader,
    abort: &'a Abort,
    origin: Option<&'a Origin>,
    /// What is still to come.
    range: Range<u64>,
    arrived: Option<&'a Arrived<'a>>,
    /// Attempts since the last byte came.
    retry: Retry,
    waiting: VecDeque<Uint8Array>,
    waiting_bytes: u32,
    /// Whether the chunks' buffers are nobody else's.
    is_ours: bool,
}

impl<'a> Body<'a> {
    /// The bytes of that range of the object.
    pub(super) fn new(
        stream: &ReadableStream,
        origin: Option<&'a Origin>,
        range: Range<u64>,
        abort: &'a Abort,
    ) -> Result<Self, Failure> {
        Ok(Self {
            reader: reader(stream)?,
            abort,
            origin,
            range,
            arrived: None,
            retry: Retry::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            is_ours: origin.is_some(),
        })
    }

    pub(super) const fn counted_by(mut self, arrived: &'a Arrived<'a>) -> Self {
        self.arrived = Some(arrived);
        self
    }

    /// Bytes that have not come yet.
    pub(super) const fn left(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
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
            self.range.start = self.range.start.saturating_add(chunk.length().into());
            if let Some(arrived) = self.arrived {
                arrived.add(chunk.length());
            }
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
        match wait_after(Outcome::NoAnswer, &mut self.retry, self.abort).await {
            Ok(_) => {}
            Err(Failure::Aborted(reason)) => return Err(Failure::Aborted(reason)),
            Err(_) => return Err(cut(cause)),
        }
        let stream = origin.get(&self.range, Retry::new(), self.abort).await?;
        let stream = stream.ok_or_else(|| cut(cause))?;
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
