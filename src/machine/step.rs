//! What is to be done, as plain data. What comes of each step is in `answer`.

use std::ops::Range;

use super::{Call, Progress, Secret};
use crate::{
    checkpoint::Checkpoint,
    s3::{idle::Idle, request::Request},
};

/// A step's number, and that of what is held because of it.
pub type Id = u32;

/// What is to be done. Every step but the last three is answered exactly once, also after [`Step::Cancel`]. Any may be answered with
/// [`Answer::Failed`](super::Answer::Failed), where the caller's code or the platform threw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask the signer. Answer: `Presigned`, or `Missing` if that is no URL.
    Presign(Request),
    /// One attempt of a request. Answer: `Head` or `NoAnswer`.
    Send(Sending),
    /// Look whether the last byte of a body can still be read; of what has none, itself. Answer: `Done`, or `Missing` if nothing is read.
    Probe(Body),
    /// Read on in an answer's body, to that many bytes or its end, into this memory. Answer: `Pulled`.
    Pull {
        /// The number of the [`Step::Send`] whose answer it is.
        stream: Id,
        /// At most.
        bytes: u32,
    },
    /// The same into a buffer outside. Answer: `Filled`, with a buffer held under the step's number unless nothing came.
    Fill {
        /// The number of the [`Step::Send`] whose answer it is, or of the [`Step::Take`].
        stream: Id,
        /// At most.
        bytes: u32,
    },
    /// Hold what the caller has given. Answer: `Head`, with its bytes held under the step's number as those of an answer are.
    Take(Taken),
    /// Let time pass, where `until_online` no more than until the platform is online. Answer: `Done`.
    Wait {
        /// Milliseconds.
        ms: u32,
        /// Whether being online ends it.
        until_online: bool,
    },
    /// Take a lock of the origin, if nobody has it. Answer: `Held`, `Refused` where somebody has, `Missing` where there are no locks.
    Lock {
        /// Its name.
        name: String,
    },
    /// A call that takes or gives secrets, which the shell never sees.
    Secret(Call),
    /// Load the module of primitives that WebCrypto lacks. Answer: `Done`.
    LoadExtras,
    /// Encrypt a stretch of content, or only read it; what a step has brought is used up. Answer: `Sealed`, with the bytes held under the
    /// step's number.
    Seal(Sealing),
    /// Decrypt a buffer. Answer: `Opened`, with the plaintext in another buffer under the step's number.
    Open(Opening),
    /// Put bytes behind those of a buffer. Answer: `Done`.
    Append {
        /// The buffer.
        buffer: Id,
        /// What.
        bytes: Vec<u8>,
    },
    /// Leave only those bytes of a buffer. Answer: `Done`.
    Cut {
        /// The buffer.
        buffer: Id,
        /// Which of its bytes stay.
        range: Range<u32>,
    },
    /// Put a buffer behind another one, and release it. Answer: `Done`.
    Join {
        /// The buffer that grows.
        buffer: Id,
        /// What it grows by.
        more: Id,
    },
    /// Digests of bytes. Answer: `Digests`.
    Digest {
        /// Of all of this, or of the source.
        of: Body,
        /// Which part of it.
        range: Range<u64>,
        /// Which digests.
        checks: Checks,
    },
    /// Get a place for plaintext or ciphertext. Answer: `Held`; `Showing` where it may show at once what it gets; `Missing` where the platform has
    /// none, or no room.
    Sink(SinkKind),
    /// Write a buffer, or what a commit has brought, behind what is there, and release it. Answer: `Done` once more may come.
    Write {
        /// The sink.
        sink: Id,
        /// The buffer.
        buffer: Id,
    },
    /// Make visible what was written: it is whole, and verified where anything verifies it. Answer: `Held`: what has become of it is under this
    /// step's number. A sink that is released without is discarded.
    Commit(Id),
    /// Give a buffer to who reads a stream, and release it. Answer: `Done` once more is wanted.
    Emit {
        /// The buffer.
        buffer: Id,
        /// Whether it may be shown: encrypted, or plaintext whose tag is right. Plaintext that nothing vouches for yet only goes to who asked for
        /// that by name.
        verified: bool,
    },
    /// Remove the file behind the Blob that the caller has given; without one, the files of pages that have gone. Answer: `Done`.
    Tidy,
    /// Have the caller keep a checkpoint. Answer: `Done`.
    Keep(Box<Checkpoint>),
    /// Ask the caller for the checkpoint of that key. Answer: `Loaded`.
    Load {
        /// The object's key.
        key: String,
    },
    /// Have the caller forget a checkpoint. Answer: `Done`.
    Forget(Box<Checkpoint>),

    /// Let go what a step has brought.
    Release(Id),
    /// Nobody waits for that step's answer any more; it may be cut short.
    Cancel(Id),
    /// Tell the caller how far the work is.
    Report(Progress),
}

