//! Instruction files of the store's: read when an object's metadata lack the wrapped data key, written before the object.
//!
//! The order cannot orphan content. The file comes first, and only where there is none yet, or where no object needs the
//! one that is there; if the object then does not follow, nothing depends on the file. An upload in parts looks again before its object
//! appears, which may be days later. Official clients replace the file
//! without looking, so that an upload that fails half-way leaves the older object without its key. What remains is two
//! writers of one key at the same moment, between whom S3 offers no transaction.

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::browser::{
    Failure,
    js::{
        abort::Abort,
        blob::new_blob,
        given::{self, is_blob, text},
        progress::Progress,
    },
    store::{
        checksum,
        fetch::{Answered, fetch},
        presign::{Headers, PresignRequest, Presigner, read_headers},
        reader::first_bytes,
        send::put_blob,
    },
};
use crate::{
    Envelope, Error,
    envelope::{Incomplete, Located, Metadata, instruction_file},
    s3::{
        ServerSideEncryption, answer,
        checksum::ChecksumAlgorithm,
        object_key::ObjectKey,
        put::{ContentType, Precondition, PutHeaders},
    },
};

/// Where the body of an instruction file comes from.
pub(crate) enum InstructionFileSource<'a> {
    /// The caller wants none read.
    Nowhere,
    /// The store, under this key.
    Store {
        presigner: &'a Presigner,
        key: String,
        headers: &'a Headers,
    },
    /// The caller, who has it in memory.
    Given(Vec<u8>),
    /// The caller, who has it in a Blob.
    InBlob(Blob),
}

impl<'a> InstructionFileSource<'a> {
    pub(crate) fn of_the_store(key: Option<ObjectKey>, presigner: &'a Presigner, headers: &'a Headers) -> Self {
        match key {
            None => Self::Nowhere,
            Some(key) => Self::Store {
                presigner,
                key: key.to_string(),
                headers,
            },
        }
    }

    /// What the caller fetched, as it is now.
    pub(crate) fn of_the_caller(file: &JsValue) -> Result<Self, Failure> {
        if file.is_undefined() {
            return Ok(Self::Nowhere);
        }
        if is_blob(file) {
            return Ok(Self::InBlob(file.unchecked_ref::<Blob>().clone()));
        }
        let bytes = text(file)
            .map(String::into_bytes)
            .or_else(|| Some(given::bytes(file)?.to_vec()));
        match bytes {
            Some(bytes) => Ok(Self::Given(bytes)),
            None => Err(Error::misuse("instructionFile is not a Blob, a well-formed string or a Uint8Array").into()),
        }
    }

    /// The envelope, completed with the file.
    pub(crate) async fn complete(&self, incomplete: Incomplete, abort: &Abort) -> Result<Envelope, Failure> {
        let file = match self {
            Self::Nowhere => return Err(incomplete.missing().into()),
            Self::Given(file) => file.clone(),
            Self::InBlob(blob) => bytes_of(blob).await?,
            Self::Store {
                presigner,
                key,
                headers,
            } => fetch_file(presigner, key, headers, &incomplete, abort).await?.0,
        };
        Ok(incomplete.complete(&file)?)
    }
}

/// The body of an instruction file, and its ETag if the page may see it.
pub(crate) async fn fetch_file(
    presigner: &Presigner,
    key: &str,
    headers: &Headers,
    incomplete: &Incomplete,
    abort: &Abort,
) -> Result<(Vec<u8>, Option<String>), Failure> {
    let request = PresignRequest::GetObject { key, headers };
    match fetch(presigner, &request, abort).await {
        Ok(response) => {
            let e_tag = response.header("etag");
            Ok((read(&response, abort).await?, e_tag))
        }
        Err(failure) => {
            let says_so = match incomplete.is_certain() {
                true => answer::is_missing,
                false => answer::may_be_missing,
            };
            Err(match failure.is(says_so) {
                true => incomplete.missing().into(),
                false => failure,
            })
        }
    }
}

const TOO_LONG: Error = Error::EnvelopeInvalid("its instruction file exceeds 64 KiB");

/// An instruction file to be stored.
pub(crate) struct InstructionFile<'a> {
    pub(crate) object_key: &'a str,
    pub(crate) suffix: &'a str,
    pub(crate) json: String,
    pub(crate) server_side: Option<&'a ServerSideEncryption>,
    /// What the store checks. The file is small, and there are buckets that take nothing without.
    pub(crate) checksum: Option<ChecksumAlgorithm>,
}

/// What is at an instruction file's key.
enum Found {
    Nothing,
    /// This very file.
    This,
    Another,
    /// The page may not look.
    Hidden,
}

