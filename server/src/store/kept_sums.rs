//! Checksums at rest. They are of the plaintext: where its bytes are encrypted they tell no more than those do.

use super::{at_rest::Key, digest::Sums, seal};
use s3s::{S3Error, S3Result};
use serde::{Deserialize, Serialize};

/// The checksums of an object or a part, as its record keeps them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeptSums {
    /// Of bytes that lie in the clear.
    Plain(Sums),
    /// Under the data key.
    Sealed(String),
}

impl KeptSums {
    /// `keys`: those that the bytes are under, if any.
    pub fn keep(sums: Sums, keys: &[Key]) -> S3Result<Self> {
        let Some(key) = keys.first() else {
            return Ok(Self::Plain(sums));
        };
        let text = serde_json::to_vec(&sums).map_err(S3Error::internal_error)?;
        seal::seal_bytes(&seal::key_of_sums(key), &text, b"sums").map(Self::Sealed)
    }

    /// With the same keys.
    pub fn open(&self, keys: &[Key]) -> S3Result<Sums> {
        match self {
            Self::Plain(sums) => Ok(sums.clone()),
            Self::Sealed(text) => {
                let key = keys.first().ok_or_else(seal::damaged)?;
                let opened = seal::open_bytes(&seal::key_of_sums(key), text, b"sums")?;
                serde_json::from_slice(&opened).map_err(S3Error::internal_error)
            }
        }
    }
}