/// One attempt of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// HTTP's.
    pub method: &'static str,
    /// Where.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// What goes with it.
    pub body: Body,
    /// What is wanted of the answer.
    pub reply: Reply,
    /// How long it may be without movement, and so may any step that reads on in its answer; then there is no answer, or its connection broke.
    pub idle: Idle,
}

/// Bytes that are somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// Text, as UTF-8.
    Text(String),
    /// The call's own source, as it is.
    Source,
    /// What a step has brought, where it is.
    Held(Id),
}

/// What the caller has given, to be read as an answer of the store's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The call's source, which is a stream; nobody else has its bytes once they are read.
    Source,
    /// A response.
    Response,
    /// An instruction file in a Blob, which has neither status nor headers.
    InstructionFile,
}

/// What is wanted of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Its body as text, cut after that many characters.
    Text {
        /// At most.
        chars: u32,
    },
    /// Its body as a stream, held under the step's number.
    Stream,
}

/// Content to be encrypted, or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealing {
    /// Of what: the source, or what was read of it before.
    pub of: Body,
    /// Which bytes of that.
    pub range: Range<u64>,
    /// How; missing where it is only read.
    pub encryption: Option<Encryption>,
    /// Which digests are wanted of what was made.
    pub checks: Checks,
    /// Whether a worker may do it. What a worker has made stays there, and can only be sent from there.
    pub by_worker: bool,
}

/// How a stretch is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// By WebCrypto, each segment in a call.
    Calls(SegmentKeys),
    /// By an engine outside, which answers each segment's share in place of its tag.
    Soft(SoftKeys),
}

/// How the segments of a stretch are encrypted or decrypted, each by one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentKeys {
    /// AES-GCM's.
    pub gcm: Id,
    /// AES-CTR's.
    pub ctr: Id,
    /// One block after another: for encrypting the 128-bit IV of each segment's GCM call; for decrypting the counter block of each.
    pub ivs: Secret,
    /// For decrypting: the 96-bit IV of the calls that hash.
    pub hash_iv: Secret,
    /// Bytes of each but the last.
    pub segment_bytes: u32,
}

/// The same by `extras`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftKeys {
    /// What keeps the key.
    pub engine: Id,
    /// AES-CTR's where WebCrypto has it; `extras` then only hash.
    pub ctr: Option<Id>,
    /// The counter block of each segment, one behind the other.
    pub counters: Secret,
    /// Bytes of each segment but the last.
    pub segment_bytes: u32,
}

/// A buffer to be decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The buffer, which stays as it is.
    pub buffer: Id,
    /// Which of its bytes.
    pub range: Range<u32>,
    /// How.
    pub how: Deciphering,
}

/// How a buffer is decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deciphering {
    /// AES-CTR, and a tag over each segment's ciphertext.
    Hashed(SegmentKeys),
    /// By an engine outside, which answers each segment's share in place of its tag.
    Soft(SoftKeys),
    /// AES-CBC, of which a middle gets its padding by one more call.
    Cbc {
        /// The key.
        key: Id,
        /// The block before.
        iv: [u8; 16],
        /// Whether the padding is there.
        is_last: bool,
    },
}

/// Digests that are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checks {
    /// SHA-256.
    pub sha256: bool,
    /// CRC-64/NVME.
    pub crc64: bool,
}

/// Where bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// The platform's memory, or where it keeps Blobs. Committed: a Blob.
    Memory,
    /// A file of the origin's private file system of that many bytes. Committed: a File.
    PrivateFile {
        /// At most.
        bytes: u64,
    },
    /// The writable of the caller's handle, which shows its content when it is closed, or at once if it is not the platform's own. Who has opened
    /// it ends it where it is not committed. Committed: nothing.
    Writable,
}
