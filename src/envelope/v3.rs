//! Format V3 (content-metadata, "V3 format"). With an instruction file, the wrapped data key is there and the rest here.

use base64ct::{Base64, Encoding};

use super::{Envelope, Metadata, V3_KEY, fields::Fields};
use crate::{
    AlgorithmSuite, Beside, EncryptedDataKey, Error, WrapAlgorithm,
    algorithm_suite::{COMMITMENT_BYTES, MESSAGE_ID_BYTES},
    encryption_context::encode_map,
};

const SUITE: &str = "x-amz-c";
const COMMITMENT: &str = "x-amz-d";
pub(super) const MESSAGE_ID: &str = "x-amz-i";
const WRAP: &str = "x-amz-w";
const MATERIAL_DESCRIPTION: &str = "x-amz-m";
const ENCRYPTION_CONTEXT: &str = "x-amz-t";

/// What an object in format V3 keeps in its metadata, wherever its wrapped data key is.
pub(super) const IN_METADATA: [&str; 3] = [SUITE, COMMITMENT, MESSAGE_ID];
/// What is stored where the wrapped data key is.
pub(super) const BESIDE_KEY: [&str; 3] = [WRAP, MATERIAL_DESCRIPTION, ENCRYPTION_CONTEXT];
/// What no object of another format carries.
pub(super) const FOREIGN_TO_V2: [&str; 6] = [
    SUITE,
    COMMITMENT,
    MESSAGE_ID,
    WRAP,
    MATERIAL_DESCRIPTION,
    ENCRYPTION_CONTEXT,
];

/// What binds the object to its data key: always in the object's metadata, so that no instruction file can replace it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    message_id: [u8; MESSAGE_ID_BYTES],
    commitment: [u8; COMMITMENT_BYTES],
}

impl Binding {
    pub(super) fn parse(metadata: Fields<'_>) -> Result<Self, Error> {
        if metadata.has_any(&super::v2::EXCLUSIVE) {
            return Err(Error::EnvelopeInvalid("it mixes formats V3 and V2"));
        }
        if metadata.require(SUITE)? != AlgorithmSuite::AesGcmHkdfSha512CommitKey.cipher_name() {
            return Err(Error::EnvelopeInvalid("its algorithm suite is not 115"));
        }
        Ok(Self {
            message_id: metadata
                .bytes(MESSAGE_ID)?
                .filter(|id| id.iter().any(|byte| *byte != 0))
                .ok_or(Error::EnvelopeInvalid("its message id is not 28 bytes, or all zero"))?,
            commitment: metadata.bytes(COMMITMENT)?.ok_or(Error::CommitmentMismatch)?,
        })
    }

    /// The envelope, with the wrapped data key from where it was stored.
    pub(super) fn with_key(self, fields: Fields<'_>) -> Result<Envelope, Error> {
        let wrap_algorithm = WrapAlgorithm::from_code(fields.require(WRAP)?).ok_or(Error::EnvelopeInvalid(
            "its wrapping algorithm is none of 02, 12 and 22",
        ))?;
        let map = match wrap_algorithm.is_kms() {
            true => ENCRYPTION_CONTEXT,
            false => MATERIAL_DESCRIPTION,
        };
        Ok(Envelope::V3 {
            encrypted_data_key: EncryptedDataKey {
                wrap_algorithm,
                ciphertext: fields.encrypted_data_key(V3_KEY)?,
                beside: Beside::of(wrap_algorithm, fields.map(map)?),
            },
            message_id: self.message_id,
            commitment: self.commitment,
        })
    }
}

pub(super) fn encode(
    key: &EncryptedDataKey,
    message_id: &[u8; MESSAGE_ID_BYTES],
    commitment: &[u8; COMMITMENT_BYTES],
) -> Result<Metadata, Error> {
    let mut metadata = Metadata::default();
    let suite = AlgorithmSuite::AesGcmHkdfSha512CommitKey.cipher_name();
    metadata.insert(SUITE, suite.into())?;
    metadata.insert(V3_KEY, Base64::encode_string(&key.ciphertext))?;
    let wrap = key
        .wrap_algorithm
        .code()
        .ok_or(Error::Unreachable("a legacy wrap is never written"))?;
    metadata.insert(WRAP, wrap.into())?;
    metadata.insert(COMMITMENT, Base64::encode_string(commitment))?;
    metadata.insert(MESSAGE_ID, Base64::encode_string(message_id))?;
    let name = match key.beside {
        Beside::Context(_) => ENCRYPTION_CONTEXT,
        Beside::Description(_) => MATERIAL_DESCRIPTION,
    };
    let map = key.beside.map();
    if !map.is_empty() {
        metadata.insert(name, encode_map(map))?;
    }
    Ok(metadata)
}
