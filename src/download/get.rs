//! GetObject: from a request, or from a response of the caller's, to an object that may be opened.

use std::{cell::Cell, rc::Rc};

use serde::Serialize;

use super::{Ranges, cbc::CbcOpener};
use crate::{
    AlgorithmSuite, Envelope, Error,
    cipher::{Decipherer, Opener, Protection},
    content::EngineKind,
    encryption_context::StringMap,
    envelope::{EnvelopeSummary, Incomplete, Located, instruction_file::MAX_BYTES},
    machine::{Answer, Desk, Ending, Failure, Hold, Step, Taken},
    s3::{
        answer::{self, Operation},
        etag::strong,
        object_key::ObjectKey,
        request::Request,
        retry::Retry,
    },
    store::{Response, Store, locate::TOO_LONG, origin::Origin},
};

/// An object at the store, and how it is opened.
pub struct Wanted {
    /// Its key.
    pub key: ObjectKey,
    /// What opens it; missing where the caller says by name that it is not encrypted.
    pub protection: Option<Protection>,
    /// Its instruction file, if the caller wants one read.
    pub file: Option<ObjectKey>,
    /// How it comes.
    pub ranges: Ranges,
}

/// What the caller knows of the instruction file of a response.
pub enum GivenFile {
    /// Nothing.
    Nothing,
    /// Its bytes.
    Bytes(Vec<u8>),
    /// It is outside.
    InBlob,
}

/// An object whose envelope has passed every check, and all that is needed to read it once.
pub struct Opened {
    pub(super) cipher: Cipher,
    pub(super) body: Option<Hold>,
    /// Where the rest comes from if the connection breaks; missing for a response of the caller's.
    pub(super) origin: Option<Rc<Origin>>,
    pub(super) ranges: Ranges,
    pub(super) stored_bytes: u64,
    pub(super) desk: Desk,
    /// What it says of itself.
    pub summary: Summary,
}

/// What turns the body into content.
pub(super) enum Cipher {
    Authenticated(Opener),
    /// The caller enabled unauthenticated modes by name.
    Unauthenticated(CbcOpener),
    /// The object is not client-side encrypted, and the caller said so by name.
    None,
}

/// What an object that may be opened says of itself.
#[derive(Debug, Default, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Missing for AES-CBC, whose padding only decrypting tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<EnvelopeSummary>,
    metadata: StringMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
}

/// Fetches an object's headers and checks everything that can be checked before its content: policy, keyring, commitment. The engine that was
/// found is `remembered`.
///
/// # Errors
/// What store, policy and keyring return; what is wrong with the envelope.
pub async fn get(wanted: Wanted, store: Store, remembered: &Cell<Option<EngineKind>>) -> Result<Opened, Failure> {
    let Wanted {
        key,
        protection,
        file,
        ranges,
    } = wanted;
    let mut response = ask(&store, &key, None, Retry::new()).await?;
    let mut found = Found::of(&response, protection.is_some())?;
    let envelope = match found.located.take() {
        None => None,
        Some(Located::InMetadata(envelope)) => Some(envelope),
        Some(Located::InInstructionFile(incomplete)) => {
            let e_tag = response.header("etag").map(Into::into);
            // A browser has six connections for each store. This one must not be held by who waits for another.
            drop(response);
            let envelope = store.complete(incomplete, file.as_ref()).await?;
            response = again(&store, &key, e_tag).await?;
            if response.status() == 206 || response.metadata()?.entries() != &found.metadata {
                return Err(answer::precondition_failed("the object was replaced meanwhile").into());
            }
            found.stored_bytes = response.content_length()?;
            Some(envelope)
        }
    };
    let e_tag = strong(response.header("etag").map(Into::into));
    let origin = e_tag.map(|e_tag| {
        Rc::new(Origin {
            store: store.clone(),
            key: key.to_string(),
            e_tag,
            stored_bytes: found.stored_bytes,
        })
    });
    let opened = open(response, found, envelope, protection, remembered, store.desk()).await?;
    Ok(Opened {
        origin,
        ranges,
        ..opened
    })
}

/// Opens a response that the caller has fetched.
///
/// # Errors
/// As [`get`], but for what a store answers.
pub async fn open_given(
    protection: Protection,
    file: GivenFile,
    remembered: &Cell<Option<EngineKind>>,
    desk: &Desk,
) -> Result<Opened, Failure> {
    let response = Response::of_the_caller(desk).await?;
    let mut found = Found::of(&response, true)?;
    let envelope = match found.located.take() {
        Some(Located::InInstructionFile(incomplete)) => Some(complete(incomplete, file, desk).await?),
        Some(Located::InMetadata(envelope)) => Some(envelope),
        None => None,
    };
    open(response, found, envelope, Some(protection), remembered, desk).await
}

/// What an answer says before any key is asked.
struct Found {
    stored_bytes: u64,
    metadata: StringMap,
    /// Missing for an object that is not encrypted.
    located: Option<Located>,
}

