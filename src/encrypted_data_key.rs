//! The wrapped data key, the one thing that stands between the envelope and the content.

use crate::{EncryptionContext, MaterialDescription, encryption_context::StringMap};

/// How a data key is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapAlgorithm {
    /// AES-GCM under a raw AES key.
    AesGcm,
    /// KMS with an encryption context.
    KmsContext,
    /// RSA-OAEP with SHA-1.
    RsaOaepSha1,
    /// Legacy: KMS without a context of the caller's.
    Kms,
    /// Legacy: AES key wrap (RFC 3394) under a raw AES key.
    AesKeyWrap,
    /// Legacy: AES-ECB with PKCS#7 padding under a raw AES key.
    AesEcb,
    /// Legacy: RSA with PKCS#1 v1.5 padding.
    RsaPkcs1,
    /// Legacy: RSA-OAEP with SHA-256.
    RsaOaepSha256,
}

impl WrapAlgorithm {
    const ALL: [Self; 8] = [
        Self::AesGcm,
        Self::KmsContext,
        Self::RsaOaepSha1,
        Self::Kms,
        Self::AesKeyWrap,
        Self::AesEcb,
        Self::RsaPkcs1,
        Self::RsaOaepSha256,
    ];

    /// The name that format V2 stores.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesGcm => "AES/GCM",
            Self::KmsContext => "kms+context",
            Self::RsaOaepSha1 => "RSA-OAEP-SHA1",
            Self::Kms => "kms",
            Self::AesKeyWrap => "AESWrap",
            Self::AesEcb => "AES",
            Self::RsaPkcs1 => "RSA",
            Self::RsaOaepSha256 => "RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
        }
    }

    /// The code that format V3 stores; legacy wraps have none.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::AesGcm => Some("02"),
            Self::KmsContext => Some("12"),
            Self::RsaOaepSha1 => Some("22"),
            _ => None,
        }
    }

    /// Whether it is read only, and only by a keyring that was told to.
    pub const fn is_legacy(self) -> bool {
        self.code().is_none()
    }

    /// Whether KMS unwraps it, so that the map beside it is an encryption context.
    pub const fn is_kms(self) -> bool {
        matches!(self, Self::KmsContext | Self::Kms)
    }

    /// The algorithm of that V2 name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wrap| wrap.name() == name)
    }

    /// The algorithm of that V3 code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wrap| wrap.code() == Some(code))
    }
}

/// A data key as it is stored, with the map that travels beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedDataKey {
    /// How it was wrapped.
    pub wrap_algorithm: WrapAlgorithm,
    /// The wrapped bytes.
    pub ciphertext: Vec<u8>,
    /// What travels beside it.
    pub beside: Beside,
}

/// The map beside a wrapped data key: of one kind or the other, as its wrap has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// Of what KMS wrapped: as stored, reserved keys included.
    Context(EncryptionContext),
    /// Of what a raw key wrapped.
    Description(MaterialDescription),
}

impl Beside {
    /// What a stored map is beside that wrap.
    pub const fn of(wrap: WrapAlgorithm, map: StringMap) -> Self {
        match wrap.is_kms() {
            true => Self::Context(EncryptionContext(map)),
            false => Self::Description(MaterialDescription(map)),
        }
    }

    /// Its entries, whatever they mean.
    pub const fn map(&self) -> &StringMap {
        let (Self::Context(EncryptionContext(map)) | Self::Description(MaterialDescription(map))) = self;
        map
    }
}

impl EncryptedDataKey {
    /// The most bytes that any wrap makes: KMS's limit, well above RSA's.
    pub const MAX_BYTES: usize = 6144;

    /// The context that KMS wrapped it under.
    pub const fn encryption_context(&self) -> Option<&EncryptionContext> {
        match &self.beside {
            Beside::Context(context) => Some(context),
            Beside::Description(_) => None,
        }
    }

    /// The label of the raw key that wrapped it.
    pub const fn material_description(&self) -> Option<&MaterialDescription> {
        match &self.beside {
            Beside::Context(_) => None,
            Beside::Description(description) => Some(description),
        }
    }
}
