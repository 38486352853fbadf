//! A response's body in pieces of the sizes that are asked for. Where the object can be asked for again, a connection that
//! breaks is followed by another one, from the byte that is missing.

use std::{cell::Cell, ops::Range, rc::Rc};

use super::{attempt::wait_after, origin::Origin};
use crate::{
    Error,
    machine::{Answer, Desk, Ending, Event, Failure, Hold, Phase, Step, Thrown},
    s3::{
        answer,
        retry::{Outcome, Retry},
    },
};

const OTHER: Error = Error::Unreachable("an answer to something else");

/// Counts what has come, over all connections, as the progress of a download.
pub struct Arrived {
    desk: Desk,
    bytes: Cell<u64>,
    counted_bytes: u64,
    stored_bytes: u64,
}

impl Arrived {
    /// Of so many bytes; those after the first `counted_bytes` count when all is verified.
    pub fn new(desk: &Desk, counted_bytes: u64, stored_bytes: u64) -> Self {
        Self {
            desk: desk.clone(),
            bytes: Cell::new(0),
            counted_bytes,
            stored_bytes,
        }
    }

    /// A step has brought so many bytes, of which `heard` were counted already. What was lost again is taken back: the caller's figures wait until
    /// it has come once more.
    fn count(&self, heard: &Cell<u64>, bytes: u64) {
        let before = heard.replace(bytes);
        self.bytes
            .update(|all| all.saturating_sub(before).saturating_add(bytes));
        let done = self.bytes.get().min(self.counted_bytes);
        if done > 0 {
            self.desk.report(Phase::Download, done, self.stored_bytes);
        }
    }

    /// All of it is right.
    pub fn verified(&self) {
        self.desk.report(Phase::Download, self.stored_bytes, self.stored_bytes);
    }
}

/// A body that is read in order.
pub struct Body {
    stream: Hold,
    desk: Desk,
    /// Where the rest comes from if the connection breaks; missing for a response of the caller's.
    origin: Option<Rc<Origin>>,
    /// What is still to come.
    range: Range<u64>,
    arrived: Rc<Arrived>,
    /// Attempts since the last byte came.
    retry: Retry,
    /// Answers since then, where it may not be the connection's fault.
    fruitless: u32,
    may_be_whole: bool,
}

impl Body {
    /// The bytes of that range of the object, which a stream brings.
    pub fn new(stream: Hold, origin: Option<Rc<Origin>>, range: Range<u64>, arrived: &Rc<Arrived>) -> Self {
        Self {
            stream,
            desk: arrived.desk.clone(),
            origin,
            range,
            arrived: Rc::clone(arrived),
            retry: Retry::new(),
            fruitless: 0,
            may_be_whole: true,
        }
    }

