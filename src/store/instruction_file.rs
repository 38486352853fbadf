//! Instruction files that are stored before their object.
//!
//! The order cannot orphan content. The file comes first, and only where there is none yet, or where no object needs the
//! one that is there; if the object then does not follow, nothing depends on the file. An upload in parts looks again before its object
//! appears, which may be days later. Official clients replace the file without looking, so that an upload that fails half-way leaves the
//! older object without its key. What remains is two writers of one key at the same moment, between whom S3 offers no transaction.

use std::rc::Rc;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use super::{Store, locate::TOO_LONG};
use crate::{
    Envelope, Error,
    envelope::{Located, Metadata},
    machine::{Body, Failure},
    s3::{
        ServerSideEncryption,
        answer::{self, Operation},
        checksum::{ChecksumAlgorithm, Crc64Hasher},
        etag,
        put::{ContentType, Precondition, PutHeaders},
        request::Request,
    },
};

/// An instruction file to be stored.
pub struct InstructionFile {
    /// The key of the object that it belongs to.
    pub object_key: String,
    /// What follows it in the file's own key.
    pub suffix: String,
    /// The file.
    pub json: String,
    /// How it is stored.
    pub server_side: Option<Rc<ServerSideEncryption>>,
    /// What the store checks. The file is small, and there are buckets that take nothing without.
    pub checksum: Option<ChecksumAlgorithm>,
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

impl InstructionFile {
    /// Stores it for an object that is about to be stored.
    ///
    /// # Errors
    /// [`Error::InstructionFileInUse`] where an object needs the one that is there; what the store refuses.
    pub async fn put_before_object(&self, store: &Store) -> Result<(), Failure> {
        self.ensure(false, store).await
    }

    /// Before the object appears, perhaps days after its file was stored: it must still be there.
    ///
    /// # Errors
    /// As [`put_before_object`](Self::put_before_object).
    pub async fn put_again_if_gone(&self, store: &Store) -> Result<(), Failure> {
        self.ensure(true, store).await
    }

    /// Has this file be there, and not in place of one that an object needs. Looking comes first, since there are stores that ignore
    /// `If-None-Match`.
    async fn ensure(&self, was_stored: bool, store: &Store) -> Result<(), Failure> {
        let found = match self.look(store).await? {
            found @ (Found::Nothing | Found::Hidden) => self.put_new(found, store).await?,
            found => found,
        };
        match found {
            Found::This => Ok(()),
            // One that may not be read is taken for the one that was stored at the beginning.
            Found::Hidden if was_stored => Ok(()),
            _ => self.replace(store).await,
        }
    }

    /// Stores it where there is none, and says what is there then: another writer's, or our own by an attempt whose answer was lost.
    async fn put_new(&self, found: Found, store: &Store) -> Result<Found, Failure> {
        match self.put(Precondition::Absent, store).await {
            Ok(()) => Ok(Found::This),
            Err(failure) if failure.is(answer::is_precondition_failed) => self.look(store).await,
            // The look has decided already: what is left is another writer at the same moment.
            Err(failure) if failure.is(answer::is_condition_unsupported) && matches!(found, Found::Nothing) => {
                self.put(Precondition::None, store).await?;
                Ok(Found::This)
            }
            Err(failure) => Err(failure),
        }
    }

    /// In place of a file that no object needs.
    async fn replace(&self, store: &Store) -> Result<(), Failure> {
        match self.is_needed(store).await? {
            true => Err(Error::InstructionFileInUse.into()),
            false => self.put(Precondition::None, store).await,
        }
    }

    async fn look(&self, store: &Store) -> Result<Found, Failure> {
        match store.file(&self.file_key()).await {
            Ok((file, _)) if file == self.json.as_bytes() => Ok(Found::This),
            Ok(_) => Ok(Found::Another),
            Err(failure) if failure.is(answer::is_missing) => Ok(Found::Nothing),
            // A proxy's page tells nothing of what is there.
            Err(failure) if failure.is_stopped() || failure.is(answer::is_foreign) => Err(failure),
            // Too long to be one of ours.
            Err(failure) if failure.is(|error| *error == TOO_LONG) => Ok(Found::Another),
            // The page may not look, or it does not come through.
            Err(_) => Ok(Found::Hidden),
        }
    }

