//! Storing an object: in one request, in parts, or from where an earlier call was.

use std::rc::Rc;

use serde::Serialize;

use super::{
    abandon::throw_away,
    digest,
    keeper::Keeper,
    parts::{Multipart, TakenUp},
    realm::Realm,
    resume::{Resumable, Resume, forget},
    sealing::Sealing,
    source::Source,
};
use crate::{
    AlgorithmSuite, Error,
    checkpoint::{Age, Checkpoint, SourceFacts, begins_anew},
    cipher::Protection,
    encryption_context::StringMap,
    envelope::{
        EnvelopeSummary, Metadata, instruction_file,
        placement::{EnvelopeIn, place, with_user_metadata},
    },
    machine::Failure,
    s3::{
        ServerSideEncryption,
        checksum::{Checksum, ChecksumAlgorithm},
        object_key::ObjectKey,
        put::{Condition, ContentType, Precondition, PutHeaders},
        request::Headers,
        without_secrets,
    },
    store::{Store, confirm::Stored, instruction_file::InstructionFile},
};

/// What one call was given, whole.
pub struct PutOptions {
    /// Where.
    pub key: ObjectKey,
    /// What is known of the content without reading it.
    pub source: SourceFacts,
    /// Whether it is a stream, which is read once.
    pub is_stream: bool,
    /// How the content is encrypted, and where its envelope goes; missing where the caller says that it is not.
    pub protection: Option<(Protection, EnvelopeIn)>,
    /// What the store does with the bytes.
    pub server_side: Option<Rc<ServerSideEncryption>>,
    /// Media type, in the clear.
    pub content_type: ContentType,
    /// The caller's.
    pub metadata: StringMap,
    /// When the store is to refuse.
    pub condition: Condition,
    /// What the store is to check, where the caller says it.
    pub checksum: Checksum,
    /// How it goes in parts.
    pub settings: Settings,
    /// Where the upload to go on with comes from.
    pub resume: Resume,
    /// Whether the caller keeps checkpoints; if not, nobody can go on with the upload.
    pub keeps: bool,
}

/// How an upload in parts goes, and above which size there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Objects of more bytes go in parts.
    pub threshold: u64,
    /// Bytes of each part but the last.
    pub part_bytes: u64,
    /// Parts under way at once.
    pub concurrency: usize,
}

impl Settings {
    /// A body of so many bytes is sealed into a Blob, which the browser may keep on disk, and sent at once.
    pub const THRESHOLD: u64 = 32 << 20;
    /// With the default part size, at most 48 MiB are in flight, two parts of which are being sealed.
    pub const CONCURRENCY: usize = 4;
}

/// What was stored.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredObject {
    /// Where.
    pub key: String,
    /// Where the page may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// In a bucket that keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Bytes as stored.
    pub content_length: u64,
    /// Of what was encrypted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<EnvelopeSummary>,
}

/// Encrypts the call's source, unless the caller says by name that it is not to be, and stores it.
///
/// # Errors
/// What reading, the keyring, the signer, the store and the caller's own callbacks bring.
pub async fn put(options: PutOptions, store: Store, realm: Rc<Realm>) -> Result<StoredObject, Failure> {
    if options.is_stream && (options.keeps || options.resume != Resume::Nothing) {
        let why = "a stream is read once, and its upload cannot be resumed: leave checkpoints, onCheckpoint and resume out, or give a Blob";
        return Err(Error::misuse(why).into());
    }
    let keeper = options.keeps.then(Keeper::new);
    let source = Source::begin(options.source.bytes, options.is_stream, store.desk()).await?;
    let storing = Storing {
        options,
        source,
        store,
        realm,
        keeper,
    };
    storing.run().await
}

/// What all ways of storing an object need.
pub(super) struct Storing {
    pub(super) options: PutOptions,
    pub(super) source: Source,
    pub(super) store: Store,
    pub(super) realm: Rc<Realm>,
    pub(super) keeper: Option<Keeper>,
}

/// What was stored, and with what.
type Done = (Stored, Option<Sealing>);

impl Storing {
    async fn run(&self) -> Result<StoredObject, Failure> {
        let options = &self.options;
        let found = options.resume.find(&options.key, &self.realm, self.store.desk());
        let gone_on = match found.await? {
            Some(resumable) => self.go_on(resumable).await?,
            None => None,
        };
        let (stored, sealing) = match gone_on {
            Some(done) => done,
            None => self.begin().await?,
        };
        Ok(StoredObject {
            key: options.key.to_string(),
            e_tag: stored.e_tag,
            version_id: stored.version_id,
            content_length: self.stored_bytes()?,
            envelope: sealing.map(|sealing| EnvelopeSummary::from(&sealing.envelope)),
        })
    }

    /// Whether one store has every checkpoint before its part leaves.
    pub(super) fn is_kept(&self) -> bool {
        self.options.resume == Resume::Kept
    }

