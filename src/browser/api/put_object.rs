//! Storing an object: whole with one PutObject, or in parts.

use std::rc::Rc;

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::browser::{
    Failure,
    api::{
        encrypt_content::seal_blob,
        options::{ClientSide, EnvelopeIn, Options, Transfer},
        placement::{place, with_user_metadata},
    },
    content::{protection::Protection, sealing::Sealing, source::Source},
    js::{
        abort::Abort,
        progress::Progress,
        summary::{EnvelopeSummary, to_js},
    },
    promise,
    store::{
        confirm::{Claim, Stored},
        instruction_file::InstructionFile,
        presign::{Headers, Presigner, read_headers},
        send::put_blob,
    },
    upload::{
        checksum,
        multipart::{Multipart, Settings},
    },
};
use crate::{
    AlgorithmSuite, Error,
    encryption_context::StringMap,
    envelope::{Metadata, instruction_file},
    s3::{
        ServerSideEncryption, answer,
        checksum::ChecksumAlgorithm,
        object_key::ObjectKey,
        put::{Condition, ContentType, Precondition, PutHeaders},
    },
    upload::checkpoint::Checkpoint,
};

/// Encrypts content and stores it with presigned requests: one PutObject, or parts above a threshold.
#[wasm_bindgen(js_name = putObject, unchecked_return_type = "Promise<StoredObject>")]
pub fn put_object(
    #[wasm_bindgen(unchecked_param_type = "Blob | Uint8Array")] source: JsValue,
    #[wasm_bindgen(unchecked_param_type = "PutObjectOptions")] options: JsValue,
) -> Promise {
    let given = Given::parse(&source, options);
    promise(async move { put(given?).await })
}

/// What one call was given, whole.
struct Given {
    /// What is sent again must not have changed.
    source: Source,
    key: ObjectKey,
    client_side: ClientSide<(Protection, EnvelopeIn)>,
    server_side: Option<ServerSideEncryption>,
    content_type: ContentType,
    metadata: StringMap,
    condition: Condition,
    checksum: Option<Option<ChecksumAlgorithm>>,
    settings: Settings,
    resume: Option<Checkpoint>,
    presigner: Presigner,
    transfer: Transfer,
}

impl Given {
    fn parse(source: &JsValue, options: JsValue) -> Result<Self, Failure> {
        let given = Options::read(options, |options| {
            let server_side = options.server_side()?;
            Ok(Self {
                key: options.object_key()?,
                client_side: options.client_side(|options| Ok((options.writing()?, options.envelope_in()?)))?,
                content_type: ContentType::parse(options.string("contentType")?)?,
                metadata: options.metadata()?,
                condition: options.put_condition()?,
                checksum: options.checksum()?,
                settings: options.multipart()?,
                resume: options.resume()?,
                presigner: options.presigner()?.with(server_side.as_ref()),
                server_side,
                transfer: options.transfer()?,
                source: Source::Blob(Source::parse(source)?.into_blob()?),
            })
        })?;
        match &given.client_side {
            ClientSide::None if given.server_side.is_none() => {
                return Err(Error::misuse("clientSideEncryption: \"none\" needs a serverSideEncryption").into());
            }
            ClientSide::Encrypted((_, how)) if *how != EnvelopeIn::Metadata => {
                given.key.with_suffix(instruction_file::DEFAULT_SUFFIX)?;
            }
            _ => {}
        }
        if given.resume.is_some() && given.settings.keeper.is_none() {
            // A part that leaves unrecorded could leave again as something else.
            return Err(Error::misuse(
                "resume needs onCheckpoint, since what is sent from now on has to be recorded too",
            )
            .into());
        }
        Ok(given)
    }
}

async fn put(given: Given) -> Result<JsValue, Failure> {
    let Given {
        source,
        key,
        client_side,
        server_side,
        content_type,
        metadata,
        condition,
        checksum,
        settings,
        resume,
        presigner,
        transfer: Transfer { abort, progress },
    } = given;
    let key = &*key;
    source.ensure_there(&abort).await?;
    let envelope_in = match &client_side {
        ClientSide::Encrypted((_, how)) => *how,
        ClientSide::None => EnvelopeIn::Metadata,
    };
    let job = Job {
        key,
        source: &source,
        envelope_in,
        content_type: &content_type,
        metadata: &metadata,
        server_side: server_side.as_ref(),
        precondition: condition.precondition(),
        checksum,
        presigner: &presigner,
        abort: &abort,
        progress: &progress,
    };
    let sealing = match (client_side, &resume) {
        (ClientSide::None, _) => None,
        (ClientSide::Encrypted((protection, _)), None) => {
            Some(abort.race(Sealing::begin(&source, &protection)).await??)
        }
        (ClientSide::Encrypted((protection, _)), Some(checkpoint)) => {
            Some(abort.race(Sealing::resume(checkpoint, &protection)).await??)
        }
    };
    let stored_bytes = match &sealing {
        Some(_) => AlgorithmSuite::stored_bytes(source.bytes())?,
        None => source.bytes(),
    };
    let stored = match resume {
        Some(checkpoint) => {
            let file = job.file_of(&checkpoint, sealing.as_ref())?;
            job.multipart(sealing.as_ref(), file, settings)
                .resume(checkpoint)
                .await?
        }
        None if stored_bytes > settings.threshold => job.in_parts(sealing.as_ref(), settings).await?,
        None => job.whole(sealing.as_ref()).await?,
    };
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct StoredObject<'a> {
        key: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        e_tag: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        version_id: Option<String>,
        content_length: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        envelope: Option<EnvelopeSummary<'a>>,
    }
    to_js(&StoredObject {
        key,
        e_tag: stored.e_tag,
        version_id: stored.version_id,
        content_length: stored_bytes,
        envelope: sealing.as_ref().map(|sealing| EnvelopeSummary::from(&sealing.envelope)),
    })
}

/// What both ways of storing an object need.
struct Job<'a> {
    key: &'a str,
    source: &'a Source,
    envelope_in: EnvelopeIn,
    content_type: &'a ContentType,
    metadata: &'a StringMap,
    server_side: Option<&'a ServerSideEncryption>,
    precondition: Precondition<'a>,
    /// What the store is to check, where the caller says it.
    checksum: Option<Option<ChecksumAlgorithm>>,
    presigner: &'a Presigner,
    abort: &'a Abort,
    progress: &'a Rc<Progress>,
}

impl<'a> Job<'a> {
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
    async fn in_parts(&self, sealing: Option<&Sealing>, settings: Settings) -> Result<Stored, Failure> {
        let (headers, file) = self.headers(sealing, Precondition::None)?;
        let envelope = match sealing {
            Some(sealing) => Some(sealing.envelope.encode()?.entries().clone()),
            None => None,
        };
        self.multipart(sealing, file, settings).begin(headers, envelope).await
    }

    fn multipart<'b>(
        &'b self,
        sealing: Option<&'b Sealing>,
        file: Option<InstructionFile<'b>>,
        settings: Settings,
    ) -> Multipart<'b> {
        Multipart {
            file,
            key: self.key,
            source: self.source,
            cipher: sealing.map(|sealing| &sealing.cipher),
            settings,
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
