//! Key commitment: one data key and message id give a content key and a value that no other data key gives.
//!
//! S3 Encryption Client specification, "Key derivation" and "Key commitment". HKDF-SHA512 with the message id as salt.

use hkdf::Hkdf;
use sha2::Sha512;
use subtle::ConstantTimeEq;

use crate::{
    AlgorithmSuite, Error,
    algorithm_suite::{COMMITMENT_BYTES, MESSAGE_ID_BYTES},
    secret::{ContentKey, DataKey},
};

/// V3 encrypts every object under a key of its own, so the IV is the same for all.
pub const FIXED_IV: [u8; AlgorithmSuite::IV_BYTES] = [0x01; AlgorithmSuite::IV_BYTES];

const COMMIT_INFO: &[u8] = b"\x00\x73COMMITKEY";
const DERIVE_INFO: &[u8] = b"\x00\x73DERIVEKEY";
const FINGERPRINT_INFO: &[u8] = b"PRESEALED CONTENT FINGERPRINT";
/// Bytes of a fingerprint.
pub const FINGERPRINT_BYTES: usize = 32;

/// For writing: the content key and the commitment to store.
///
/// # Errors
/// [`Error::Unreachable`] if HKDF refuses its own output length.
pub fn derive(
    data_key: &DataKey,
    message_id: &[u8; MESSAGE_ID_BYTES],
) -> Result<(ContentKey, [u8; COMMITMENT_BYTES]), Error> {
    let hkdf = Hkdf::<Sha512>::new(Some(message_id), data_key.expose());
    Ok((content_key(&hkdf)?, commitment(&hkdf)?))
}

/// For reading: the content key, derived only once the stored commitment has been found right.
///
/// # Errors
/// [`Error::CommitmentMismatch`] for another commitment.
pub fn verify(
    data_key: &DataKey,
    message_id: &[u8; MESSAGE_ID_BYTES],
    stored: &[u8; COMMITMENT_BYTES],
) -> Result<ContentKey, Error> {
    let hkdf = Hkdf::<Sha512>::new(Some(message_id), data_key.expose());
    if !bool::from(commitment(&hkdf)?.ct_eq(stored)) {
        return Err(Error::CommitmentMismatch);
    }
    content_key(&hkdf)
}

/// What tells one content from others under this content key, and says nothing to who lacks the key: HKDF-SHA512 with the content's digest
/// as salt, and a label that nothing else has.
///
/// # Errors
/// [`Error::Unreachable`] if HKDF refuses its own output length.
pub fn fingerprint(key: &ContentKey, content_digest: &[u8]) -> Result<[u8; FINGERPRINT_BYTES], Error> {
    let mut fingerprint = [0; FINGERPRINT_BYTES];
    Hkdf::<Sha512>::new(Some(content_digest), key.expose())
        .expand(FINGERPRINT_INFO, &mut fingerprint)
        .map_err(|_| Error::Unreachable("HKDF refused 32 bytes"))?;
    Ok(fingerprint)
}

/// What may be written and read, by the names of the official clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CommitmentPolicy {
    /// Write and read only committing suites.
    #[default]
    RequireEncryptRequireDecrypt,
    /// Write only committing suites, read all.
    RequireEncryptAllowDecrypt,
    /// Write only the suite that older clients read, read all.
    ForbidEncryptAllowDecrypt,
}

impl CommitmentPolicy {
    /// The policy of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "require-encrypt-require-decrypt" => Self::RequireEncryptRequireDecrypt,
            "require-encrypt-allow-decrypt" => Self::RequireEncryptAllowDecrypt,
            "forbid-encrypt-allow-decrypt" => Self::ForbidEncryptAllowDecrypt,
            _ => return None,
        })
    }

    /// The one suite that the policy writes.
    pub const fn suite(self) -> AlgorithmSuite {
        match self {
            Self::ForbidEncryptAllowDecrypt => AlgorithmSuite::AesGcmIv12Tag16NoKdf,
            _ => AlgorithmSuite::AesGcmHkdfSha512CommitKey,
        }
    }

    /// Checked before any key operation of a read.
    ///
    /// # Errors
    /// [`Error::CommitmentRequired`] if the policy does not read this suite.
    pub const fn check_decrypt(self, suite: AlgorithmSuite) -> Result<(), Error> {
        match self {
            Self::RequireEncryptRequireDecrypt if !suite.is_committing() => {
                Err(Error::CommitmentRequired(suite.name()))
            }
            _ => Ok(()),
        }
    }
}

fn commitment(hkdf: &Hkdf<Sha512>) -> Result<[u8; COMMITMENT_BYTES], Error> {
    let mut commitment = [0; COMMITMENT_BYTES];
    hkdf.expand(COMMIT_INFO, &mut commitment)
        .map_err(|_| Error::Unreachable("HKDF refused 28 bytes"))?;
    Ok(commitment)
}

fn content_key(hkdf: &Hkdf<Sha512>) -> Result<ContentKey, Error> {
    let mut key = ContentKey(Box::default());
    hkdf.expand(DERIVE_INFO, &mut *key.0)
        .map_err(|_| Error::Unreachable("HKDF refused 32 bytes"))?;
    Ok(key)
}
