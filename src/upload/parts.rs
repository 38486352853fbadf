//! Uploads in parts, which a later page can go on with.
//!
//! Parts are sealed and sent side by side; a part's bytes are in memory only while it is under way. In which order what is
//! recorded, compared and sent is `checkpoint`'s to say.

use std::cell::RefCell;

use super::{
    abandon::throw_away,
    keeper::Keeper,
    pass::{Pass, Purpose},
    put::Storing,
    resume::forget,
    sealing::Sealing,
};
use crate::{
    Error,
    checkpoint::{Age, Checkpoint, SourceFacts, Upload},
    encryption_context::StringMap,
    machine::{Body, Failure},
    s3::{
        answer::{self, Answer, Operation},
        checksum::ChecksumAlgorithm,
        multipart::{self, Listing},
        part_plan::PartPlan,
        put::Precondition,
        request::{Headers, Request},
        without_secrets,
    },
    store::{
        confirm::{Claim, Stored},
        instruction_file::InstructionFile,
    },
};

/// An upload whose parts are what they were, as far as they were encrypted before.
pub(super) struct TakenUp {
    upload: RefCell<Upload>,
    /// The object, where the upload was completed and only the answer lost.
    completed: Option<Stored>,
}

/// One upload in parts.
pub(super) struct Multipart<'a> {
    pub(super) storing: &'a Storing,
    /// Missing where the content is not encrypted here.
    pub(super) sealing: Option<&'a Sealing>,
    /// Where the envelope is not in the object's metadata.
    pub(super) file: Option<InstructionFile>,
}

