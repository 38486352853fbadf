//! What travels beside the ciphertext: the wrapped data key and the parameters of the content, in object metadata.
//!
//! [`Envelope::parse`] is the only way in; after it nobody checks again. Formats are enum arms, so a mixture of two
//! cannot be built, and any doubt about the format is an error, never a fallback.

mod header_text;
mod metadata;
mod v2;
mod v3;

pub use metadata::Metadata;

use crate::{
    AlgorithmSuite, EncryptedDataKey, Error,
    algorithm_suite::{COMMITMENT_BYTES, MESSAGE_ID_BYTES},
};

/// The envelope of one object, well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Envelope {
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

impl Envelope {
    /// Reads the envelope from an object's user metadata.
    ///
    /// # Errors
    /// [`Error::EnvelopeMissing`] if there is none; [`Error::EnvelopeInvalid`] for a malformed one or a mixture of
    /// formats; [`Error::CommitmentMismatch`] for a commitment of another length; [`Error::UnsupportedFormat`] for
    /// V1, instruction files and legacy algorithms.
    pub fn parse(metadata: &Metadata) -> Result<Self, Error> {
        let has = |key| metadata.get(key).is_some();
        match [V1_KEY, V2_KEY, V3_KEY].map(has) {
            [false, false, true] => v3::parse(metadata),
            [false, true, false] => v2::parse(metadata),
            [true, false, false] => Err(Error::UnsupportedFormat("format V1, which has no authentication")),
            [false, false, false] if v3::EXCLUSIVE.into_iter().all(has) => {
                Err(Error::UnsupportedFormat("an envelope in an instruction file"))
            }
            [false, false, false] if !v3::EXCLUSIVE.into_iter().any(has) => Err(Error::EnvelopeMissing),
            [false, false, false] => Err(Error::EnvelopeInvalid("it has parts of format V3 only")),
            _ => Err(Error::EnvelopeInvalid("it mixes formats")),
        }
    }

    /// The envelope's part of the object's user metadata: names without `x-amz-meta-`, values in ASCII.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if a map of strings has no JSON.
    pub fn encode(&self) -> Result<Metadata, Error> {
        match self {
            Self::V2 { encrypted_data_key, iv } => v2::encode(encrypted_data_key, iv),
            Self::V3 {
                encrypted_data_key,
                message_id,
                commitment,
            } => v3::encode(encrypted_data_key, message_id, commitment),
        }
    }

    /// The format's name.
    pub const fn format(&self) -> &'static str {
        match self {
            Self::V2 { .. } => "V2",
            Self::V3 { .. } => "V3",
        }
    }

    /// The content's suite.
    pub const fn suite(&self) -> AlgorithmSuite {
        match self {
            Self::V2 { .. } => AlgorithmSuite::AesGcmIv12Tag16NoKdf,
            Self::V3 { .. } => AlgorithmSuite::AesGcmHkdfSha512CommitKey,
        }
    }

    /// The wrapped data key.
    pub const fn encrypted_data_key(&self) -> &EncryptedDataKey {
        match self {
            Self::V2 { encrypted_data_key, .. } | Self::V3 { encrypted_data_key, .. } => encrypted_data_key,
        }
    }
}

const V1_KEY: &str = "x-amz-key";
const V2_KEY: &str = "x-amz-key-v2";
const V3_KEY: &str = "x-amz-3";
