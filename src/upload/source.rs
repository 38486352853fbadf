//! Where content comes from: a Blob, whose bytes can be read in any order and again; or a stream, which is read once, in order.
//!
//! Of a stream, only what is about to be encrypted is read, so that its bytes are in memory no longer than those of a Blob. What was made of
//! them is kept until it is stored, and every attempt sends that: there is no second reading with which it would have to be compared.

use std::{cell::Cell, future::poll_fn, ops::Range, task::Poll};

use crate::{
    Error,
    cipher::{Sealer, Stretch},
    machine::{Answer, Body, Checks, Desk, Ending, Failure, Hold, Step, Taken},
};

/// The content of one call.
pub(super) enum Source {
    Blob,
    Stream(Stream),
}

/// A stream, which is cancelled when this is dropped.
pub(super) struct Stream {
    stream: Hold,
    desk: Desk,
    bytes: u64,
    /// How far it was read.
    at: Cell<u64>,
    has_ended: Cell<bool>,
}

impl Source {
    /// Fails for a source that cannot be read any more, before any work: browsers give a file that is gone as an empty one.
    ///
    /// # Errors
    /// [`Error::ReadFailed`].
    pub(super) async fn begin(content_bytes: u64, is_stream: bool, desk: &Desk) -> Result<Self, Failure> {
        if is_stream {
            // Also for a caller who has stopped: it is cancelled then.
            return match desk.to_the_end().ask(Step::Take(Taken::Source)).await? {
                (_, Some(stream)) => Ok(Self::Stream(Stream {
                    stream,
                    desk: desk.clone(),
                    bytes: content_bytes,
                    at: Cell::new(0),
                    has_ended: Cell::new(false),
                })),
                (Answer::Failed(cause), _) => Err(Failure::caused(Error::ReadFailed, cause)),
                _ => Err(OTHER.into()),
            };
        }
        match desk.ask(Step::Probe(Body::Source)).await?.0 {
            Answer::Failed(cause) => Err(Failure::caused(Error::ReadFailed, cause)),
            Answer::Missing => Err(Error::FileChanged.into()),
            _ => Ok(Self::Blob),
        }
    }

    pub(super) const fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// Has those bytes of the content encrypted.
    ///
    /// # Errors
    /// As [`Sealer::seal`]; [`Error::ContentLengthMismatch`].
    pub(super) async fn seal(
        &self,
        sealer: &Sealer<'_>,
        range: Range<u64>,
        checks: Checks,
        by_worker: bool,
    ) -> Result<Stretch, Failure> {
        let Self::Stream(stream) = self else {
            return sealer.seal(range, Body::Source, checks, by_worker).await;
        };
        match stream.read(&range).await? {
            Some(read) => sealer.seal(range, Body::Held(read.id()), checks, by_worker).await,
            // The part of the tag alone, or no content.
            None => sealer.seal(range, Body::Nothing, checks, false).await,
        }
    }
}

impl Stream {
    /// Those bytes, once all before them are read. With the last of them, the stream has to end.
    async fn read(&self, range: &Range<u64>) -> Result<Option<Hold>, Failure> {
        poll_fn(|_| match self.at.get() == range.start {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        let bytes = range.end.saturating_sub(range.start);
        let (came, buffer) = match bytes {
            0 => (0, None),
            _ => self.fill(bytes).await?,
        };
        if came < bytes {
            return Err(Error::ContentLengthMismatch("fewer").into());
        }
        if range.end == self.bytes && !self.has_ended.get() {
            if self.fill(1).await?.0 > 0 {
                return Err(Error::ContentLengthMismatch("more").into());
            }
            self.has_ended.set(true);
        }
        self.at.set(range.end);
        Ok(buffer)
    }

    /// So many bytes, or fewer at its end.
    async fn fill(&self, bytes: u64) -> Result<(u64, Option<Hold>), Failure> {
        let stream = self.stream.id();
        let bytes = u32::try_from(bytes).map_err(|_| OTHER)?;
        match self.desk.ask(Step::Fill { stream, bytes }).await? {
            (
                Answer::Filled {
                    end: Some(Ending::Broken(cause)),
                    ..
                }
                | Answer::Failed(cause),
                _,
            ) => Err(Failure::caused(Error::ReadFailed, cause)),
            (Answer::Filled { bytes, .. }, buffer) => Ok((bytes.into(), buffer)),
            _ => Err(OTHER.into()),
        }
    }
}

const OTHER: Error = Error::Unreachable("an answer to something else");
