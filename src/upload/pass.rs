//! One pass over the source of an upload in parts: parts are sealed, those with the tag last, and delivered side by side.
//!
//! A part that was sealed is sent from where it is, so that none that waits, for its turn or for a checkpoint, needs a place that another one
//! has.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::Poll,
};

use super::{
    digest::{digests, record},
    meter::Meter,
    parts::Multipart,
    turn::{Share, Turns},
};
use crate::{
    Error,
    checkpoint::{Upload, ledger::Ledger},
    cipher::{Sealer, Stretch},
    machine::{Body, Checks, Desk, Failure, Hold, Phase, Step, Window},
    s3::{answer::Operation, checksum::ChecksumAlgorithm, part_plan::PartPlan, request::Request},
};

/// Parts that are sealed while others are sent.
const SEALED_AHEAD: usize = 2;

/// What a pass is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Seals what was sealed before, and compares.
    Compare,
    /// Seals everything, and sends what the store lacks.
    Send,
}

pub(super) struct Pass<'a> {
    multipart: &'a Multipart<'a>,
    upload: &'a RefCell<Upload>,
    purpose: Purpose,
    plan: PartPlan,
    sealer: Sealer<'a>,
    meter: Rc<Meter>,
    room: Share,
    sealing: Turns,
    delivering: Turns,
    /// How many parts have been sealed and taken to be delivered, in their order.
    taken: Cell<usize>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        multipart: &'a Multipart<'a>,
        upload: &'a RefCell<Upload>,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let (options, desk) = (&multipart.storing.options, multipart.storing.store.desk());
        let plan = upload.borrow().plan();
        let engine = multipart.sealing.map(|sealing| &sealing.engine);
        let phase = match purpose {
            Purpose::Compare => Phase::Encrypt,
            Purpose::Send => Phase::Upload,
        };
        Ok(Self {
            multipart,
            upload,
            purpose,
            plan,
            sealer: Sealer::new(engine, options.source.bytes, desk)?,
            meter: Meter::new(plan, phase, desk),
            room: Share::new(
                &multipart.storing.realm,
                plan.part_bytes(),
                SEALED_AHEAD.saturating_add(options.settings.concurrency),
            ),
            sealing: Turns::new(SEALED_AHEAD),
            delivering: Turns::new(options.settings.concurrency),
            taken: Cell::new(0),
        })
    }

    /// Seals every part that is wanted, and delivers each once it is sealed.
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let (tail, heads): (Vec<u16>, Vec<u16>) = self.wanted().partition(|number| self.holds_tag(*number));
        let most = SEALED_AHEAD.saturating_add(self.multipart.storing.options.settings.concurrency);
        let (count, mut heads) = (heads.len(), heads.into_iter().enumerate());
        let mut tail = Some(tail).filter(|tail| !tail.is_empty());
        let mut under_way = Window::default();
        loop {
            while under_way.len() < most {
                if let Some((place, number)) = heads.next() {
                    under_way.push(self.head(place, number));
                } else if let Some(tail) = tail.take() {
                    under_way.push(self.tail(count, tail));
                } else {
                    break;
                }
            }
            match under_way.next().await {
                Some(done) => done?,
                None => return Ok(()),
            }
        }
    }

    const fn desk(&self) -> &Desk {
        self.multipart.storing.store.desk()
    }

    const fn content_bytes(&self) -> u64 {
        self.multipart.storing.options.source.bytes
    }

    /// Whether a part holds some of the tag, and so waits for all others. Two may: the tag can lie across their boundary.
    fn holds_tag(&self, number: u16) -> bool {
        self.plan.range(number).end > self.content_bytes()
    }

    fn wanted(&self) -> impl Iterator<Item = u16> {
        let recorded = |number: u16| self.upload.borrow().digest(number).is_some();
        let numbers = 1..=self.plan.parts();
        // A tag takes all parts, also those that the page died before recording.
        let tag_recorded = numbers.clone().any(|number| self.holds_tag(number) && recorded(number));
        let encrypted = self.multipart.sealing.is_some();
        numbers.filter(move |number| match self.purpose {
            Purpose::Compare => recorded(*number) || tag_recorded,
            // Of what the store has, only the share in the tag is missing.
            Purpose::Send => encrypted || !self.upload.borrow().is_stored(*number),
        })
    }

    /// What is recorded of a part; nothing of one that is sealed for the tag alone.
    fn checks(&self, number: u16) -> Checks {
        let is_recorded = self.purpose == Purpose::Send || self.upload.borrow().digest(number).is_some();
        let with_crc = self.upload.borrow().checkpoint().checksum == Some(ChecksumAlgorithm::Crc64Nvme);
        Checks {
            sha256: is_recorded,
            crc64: is_recorded && with_crc,
        }
    }

    async fn head(&self, place: usize, number: u16) -> Result<(), Failure> {
        let sealing = self.sealing.take().await;
        let _room = self.room.take().await;
        let part = self.seal(number, self.checks(number)).await?;
        self.all_before(place).await;
        let _delivering = self.delivering.take().await;
        self.taken.set(place.saturating_add(1));
        drop(sealing);
        self.deliver(number, part).await
    }

    /// Waits until that many parts have been taken to be delivered.
    async fn all_before(&self, place: usize) {
        poll_fn(|_| match self.taken.get() == place {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// The parts with the tag, once every other part is sealed, and maybe still on its way.
    async fn tail(&self, place: usize, numbers: Vec<u16>) -> Result<(), Failure> {
        self.all_before(place).await;
        // For all: a second one has a piece of the tag alone.
        let _room = self.room.take().await;
        let mut parts = Vec::new();
        for number in numbers {
            // Digests are of the whole part.
            parts.push((number, self.seal(number, Checks::default()).await?.buffer));
        }
        let tag = self.sealer.finish()?;
        for (number, buffer) in parts {
            let range = self.plan.range(number);
            let here = (self.content_bytes()..).zip(&tag);
            let here = here.filter(|(position, _)| range.contains(position));
            let step = Step::Append {
                buffer: buffer.id(),
                bytes: here.map(|(_, byte)| *byte).collect(),
            };
            self.desk().ask(step).await?;
            let checks = self.checks(number);
            let digests = match checks.sha256 {
                true => digests(Body::Held(buffer.id()), 0..self.plan.bytes(number), checks, self.desk()).await?,
                false => Default::default(),
            };
            let _delivering = self.delivering.take().await;
            self.deliver(number, Stretch { buffer, digests }).await?;
        }
        Ok(())
    }

    /// The part without what it holds of the tag, which is put together here.
    async fn seal(&self, number: u16, checks: Checks) -> Result<Stretch, Failure> {
        let (range, end) = (self.plan.range(number), self.content_bytes());
        let content = range.start.min(end)..range.end.min(end);
        let by_worker = !self.holds_tag(number);
        let source = &self.multipart.storing.source;
        source.seal(&self.sealer, content, checks, by_worker).await
    }

    /// A sealed part: compared, recorded, sent.
    async fn deliver(&self, number: u16, part: Stretch) -> Result<(), Failure> {
        let (upload, storing) = (self.upload, self.multipart.storing);
        if self.purpose == Purpose::Compare && upload.borrow().digest(number).is_none() {
            // It never left, and there is nothing to compare it with.
            return Ok(());
        }
        let record = record(&part.digests)?;
        let is_new = match &storing.keeper {
            Some(_) => {
                let ledger = &mut storing.realm.ledger.borrow_mut();
                upload.borrow_mut().seal(number, record, ledger)?
            }
            // Nobody can go on with it.
            None => upload.borrow_mut().seal(number, record, &mut Ledger::new())?,
        };
        if is_new && let Some(keeper) = &storing.keeper {
            keeper.keep(upload, self.desk()).await?;
        }
        if self.purpose == Purpose::Send && !upload.borrow().is_stored(number) {
            let e_tag = self.send(number, &part.buffer).await?;
            upload.borrow_mut().store(number, e_tag);
        }
        self.meter.reached(number, self.plan.bytes(number));
        Ok(())
    }

    /// The part's ETag.
    async fn send(&self, number: u16, part: &Hold) -> Result<String, Failure> {
        let store = &self.multipart.storing.store;
        let mut headers = store.read_headers();
        if let Some((algorithm, value)) = self.upload.borrow().checksum(number) {
            headers.insert(algorithm.header().into(), value.into());
        }
        let upload_id = self.upload.borrow().checkpoint().upload_id.clone();
        let request = Request {
            part_number: Some(number),
            content_length: Some(self.plan.bytes(number)),
            ..self.multipart.about(Operation::UploadPart, &upload_id, headers)
        };
        let answer = store
            .send(&request, Body::Held(part.id()), Some(self.meter.part(number)))
            .await?;
        answer.header("etag").ok_or_else(|| Error::ETagHidden.into())
    }
}
