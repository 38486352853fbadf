//! An object on its way to the store: in one request, in parts, or from where an earlier call was.

use std::rc::Rc;

use crate::browser::{
    Failure,
    api::{encrypt_content::seal_blob, options::ClientSide},
    content::{protection::Protection, sealing::Sealing, source::Source},
    js::{abort::Abort, progress::Progress},
    store::{
        confirm::{Claim, Stored},
        instruction_file::InstructionFile,
        presign::{Headers, Presigner, read_headers},
        send::put_blob,
    },
    upload::{
        checksum, fingerprint,
        keeper::Keeper,
        multipart::{Multipart, Settings, TakenUp},
        resume::{Checkpoints, Resumable},
        throw_away::throw_away,
    },
};
use crate::{
    AlgorithmSuite, Error,
    checkpoint::{Age, Checkpoint, SourceFacts, begins_anew},
    encryption_context::StringMap,
    envelope::{
        Metadata, instruction_file,
        placement::{EnvelopeIn, place, with_user_metadata},
    },
    s3::{
        ServerSideEncryption, answer,
        checksum::ChecksumAlgorithm,
        put::{ContentType, Precondition, PutHeaders},
        without_secrets,
    },
};

/// What was stored, and with what.
pub(crate) type Done = (Stored, Option<Sealing>);

/// What all ways of storing an object need.
pub(crate) struct Storing<'a> {
    pub(crate) key: &'a str,
    pub(crate) source: &'a Source,
    pub(crate) client_side: &'a ClientSide<(Protection, EnvelopeIn)>,
    pub(crate) envelope_in: EnvelopeIn,
    pub(crate) content_type: &'a ContentType,
    pub(crate) metadata: &'a StringMap,
    pub(crate) server_side: Option<&'a ServerSideEncryption>,
    pub(crate) precondition: Precondition<'a>,
    /// What the store is to check, where the caller says it.
    pub(crate) checksum: Option<Option<ChecksumAlgorithm>>,
    pub(crate) settings: &'a Settings,
    pub(crate) keeper: Option<&'a Keeper>,
    pub(crate) kept: Option<&'a Checkpoints>,
    pub(crate) presigner: &'a Presigner,
    pub(crate) abort: &'a Abort,
    pub(crate) progress: &'a Rc<Progress>,
}

impl<'a> Storing<'a> {
    /// From the start.
    pub(crate) async fn begin(&self) -> Result<Done, Failure> {
        let in_parts = self.stored_bytes()? > self.settings.threshold;
        let sealing = match self.client_side {
            ClientSide::None => None,
            ClientSide::Encrypted((protection, _)) => {
                // A checkpoint that its keeper may not have the newest of needs more to go by than a length.
                let timeless = self.source.facts().last_modified.is_none();
                let digest = match in_parts && timeless && self.keeper.is_some() && self.kept.is_none() {
                    true => Some(fingerprint::digest(self.source, self.abort).await?),
                    false => None,
                };
                Some(
                    self.abort
                        .race(Sealing::begin(self.source, protection, digest))
                        .await??,
                )
            }
        };
        let stored = match in_parts {
            true => self.in_parts(sealing.as_ref()).await?,
            false => self.whole(sealing.as_ref()).await?,
        };
        Ok((stored, sealing))
    }

    /// From where an earlier call was; `None` if that cannot be, and nothing was sent.
    pub(crate) async fn go_on(&self, resumable: Resumable) -> Result<Option<Done>, Failure> {
        let Resumable { checkpoint, age, held } = resumable;
        let taken_up = self.take_up(checkpoint.clone(), age).await;
        let (sealing, taken_up) = match (taken_up, self.kept) {
            (Err(failure), Some(kept)) if failure.is(begins_anew) => {
                throw_away(self.presigner, self.key, checkpoint.upload_id.clone(), self.abort).await;
                kept.remove(&checkpoint, self.abort).await?;
                if let Some(keeper) = self.keeper {
                    keeper.begin_anew();
                }
                return Ok(None);
            }
            (taken_up, _) => taken_up?,
        };
        let file = self.file_of(&checkpoint, sealing.as_ref())?;
        let stored = self.multipart(sealing.as_ref(), file).go_on(taken_up).await?;
        drop(held);
        Ok(Some((stored, sealing)))
    }

    async fn take_up(&self, mut checkpoint: Checkpoint, age: Age) -> Result<(Option<Sealing>, TakenUp), Failure> {
        // Nobody has said that what was begun is to go on, if the object is to be another.
        if age == Age::Newest && checkpoint.stored_with != without_secrets(&self.headers(None, Precondition::None)?.0) {
            return Err(
                Error::misuse("the upload was begun with other contentType, metadata or serverSideEncryption").into(),
            );
        }
        let sealing = match self.client_side {
            ClientSide::None => None,
            ClientSide::Encrypted((protection, _)) => {
                let digest = match age == Age::Unknown && checkpoint.source.fingerprint.is_some() {
                    true => Some(fingerprint::digest(self.source, self.abort).await?),
                    false => None,
                };
                let sealing = self
                    .abort
                    .race(Sealing::resume(&checkpoint, protection, digest))
                    .await??;
                // As this version writes it: the realm remembers by it.
                checkpoint.envelope = Some(sealing.envelope.encode()?.entries().clone());
                Some(sealing)
            }
        };
        let taken_up = self.multipart(sealing.as_ref(), None).take_up(checkpoint, age).await?;
        Ok((sealing, taken_up))
    }

