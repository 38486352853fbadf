//! What came of a step, told whole and unjudged.

use super::{Secret, Thrown};
use crate::{checkpoint::Checkpoint, encryption_context::StringMap};

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// What was asked for is there, under the step's number.
    Held,
    /// The same, and it may show at once what it gets.
    Showing,
    /// Somebody else has it.
    Refused,
    /// There is no such thing.
    Missing,
    /// The caller's code or the platform threw.
    Failed(Thrown),
    /// The signer's answer.
    Presigned {
        /// As the platform reads it.
        url: Url,
        /// What the signer adds.
        headers: StringMap,
    },
    /// A store's answer. With [`Reply::Stream`](super::Reply::Stream), its body is held under the step's number.
    Head(Head),
    /// There was none.
    NoAnswer {
        /// Whether the platform says that it is online.
        online: bool,
    },
    /// Bytes of a body.
    Pulled {
        /// In order; fewer than were asked for only at an end.
        bytes: Vec<u8>,
        /// Why there are no more.
        end: Option<Ending>,
    },
    /// Bytes of a body, in a buffer under the step's number.
    Filled {
        /// How many; fewer than were asked for only at an end. Of none there is no buffer.
        bytes: u32,
        /// Why there are no more.
        end: Option<Ending>,
    },
    /// What a secret call gave.
    Secret(Secret),
    /// A data key of a key service.
    DataKey {
        /// The key.
        plaintext: Secret,
        /// The same, wrapped.
        ciphertext: Vec<u8>,
    },
    /// What a keyring of the caller's wrapped.
    Wrapped {
        /// Its name.
        wrap_algorithm: String,
        /// The wrapped data key.
        ciphertext: Vec<u8>,
    },
    /// Content that was encrypted or read.
    Sealed(Sealed),
    /// Content that was read, and that the platform did not encrypt.
    Unsealed(Thrown),
    /// A buffer that was decrypted.
    Opened {
        /// Of each segment, the 16 bytes that its hashing call gave; of AES-CBC the last block of ciphertext, which what follows needs.
        tags: Secret,
    },
    /// Digests, as far as they were asked for.
    Digests(Digests),
    /// What the caller has kept.
    Loaded(Loaded),
}

/// What the caller has kept of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// Nothing.
    Nothing,
    /// Something that is no checkpoint of this version's.
    Unreadable,
    /// What can be gone on with.
    Checkpoint(Box<Checkpoint>),
}

/// What came of sealing a stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Of each segment, the 16 bytes of its call's tag.
    pub tags: Secret,
    /// Of each segment, its last key stream block.
    pub keystream: Secret,
    /// Of the bytes that were made.
    pub digests: Digests,
}

/// Digests, as far as they were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests {
    /// 32 bytes of SHA-256.
    pub sha256: Option<Vec<u8>>,
    /// 8 bytes of CRC-64/NVME.
    pub crc64: Option<Vec<u8>>,
}

/// A URL as the platform's own parser reads it, so that nobody here reads it in another way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Url {
    /// All of it.
    pub href: String,
    /// With its colon.
    pub protocol: String,
    /// Scheme, host and port.
    pub origin: String,
    /// Whether it names a user.
    pub has_user: bool,
}

/// What begins an answer of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// HTTP's.
    pub status: u16,
    /// Those that the page may see, in lower case.
    pub headers: StringMap,
    /// Whether it is of another origin, which may hide headers.
    pub is_cors: bool,
    /// Whether its body is held under the step's number.
    pub is_open: bool,
    /// Its body, where text was wanted.
    pub text: String,
    /// Whether the text was cut.
    pub is_cut: bool,
}

/// How a body ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// As a whole, as far as the platform can tell.
    End,
    /// With a connection that broke.
    Broken(Thrown),
}

/// What happens between a step and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// So many bytes of a body have been sent, or have come, since the step began.
    Moved(u64),
}

impl Answer {
    /// Whether something is held under the step's number.
    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Head(head) => head.is_open,
            Self::Filled { bytes, .. } => *bytes > 0,
            answer => matches!(
                answer,
                Self::Held | Self::Showing | Self::Sealed(_) | Self::Opened { .. }
            ),
        }
    }
}
