//! The algorithm suites as data (formats: "Algorithm suites" of the S3 Encryption Client specification).

/// Bytes of a key commitment (suite 0x0073).
pub const COMMITMENT_BYTES: usize = 28;
/// Bytes of a message id, the salt of the key derivation (suite 0x0073).
pub const MESSAGE_ID_BYTES: usize = 28;

/// How content is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlgorithmSuite {
    /// 0x0073: AES-256-GCM under a derived key, with key commitment. Format V3.
    AesGcmHkdfSha512CommitKey,
    /// 0x0072: AES-256-GCM under the data key itself, no commitment. Format V2.
    AesGcmIv12Tag16NoKdf,
    /// 0x0070: AES-256-CBC, which nothing authenticates. Formats V1 and V2, read only.
    AesCbcIv16NoKdf,
}

impl AlgorithmSuite {
    /// Bytes that AES-GCM may encrypt under one key and IV: 2^36 - 32.
    pub const MAX_CONTENT_BYTES: u64 = (1 << 36) - 32;
    /// Bytes of the content IV.
    pub const IV_BYTES: usize = 12;
    /// Bytes of an AES block.
    pub const BLOCK_BYTES: u64 = 16;
    /// Bytes of the IV of AES-CBC content.
    pub const CBC_IV_BYTES: usize = 16;
    /// Bytes of the authentication tag that ends the body.
    pub const TAG_BYTES: usize = 16;

    /// The two bytes that the key derivation and the additional data of V3 carry.
    pub const fn id(self) -> [u8; 2] {
        match self {
            Self::AesGcmHkdfSha512CommitKey => [0x00, 0x73],
            Self::AesGcmIv12Tag16NoKdf => [0x00, 0x72],
            Self::AesCbcIv16NoKdf => [0x00, 0x70],
        }
    }

    /// The name in the specification.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesGcmHkdfSha512CommitKey => "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
            Self::AesGcmIv12Tag16NoKdf => "ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
            Self::AesCbcIv16NoKdf => "ALG_AES_256_CBC_IV16_NO_KDF",
        }
    }

    /// The suite of that name, among those that may be written.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::AesGcmHkdfSha512CommitKey, Self::AesGcmIv12Tag16NoKdf]
            .into_iter()
            .find(|suite| suite.name() == name)
    }

    /// The text that envelopes store and that wrapping algorithms authenticate.
    pub const fn cipher_name(self) -> &'static str {
        match self {
            Self::AesGcmHkdfSha512CommitKey => "115",
            Self::AesGcmIv12Tag16NoKdf => "AES/GCM/NoPadding",
            Self::AesCbcIv16NoKdf => "AES/CBC/PKCS5Padding",
        }
    }

    /// The suite whose name the wrap authenticates when a data key is re-wrapped. For that of AES-CBC content it is
    /// AES-GCM's: the choice of Java, which alone re-wraps such keys.
    #[must_use]
    pub const fn rewrapped(self) -> Self {
        match self {
            Self::AesCbcIv16NoKdf => Self::AesGcmIv12Tag16NoKdf,
            suite => suite,
        }
    }

    /// Additional data of the content's AES-GCM message.
    pub const fn additional_data(self) -> &'static [u8] {
        match self {
            Self::AesGcmHkdfSha512CommitKey => &[0x00, 0x73],
            Self::AesGcmIv12Tag16NoKdf | Self::AesCbcIv16NoKdf => &[],
        }
    }

    /// Whether a changed object is noticed.
    pub const fn is_authenticated(self) -> bool {
        !matches!(self, Self::AesCbcIv16NoKdf)
    }

    /// Whether the object is bound to one data key.
    pub const fn is_committing(self) -> bool {
        matches!(self, Self::AesGcmHkdfSha512CommitKey)
    }

    /// Stored bytes for that many plaintext bytes.
    ///
    /// # Errors
    /// [`Error::ContentTooLarge`](crate::Error::ContentTooLarge) above [`Self::MAX_CONTENT_BYTES`].
    pub fn stored_bytes(content_bytes: u64) -> Result<u64, crate::Error> {
        if content_bytes > Self::MAX_CONTENT_BYTES {
            return Err(crate::Error::ContentTooLarge);
        }
        Ok(content_bytes.saturating_add(Self::TAG_BYTES as u64))
    }

    /// Plaintext bytes in that many stored bytes.
    ///
    /// # Errors
    /// [`Error::Truncated`](crate::Error::Truncated) if there is no room for the tag,
    /// [`Error::ContentTooLarge`](crate::Error::ContentTooLarge) above [`Self::MAX_CONTENT_BYTES`].
    pub fn content_bytes(stored_bytes: u64) -> Result<u64, crate::Error> {
        let content_bytes = stored_bytes
            .checked_sub(Self::TAG_BYTES as u64)
            .ok_or(crate::Error::Truncated)?;
        if content_bytes > Self::MAX_CONTENT_BYTES {
            return Err(crate::Error::ContentTooLarge);
        }
        Ok(content_bytes)
    }
}
