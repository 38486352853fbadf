//! Uploads in parts, which a later page can go on with.
//!
//! Parts are sealed and sent side by side; a part's bytes are in memory only while it is under way. In which order what is
//! recorded, compared and sent is `checkpoint`'s to say.

use std::{cell::RefCell, rc::Rc};

use js_sys::Array;

use crate::browser::{
    Failure,
    content::{sealing::Cipher, source::Source},
    js::{abort::Abort, blob::new_blob, progress::Progress},
    store::{
        confirm::{Claim, Stored},
        fetch::fetch,
        instruction_file::InstructionFile,
        part_worker::PartWorkers,
        presign::{Headers, PresignRequest, Presigner},
        send::{RequestBody, send},
    },
    upload::{
        keeper::Keeper,
        ledger::with_ledger,
        pass::{Pass, Purpose},
        resume::{Checkpoints, hold},
        throw_away::throw_away,
    },
};
use crate::{
    AlgorithmSuite, Error,
    checkpoint::{Age, Checkpoint, SourceFacts, Upload},
    encryption_context::StringMap,
    s3::{
        answer::{self, Answer},
        checksum::ChecksumAlgorithm,
        multipart::{self, Listing},
        part_plan::PartPlan,
        put::Precondition,
        without_secrets,
    },
};

/// What the caller wants of it.
pub(crate) struct Settings {
    /// Objects of more bytes go in parts.
    pub(crate) threshold: u64,
    pub(crate) part_bytes: u64,
    /// Parts under way at once.
    pub(crate) concurrency: usize,
}

impl Settings {
    /// A body of so many bytes is sealed into a Blob, which the browser may keep on disk, and sent at once.
    pub(crate) const THRESHOLD: u64 = 32 << 20;
    /// With the default part size, at most 48 MiB are in flight, two parts of which are being sealed.
    pub(crate) const CONCURRENCY: usize = 4;
}

/// An upload whose parts are what they were, as far as they were encrypted before.
pub(crate) struct TakenUp {
    upload: RefCell<Upload>,
    /// The object, where the upload was completed and only the answer lost.
    completed: Option<Stored>,
}

/// One upload in parts.
pub(crate) struct Multipart<'a> {
    pub(crate) key: &'a str,
    pub(crate) source: &'a Source,
    pub(crate) facts: SourceFacts,
    /// Missing where the content is not encrypted here.
    pub(crate) cipher: Option<&'a Cipher>,
    /// Where the envelope is not in the object's metadata.
    pub(crate) file: Option<InstructionFile<'a>>,
    pub(crate) settings: &'a Settings,
    /// Where checkpoints go; without it nobody can go on with the upload.
    pub(crate) keeper: Option<&'a Keeper>,
    /// Where they come from, too, if that is one store.
    pub(crate) kept: Option<&'a Checkpoints>,
    /// What the store is asked to check.
    pub(crate) checksum: Option<ChecksumAlgorithm>,
    /// Of every part and of reading back: SSE-C's.
    pub(crate) customer_key: Headers,
    pub(crate) precondition: Precondition<'a>,
    pub(crate) presigner: &'a Presigner,
    pub(crate) abort: &'a Abort,
    pub(crate) progress: &'a Rc<Progress>,
}