    /// Stores it where there is none, for another reader of the object.
    ///
    /// # Errors
    /// What the store refuses, a file that is there included.
    pub async fn put_beside(&self, store: &Store) -> Result<(), Failure> {
        let Err(failure) = self.put(Precondition::Absent, store).await else {
            return Ok(());
        };
        let unsupported = failure.is(answer::is_condition_unsupported);
        if !unsupported && !failure.is(answer::is_precondition_failed) {
            return Err(failure);
        }
        match self.look(store).await? {
            // By an attempt whose answer was lost.
            Found::This => Ok(()),
            Found::Nothing if unsupported => self.put(Precondition::None, store).await,
            _ => Err(failure),
        }
    }

    /// Stores it in place of a file that was read, unless that one has changed; where the page does not see its ETag, all the same.
    ///
    /// # Errors
    /// What the store refuses, a file that has changed included.
    pub async fn put_in_place_of(&self, read: &[u8], e_tag: Option<String>, store: &Store) -> Result<(), Failure> {
        let e_tag = etag::to_replace(e_tag);
        let precondition = e_tag.as_deref().map_or(Precondition::None, Precondition::Unchanged);
        let Err(failure) = self.put(precondition, store).await else {
            return Ok(());
        };
        let unsupported = failure.is(answer::is_condition_unsupported);
        if !unsupported && !failure.is(answer::is_precondition_failed) {
            return Err(failure);
        }
        let now = store.file(&self.file_key()).await;
        store.desk().check()?;
        match now {
            Ok((now, _)) if now == self.json.as_bytes() => Ok(()),
            Ok((now, now_e_tag)) if now == read && etag::to_replace(now_e_tag.clone()) == e_tag => match unsupported {
                true => self.put(Precondition::None, store).await,
                false => Err(failure.map(answer::unkept)),
            },
            _ => Err(failure),
        }
    }

    /// The file's own key.
    pub fn file_key(&self) -> String {
        format!("{}{}", self.object_key, self.suffix)
    }

    /// Stores it.
    ///
    /// # Errors
    /// What the store refuses.
    pub async fn put(&self, precondition: Precondition<'_>, store: &Store) -> Result<(), Failure> {
        let mut headers = PutHeaders {
            metadata: &Metadata::default(),
            content_type: &ContentType::json(),
            precondition,
            server_side_encryption: self.server_side.as_deref(),
        }
        .encode()?;
        if let Some(algorithm) = self.checksum {
            headers.insert(algorithm.header().into(), checksum(algorithm, self.json.as_bytes()));
        }
        let request = Request {
            content_length: Some(self.json.len() as u64),
            ..Request::new(Operation::PutObject, &self.file_key(), headers)
        };
        store
            .send(&request, Body::Text(self.json.clone()), None)
            .await
            .map(drop)
    }

    /// Whether an object is there that could not be opened without the file that is there.
    async fn is_needed(&self, store: &Store) -> Result<bool, Failure> {
        let request = Request::new(Operation::HeadObject, &self.object_key, store.read_headers());
        match store.fetch(&request).await {
            Ok(response) => Ok(!matches!(
                Envelope::locate(&response.metadata()?),
                Ok(Located::InMetadata(_))
            )),
            Err(failure) if failure.is(answer::is_missing) => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

/// Of a few bytes, as its header's value.
fn checksum(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> String {
    match algorithm {
        ChecksumAlgorithm::Sha256 => Base64::encode_string(&Sha256::digest(bytes)),
        ChecksumAlgorithm::Crc64Nvme => {
            let mut hasher = Crc64Hasher::default();
            hasher.update(bytes);
            hasher.finish().to_base64()
        }
    }
}
