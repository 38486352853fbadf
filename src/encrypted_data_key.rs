//! The wrapped data key, the one thing that stands between the envelope and the content.

use crate::{EncryptionContext, MaterialDescription};

/// How a data key is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapAlgorithm {
    /// AES-GCM under a raw AES key.
    AesGcm,
    /// KMS with an encryption context.
    KmsContext,
    /// RSA-OAEP with SHA-1.
    RsaOaepSha1,
}

impl WrapAlgorithm {
    const ALL: [Self; 3] = [Self::AesGcm, Self::KmsContext, Self::RsaOaepSha1];

    /// The name that format V2 stores.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesGcm => "AES/GCM",
            Self::KmsContext => "kms+context",
            Self::RsaOaepSha1 => "RSA-OAEP-SHA1",
        }
    }

    /// The code that format V3 stores.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AesGcm => "02",
            Self::KmsContext => "12",
            Self::RsaOaepSha1 => "22",
        }
    }

    /// The algorithm of that V2 name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wrap| wrap.name() == name)
    }

    /// The algorithm of that V3 code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wrap| wrap.code() == code)
    }
}

/// A data key as it is stored, with the map that travels beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedDataKey {
    /// How it was wrapped.
    pub wrap_algorithm: WrapAlgorithm,
    /// The wrapped bytes.
    pub ciphertext: Vec<u8>,
    /// As stored, reserved keys included; empty unless wrapped by KMS.
    pub encryption_context: EncryptionContext,
    /// Empty unless wrapped by a raw key.
    pub material_description: MaterialDescription,
}

impl EncryptedDataKey {
    /// The most bytes that any wrap makes: KMS's limit, well above RSA's.
    pub const MAX_BYTES: usize = 6144;
}
