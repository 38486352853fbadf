//! Instruction files: an envelope, or the wrapped data key of one, in an object of its own beside the content.
//!
//! The body is one JSON object whose values are the strings that object metadata would hold. Unknown names are ignored,
//! as the official Java and Go clients do; lengths may be numbers, as PHP writes them.

use super::{Envelope, Metadata, V1_KEY, V2_KEY, V3_KEY, fields::Fields, v1, v2, v3};
use crate::{Error, encryption_context::encode_map, json};

/// What official clients append to an object's key.
pub const DEFAULT_SUFFIX: &str = ".instruction";
/// The most that is read. An envelope is below 16 KiB; no official client limits it.
pub const MAX_BYTES: usize = 64 * 1024;

/// An envelope whose wrapped data key is not in the object's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete(pub(super) Option<v3::Binding>);

impl Incomplete {
    /// Whether the metadata show that the object was encrypted. Without that, it may as well be a plain one.
    pub const fn is_certain(&self) -> bool {
        self.0.is_some()
    }

    /// The error for an object whose instruction file is not there.
    pub const fn missing(&self) -> Error {
        match self.0 {
            Some(_) => Error::InstructionFileMissing,
            None => Error::EnvelopeMissing,
        }
    }

    /// Completes the envelope with the body of its instruction file.
    ///
    /// # Errors
    /// [`Error::EnvelopeInvalid`] for a file that is no JSON object of strings, is too long, holds another format than
    /// the metadata say, or holds what belongs in the metadata; what [`Envelope::parse`] returns.
    pub fn complete(self, file: &[u8]) -> Result<Envelope, Error> {
        let entries = parse(file)?;
        let fields = Fields::File(&entries);
        if fields.has_any(&v3::IN_METADATA) {
            return Err(Error::EnvelopeInvalid(
                "its instruction file holds what binds the object",
            ));
        }
        match (self.0, [V1_KEY, V2_KEY, V3_KEY].map(|key| fields.get(key).is_some())) {
            (Some(binding), [false, false, true]) => {
                if fields.has_any(&v2::EXCLUSIVE) {
                    return Err(Error::EnvelopeInvalid("its instruction file mixes formats"));
                }
                binding.with_key(fields)
            }
            (None, [false, true, false]) => v2::parse(fields),
            (None, [true, false, false]) => v1::parse(fields),
            // What binds the object was removed, or CORS hides it.
            (None, [false, false, true]) => Err(Error::EnvelopeInvalid(
                "its own metadata lack x-amz-c, x-amz-d and x-amz-i, which belong to its instruction file: they were removed, or the \
                 bucket's CORS rule does not expose them",
            )),
            _ => Err(Error::EnvelopeInvalid("its instruction file is of another format")),
        }
    }
}

/// The entries that stay with the object, and the body of the instruction file.
///
/// # Errors
/// [`Error::MetadataTooLarge`] for a file that nobody would read.
pub fn split(envelope: &Metadata) -> Result<(Metadata, String), Error> {
    let (mut stay, mut go) = (Metadata::default(), Metadata::default());
    for (name, value) in envelope.iter() {
        let place = if v3::IN_METADATA.contains(&name) {
            &mut stay
        } else {
            &mut go
        };
        place.insert(name, value.to_string())?;
    }
    let go = go.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let file = encode_map(&go.collect());
    match file.len() > MAX_BYTES {
        true => Err(Error::MetadataTooLarge),
        false => Ok((stay, file)),
    }
}

fn parse(file: &[u8]) -> Result<Metadata, Error> {
    if file.len() > MAX_BYTES {
        return Err(Error::EnvelopeInvalid("its instruction file exceeds 64 KiB"));
    }
    std::str::from_utf8(file)
        .ok()
        .and_then(|file| json::parse(file, &v2::LENGTHS))
        .and_then(|object| {
            let mut entries = Metadata::default();
            for (name, value) in object {
                entries.insert(&name, value).ok()?;
            }
            Some(entries)
        })
        .ok_or(Error::EnvelopeInvalid(
            "its instruction file is not a JSON object of strings with distinct names",
        ))
}
