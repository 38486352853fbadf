//! Calls that take or give secrets, which no shell sees.

use super::{Id, Kept, Secret};
use crate::{content::EngineKind, encryption_context::StringMap};

/// A call under a key, or of a key service. Who makes it wipes what it was given, and the answer once it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Give a key to WebCrypto, non-extractable. Answer: `Held`.
    Import {
        /// What for.
        cipher: KeyUse,
        /// The key.
        key: Secret,
    },
    /// Give one of a pair of RSA keys to WebCrypto, non-extractable, for RSA-OAEP with SHA-1. Answer: `Done`, and it is kept as WebCrypto has it.
    Adopt {
        /// Where it is kept: as a JWK, unless it is given here.
        key: Kept,
        /// As SPKI or PKCS#8.
        der: Option<Secret>,
        /// Whether it is the private one, which decrypts.
        is_private: bool,
    },
    /// A primitive that WebCrypto lacks. Answer: `Secret`, `Refused` if it says no, or `Missing` while `extras` are not loaded.
    Extra {
        /// Which.
        primitive: Primitive,
        /// A key or a passphrase.
        key: Secret,
        /// IV and additional data, salt, or counter block.
        with: Vec<u8>,
        /// What it is done to.
        data: Secret,
    },
    /// Keep a content key for an engine in software. Answer: `Held`.
    Soften {
        /// Which.
        kind: EngineKind,
        /// The content key, or for GHASH the hash key.
        key: Secret,
    },
    /// Answer: `Secret`.
    Encrypt {
        /// Under which key.
        key: KeyRef,
        /// How.
        cipher: Cipher,
        /// What.
        data: Secret,
    },
    /// Answer: `Secret`.
    Decrypt {
        /// Under which key.
        key: KeyRef,
        /// How.
        cipher: Cipher,
        /// What.
        data: Secret,
    },
    /// KMS's GenerateDataKey. Answer: `DataKey`.
    GenerateDataKey {
        /// The client, or what stands for it.
        kms: Kept,
        /// Id, ARN or alias.
        key_id: String,
        /// Bound to the data key.
        context: StringMap,
    },
    /// KMS's Decrypt. Answer: `Secret`.
    DecryptDataKey {
        /// The client, or what stands for it.
        kms: Kept,
        /// Missing where the ciphertext names it.
        key_id: Option<String>,
        /// The wrapped data key.
        ciphertext: Vec<u8>,
        /// Bound to the data key.
        context: StringMap,
    },
    /// `wrapDataKey` of a keyring of the caller's. Answer: `Wrapped`.
    Wrap {
        /// The keyring.
        keyring: Kept,
        /// The data key.
        data_key: Secret,
        /// For what.
        about: About,
    },
    /// `unwrapDataKey` of a keyring of the caller's. Answer: `Secret`; `Missing` if it says that the wrap is not one of its kind.
    Unwrap {
        /// The keyring.
        keyring: Kept,
        /// The wrap's name.
        wrap_algorithm: &'static str,
        /// The wrapped data key.
        ciphertext: Vec<u8>,
        /// For what.
        about: About,
    },
}

/// What `extras` can do; see its `run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primitive {
    /// A key of a passphrase.
    Argon2id = 0,
    /// AES-GCM, any key.
    GcmSeal = 1,
    /// The same back.
    GcmOpen = 2,
    /// RFC 3394.
    KeyUnwrap = 3,
    /// Whole blocks.
    EcbDecrypt = 4,
    /// A segment's share and ciphertext.
    EncryptSegment = 5,
    /// A segment's share and plaintext.
    DecryptSegment = 6,
    /// `E_K(0)`.
    HashKey = 7,
    /// A segment's share.
    Ghash = 8,
}

/// What a keyring of the caller's is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The content's suite.
    pub algorithm_suite: &'static str,
    /// The caller's.
    pub encryption_context: StringMap,
    /// What is stored with the wrapped key.
    pub material_description: StringMap,
}

/// A key that WebCrypto holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRef {
    /// Imported by a step of this journey.
    Held(Id),
    /// A keyring's.
    Kept(Kept),
}

/// What a key is imported for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// AES-GCM of content, in which even decrypting is a call that encrypts.
    AesGcm,
    /// AES-CTR of content.
    AesCtr,
    /// AES-CBC of content.
    AesCbc,
    /// AES-GCM of data keys.
    Wrapping,
}

/// How a call encrypts or decrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cipher {
    /// AES-GCM with a whole tag behind the ciphertext.
    Gcm {
        /// Of 12 or 16 bytes.
        iv: Secret,
        /// Authenticated, not encrypted.
        additional_data: Vec<u8>,
    },
    /// AES-CTR with a 32-bit counter.
    Ctr {
        /// The first counter block.
        counter: [u8; 16],
    },
    /// RSA-OAEP with SHA-1 and no label.
    RsaOaep,
}