    /// Bytes that have not come yet.
    pub fn left(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// Exactly that many bytes, in a buffer; none for none.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Network`] where the rest cannot be had; what the store refuses; [`Error::UnsupportedBrowser`] for want
    /// of memory.
    pub async fn fill(&mut self, bytes: u32) -> Result<Option<Hold>, Failure> {
        let mut all: Option<Hold> = None;
        let mut missing = bytes;
        while missing > 0 {
            let stream = self.stream.id();
            let step = Step::Fill { stream, bytes: missing };
            let (Answer::Filled { bytes, end }, more) = self.read(step).await? else {
                return Err(OTHER.into());
            };
            missing = missing.saturating_sub(bytes);
            match (&all, more) {
                (Some(all), Some(more)) => {
                    let (buffer, more) = (all.id(), more.id());
                    self.desk.ask(Step::Join { buffer, more }).await?;
                }
                (None, more) => all = more,
                (Some(_), None) => {}
            }
            if missing > 0 {
                self.go_on_after(end).await?;
            }
        }
        Ok(all)
    }

    /// Exactly that many bytes, of which there are few.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub async fn take(&mut self, bytes: u32) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        let mut missing = bytes;
        while missing > 0 {
            let stream = self.stream.id();
            let step = Step::Pull { stream, bytes: missing };
            let (Answer::Pulled { bytes, end }, _) = self.read(step).await? else {
                return Err(OTHER.into());
            };
            missing = missing.saturating_sub(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            all.extend(bytes);
            if missing > 0 {
                self.go_on_after(end).await?;
            }
        }
        Ok(all)
    }

    /// Whether there is anything behind what has come. A connection that breaks now takes nothing away.
    ///
    /// # Errors
    /// Where the caller stopped.
    pub async fn has_more(&self) -> Result<bool, Failure> {
        let stream = self.stream.id();
        let (answer, _) = self.desk.ask(Step::Pull { stream, bytes: 1 }).await?;
        Ok(matches!(answer, Answer::Pulled { bytes, .. } if !bytes.is_empty()))
    }

    async fn read(&mut self, step: Step) -> Result<(Answer, Option<Hold>), Failure> {
        let heard = Rc::new(Cell::new(0));
        let (hearing, arrived) = (Rc::clone(&heard), Rc::clone(&self.arrived));
        let hear = Rc::new(move |Event::Moved(bytes)| arrived.count(&hearing, bytes));
        let (answer, held) = self.desk.ask_hearing(step, hear).await?;
        let came = match &answer {
            Answer::Filled { bytes, .. } => u64::from(*bytes),
            Answer::Pulled { bytes, .. } => bytes.len() as u64,
            Answer::Failed(cause) => return Err(no_room(cause.clone())),
            _ => return Err(OTHER.into()),
        };
        // Also if they went down with the connection.
        if heard.get().max(came) > 0 {
            self.retry = Retry::patient();
            self.fruitless = 0;
            self.may_be_whole = false;
        }
        self.arrived.count(&heard, came);
        self.range.start = self.range.start.saturating_add(came);
        Ok((answer, held))
    }

    /// Asks for the rest after a connection that broke, or that ended early: over HTTP/2 that is all that browsers tell of it.
    async fn go_on_after(&mut self, end: Option<Ending>) -> Result<(), Failure> {
        let (mut broken, mut online) = match end {
            Some(Ending::End) => (Error::Truncated.into(), true),
            Some(Ending::Broken(cause)) => {
                let online = cause.online;
                (Failure::caused(Error::Network, cause), online)
            }
            None => return Err(OTHER.into()),
        };
        let Some(origin) = self.origin.clone() else {
            return Err(broken);
        };
        self.may_be_whole |= broken.is(|error| *error == Error::Truncated);
        loop {
            if self.may_be_whole {
                if self.fruitless >= answer::FRUITLESS_ANSWERS {
                    if !self.byte_comes(&origin).await? {
                        return Err(broken.map(answer::fruitless));
                    }
                    self.may_be_whole = false;
                }
                self.fruitless = self.fruitless.saturating_add(1);
            }
            let was_online = std::mem::replace(&mut online, true);
            match wait_after(Outcome::NoAnswer, was_online, &mut self.retry, &self.desk).await {
                Ok(_) => {}
                Err(failure) if failure.is_stopped() => return Err(failure),
                Err(_) => return Err(broken),
            }
            match origin.get(&self.range, Retry::with_answers()).await {
                Ok(Some(stream)) => {
                    self.stream = stream;
                    return Ok(());
                }
                Ok(None) => return Err(broken.map(|_| Error::UnexpectedAnswer(answer::OTHER_RANGE))),
                // A browser that cannot decode an answer tells no more of it.
                Err(silence) if silence.is(answer::is_silence) => broken = silence,
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Whether a range of one byte comes through, or nothing can be told of it.
    async fn byte_comes(&self, origin: &Origin) -> Result<bool, Failure> {
        let start = self.range.start;
        match origin.get(&(start..start.saturating_add(1)), Retry::once()).await {
            Ok(Some(stream)) => {
                let stream = stream.id();
                let (answer, _) = self.desk.ask(Step::Pull { stream, bytes: 1 }).await?;
                Ok(matches!(answer, Answer::Pulled { bytes, .. } if !bytes.is_empty()))
            }
            Err(failure) if failure.is_stopped() => Err(failure),
            // Where the store says that the object is there, it is the bytes that do not come through.
            Err(silence) if silence.is(answer::is_silence) => Ok(!origin.is_there().await?),
            _ => Ok(true),
        }
    }
}

fn no_room(cause: Thrown) -> Failure {
    let what = match cause.name == "RangeError" {
        true => "memory for so many bytes at once",
        false => "readable response streams",
    };
    Failure::caused(Error::UnsupportedBrowser(what), cause)
}
