//! An object's stored bytes in order: as they come in one answer, or in ranges over several connections at once.

use std::{
    cell::{Cell, RefCell},
    ops::{Range, RangeInclusive},
    rc::Rc,
};

use futures_util::{Stream, StreamExt, stream};
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use web_sys::Response;

use crate::browser::{
    Failure,
    content::seal::SEGMENT_BYTES,
    crypto::stretch::{Spare, Stretch},
    js::{abort::Abort, time::sleep},
    promise,
    store::{
        body::{Arrived, Body},
        origin::Origin,
        reader::Reader,
    },
};
use crate::{
    Error,
    s3::{answer::OTHER_RANGE, retry::Retry},
};

/// How long the second range may take to answer before the first answer gives everything.
const SECOND_MS: u32 = 5_000;

/// How an object is asked for in ranges.
pub(crate) struct Ranges {
    /// Bytes of a range: whole blocks.
    pub(crate) range_bytes: u64,
    /// Ranges under way at once; with 1 the object comes in one answer.
    pub(crate) concurrency: usize,
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
    pub(crate) const RANGE_BYTES: u64 = 8 << 20;
    pub(crate) const RANGE_SIZES: RangeInclusive<u64> = 1 << 20..=64 << 20;
    /// Over a link of 1 Gbit/s to a store nearby, one answer comes at 112 MiB/s and four ranges at 90: what the first answer has
    /// sent ahead is lost. Several are for stores that are far away or slow on each connection.
    pub(crate) const CONCURRENCY: usize = 1;
}

/// An object whose first answer is there.
pub(crate) struct Incoming<'a> {
    pub(crate) response: &'a Response,
    /// Where the rest comes from if the connection breaks; missing for a response of the caller's.
    pub(crate) origin: Option<&'a Origin>,
    pub(crate) ranges: &'a Ranges,
    pub(crate) stored_bytes: u64,
    pub(crate) abort: &'a Rc<Abort>,
    pub(crate) arrived: &'a Arrived<'a>,
}

impl<'a> Incoming<'a> {
    /// All stretches of the object. The first answer gives the first range while the others are on their way.
    pub(crate) async fn stretches(&'a self) -> Result<impl Stream<Item = Result<Stretch, Failure>> + 'a, Failure> {
        let second = self.second().await?;
        let first = match second {
            Some(_) => 0..self.ranges.range_bytes,
            None => 0..self.stored_bytes,
        };
        let rest = first.end..self.stored_bytes;
        let body = self.response.body().ok_or(Error::Truncated)?;
        let body = Body::filling(&body, self.origin, first, self.abort)?.counted_by(self.arrived);
        let second = RefCell::new(second);
        let ranges = rest
            .clone()
            .step_by(self.ranges.range_bytes as usize)
            .map(move |start| self.range(start, second.take()));
        Ok(in_order(body, rest.is_empty()).chain(stream::iter(ranges).buffered(self.ranges.concurrency)))
    }

    fn range_from(&self, start: u64) -> Range<u64> {
        start..start.saturating_add(self.ranges.range_bytes).min(self.stored_bytes)
    }

    /// The second range, where ranges are worth it and to be had: a CORS rule, a signer or a store may not allow them, and then
    /// the first answer gives everything.
    async fn second(&self) -> Result<Option<Reader>, Failure> {
        let worth_it = self.ranges.concurrency > 1 && self.stored_bytes > self.ranges.range_bytes;
        let Some(origin) = self.origin.filter(|_| worth_it) else {
            return Ok(None);
        };
        let range = self.range_from(self.ranges.range_bytes);
        // The first answer holds a connection meanwhile, of which a browser has six for each store.
        let (origin, abort, answer) = (origin.clone(), Rc::clone(self.abort), Rc::new(Cell::new(None)));
        let later = Rc::clone(&answer);
        let asked = promise(async move {
            // One that nobody waits for any more is dropped, and so is its connection.
            later.set(Some(origin.get(&range, Retry::once(), &abort).await));
            Ok(JsValue::UNDEFINED)
        });
        let _ = self
            .abort
            .wait(Promise::race(&Array::of2(&asked, &sleep(SECOND_MS))))
            .await?;
        Ok(answer.take().and_then(Result::ok).flatten())
    }

    /// One range, whole.
    async fn range(&self, start: u64, reader: Option<Reader>) -> Result<Stretch, Failure> {
        let range = self.range_from(start);
        let origin = self.origin.ok_or(Error::Unreachable("a range of nothing"))?;
        let reader = match reader {
            Some(reader) => reader,
            None => origin
                .get(&range, Retry::patient(), self.abort)
                .await?
                .ok_or(Error::UnexpectedAnswer(OTHER_RANGE))?,
        };
        let bytes = range.end.saturating_sub(range.start) as u32;
        let mut body = Body::with(reader, Some(origin), range, self.abort).counted_by(self.arrived);
        let stretch = body.take(bytes).await?;
        body.expect_end().await?;
        Ok(Stretch::of_the_page(stretch))
    }
}

/// The bytes of one body as they come.
fn in_order<'a>(body: Body<'a>, to_its_end: bool) -> impl Stream<Item = Result<Stretch, Failure>> + 'a {
    let spare = Spare::new(SEGMENT_BYTES as u32);
    let left = body.left();
    stream::try_unfold((body, left), move |(mut body, left)| {
        let spare = Rc::clone(&spare);
        async move {
            if left == 0 {
                if to_its_end {
                    body.expect_end().await?;
                }
                return Ok(None);
            }
            let stretch = match body.large_chunk(left).await? {
                Some(chunk) => chunk,
                None => spare.stretch(body.fill(spare.take(SEGMENT_BYTES.min(left) as u32)?).await?),
            };
            let left = left.saturating_sub(stretch.bytes.length().into());
            Ok(Some((stretch, (body, left))))
        }
    })
}