impl Multipart<'_> {
    /// Creates an upload with these headers and sends everything. `envelope` is kept for those who go on with it.
    pub(super) async fn begin(&self, mut headers: Headers, envelope: Option<StringMap>) -> Result<Stored, Failure> {
        let storing = self.storing;
        let plan = PartPlan::new(storing.stored_bytes()?, storing.options.settings.part_bytes)?;
        let stored_with = without_secrets(&headers);
        // Its digest is recorded anyway.
        let checksum = storing.checksum_of_all();
        if let Some(algorithm) = checksum {
            headers.insert("x-amz-checksum-algorithm".into(), algorithm.name().into());
        }
        if let Some(file) = &self.file {
            file.put_before_object(&storing.store).await?;
        }
        let key = &*storing.options.key;
        let request = Request::new(Operation::CreateMultipartUpload, key, headers);
        let created = self.ask(&request).await?;
        let upload_id = multipart::upload_id(&created.body)?;
        let (facts, in_file) = (self.facts(), self.file.is_some());
        let upload = Upload::begin(key, upload_id.clone(), facts, envelope, in_file, plan, checksum);
        let upload = RefCell::new(upload.stored_with(stored_with));
        let outcome = self.send_held(&upload_id, upload).await;
        let can_go_on = storing.keeper.as_ref().is_some_and(Keeper::has_kept);
        if outcome.is_err() && !can_go_on {
            throw_away(&storing.store, key, &upload_id, None).await;
            storing.store.desk().check()?;
        }
        outcome
    }

    fn facts(&self) -> SourceFacts {
        SourceFacts {
            fingerprint: self.sealing.and_then(|sealing| sealing.fingerprint.clone()),
            ..self.storing.options.source.clone()
        }
    }

    /// Under the lock of an upload with which somebody could go on from now on.
    async fn send_held(&self, upload_id: &str, upload: RefCell<Upload>) -> Result<Stored, Failure> {
        let storing = self.storing;
        let _held = match &storing.keeper {
            Some(_) => Some(storing.realm.hold(upload_id, storing.store.desk()).await?),
            None => None,
        };
        self.send_all(upload).await
    }

    /// Takes up an upload again: compares what was encrypted before, and sends nothing yet.
    pub(super) async fn take_up(&self, checkpoint: Checkpoint, age: Age) -> Result<TakenUp, Failure> {
        let storing = self.storing;
        if checkpoint.envelope.is_some() != self.sealing.is_some() {
            return Err(Error::misuse("resume was begun with another clientSideEncryption").into());
        }
        let (listed, completed) = match self.list(&checkpoint.upload_id).await {
            // Completed, and the answer lost; or gone for good.
            Err(failure) if failure.is(answer::is_upload_gone) => {
                let completed = self.confirm(&checkpoint).await?.ok_or(failure)?;
                (Vec::new(), Some(completed))
            }
            listed => (listed?.parts, None),
        };
        let upload = Upload::resume(
            checkpoint,
            age,
            &storing.options.key,
            &self.facts(),
            &listed,
            &storing.realm.ledger.borrow(),
        )?;
        if upload.plan().stored_bytes() != storing.stored_bytes()? {
            return Err(Error::FileChanged.into());
        }
        if completed.is_some() && !upload.is_sealed() {
            return Err(
                Error::misuse("resume is not the newest checkpoint of this upload, which was completed").into(),
            );
        }
        let upload = RefCell::new(upload);
        Pass::new(self, &upload, Purpose::Compare)?.run().await?;
        Ok(TakenUp { upload, completed })
    }

    /// Sends what is missing of an upload that was taken up.
    pub(super) async fn go_on(&self, taken_up: TakenUp) -> Result<Stored, Failure> {
        let TakenUp { upload, completed } = taken_up;
        match completed {
            // Of this very content, then.
            Some(stored) => {
                self.forget(&upload.into_inner()).await;
                Ok(stored)
            }
            None => self.send_all(upload).await,
        }
    }

    async fn send_all(&self, upload: RefCell<Upload>) -> Result<Stored, Failure> {
        Pass::new(self, &upload, Purpose::Send)?.run().await?;
        let upload = upload.into_inner();
        let stored = self.complete(&upload).await?;
        self.forget(&upload).await;
        Ok(stored)
    }

    /// What is left behind if this fails leads to an upload that is no more, and is told as that.
    async fn forget(&self, upload: &Upload) {
        if self.storing.is_kept() {
            drop(forget(upload.checkpoint(), self.storing.store.desk()).await);
        }
    }

    async fn complete(&self, upload: &Upload) -> Result<Stored, Failure> {
        let store = &self.storing.store;
        if let Some(file) = &self.file {
            file.put_again_if_gone(store).await?;
        }
        let checkpoint = upload.checkpoint();
        if let Some(stored) = self.look(checkpoint).await? {
            return Ok(stored);
        }
        // S3 wants the customer's key again where checksums were asked for.
        let mut headers = store.read_headers();
        self.storing.options.condition.precondition().extend(&mut headers);
        if let Some(crc) = upload.whole_checksum() {
            headers.insert(ChecksumAlgorithm::Crc64Nvme.header().into(), crc.to_base64());
        }
        // S3 then refuses an object of which a part was lost.
        headers.insert("x-amz-mp-object-size".into(), checkpoint.stored_bytes.to_string());
        let request = self.about(Operation::CompleteMultipartUpload, &checkpoint.upload_id, headers);
        match store.send(&request, Body::Text(upload.complete_body()?), None).await {
            Ok(answer) => Ok(Stored {
                e_tag: multipart::completed(&answer.body),
                ..answer.into()
            }),
            // An answer was lost, and the same request came again.
            Err(failure) if failure.is(answer::may_be_done) => self.confirm(checkpoint).await?.ok_or(failure),
            Err(failure) => Err(failure),
        }
    }

    /// Before an object appears that is to replace none: there are stores that ignore `If-None-Match` at completion. An object that is there
    /// may be this very one, whose answer was lost.
    async fn look(&self, checkpoint: &Checkpoint) -> Result<Option<Stored>, Failure> {
        let (options, store) = (&self.storing.options, &self.storing.store);
        if options.condition.precondition() != Precondition::Absent {
            return Ok(None);
        }
        let request = Request::new(Operation::HeadObject, &options.key, store.read_headers());
        match store.fetch(&request).await {
            Ok(_) => match self.confirm(checkpoint).await? {
                Some(stored) => Ok(Some(stored)),
                None => Err(answer::precondition_failed("an object of that key is there").into()),
            },
            Err(failure) if failure.is_stopped() => Err(failure),
            // Nothing is there, or the page may not look, and the store's own word has to do.
            Err(_) => Ok(None),
        }
    }

    /// Whether the object at the key is the one of this upload.
    async fn confirm(&self, checkpoint: &Checkpoint) -> Result<Option<Stored>, Failure> {
        let Some(envelope) = &checkpoint.envelope else {
            return Ok(None);
        };
        let claim = Claim {
            key: &self.storing.options.key,
            envelope,
            stored_bytes: checkpoint.stored_bytes,
        };
        self.storing.store.confirm(&claim).await
    }

    async fn list(&self, upload_id: &str) -> Result<Listing, Failure> {
        let (mut listing, mut part_number_marker) = (Listing::default(), None);
        loop {
            let headers = self.storing.store.read_headers();
            let request = Request {
                part_number_marker,
                ..self.about(Operation::ListParts, upload_id, headers)
            };
            part_number_marker = listing.add(&self.ask(&request).await?.body)?;
            if part_number_marker.is_none() {
                return Ok(listing);
            }
        }
    }

    pub(super) fn about(&self, operation: Operation, upload_id: &str, headers: Headers) -> Request {
        Request::of_upload(operation, &self.storing.options.key, upload_id, headers)
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Failure> {
        self.storing.store.send(request, Body::Nothing, None).await
    }
}