impl Found {
    fn of(response: &Response, is_encrypted: bool) -> Result<Self, Error> {
        if response.status() == 206 {
            return Err(Error::UnsupportedFormat(
                "a part of an object, which nothing authenticates",
            ));
        }
        if answer::is_undone(response.header("content-encoding")) {
            return Err(Error::UnexpectedAnswer(answer::ENCODED));
        }
        let stored_bytes = response.content_length()?;
        let metadata = response.metadata()?;
        let located = Envelope::locate(&metadata);
        let located = match is_encrypted {
            true => Some(located?),
            false if response.hides_headers() => return Err(Error::ETagHidden),
            false => match located {
                Ok(Located::InInstructionFile(incomplete)) if !incomplete.is_certain() => None,
                _ => return Err(Error::EnvelopeUnexpected),
            },
        };
        Ok(Self {
            stored_bytes,
            metadata: metadata.entries().clone(),
            located,
        })
    }
}

async fn ask(store: &Store, key: &str, e_tag: Option<String>, retry: Retry) -> Result<Response, Failure> {
    let mut headers = store.read_headers();
    if let Some(e_tag) = e_tag {
        headers.insert("if-match".into(), e_tag);
    }
    store
        .fetch_with(&Request::new(Operation::GetObject, key, headers), retry)
        .await
}

/// The very same object again, where the page may see what tells it from others.
async fn again(store: &Store, key: &str, e_tag: Option<String>) -> Result<Response, Failure> {
    if let Some(e_tag) = strong(e_tag) {
        match ask(store, key, Some(e_tag), Retry::once()).await {
            // A signer or a CORS rule may not allow the precondition.
            Err(failure) if !failure.is_stopped() && !failure.is(answer::is_precondition_failed) => {}
            answer => return answer,
        }
    }
    ask(store, key, None, Retry::patient()).await
}

/// The envelope, completed with the file of the caller's.
async fn complete(incomplete: Incomplete, file: GivenFile, desk: &Desk) -> Result<Envelope, Failure> {
    let file = match file {
        GivenFile::Nothing => return Err(incomplete.missing().into()),
        GivenFile::Bytes(bytes) => bytes,
        GivenFile::InBlob => {
            let failed = |cause| Failure::caused(Error::ReadFailed, cause);
            let stream = match desk.ask(Step::Take(Taken::InstructionFile)).await? {
                (_, Some(stream)) => stream,
                (Answer::Failed(cause), _) => return Err(failed(cause)),
                _ => return Err(Error::ReadFailed.into()),
            };
            let pull = Step::Pull {
                stream: stream.id(),
                // One more tells that there are more.
                bytes: u32::try_from(MAX_BYTES).unwrap_or(u32::MAX).saturating_add(1),
            };
            match desk.ask(pull).await?.0 {
                Answer::Failed(cause)
                | Answer::Pulled {
                    end: Some(Ending::Broken(cause)),
                    ..
                } => return Err(failed(cause)),
                Answer::Pulled { bytes, .. } if bytes.len() > MAX_BYTES => return Err(TOO_LONG.into()),
                Answer::Pulled { bytes, .. } => bytes,
                _ => return Err(Error::ReadFailed.into()),
            }
        }
    };
    Ok(incomplete.complete(&file)?)
}

async fn open(
    response: Response,
    found: Found,
    envelope: Option<Envelope>,
    protection: Option<Protection>,
    remembered: &Cell<Option<EngineKind>>,
    desk: &Desk,
) -> Result<Opened, Failure> {
    let stored_bytes = found.stored_bytes;
    let (cipher, content_length) = match (protection, &envelope) {
        (Some(protection), Some(envelope)) => cipher(envelope, &protection, stored_bytes, remembered, desk).await?,
        _ => (Cipher::None, Some(stored_bytes)),
    };
    Ok(Opened {
        cipher,
        summary: Summary {
            content_length,
            envelope: envelope.as_ref().map(EnvelopeSummary::from),
            metadata: found.metadata,
            content_type: response.header("content-type").map(Into::into),
        },
        body: response.into_body(),
        origin: None,
        ranges: Ranges::default(),
        stored_bytes,
        desk: desk.clone(),
    })
}

/// What decrypts the content, and the content's length where the stored length tells it.
async fn cipher(
    envelope: &Envelope,
    protection: &Protection,
    stored_bytes: u64,
    remembered: &Cell<Option<EngineKind>>,
    desk: &Desk,
) -> Result<(Cipher, Option<u64>), Failure> {
    let content_bytes = match envelope.suite().is_authenticated() {
        true => Some(AlgorithmSuite::content_bytes(stored_bytes)?),
        false => None,
    };
    Ok(
        match (protection.decrypt(envelope, remembered, desk).await?, content_bytes) {
            (Decipherer::Authenticated(engine), Some(content_bytes)) => (
                Cipher::Authenticated(Opener::new(engine, content_bytes)?),
                Some(content_bytes),
            ),
            (Decipherer::Unauthenticated(parameters), None) => {
                (Cipher::Unauthenticated(CbcOpener::new(&parameters, desk).await?), None)
            }
            _ => return Err(Error::Unreachable("suite and cipher differ").into()),
        },
    )
}
