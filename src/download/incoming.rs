//! An object's stored bytes in order: as they come in one answer, or in ranges over several connections at once.

use std::{
    ops::{Range, RangeInclusive},
    rc::Rc,
};

use crate::{
    Error,
    machine::{Desk, Either, Failure, Hold, Window, race},
    s3::{answer::OTHER_RANGE, retry::Retry},
    store::{
        body::{Arrived, Body},
        origin::Origin,
    },
};

/// How long the second range may take to answer before the first answer gives everything.
const SECOND_MS: u32 = 5_000;

/// How an object is asked for in ranges.
pub struct Ranges {
    /// Bytes of a range: whole blocks.
    pub range_bytes: u64,
    /// Ranges under way at once; with 1 the object comes in one answer.
    pub concurrency: usize,
}

impl Default for Ranges {
    fn default() -> Self {
        Self {
            range_bytes: Self::RANGE_BYTES,
            concurrency: Self::CONCURRENCY,
        }
    }
}

impl Ranges {
    /// Unless the caller says otherwise.
    pub const RANGE_BYTES: u64 = 8 << 20;
    /// What the caller may say.
    pub const RANGE_SIZES: RangeInclusive<u64> = 1 << 20..=64 << 20;
    /// Over a link of 1 Gbit/s to a store nearby, one answer comes at 112 MiB/s and four ranges at 90: what the first answer has
    /// sent ahead is lost. Several are for stores that are far away or slow on each connection.
    pub const CONCURRENCY: usize = 1;
}

/// Bytes that have come, which follow those before them.
pub(super) struct Part {
    /// Where they begin in the object.
    pub(super) start: u64,
    /// Content, if there is any of it.
    pub(super) buffer: Option<Hold>,
    /// How much.
    pub(super) bytes: u32,
    /// What is behind the content: the tag, or some of it.
    pub(super) behind: Vec<u8>,
}

/// An object whose first answer is there.
pub(super) struct Incoming {
    all: Rc<All>,
    /// What is read in order.
    body: Option<Body>,
    /// Where the next range begins.
    next: u64,
    /// An answer that is there already.
    second: Option<Hold>,
    window: Window<'static, Result<Part, Failure>>,
}

/// What holds for the whole object.
pub(super) struct All {
    pub(super) desk: Desk,
    /// Where the rest comes from if the connection breaks; missing for a response of the caller's.
    pub(super) origin: Option<Rc<Origin>>,
    pub(super) ranges: Ranges,
    /// Bytes of a part that is read in order.
    pub(super) part_bytes: u64,
    pub(super) content_bytes: u64,
    pub(super) stored_bytes: u64,
    pub(super) arrived: Rc<Arrived>,
}

impl All {
    fn range_from(&self, start: u64) -> Range<u64> {
        start..start.saturating_add(self.ranges.range_bytes).min(self.stored_bytes)
    }

    /// The second range, where ranges are worth it and to be had: a CORS rule, a signer or a store may not allow them, and then
    /// the first answer gives everything.
    async fn second(&self) -> Result<Option<Hold>, Failure> {
        let worth_it = self.ranges.concurrency > 1 && self.stored_bytes > self.ranges.range_bytes;
        let Some(origin) = self.origin.as_ref().filter(|_| worth_it) else {
            return Ok(None);
        };
        let range = self.range_from(self.ranges.range_bytes);
        // The first answer holds a connection meanwhile, of which a browser has six for each store.
        match race(origin.get(&range, Retry::once()), self.desk.wait(SECOND_MS)).await {
            Either::First(Err(failure)) if failure.is_stopped() => Err(failure),
            Either::First(answer) => Ok(answer.ok().flatten()),
            Either::Second(waited) => waited.map(|()| None),
        }
    }

    /// The next bytes of a body, so many at most.
    async fn part(&self, body: &mut Body, start: u64, most: u64) -> Result<Part, Failure> {
        let content_left = self.content_bytes.saturating_sub(start);
        let bytes = small(content_left.min(most).min(body.left()));
        let buffer = body.fill(bytes).await?;
        // Where the content ends, what is behind it comes along.
        let behind = match u64::from(bytes) == content_left {
            true => body.take(small(body.left())).await?,
            false => Vec::new(),
        };
        Ok(Part {
            start,
            buffer,
            bytes,
            behind,
        })
    }

    /// One range, whole.
    async fn range(self: Rc<Self>, start: u64, stream: Option<Hold>) -> Result<Part, Failure> {
        let range = self.range_from(start);
        let origin = self.origin.clone().ok_or(Error::Unreachable("a range of nothing"))?;
        let stream = match stream {
            Some(stream) => stream,
            None => origin
                .get(&range, Retry::patient())
                .await?
                .ok_or(Error::UnexpectedAnswer(OTHER_RANGE))?,
        };
        let mut body = Body::new(stream, Some(origin), range, &self.arrived);
        let part = self.part(&mut body, start, u64::MAX).await?;
        match body.has_more().await? {
            true => Err(Error::AuthenticationFailed.into()),
            false => Ok(part),
        }
    }
}

/// Parts stay far below 4 GiB.
fn small(bytes: u64) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl Incoming {
    /// The first answer gives the first range while another one is on its way.
    pub(super) async fn new(all: Rc<All>, stream: Hold) -> Result<Self, Failure> {
        let second = all.second().await?;
        let first = match second {
            Some(_) => 0..all.ranges.range_bytes,
            None => 0..all.stored_bytes,
        };
        Ok(Self {
            next: first.end,
            body: Some(Body::new(stream, all.origin.clone(), first, &all.arrived)),
            second,
            window: Window::default(),
            all,
        })
    }

    /// The next bytes; `None` once all have come.
    ///
    /// `more`: what it is if there are more than there should be.
    pub(super) async fn next(&mut self, more: fn() -> Error) -> Result<Option<Part>, Failure> {
        let all = &self.all;
        if let Some(body) = &mut self.body {
            if body.left() > 0 {
                let start = self.next.saturating_sub(body.left());
                return all.part(body, start, all.part_bytes).await.map(Some);
            }
            if self.next == all.stored_bytes && body.has_more().await? {
                return Err(more().into());
            }
            self.body = None;
        }
        while self.window.len() < all.ranges.concurrency && self.next < all.stored_bytes {
            let range = Rc::clone(all).range(self.next, self.second.take());
            self.window.push(range);
            self.next = all.range_from(self.next).end;
        }
        self.window.next_in_order().await.transpose()
    }
}
