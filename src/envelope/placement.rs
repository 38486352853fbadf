//! Where an envelope goes: into the object's metadata or into an instruction file.

use super::{Envelope, Metadata, instruction_file};
use crate::{Error, encryption_context::StringMap};

/// Where a writer puts the envelope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EnvelopeIn {
    /// The object's metadata.
    #[default]
    Metadata,
    /// A file beside the object.
    InstructionFile,
    /// The file only if the object's metadata would exceed what S3 takes.
    InstructionFileIfNeeded,
}

/// The object's metadata, and the instruction file where the envelope, or most of it, goes there.
///
/// # Errors
/// [`Error::MetadataTooLarge`] where neither may be.
pub fn place(envelope: &Envelope, how: EnvelopeIn, user: &StringMap) -> Result<(Metadata, Option<String>), Error> {
    let encoded = envelope.encode()?;
    if how != EnvelopeIn::InstructionFile {
        match with_user_metadata(encoded.clone(), user) {
            Err(Error::MetadataTooLarge) if how == EnvelopeIn::InstructionFileIfNeeded => {}
            whole => return Ok((whole?, None)),
        }
    }
    let (stays, file) = instruction_file::split(&encoded)?;
    Ok((with_user_metadata(stays, user)?, Some(file)))
}

/// The envelope's metadata and the caller's.
///
/// # Errors
/// As [`place`].
pub fn with_user_metadata(envelope: Metadata, user: &StringMap) -> Result<Metadata, Error> {
    envelope.with_user_metadata(user.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
