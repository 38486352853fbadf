//! One pass over the source of an upload in parts: parts are sealed, those with the tag last, and delivered side by side.

use std::{cell::RefCell, rc::Rc};

use futures_util::{StreamExt, TryStreamExt, stream};
use js_sys::Array;

use crate::browser::{
    Failure,
    crypto::webcrypto::free,
    js::{blob::new_blob, progress::Phase, summary::to_js},
    store::{
        part_worker::PartWorkers,
        presign::PresignRequest,
        send::{RequestBody, send},
    },
    upload::{
        ledger::with_ledger,
        meter::Meter,
        multipart::Multipart,
        part::{Part, PartSealer},
    },
};
use crate::{
    Error,
    checkpoint::{Upload, ledger::Ledger},
};

/// Parts that are sealed while others are sent.
const SEALED_AHEAD: usize = 2;

/// What a pass is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Seals what was sealed before, and compares.
    Compare,
    /// Seals everything, and sends what the store lacks.
    Send,
}

impl Purpose {
    const fn phase(self) -> Phase {
        match self {
            Self::Compare => Phase::Encrypt,
            Self::Send => Phase::Upload,
        }
    }
}

pub(crate) struct Pass<'a> {
    transfer: &'a Multipart<'a>,
    upload: &'a RefCell<Upload>,
    purpose: Purpose,
    sealer: PartSealer<'a>,
    meter: Meter,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        transfer: &'a Multipart<'a>,
        upload: &'a RefCell<Upload>,
        purpose: Purpose,
        workers: Option<&'a PartWorkers>,
    ) -> Result<Self, Failure> {
        let plan = upload.borrow().plan();
        let encryptor = match &transfer.cipher {
            Some(cipher) => Some(cipher.encryptor(transfer.source)?),
            None => None,
        };
        Ok(Self {
            transfer,
            upload,
            purpose,
            sealer: PartSealer {
                source: transfer.source,
                plan,
                encryptor,
                checksum: upload.borrow().checkpoint().checksum,
                workers,
                abort: transfer.abort,
            },
            meter: Meter::new(plan, purpose.phase(), transfer.progress),
        })
    }

    /// Seals every part that is wanted, and delivers each once it is sealed.
    pub(crate) async fn run(&self) -> Result<(), Failure> {
        let sealed = |number| async move { Ok::<_, Failure>((number, self.sealer.seal(number).await?)) };
        let (tail, heads): (Vec<_>, Vec<_>) = self.wanted().partition(|number| self.sealer.holds_tag(*number));
        let heads = stream::iter(heads).map(sealed).buffered(SEALED_AHEAD);
        // Once every other part is sealed, and maybe still on its way.
        let tail = stream::once(async move {
            let tail: Vec<_> = stream::iter(tail).then(sealed).try_collect().await?;
            if !tail.is_empty() {
                self.sealer.finish(&tail)?;
            }
            Ok::<_, Failure>(stream::iter(tail.into_iter().map(Ok)))
        });
        heads
            .chain(tail.try_flatten())
            .map_ok(|(number, part)| async move {
                self.deliver(number, &part).await?;
                if let Part::Here(bytes) = part {
                    free(&bytes);
                }
                Ok(())
            })
            .try_buffer_unordered(self.transfer.settings.concurrency)
            .try_collect()
            .await
    }

    fn wanted(&self) -> impl Iterator<Item = u16> {
        let recorded = |number: u16| self.upload.borrow().digest(number).is_some();
        let numbers = 1..=self.sealer.plan.parts();
        // A tag takes all parts, also those that the page died before recording.
        let tag_recorded = numbers
            .clone()
            .any(|number| self.sealer.holds_tag(number) && recorded(number));
        let encrypted = self.transfer.cipher.is_some();
        numbers.filter(move |number| match self.purpose {
            Purpose::Compare => recorded(*number) || tag_recorded,
            // Of what the store has, only the share in the tag is missing.
            Purpose::Send => encrypted || !self.upload.borrow().is_stored(*number),
        })
    }

    /// A sealed part: compared, recorded, sent.
    async fn deliver(&self, number: u16, part: &Part) -> Result<(), Failure> {
        let upload = self.upload;
        if self.purpose == Purpose::Compare && upload.borrow().digest(number).is_none() {
            // Sealed for the tag alone; it never left, and there is nothing to compare it with.
            return Ok(());
        }
        let record = self.sealer.record(part).await?;
        let is_new = match self.transfer.keeper {
            Some(_) => with_ledger(|ledger| upload.borrow_mut().seal(number, record, ledger))?,
            // Nobody can go on with it.
            None => upload.borrow_mut().seal(number, record, &mut Ledger::new())?,
        };
        if is_new && let Some(keeper) = self.transfer.keeper {
            keeper
                .keep(|| to_js(upload.borrow().checkpoint()), self.transfer.abort)
                .await?;
        }
        if self.purpose == Purpose::Send && !upload.borrow().is_stored(number) {
            let e_tag = match part {
                Part::InWorker(worker, _) => self.send(number, RequestBody::Part(worker)).await?,
                Part::Here(bytes) => {
                    let blob = new_blob(&Array::of1(bytes))?;
                    free(bytes);
                    self.send(number, RequestBody::Blob(&blob)).await?
                }
            };
            upload.borrow_mut().store(number, e_tag);
        }
        self.meter.reached(number, self.sealer.plan.bytes(number));
        Ok(())
    }

    /// The part's ETag.
    async fn send(&self, number: u16, body: RequestBody<'_>) -> Result<String, Failure> {
        let transfer = self.transfer;
        let mut headers = transfer.customer_key.clone();
        if let Some((algorithm, value)) = self.upload.borrow().checksum(number) {
            headers.insert(algorithm.header().into(), value.into());
        }
        let upload_id = self.upload.borrow().checkpoint().upload_id.clone();
        let request = PresignRequest::UploadPart {
            key: transfer.key,
            upload_id: &upload_id,
            part_number: number,
            content_length: self.sealer.plan.bytes(number),
            headers: &headers,
        };
        let report = Rc::new(self.meter.part(number));
        let answer = send(transfer.presigner, &request, body, transfer.abort, Some(report)).await?;
        answer.header("etag").ok_or_else(|| Error::ETagHidden.into())
    }
}
