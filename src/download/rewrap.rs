//! Another keyring for an object that is stored, by its instruction file alone: rotated in place, or shared beside.
//!
//! In place, the new file replaces the very one that was read (`If-Match`, where the page sees its ETag), so two rotations at once cannot
//! overwrite each other unseen. Beside it, a new file replaces none (`If-None-Match: *`).

use std::rc::Rc;

use serde::Serialize;

use crate::{
    EncryptionContext, Envelope, Error, WrapAlgorithm,
    cipher::{AnyWrappingKeyring, Protection},
    envelope::{EnvelopeSummary, Located, instruction_file},
    machine::Failure,
    rewrap::{Party, rewrap},
    s3::{
        ServerSideEncryption, answer::Operation, checksum::ChecksumAlgorithm, object_key::ObjectKey, request::Request,
    },
    store::{Store, instruction_file::InstructionFile},
};

/// Who will open an object, and through which instruction file.
pub struct Rewrapping {
    /// Who.
    pub keyring: AnyWrappingKeyring,
    /// Its own.
    pub encryption_context: EncryptionContext,
    /// The key of the file that is read.
    pub file: ObjectKey,
    /// What of it follows the object's key.
    pub suffix: String,
    /// Of a file beside it; without one, the file that is read is replaced.
    pub new_suffix: Option<String>,
    /// Whether the keyring that opens the object now must not open the new file.
    pub enforce: bool,
    /// How the new file is stored.
    pub server_side: Option<Rc<ServerSideEncryption>>,
    /// What the store checks of it.
    pub checksum: Option<ChecksumAlgorithm>,
}

/// What was stored, and what was there before.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rewrapped {
    key: String,
    instruction_file_key: String,
    envelope: EnvelopeSummary,
    previous: EnvelopeSummary,
}

/// Lets another keyring open an object whose envelope is in an instruction file, without touching the object. `from` opens it now.
///
/// # Errors
/// [`Error::UnsupportedFormat`] for an envelope in the metadata; as [`crate::rewrap::rewrap`]; [`Error::Misuse`] for a file beside
/// that is not for RSA; what the store refuses.
pub async fn rewrap_instruction_file(
    store: Store,
    key: ObjectKey,
    from: Protection,
    to: Rewrapping,
) -> Result<Rewrapped, Failure> {
    let desk = store.desk();
    let head = Request::new(Operation::HeadObject, &key, store.read_headers());
    let incomplete = match Envelope::locate(&store.fetch(&head).await?.metadata()?)? {
        Located::InInstructionFile(incomplete) => incomplete,
        Located::InMetadata(_) => return Err(Error::UnsupportedFormat(IN_METADATA).into()),
    };
    let (file, e_tag) = store.instruction_file(&to.file, &incomplete).await?;
    let previous = incomplete.complete(&file)?;

    let (old, new) = (from.keyring.at(desk.clone()), to.keyring.at(desk.clone()));
    let sender = Party {
        keyring: &old,
        encryption_context: &from.encryption_context,
    };
    let receiver = Party {
        keyring: &new,
        encryption_context: &to.encryption_context,
    };
    let mut entropy = desk.clone();
    let envelope = rewrap(&previous, from.policy, sender, receiver, to.enforce, &mut entropy).await?;
    if to.new_suffix.is_some() && envelope.encrypted_data_key().wrap_algorithm != WrapAlgorithm::RsaOaepSha1 {
        return Err(Error::misuse("newSuffix is for an RSA newKeyring only").into());
    }

    let (_, json) = instruction_file::split(&envelope.encode()?)?;
    let is_beside = to.new_suffix.is_some();
    let new_file = InstructionFile {
        object_key: key.to_string(),
        suffix: to.new_suffix.unwrap_or(to.suffix),
        json,
        server_side: to.server_side,
        checksum: to.checksum,
    };
    match is_beside {
        true => new_file.put_beside(&store).await?,
        false => new_file.put_in_place_of(&file, e_tag, &store).await?,
    }
    Ok(Rewrapped {
        instruction_file_key: new_file.file_key(),
        key: new_file.object_key,
        envelope: EnvelopeSummary::from(&envelope),
        previous: EnvelopeSummary::from(&previous),
    })
}

const IN_METADATA: &str = "re-wrapping an envelope in the object's metadata, which S3 changes only together with the \
                           object; get the object and put it again, with envelopeIn: \"instruction-file\"";
