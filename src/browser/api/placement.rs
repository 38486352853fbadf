//! Where an envelope goes: into the object's metadata or into an instruction file.

use crate::browser::api::options::EnvelopeIn;
use crate::{
    Envelope, Error,
    encryption_context::StringMap,
    envelope::{Metadata, instruction_file},
};

/// The object's metadata, and the instruction file where the envelope, or most of it, goes there.
pub(crate) fn place(
    envelope: &Envelope,
    how: EnvelopeIn,
    user: &StringMap,
) -> Result<(Metadata, Option<String>), Error> {
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

pub(crate) fn with_user_metadata(envelope: Metadata, user: &StringMap) -> Result<Metadata, Error> {
    envelope.with_user_metadata(user.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
