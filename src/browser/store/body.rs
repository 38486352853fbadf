//! A response's body in pieces of the sizes that are asked for. Where the object can be asked for again, a connection that
//! breaks is followed by another one, from the byte that is missing.

use std::{cell::Cell, ops::Range};

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::ReadableStream;

use crate::browser::{
    Failure,
    crypto::{
        stretch::{Stretch, room},
        webcrypto::free,
    },
    js::{
        abort::Abort,
        progress::{Phase, Progress},
    },
    store::{
        backoff::wait_after,
        origin::Origin,
        reader::{Reader, Step, chunk, cut, step_of},
    },
};
use crate::{
    AlgorithmSuite, Error,
    s3::{
        answer,
        retry::{Outcome, Retry},
    },
};

/// Bytes of a chunk that is decrypted where it is. Smaller ones are copied together: WebCrypto's calls would cost more.
const LARGE_CHUNK_BYTES: u32 = 256 << 10;

/// Counts what has come, over all connections, as the progress of a download.
pub(crate) struct Arrived<'a> {
    progress: &'a Progress,
    bytes: Cell<u64>,
    content_bytes: u64,
    stored_bytes: u64,
}

impl<'a> Arrived<'a> {
    pub(crate) const fn new(progress: &'a Progress, content_bytes: u64, stored_bytes: u64) -> Self {
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

    /// What was lost again. The caller's figures wait until it has come once more.
    fn take_back(&self, bytes: u32) {
        self.bytes.update(|all| all.saturating_sub(bytes.into()));
    }

    pub(crate) fn verified(&self) {
        self.progress
            .report(Phase::Download, self.stored_bytes, self.stored_bytes);
    }
}

pub(crate) struct Body<'a> {
    reader: Reader,
    abort: &'a Abort,
    origin: Option<&'a Origin>,
    /// What is still to come.
    range: Range<u64>,
    arrived: Option<&'a Arrived<'a>>,
    /// Attempts since the last byte came.
    retry: Retry,
    /// Answers since then, where it may not be the connection's fault.
    fruitless: u32,
    may_be_whole: bool,
    /// Of the last chunk, what did not fit.
    left_over: Option<Uint8Array>,
}

impl<'a> Body<'a> {
    /// The bytes of that range of the object.
    pub(crate) fn new(
        stream: &ReadableStream,
        origin: Option<&'a Origin>,
        range: Range<u64>,
        abort: &'a Abort,
    ) -> Result<Self, Failure> {
        Ok(Self::with(Reader::of_chunks(stream)?, origin, range, abort))
    }

    /// The same, for who only [`fill`](Self::fill)s small buffers: the browser then reads straight into them, where it can.
    pub(crate) fn filling(
        stream: &ReadableStream,
        origin: Option<&'a Origin>,
        range: Range<u64>,
        abort: &'a Abort,
    ) -> Result<Self, Failure> {
        Ok(Self::with(Reader::into_buffers(stream)?, origin, range, abort))
    }

    /// What a reader gives, which has that range.
    pub(crate) const fn with(reader: Reader, origin: Option<&'a Origin>, range: Range<u64>, abort: &'a Abort) -> Self {
        Self {
            reader,
            abort,
            origin,
            range,
            arrived: None,
            retry: Retry::new(),
            fruitless: 0,
            may_be_whole: true,
            left_over: None,
        }
    }

    pub(crate) const fn counted_by(mut self, arrived: &'a Arrived<'a>) -> Self {
        self.arrived = Some(arrived);
        self
    }

