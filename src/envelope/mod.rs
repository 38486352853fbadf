//! What travels beside the ciphertext: the wrapped data key and the parameters of the content, in object metadata or in
//! an instruction file.
//!
//! [`Envelope::locate`] is the only way in; after it nobody checks again. Formats are enum arms, so a mixture of two
//! cannot be built, and any doubt about the format is an error, never a fallback.

mod fields;
mod header_text;
pub mod instruction_file;
mod metadata;
pub mod placement;
mod summary;
mod v1;
mod v2;
mod v3;

pub use instruction_file::Incomplete;
pub use metadata::Metadata;
pub use summary::EnvelopeSummary;

use fields::Fields;

use crate::{
    AlgorithmSuite, EncryptedDataKey, Error,
    algorithm_suite::{COMMITMENT_BYTES, MESSAGE_ID_BYTES},
};

/// The envelope of one object, well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Envelope {
    /// Suite 0x0070, a wrap that only the key's length tells. Read only.
    V1 {
        /// The wrapped data key.
        encrypted_data_key: EncryptedDataKey,
        /// The content's IV.
        iv: [u8; AlgorithmSuite::CBC_IV_BYTES],
    },
    /// Suite 0x0070 in format V2. Of such content only the wrap is ever written anew.
    V2Cbc {
        /// The wrapped data key.
        encrypted_data_key: EncryptedDataKey,
        /// The content's IV.
        iv: [u8; AlgorithmSuite::CBC_IV_BYTES],
    },
    /// Suite 0x0072: the data key encrypts the content.
    V2 {
        /// The wrapped data key.
        encrypted_data_key: EncryptedDataKey,
        /// The content's IV, never all zero.
        iv: [u8; AlgorithmSuite::IV_BYTES],
    },
    /// Suite 0x0073: a derived key encrypts the content, and the object commits to the data key.
    V3 {
        /// The wrapped data key.
        encrypted_data_key: EncryptedDataKey,
        /// Salt of the derivation, never all zero.
        message_id: [u8; MESSAGE_ID_BYTES],
        /// The stored commitment. Its length is part of its value, so another length is a mismatch.
        commitment: [u8; COMMITMENT_BYTES],
    },
}

/// Where an object's envelope is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// All of it in the metadata. An instruction file, if there is one, is of no interest.
    InMetadata(Envelope),
    /// The wrapped data key is in an instruction file, or there is no envelope at all.
    InInstructionFile(Incomplete),
}

impl Envelope {
    /// Decides the format from an object's user metadata alone, and reads what is there.
    ///
    /// # Errors
    /// [`Error::EnvelopeInvalid`] for a malformed envelope or a mixture of formats; [`Error::CommitmentMismatch`] for a
    /// commitment of another length.
    pub fn locate(metadata: &Metadata) -> Result<Located, Error> {
        let fields = Fields::Headers(metadata);
        let keys = [V1_KEY, V2_KEY, V3_KEY].map(|key| fields.get(key).is_some());
        let bindings = v3::IN_METADATA.map(|name| fields.get(name).is_some());
        let envelope = match (keys, bindings) {
            ([false, false, true], _) => v3::Binding::parse(fields)?.with_key(fields)?,
            ([false, true, false], _) => v2::parse(fields)?,
            ([true, false, false], _) => v1::parse(fields)?,
            ([false, false, false], _) if fields.has_any(&v3::BESIDE_KEY) => {
                return Err(Error::EnvelopeInvalid("its wrapped data key is missing"));
            }
            ([false, false, false], [true, true, true]) => {
                let binding = v3::Binding::parse(fields)?;
                return Ok(Located::InInstructionFile(Incomplete(Some(binding))));
            }
            ([false, false, false], [false, false, false]) if !fields.has_any(&v2::EXCLUSIVE) => {
                return Ok(Located::InInstructionFile(Incomplete(None)));
            }
            ([false, false, false], _) => return Err(Error::EnvelopeInvalid("it has parts of a format only")),
            _ => return Err(Error::EnvelopeInvalid("it mixes formats")),
        };
        Ok(Located::InMetadata(envelope))
    }

    /// Reads an envelope that is all in the object's metadata.
    ///
    /// # Errors
    /// As [`locate`](Self::locate); [`Error::InstructionFileMissing`] or [`Error::EnvelopeMissing`] if it is not.
    pub fn parse(metadata: &Metadata) -> Result<Self, Error> {
        match Self::locate(metadata)? {
            Located::InMetadata(envelope) => Ok(envelope),
            Located::InInstructionFile(incomplete) => Err(incomplete.missing()),
        }
    }

    /// The envelope's part of the object's user metadata: names without `x-amz-meta-`, values in ASCII.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if a map of strings has no JSON, or for format V1, which is read only.
    pub fn encode(&self) -> Result<Metadata, Error> {
        match self {
            Self::V1 { .. } => Err(Error::Unreachable("format V1 is never written")),
            Self::V2Cbc { encrypted_data_key, iv } => v2::encode(encrypted_data_key, self.suite(), iv),
            Self::V2 { encrypted_data_key, iv } => v2::encode(encrypted_data_key, self.suite(), iv),
            Self::V3 {
                encrypted_data_key,
                message_id,
                commitment,
            } => v3::encode(encrypted_data_key, message_id, commitment),
        }
    }

    /// The same content under another wrap. V1 becomes V2, as V1 knows no modern wrap.
    #[must_use]
    pub const fn with_encrypted_data_key(&self, encrypted_data_key: EncryptedDataKey) -> Self {
        match *self {
            Self::V1 { iv, .. } | Self::V2Cbc { iv, .. } => Self::V2Cbc { encrypted_data_key, iv },
            Self::V2 { iv, .. } => Self::V2 { encrypted_data_key, iv },
            Self::V3 {
                message_id, commitment, ..
            } => Self::V3 {
                encrypted_data_key,
                message_id,
                commitment,
            },
        }
    }

    /// The format's name.
    pub const fn format(&self) -> &'static str {
        match self {
            Self::V1 { .. } => "V1",
            Self::V2 { .. } | Self::V2Cbc { .. } => "V2",
            Self::V3 { .. } => "V3",
        }
    }

    /// The content's suite.
    pub const fn suite(&self) -> AlgorithmSuite {
        match self {
            Self::V1 { .. } | Self::V2Cbc { .. } => AlgorithmSuite::AesCbcIv16NoKdf,
            Self::V2 { .. } => AlgorithmSuite::AesGcmIv12Tag16NoKdf,
            Self::V3 { .. } => AlgorithmSuite::AesGcmHkdfSha512CommitKey,
        }
    }

    /// The wrapped data key.
    pub const fn encrypted_data_key(&self) -> &EncryptedDataKey {
        match self {
            Self::V1 { encrypted_data_key, .. }
            | Self::V2Cbc { encrypted_data_key, .. }
            | Self::V2 { encrypted_data_key, .. }
            | Self::V3 { encrypted_data_key, .. } => encrypted_data_key,
        }
    }
}

/// Entries that no two objects have in common.
const UNIQUE: [&str; 5] = [V1_KEY, V2_KEY, V3_KEY, v2::IV, v3::MESSAGE_ID];

const V1_KEY: &str = "x-amz-key";
const V2_KEY: &str = "x-amz-key-v2";
const V3_KEY: &str = "x-amz-3";