impl InstructionFile<'_> {
    /// Stores it for an object that is about to be stored.
    pub(crate) async fn put_before_object(&self, presigner: &Presigner, abort: &Abort) -> Result<(), Failure> {
        self.ensure(false, presigner, abort).await
    }

    /// Before the object appears, perhaps days after its file was stored: it must still be there.
    pub(crate) async fn put_again_if_gone(&self, presigner: &Presigner, abort: &Abort) -> Result<(), Failure> {
        self.ensure(true, presigner, abort).await
    }

    /// Has this file be there, and not in place of one that an object needs. Looking comes first, since there are stores that ignore
    /// `If-None-Match`.
    async fn ensure(&self, was_stored: bool, presigner: &Presigner, abort: &Abort) -> Result<(), Failure> {
        let found = match self.look(presigner, abort).await? {
            found @ (Found::Nothing | Found::Hidden) => self.put_new(found, presigner, abort).await?,
            found => found,
        };
        match found {
            Found::This => Ok(()),
            // One that may not be read is taken for the one that was stored at the beginning.
            Found::Hidden if was_stored => Ok(()),
            _ => self.replace(presigner, abort).await,
        }
    }

    /// Stores it where there is none, and says what is there then: another writer's, or our own by an attempt whose answer was lost.
    async fn put_new(&self, found: Found, presigner: &Presigner, abort: &Abort) -> Result<Found, Failure> {
        match self.put(presigner, Precondition::Absent, abort).await {
            Ok(()) => Ok(Found::This),
            Err(failure) if failure.is(answer::is_precondition_failed) => self.look(presigner, abort).await,
            // The look has decided already: what is left is another writer at the same moment.
            Err(failure) if failure.is(answer::is_condition_unsupported) && matches!(found, Found::Nothing) => {
                self.put(presigner, Precondition::None, abort).await?;
                Ok(Found::This)
            }
            Err(failure) => Err(failure),
        }
    }

    /// In place of a file that no object needs.
    async fn replace(&self, presigner: &Presigner, abort: &Abort) -> Result<(), Failure> {
        match self.is_needed(presigner, abort).await? {
            true => Err(Error::InstructionFileInUse.into()),
            false => self.put(presigner, Precondition::None, abort).await,
        }
    }

    /// What is there now, and its ETag if the page may see it.
    async fn get(&self, presigner: &Presigner, abort: &Abort) -> Result<(Vec<u8>, Option<String>), Failure> {
        let (key, headers) = (self.file_key(), read_headers(self.server_side));
        let request = PresignRequest::GetObject {
            key: &key,
            headers: &headers,
        };
        let response = fetch(presigner, &request, abort).await?;
        Ok((read(&response, abort).await?, response.header("etag")))
    }

    async fn look(&self, presigner: &Presigner, abort: &Abort) -> Result<Found, Failure> {
        match self.get(presigner, abort).await {
            Ok((file, _)) if file == self.json.as_bytes() => Ok(Found::This),
            Ok(_) => Ok(Found::Another),
            Err(failure) if failure.is(answer::is_missing) => Ok(Found::Nothing),
            // A proxy's page tells nothing of what is there.
            Err(failure) if failure.is_aborted() || failure.is(answer::is_foreign) => Err(failure),
            // Too long to be one of ours.
            Err(failure) if failure.is(|error| *error == TOO_LONG) => Ok(Found::Another),
            // The page may not look, or it does not come through.
            Err(_) => Ok(Found::Hidden),
        }
    }

    fn file_key(&self) -> String {
        format!("{}{}", self.object_key, self.suffix)
    }

    /// Stores it.
    pub(crate) async fn put(
        &self,
        presigner: &Presigner,
        precondition: Precondition<'_>,
        abort: &Abort,
    ) -> Result<(), Failure> {
        let mut headers = PutHeaders {
            metadata: &Metadata::default(),
            content_type: &ContentType::json(),
            precondition,
            server_side_encryption: self.server_side,
        }
        .encode()?;
        let key = self.file_key();
        let unreported = Rc::new(Progress::new(None));
        let body = json_blob(&self.json)?;
        if let Some(algorithm) = self.checksum {
            let value = checksum::of_bytes(algorithm, &Uint8Array::from(self.json.as_bytes()), abort).await?;
            headers.insert(algorithm.header().into(), value);
        }
        put_blob(presigner, &key, &headers, &body, abort, &unreported).await?;
        Ok(())
    }

    /// Whether an object is there that could not be opened without the file that is there.
    async fn is_needed(&self, presigner: &Presigner, abort: &Abort) -> Result<bool, Failure> {
        let headers = read_headers(self.server_side);
        let request = PresignRequest::HeadObject {
            key: self.object_key,
            headers: &headers,
        };
        match fetch(presigner, &request, abort).await {
            Ok(response) => Ok(!matches!(
                Envelope::locate(&response.metadata()?),
                Ok(Located::InMetadata(_))
            )),
            Err(failure) if failure.is(answer::is_missing) => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

pub(crate) fn json_blob(json: &str) -> Result<Blob, Failure> {
    new_blob(&Array::of1(&json.into()))
}

/// The body to its end, unless it is longer than an instruction file may be. What its headers say of its length may be that of other bytes: on
/// the way it may have been compressed.
async fn read(response: &Answered, abort: &Abort) -> Result<Vec<u8>, Failure> {
    let Some(stream) = response.body() else {
        return Ok(Vec::new());
    };
    let (bytes, is_whole) = first_bytes(&stream, instruction_file::MAX_BYTES, abort).await?;
    if !is_whole {
        return Err(TOO_LONG.into());
    }
    answer::check_instruction_file(&bytes)?;
    Ok(bytes)
}

async fn bytes_of(blob: &Blob) -> Result<Vec<u8>, Failure> {
    if blob.size() > instruction_file::MAX_BYTES as f64 {
        return Err(TOO_LONG.into());
    }
    let failed = |cause| Failure::caused(Error::ReadFailed, cause);
    let buffer: ArrayBuffer = JsFuture::from(blob.array_buffer())
        .await
        .map_err(failed)?
        .unchecked_into();
    Ok(Uint8Array::new(&buffer).to_vec())
}