    /// Bytes that have not come yet.
    pub(crate) const fn left(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// Exactly that many bytes.
    pub(crate) async fn take(&mut self, bytes: u32) -> Result<Uint8Array, Failure> {
        self.fill(room(bytes)?).await
    }

    /// As many bytes as there is room for. The buffer goes to the browser meanwhile; a view of it, or of another, comes back.
    pub(crate) async fn fill(&mut self, mut piece: Uint8Array) -> Result<Uint8Array, Failure> {
        let (bytes, offset) = (piece.length(), piece.byte_offset());
        let mut filled: u32 = 0;
        while filled < bytes {
            let room = piece.subarray(filled, bytes);
            if self.reader.fills_buffers {
                match self.abort.wait(self.reader.read_into(&room)).await? {
                    Ok(step) => {
                        let step: Step = step.unchecked_into();
                        // At the end, too, the buffer comes back.
                        let read = chunk(step.value())?;
                        piece = Uint8Array::new_with_byte_offset_and_length(&read.buffer(), offset, bytes);
                        if step.done() {
                            self.go_on(Error::Truncated.into()).await?;
                            continue;
                        }
                        filled = filled.saturating_add(read.length());
                        self.came(read.length());
                    }
                    Err(cause) => {
                        // The buffer went down with the connection.
                        filled = self.lose(filled);
                        self.go_on(cut(cause)).await?;
                        piece = room_like(bytes, offset)?;
                    }
                }
                continue;
            }
            let chunk = match self.left_over.take() {
                Some(chunk) => chunk,
                None => self.next().await?.ok_or(Error::Truncated)?,
            };
            let used = chunk.length().min(room.length());
            room.set(&chunk.subarray(0, used), 0);
            if used < chunk.length() {
                self.left_over = Some(chunk.subarray(used, chunk.length()));
            } else if self.origin.is_some() {
                // Chunks of a response of the caller's may be somebody else's too.
                free(&chunk);
            }
            filled = filled.saturating_add(used);
        }
        Ok(piece)
    }

    /// A large chunk of a response of the caller's, where it is: whole blocks, or all of the `most` bytes that are wanted. `None` for what is to be
    /// filled into buffers of ours.
    pub(crate) async fn large_chunk(&mut self, most: u64) -> Result<Option<Stretch>, Failure> {
        if self.reader.fills_buffers || self.origin.is_some() {
            return Ok(None);
        }
        let chunk = match self.left_over.take() {
            Some(chunk) => chunk,
            None => self.next().await?.ok_or(Error::Truncated)?,
        };
        let length = chunk.length();
        // WebCrypto takes no memory that another thread may change.
        if length < LARGE_CHUNK_BYTES || !chunk.buffer().is_instance_of::<ArrayBuffer>() {
            self.left_over = Some(chunk);
            return Ok(None);
        }
        let used = match u32::try_from(most) {
            Ok(most) if most <= length => most,
            _ => length.saturating_sub(length.rem_euclid(AlgorithmSuite::BLOCK_BYTES as u32)),
        };
        if used < length {
            self.left_over = Some(chunk.subarray(used, length));
        }
        Ok(Some(Stretch::of_the_caller(chunk.subarray(0, used))))
    }

    /// The next chunk; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Uint8Array>, Failure> {
        loop {
            let broken = match self.abort.wait(self.reader.read()).await? {
                Ok(step) => match step_of(step)? {
                    Some(chunk) => {
                        self.came(chunk.length());
                        return Ok(Some(chunk));
                    }
                    None => Error::Truncated.into(),
                },
                Err(cause) => cut(cause),
            };
            if self.left() == 0 {
                return Ok(None);
            }
            self.go_on(broken).await?;
        }
    }

    /// What had come into a buffer that was lost has to come again.
    fn lose(&mut self, filled: u32) -> u32 {
        self.range.start = self.range.start.saturating_sub(filled.into());
        if let Some(arrived) = self.arrived {
            arrived.take_back(filled);
        }
        0
    }

    fn came(&mut self, bytes: u32) {
        self.range.start = self.range.start.saturating_add(bytes.into());
        if let Some(arrived) = self.arrived {
            arrived.add(bytes);
        }
        self.retry = Retry::patient();
        self.fruitless = 0;
        self.may_be_whole = false;
    }

    /// Asks for the rest after a connection that broke, or that ended early: over HTTP/2 that is all that browsers tell of it.
    async fn go_on(&mut self, mut broken: Failure) -> Result<(), Failure> {
        let Some(origin) = self.origin else {
            return Err(broken);
        };
        self.may_be_whole |= broken.is(|error| *error == Error::Truncated);
        loop {
            if self.may_be_whole {
                if self.fruitless >= answer::FRUITLESS_ANSWERS {
                    if !self.byte_comes(origin).await? {
                        return Err(broken.map(answer::fruitless));
                    }
                    self.may_be_whole = false;
                }
                self.fruitless = self.fruitless.saturating_add(1);
            }
            match wait_after(Outcome::NoAnswer, &mut self.retry, self.abort).await {
                Ok(_) => {}
                Err(failure) if failure.is_aborted() => return Err(failure),
                Err(_) => return Err(broken),
            }
            match origin.get(&self.range, Retry::with_answers(), self.abort).await {
                Ok(reader) => {
                    let other = || broken.map(|_| Error::UnexpectedAnswer(answer::OTHER_RANGE));
                    self.reader = reader.ok_or_else(other)?;
                    return Ok(());
                }
                // A browser that cannot decode an answer tells no more of it.
                Err(silence) if silence.is(answer::is_silence) => broken = silence,
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Whether a range of one byte comes through, or nothing can be told of it.
    async fn byte_comes(&self, origin: &Origin) -> Result<bool, Failure> {
        let start = self.range.start;
        match origin
            .get(&(start..start.saturating_add(1)), Retry::once(), self.abort)
            .await
        {
            Ok(Some(reader)) => match self.abort.wait(reader.read()).await? {
                Ok(step) => Ok(step_of(step)?.is_some()),
                Err(_) => Ok(false),
            },
            Err(failure) if failure.is_aborted() => Err(failure),
            // Where the store says that the object is there, it is the bytes that do not come through.
            Err(silence) if silence.is(answer::is_silence) => Ok(!origin.is_there(self.abort).await?),
            _ => Ok(true),
        }
    }

    /// All bytes have come; a connection that breaks now takes nothing away.
    pub(crate) async fn expect_end(&mut self) -> Result<(), Failure> {
        let is_end = match self.abort.wait(self.reader.read()).await? {
            Ok(step) => step_of(step)?.is_none(),
            Err(_) => true,
        };
        match is_end && self.left_over.is_none() {
            true => Ok(()),
            false => Err(Error::AuthenticationFailed.into()),
        }
    }
}

/// A view of that length and place in a buffer of its own.
fn room_like(bytes: u32, offset: u32) -> Result<Uint8Array, Error> {
    let end = bytes.saturating_add(offset);
    Ok(room(end)?.subarray(offset, end))
}
