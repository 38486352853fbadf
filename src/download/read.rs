//! From an object's stored bytes to plaintext in a place, which shows nothing before all is verified; or, for who asks for it by name, to a reader
//! as it is decrypted.

use std::rc::Rc;

use super::{
    Ranges,
    get::{Cipher, Opened},
    incoming::{All, Incoming, Part},
};
use crate::{
    AlgorithmSuite, Error,
    machine::{Answer, Desk, Failure, Hold, SinkKind, Step, both},
    s3::answer::ENCODED,
    store::body::Arrived,
};

/// Bytes of content above which a Blob is a file on disk, where that can be had.
const SPOOL_BYTES: u64 = 64 << 20;
/// Stored bytes above which it has to be: elsewhere the browser would hold it in memory.
const MEMORY_BYTES: u64 = 1 << 30;
/// Bytes that are decrypted at once, while the next are on their way.
const PART_BYTES: u64 = 4 << 20;
/// The same for who waits for each of them.
const STREAMED_BYTES: u64 = 1 << 20;

/// Where plaintext goes.
enum To<'a> {
    /// A place that is discarded unless it is committed.
    Place(&'a Place),
    /// Who asked for it before it is verified.
    Reader,
}

struct Place {
    sink: Hold,
    is_file: bool,
    desk: Desk,
}

impl Place {
    fn failed(&self, answer: Answer) -> Failure {
        let error = match self.is_file {
            true => Error::WriteFailed,
            false => Error::UnsupportedBrowser("room for the file"),
        };
        match answer {
            Answer::Failed(cause) => Failure::caused(error, cause),
            _ => error.into(),
        }
    }

    async fn write(&self, buffer: Hold) -> Result<(), Failure> {
        let step = Step::Write {
            sink: self.sink.id(),
            buffer: buffer.id(),
        };
        match self.desk.ask(step).await?.0 {
            Answer::Done => Ok(()),
            other => Err(self.failed(other)),
        }
    }

    /// Makes what was written visible: all of it was verified, where anything verifies it.
    async fn commit(&self) -> Result<Hold, Failure> {
        match self.desk.ask(Step::Commit(self.sink.id())).await? {
            (_, Some(committed)) => Ok(committed),
            (other, None) => Err(self.failed(other)),
        }
    }
}

impl Opened {
    /// The whole content, verified (but for AES-CBC, which has nothing to verify): in a file of the origin's private file system, or in memory.
    ///
    /// # Errors
    /// What decrypting returns; [`Error::WriteFailed`]; [`Error::UnsupportedBrowser`] for content that memory cannot hold.
    pub async fn into_blob(self) -> Result<Hold, Failure> {
        let desk = self.desk.clone();
        let mut place = None;
        if self.stored_bytes > SPOOL_BYTES.saturating_add(AlgorithmSuite::TAG_BYTES as u64) {
            let bytes = self.stored_bytes;
            place = match desk.ask(Step::Sink(SinkKind::PrivateFile { bytes })).await? {
                (Answer::Failed(cause), _) => return Err(Failure::caused(Error::WriteFailed, cause)),
                (_, sink) => sink.map(|sink| (sink, true)),
            };
        }
        if place.is_none() {
            if self.stored_bytes > MEMORY_BYTES {
                return Err(Error::UnsupportedBrowser("a Blob this large; save the content to a file").into());
            }
            let (_, sink) = desk.ask(Step::Sink(SinkKind::Memory)).await?;
            place = sink.map(|sink| (sink, false));
        }
        let (sink, is_file) = place.ok_or(Error::UnsupportedBrowser("room for the file"))?;
        let place = Place { sink, is_file, desk };
        self.read(To::Place(&place)).await?;
        place.commit().await
    }

    /// Writes the content into the writable of the caller's handle. One that may show at once what it gets, gets nothing before all is verified.
    ///
    /// # Errors
    /// As [`into_blob`](Self::into_blob).
    pub async fn into_file(self) -> Result<(), Failure> {
        let desk = self.desk.clone();
        let (shows, sink) = match desk.ask(Step::Sink(SinkKind::Writable)).await? {
            (Answer::Failed(cause), _) => return Err(Failure::caused(Error::WriteFailed, cause)),
            (answer, sink) => (answer == Answer::Showing, sink.ok_or(Error::WriteFailed)?),
        };
        let is_file = true;
        let place = Place { sink, is_file, desk };
        match shows {
            true => place.write(self.into_blob().await?).await?,
            false => self.read(To::Place(&place)).await?,
        }
        place.commit().await.map(drop)
    }