    pub(crate) fn stored_bytes(&self) -> Result<u64, Error> {
        match self.client_side {
            ClientSide::Encrypted(_) => AlgorithmSuite::stored_bytes(self.source.bytes()),
            ClientSide::None => Ok(self.source.bytes()),
        }
    }

    /// With one request.
    async fn whole(&self, sealing: Option<&Sealing>) -> Result<Stored, Failure> {
        // What the store would refuse fails here, before the work.
        let (mut headers, file) = self.headers(sealing, self.precondition)?;
        let body = match sealing {
            Some(sealing) => seal_blob(self.source, sealing, self.abort, self.progress).await?,
            None => self.source.clone().into_blob()?,
        };
        // A pass of its own over the body, which nobody gets unasked.
        let check = async |algorithm: ChecksumAlgorithm, headers: &mut Headers| {
            let value = checksum::of_body(algorithm, &body, self.abort).await?;
            headers.insert(algorithm.header().into(), value);
            Ok::<_, Failure>(())
        };
        if let Some(algorithm) = self.checksum.flatten() {
            check(algorithm, &mut headers).await?;
        }
        if let Some(file) = &file {
            file.put_before_object(self.presigner, self.abort).await?;
        }
        let mut stored = put_blob(self.presigner, self.key, &headers, &body, self.abort, self.progress).await;
        // But there are buckets that take nothing without.
        if self.checksum.is_none() && stored.as_ref().is_err_and(|failure| failure.is(answer::wants_checksum)) {
            check(ChecksumAlgorithm::Crc64Nvme, &mut headers).await?;
            stored = put_blob(self.presigner, self.key, &headers, &body, self.abort, self.progress).await;
        }
        match (stored, sealing) {
            // Stored by an attempt whose answer was lost, perhaps.
            (Err(failure), Some(sealing)) if failure.is(answer::may_be_done) => {
                let metadata = sealing.envelope.encode()?;
                let claim = Claim {
                    key: self.key,
                    envelope: metadata.entries(),
                    stored_bytes: body.size() as u64,
                    customer_key: &read_headers(self.server_side),
                };
                claim.confirm(self.presigner, self.abort).await?.ok_or(failure)
            }
            (stored, _) => Ok(stored?.into()),
        }
    }

    /// With a request for each part.
    async fn in_parts(&self, sealing: Option<&Sealing>) -> Result<Stored, Failure> {
        let (headers, file) = self.headers(sealing, Precondition::None)?;
        let envelope = match sealing {
            Some(sealing) => Some(sealing.envelope.encode()?.entries().clone()),
            None => None,
        };
        self.multipart(sealing, file).begin(headers, envelope).await
    }

    fn multipart<'b>(&'b self, sealing: Option<&'b Sealing>, file: Option<InstructionFile<'b>>) -> Multipart<'b> {
        Multipart {
            file,
            key: self.key,
            source: self.source,
            facts: SourceFacts {
                fingerprint: sealing.and_then(|sealing| sealing.fingerprint.clone()),
                ..self.source.facts()
            },
            cipher: sealing.map(|sealing| &sealing.cipher),
            settings: self.settings,
            keeper: self.keeper,
            kept: self.kept,
            // Its digest is recorded anyway.
            checksum: self.checksum_of_all(),
            customer_key: read_headers(self.server_side),
            precondition: self.precondition,
            presigner: self.presigner,
            abort: self.abort,
            progress: self.progress,
        }
    }

    /// The object's headers, and its instruction file.
    fn headers(
        &self,
        sealing: Option<&Sealing>,
        precondition: Precondition<'_>,
    ) -> Result<(Headers, Option<InstructionFile<'_>>), Failure> {
        let (metadata, file) = match sealing {
            Some(sealing) => place(&sealing.envelope, self.envelope_in, self.metadata)?,
            None => (with_user_metadata(Metadata::default(), self.metadata)?, None),
        };
        let headers = PutHeaders {
            metadata: &metadata,
            content_type: self.content_type,
            precondition,
            server_side_encryption: self.server_side,
        };
        Ok((headers.encode()?, file.map(|json| self.file(json))))
    }

    fn file(&self, json: String) -> InstructionFile<'_> {
        InstructionFile {
            object_key: self.key,
            suffix: instruction_file::DEFAULT_SUFFIX,
            json,
            server_side: self.server_side,
            checksum: self.checksum_of_all(),
        }
    }

    /// What the store checks of parts and instruction files, where nobody says otherwise.
    fn checksum_of_all(&self) -> Option<ChecksumAlgorithm> {
        self.checksum.unwrap_or(Some(ChecksumAlgorithm::Sha256))
    }

    /// The instruction file with which an upload was begun.
    fn file_of(
        &self,
        checkpoint: &Checkpoint,
        sealing: Option<&Sealing>,
    ) -> Result<Option<InstructionFile<'_>>, Failure> {
        match sealing.filter(|_| checkpoint.instruction_file) {
            Some(sealing) => {
                let (_, json) = instruction_file::split(&sealing.envelope.encode()?)?;
                Ok(Some(self.file(json)))
            }
            None => Ok(None),
        }
    }
}