    /// From the start.
    async fn begin(&self) -> Result<Done, Failure> {
        let options = &self.options;
        let in_parts = self.stored_bytes()? > options.settings.threshold;
        // A checkpoint that its keeper may not have the newest of needs more to go by than a length.
        let is_vague = options.source.last_modified.is_none() && self.keeper.is_some() && !self.is_kept();
        let sealing = match &options.protection {
            None => None,
            Some((protection, _)) => {
                let digest = match in_parts && is_vague {
                    true => Some(self.content_digest().await?),
                    false => None,
                };
                let bytes = options.source.bytes;
                let desk = self.store.desk();
                Some(Sealing::begin(bytes, protection, digest, &self.realm, desk).await?)
            }
        };
        let stored = match in_parts {
            true => self.in_parts(sealing.as_ref()).await?,
            false => self.whole(sealing.as_ref()).await?,
        };
        Ok((stored, sealing))
    }

    /// From where an earlier call was; `None` if that cannot be, and nothing was sent.
    async fn go_on(&self, resumable: Resumable) -> Result<Option<Done>, Failure> {
        let Resumable { checkpoint, age, held } = resumable;
        let held = Rc::new(held);
        let (sealing, taken_up) = match self.take_up(checkpoint.clone(), age).await {
            Err(failure) if self.is_kept() && failure.is(begins_anew) => {
                throw_away(&self.store, &self.options.key, &checkpoint.upload_id, Some(&held)).await;
                forget(&checkpoint, self.store.desk()).await?;
                self.keeper.iter().for_each(Keeper::begin_anew);
                return Ok(None);
            }
            taken_up => taken_up?,
        };
        let file = match sealing.as_ref().filter(|_| checkpoint.instruction_file) {
            Some(sealing) => {
                let (_, json) = instruction_file::split(&sealing.envelope.encode()?)?;
                Some(self.file(json))
            }
            None => None,
        };
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
        let sealing = match &self.options.protection {
            None => None,
            Some((protection, _)) => {
                let digest = match age == Age::Unknown && checkpoint.source.fingerprint.is_some() {
                    true => Some(self.content_digest().await?),
                    false => None,
                };
                let sealing = Sealing::resume(&checkpoint, protection, digest, &self.realm, self.store.desk()).await?;
                // As this version writes it: the realm remembers by it.
                checkpoint.envelope = Some(sealing.entries()?);
                Some(sealing)
            }
        };
        let taken_up = self.multipart(sealing.as_ref(), None).take_up(checkpoint, age).await?;
        Ok((sealing, taken_up))
    }

    async fn content_digest(&self) -> Result<String, Failure> {
        digest::of_content(self.options.source.bytes, self.store.desk()).await
    }

    pub(super) fn stored_bytes(&self) -> Result<u64, Error> {
        let content_bytes = self.options.source.bytes;
        match self.options.protection {
            Some(_) => AlgorithmSuite::stored_bytes(content_bytes),
            None => Ok(content_bytes),
        }
    }

    /// With a request for each part.
    async fn in_parts(&self, sealing: Option<&Sealing>) -> Result<Stored, Failure> {
        let (headers, file) = self.headers(sealing, Precondition::None)?;
        let envelope = sealing.map(Sealing::entries).transpose()?;
        self.multipart(sealing, file).begin(headers, envelope).await
    }

    const fn multipart<'a>(&'a self, sealing: Option<&'a Sealing>, file: Option<InstructionFile>) -> Multipart<'a> {
        Multipart {
            storing: self,
            sealing,
            file,
        }
    }

    /// The object's headers, and its instruction file.
    pub(super) fn headers(
        &self,
        sealing: Option<&Sealing>,
        precondition: Precondition<'_>,
    ) -> Result<(Headers, Option<InstructionFile>), Failure> {
        let options = &self.options;
        let how = options
            .protection
            .as_ref()
            .map_or(EnvelopeIn::Metadata, |(_, how)| *how);
        let (metadata, file) = match sealing {
            Some(sealing) => place(&sealing.envelope, how, &options.metadata)?,
            None => (with_user_metadata(Metadata::default(), &options.metadata)?, None),
        };
        let headers = PutHeaders {
            metadata: &metadata,
            content_type: &options.content_type,
            precondition,
            server_side_encryption: options.server_side.as_deref(),
        };
        Ok((headers.encode()?, file.map(|json| self.file(json))))
    }

    fn file(&self, json: String) -> InstructionFile {
        InstructionFile {
            object_key: self.options.key.to_string(),
            suffix: instruction_file::DEFAULT_SUFFIX.into(),
            json,
            server_side: self.options.server_side.clone(),
            checksum: self.checksum_of_all(),
        }
    }

    /// What the store checks of parts and instruction files, where nobody says otherwise.
    pub(super) fn checksum_of_all(&self) -> Option<ChecksumAlgorithm> {
        self.options.checksum.or_sha256()
    }
}