    /// Gives a reader the content as it is decrypted, before it is verified.
    ///
    /// # Errors
    /// What decrypting returns: the reader has to discard everything then.
    pub async fn into_reader(self) -> Result<(), Failure> {
        self.read(To::Reader).await
    }

    async fn read(self, to: To<'_>) -> Result<(), Failure> {
        let (stored_bytes, desk) = (self.stored_bytes, self.desk);
        let stream = self.body.ok_or(Error::Truncated)?;
        let mut cipher = self.cipher;
        let (content_bytes, counted, more): (u64, u64, fn() -> Error) = match &cipher {
            Cipher::Authenticated(_) => {
                let content_bytes = AlgorithmSuite::content_bytes(stored_bytes)?;
                (content_bytes, content_bytes, || Error::AuthenticationFailed)
            }
            // The last bytes count at the end.
            Cipher::Unauthenticated(_) => (stored_bytes, stored_bytes.saturating_sub(1), || {
                Error::AuthenticationFailed
            }),
            Cipher::None => (stored_bytes, stored_bytes.saturating_sub(1), || {
                Error::UnexpectedAnswer(ENCODED)
            }),
        };
        if matches!(cipher, Cipher::Unauthenticated(_))
            && (stored_bytes == 0 || !stored_bytes.is_multiple_of(AlgorithmSuite::BLOCK_BYTES))
        {
            return Err(Error::LegacyDecryptionFailed.into());
        }
        let arrived = Rc::new(Arrived::new(&desk, counted, stored_bytes));
        let all = All {
            desk: desk.clone(),
            origin: self.origin,
            ranges: match cipher {
                Cipher::Authenticated(_) => self.ranges,
                _ => Ranges::default(),
            },
            part_bytes: match to {
                To::Place(_) => PART_BYTES,
                To::Reader => STREAMED_BYTES,
            },
            content_bytes,
            stored_bytes,
            arrived: Rc::clone(&arrived),
        };
        let mut incoming = Incoming::new(Rc::new(all), stream).await?;
        let mut tag = Vec::new();
        let mut part = incoming.next(more).await?;
        while let Some(Part {
            start,
            buffer,
            bytes,
            behind,
        }) = part
        {
            tag.extend(behind);
            let work = async {
                let Some(buffer) = buffer else { return Ok(()) };
                let plaintext = match &mut cipher {
                    Cipher::Authenticated(opener) => {
                        let unverified = opener.open(&buffer, 0..bytes, start).await?;
                        // The place is discarded unless the tag is right.
                        unverified.release_before_verification()
                    }
                    Cipher::Unauthenticated(opener) => {
                        let is_last = start.saturating_add(bytes.into()) == stored_bytes;
                        opener.open(&buffer, bytes, is_last).await?
                    }
                    Cipher::None => return to.give(buffer, &desk).await,
                };
                drop(buffer);
                to.give(plaintext, &desk).await
            };
            (part, ()) = both(incoming.next(more), work).await?;
        }
        if let Cipher::Authenticated(opener) = cipher {
            let tag = <[u8; AlgorithmSuite::TAG_BYTES]>::try_from(tag).map_err(|_| Error::Truncated)?;
            opener.finish(&tag)?;
        }
        arrived.verified();
        Ok(())
    }
}

impl To<'_> {
    async fn give(&self, buffer: Hold, desk: &Desk) -> Result<(), Failure> {
        let step = match self {
            Self::Place(place) => return place.write(buffer).await,
            Self::Reader => Step::Emit {
                buffer: buffer.id(),
                verified: false,
            },
        };
        match desk.ask(step).await?.0 {
            Answer::Failed(cause) => Err(Failure::caused(Error::WriteFailed, cause)),
            _ => Ok(()),
        }
    }
}