impl Multipart<'_> {
    fn stored_bytes(&self) -> Result<u64, Error> {
        let content_bytes = self.source.bytes();
        match self.cipher {
            Some(_) => AlgorithmSuite::stored_bytes(content_bytes),
            None => Ok(content_bytes),
        }
    }

    /// Creates an upload with these headers and sends everything. `envelope` is kept for those who go on with it.
    pub(crate) async fn begin(&self, mut headers: Headers, envelope: Option<StringMap>) -> Result<Stored, Failure> {
        let plan = PartPlan::new(self.stored_bytes()?, self.settings.part_bytes)?;
        let stored_with = without_secrets(&headers);
        if let Some(algorithm) = self.checksum {
            headers.insert("x-amz-checksum-algorithm".into(), algorithm.name().into());
        }
        if let Some(file) = &self.file {
            file.put_before_object(self.presigner, self.abort).await?;
        }
        let request = PresignRequest::CreateMultipartUpload {
            key: self.key,
            headers: &headers,
        };
        let created = self.ask(&request).await?;
        let upload = Upload::begin(
            self.key,
            multipart::upload_id(&created.body)?,
            self.facts.clone(),
            envelope,
            self.file.is_some(),
            plan,
            self.checksum,
        )
        .stored_with(stored_with);
        let upload_id = upload.checkpoint().upload_id.clone();
        let outcome = self.send_held(&upload_id, RefCell::new(upload)).await;
        let can_go_on = self.keeper.is_some_and(Keeper::has_kept);
        if outcome.is_err() && !can_go_on {
            throw_away(self.presigner, self.key, upload_id, self.abort).await;
        }
        outcome
    }

    /// Under the lock of an upload with which somebody could go on from now on.
    async fn send_held(&self, upload_id: &str, upload: RefCell<Upload>) -> Result<Stored, Failure> {
        let _held = match self.keeper {
            Some(_) => Some(hold(upload_id, self.abort).await?),
            None => None,
        };
        self.send_all(upload).await
    }

    /// Takes up an upload again: compares what was encrypted before, and sends nothing yet.
    pub(crate) async fn take_up(&self, checkpoint: Checkpoint, age: Age) -> Result<TakenUp, Failure> {
        if checkpoint.envelope.is_some() != self.cipher.is_some() {
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
        let upload = with_ledger(|ledger| Upload::resume(checkpoint, age, self.key, &self.facts, &listed, ledger))?;
        let upload = RefCell::new(upload);
        if upload.borrow().plan().stored_bytes() != self.stored_bytes()? {
            return Err(Error::FileChanged.into());
        }
        if completed.is_some() && !upload.borrow().is_sealed() {
            return Err(
                Error::misuse("resume is not the newest checkpoint of this upload, which was completed").into(),
            );
        }
        let workers = PartWorkers::start(self.abort).await?;
        Pass::new(self, &upload, Purpose::Compare, workers.as_ref())?
            .run()
            .await?;
        Ok(TakenUp { upload, completed })
    }

    /// Sends what is missing of an upload that was taken up.
    pub(crate) async fn go_on(&self, taken_up: TakenUp) -> Result<Stored, Failure> {
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
        let workers = PartWorkers::start(self.abort).await?;
        Pass::new(self, &upload, Purpose::Send, workers.as_ref())?.run().await?;
        let upload = upload.into_inner();
        let stored = self.complete(&upload).await?;
        self.forget(&upload).await;
        Ok(stored)
    }

    /// What is left behind if this fails leads to an upload that is no more, and is told as that.
    async fn forget(&self, upload: &Upload) {
        if let Some(kept) = self.kept {
            let _ = kept.remove(upload.checkpoint(), self.abort).await;
        }
    }

    async fn complete(&self, upload: &Upload) -> Result<Stored, Failure> {
        if let Some(file) = &self.file {
            file.put_again_if_gone(self.presigner, self.abort).await?;
        }
        let checkpoint = upload.checkpoint();
        if let Some(stored) = self.look(checkpoint).await? {
            return Ok(stored);
        }
        let body = new_blob(&Array::of1(&upload.complete_body()?.into()))?;
        // S3 wants the customer's key again where checksums were asked for.
        let mut headers = self.customer_key.clone();
        self.precondition.extend(&mut headers);
        if let Some(crc) = upload.whole_checksum() {
            headers.insert(ChecksumAlgorithm::Crc64Nvme.header().into(), crc.to_base64());
        }
        // S3 then refuses an object of which a part was lost.
        headers.insert("x-amz-mp-object-size".into(), checkpoint.stored_bytes.to_string());
        let request = PresignRequest::CompleteMultipartUpload {
            key: self.key,
            upload_id: &checkpoint.upload_id,
            headers: &headers,
        };
        let answer = send(self.presigner, &request, RequestBody::Blob(&body), self.abort, None).await;
        match answer {
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
        if self.precondition != Precondition::Absent {
            return Ok(None);
        }
        let request = PresignRequest::HeadObject {
            key: self.key,
            headers: &self.customer_key,
        };
        match fetch(self.presigner, &request, self.abort).await {
            Ok(_) => match self.confirm(checkpoint).await? {
                Some(stored) => Ok(Some(stored)),
                None => Err(answer::precondition_failed("an object of that key is there").into()),
            },
            Err(failure) if failure.is_aborted() => Err(failure),
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
            key: self.key,
            envelope,
            stored_bytes: checkpoint.stored_bytes,
            customer_key: &self.customer_key,
        };
        claim.confirm(self.presigner, self.abort).await
    }

    async fn list(&self, upload_id: &str) -> Result<Listing, Failure> {
        let (mut listing, mut part_number_marker) = (Listing::default(), None);
        loop {
            let request = PresignRequest::ListParts {
                key: self.key,
                upload_id,
                part_number_marker,
                headers: &self.customer_key,
            };
            part_number_marker = listing.add(&self.ask(&request).await?.body)?;
            if part_number_marker.is_none() {
                return Ok(listing);
            }
        }
    }

    async fn ask(&self, request: &PresignRequest<'_>) -> Result<Answer, Failure> {
        send(self.presigner, request, RequestBody::Nothing, self.abort, None).await
    }
}
