//! Where an object's envelope is: in its metadata, or in an instruction file beside it.

use super::Store;
use crate::{
    Envelope, Error,
    envelope::{Incomplete, instruction_file},
    machine::Failure,
    s3::{
        answer::{self, Operation},
        object_key::ObjectKey,
        request::Request,
    },
};

/// What is said of a file of more than 64 KiB.
pub(crate) const TOO_LONG: Error = Error::EnvelopeInvalid("its instruction file exceeds 64 KiB");

impl Store {
    /// The envelope of an object whose metadata lack the wrapped data key, completed with its file. `file`: missing where the caller wants none
    /// read.
    ///
    /// # Errors
    /// [`Error::InstructionFileMissing`], [`Error::EnvelopeInvalid`], or what the store refuses.
    pub async fn complete(&self, incomplete: Incomplete, file: Option<&ObjectKey>) -> Result<Envelope, Failure> {
        let Some(file) = file else {
            return Err(incomplete.missing().into());
        };
        let (body, _) = self.instruction_file(file, &incomplete).await?;
        Ok(incomplete.complete(&body)?)
    }

    /// The body of an instruction file, and its ETag if the page may see it.
    ///
    /// # Errors
    /// As [`complete`](Self::complete).
    pub async fn instruction_file(
        &self,
        key: &ObjectKey,
        incomplete: &Incomplete,
    ) -> Result<(Vec<u8>, Option<String>), Failure> {
        let says_so = match incomplete.is_certain() {
            true => answer::is_missing,
            false => answer::may_be_missing,
        };
        match self.file(key).await {
            Err(failure) if failure.is(says_so) => Err(incomplete.missing().into()),
            read => read,
        }
    }

    /// The body of the file at that key, and its ETag if the page may see it.
    ///
    /// # Errors
    /// [`Error::EnvelopeInvalid`] for one of more than 64 KiB, or what the store refuses.
    pub async fn file(&self, key: &str) -> Result<(Vec<u8>, Option<String>), Failure> {
        let request = Request::new(Operation::GetObject, key, self.read_headers());
        let response = self.fetch(&request).await?;
        // What its headers say of its length may be that of other bytes: on the way it may have been compressed.
        let (bytes, is_whole) = response.read(instruction_file::MAX_BYTES).await?;
        if !is_whole {
            return Err(TOO_LONG.into());
        }
        answer::check_instruction_file(&bytes)?;
        Ok((bytes, response.header("etag").map(Into::into)))
    }
}
