//! From a response's body to plaintext in a sink, verified at the end.

use std::{collections::VecDeque, pin::pin};

use futures_util::{Stream, TryStreamExt, stream};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use super::{
    BrowserEngine, Failure,
    abort::Abort,
    blob::{SEGMENT_BYTES, SEGMENTS_IN_FLIGHT},
    progress::{Phase, Progress},
    sink::Sink,
};
use crate::{
    AlgorithmSuite, Error,
    content::{BLOCK_BYTES, Decryptor},
};

/// Reads a body in pieces of the sizes that are asked for.
pub(super) struct Body<'a> {
    reader: ReadableStreamDefaultReader,
    abort: &'a Abort,
    waiting: VecDeque<Uint8Array>,
    waiting_bytes: u32,
}

impl<'a> Body<'a> {
    pub(super) fn new(stream: &ReadableStream, abort: &'a Abort) -> Result<Self, Failure> {
        let reader = stream
            .get_reader()
            .dyn_into()
            .map_err(|_| Error::UnsupportedBrowser("readable response streams"))?;
        Ok(Self {
            reader,
            abort,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
        })
    }

    /// Exactly that many bytes.
    pub(super) async fn take(&mut self, bytes: u32) -> Result<Uint8Array, Failure> {
        while self.waiting_bytes < bytes {
            let chunk = self.next().await?.ok_or(Error::Truncated)?;
            self.waiting_bytes = self.waiting_bytes.saturating_add(chunk.length());
            self.waiting.push_back(chunk);
        }
        let piece = Uint8Array::new_with_length(bytes);
        let mut filled = 0;
        while filled < bytes {
            let Some(chunk) = self.waiting.pop_front() else {
                return Err(Error::Unreachable("fewer bytes waiting than counted").into());
            };
            let used = chunk.length().min(bytes.saturating_sub(filled));
            piece.set(&chunk.subarray(0, used), filled);
            if used < chunk.length() {
                self.waiting.push_front(chunk.subarray(used, chunk.length()));
            }
            filled = filled.saturating_add(used);
        }
        self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes);
        Ok(piece)
    }

    /// The next chunk; `None` at the end.
    async fn next(&mut self) -> Result<Option<Uint8Array>, Failure> {
        let cut = |cause| Failure::caused(Error::Network, cause);
        let result = self.abort.wait(self.reader.read()).await?.map_err(cut)?;
        if Reflect::get(&result, &"done".into()).map_err(cut)?.is_truthy() {
            return Ok(None);
        }
        let value = Reflect::get(&result, &"value".into()).map_err(cut)?;
        value.dyn_into().map(Some).map_err(cut)
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

/// What a body is made of.
enum Piece<T> {
    Segment(u64, T),
    Tag([u8; AlgorithmSuite::TAG_BYTES]),
}

/// The segments of the body, then its tag, then its end.
fn pieces<'a>(body: Body<'a>, content_bytes: u64) -> impl Stream<Item = Result<Piece<Uint8Array>, Failure>> + 'a {
    stream::try_unfold(Some((body, 0)), move |state| async move {
        let Some((mut body, position)) = state else {
            return Ok(None);
        };
        let bytes = SEGMENT_BYTES.min(content_bytes.saturating_sub(position));
        if bytes > 0 {
            let segment = Piece::Segment(position.div_euclid(BLOCK_BYTES), body.take(bytes as u32).await?);
            return Ok(Some((segment, Some((body, position.saturating_add(bytes))))));
        }
        let mut tag = [0; AlgorithmSuite::TAG_BYTES];
        body.take(AlgorithmSuite::TAG_BYTES as u32).await?.copy_to(&mut tag);
        body.expect_end().await?;
        Ok(Some((Piece::Tag(tag), None)))
    })
}

/// Decrypts into the sink and verifies. On an error the caller discards the sink.
pub(super) async fn decrypt(
    stream: &ReadableStream,
    decryptor: Decryptor<BrowserEngine>,
    stored_bytes: u64,
    sink: &mut impl Sink,
    abort: &Abort,
    progress: &Progress,
) -> Result<(), Failure> {
    let (total, content_bytes) = (stored_bytes, AlgorithmSuite::content_bytes(stored_bytes)?);
    let mut tag = None;
    {
        let decryptor = &decryptor;
        let opened = pieces(Body::new(stream, abort)?, content_bytes)
            .map_ok(|piece| async move {
                Ok::<_, Failure>(match piece {
                    Piece::Segment(first_block, ciphertext) => {
                        Piece::Segment(first_block, decryptor.decrypt(first_block, ciphertext).await?)
                    }
                    Piece::Tag(tag) => Piece::Tag(tag),
                })
            })
            .try_buffered(SEGMENTS_IN_FLIGHT);
        let mut opened = pin!(opened);
        let mut done: u64 = 0;
        while let Some(piece) = opened.try_next().await? {
            match piece {
                Piece::Segment(_, plaintext) => {
                    let plaintext = plaintext.release_before_verification();
                    done = done.saturating_add(plaintext.length().into());
                    sink.write(plaintext.into()).await?;
                    progress.report(Phase::Download, done, total);
                }
                Piece::Tag(stored) => tag = Some(stored),
            }
        }
    }
    decryptor.finish(&tag.ok_or(Error::Truncated)?)?;
    progress.report(Phase::Download, total, total);
    Ok(())
}

/// Copies an object that is not client-side encrypted.
pub(super) async fn copy(
    stream: &ReadableStream,
    total: u64,
    sink: &mut impl Sink,
    abort: &Abort,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut body = Body::new(stream, abort)?;
    let mut done: u64 = 0;
    while let Some(chunk) = body.next().await? {
        done = done.saturating_add(chunk.length().into());
        sink.write(chunk.into()).await?;
        progress.report(Phase::Download, done, total);
    }
    if done != total {
        return Err(Error::Truncated.into());
    }
    Ok(())
}
