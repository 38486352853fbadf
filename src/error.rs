//! Every way in which the work can fail, sorted by who is at fault, each with a stable code.

use std::borrow::Cow;

/// What went wrong and, in its text, what to do about it.
///
/// The texts hold no secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // Security: discard what you have.
    /// The content's authentication tag is wrong.
    #[error("the content was changed or cut after it was encrypted: its authentication tag does not match")]
    AuthenticationFailed,
    /// The data key is not the one that the object commits to.
    #[error("the object commits to another data key than the one that was unwrapped")]
    CommitmentMismatch,
    /// The policy asks for key commitment and the object's suite has none.
    #[error("the commitment policy refuses this object: {0} does not commit to its key")]
    CommitmentRequired(&'static str),
    /// The caller's encryption context is not the stored one.
    #[error("the encryption context given does not match the one stored with the object")]
    EncryptionContextMismatch,

    // This key cannot open it.
    /// The data key was wrapped for another kind of keyring.
    #[error("the data key was wrapped with {0}, which this keyring does not unwrap")]
    KeyringMismatch(&'static str),
    /// The data key is wrapped for this kind of keyring, but not by this key.
    #[error("the data key could not be unwrapped: wrong key or passphrase, or a changed envelope")]
    UnwrapFailed,
    /// A keyring of the caller's did not wrap.
    #[error("the keyring did not wrap the data key, see the cause")]
    WrapFailed,
    /// The wrap is a legacy one, and the keyring was not told to read those.
    #[error(
        "the data key was wrapped with the legacy algorithm {0}; enableLegacyWrappingAlgorithms on the keyring reads it"
    )]
    LegacyWrappingDisabled(&'static str),
    /// The content is not authenticated, and the caller did not ask for such content.
    #[error("the content is not authenticated ({0}); enableLegacyUnauthenticatedModes reads it, at your risk")]
    UnauthenticatedModeDisabled(&'static str),
    /// One error for all failures of legacy wraps and content: more would serve as an oracle.
    #[error("the legacy object could not be decrypted: wrong key, or it was changed or cut")]
    LegacyDecryptionFailed,
    /// The key service refused, or answered something else than a 32-byte data key.
    #[error("the key service failed: {0}")]
    KmsFailed(&'static str),

    // The object is not well-formed.
    /// There is no envelope.
    #[error(
        "no S3 Encryption Client envelope in the object's metadata: it was not encrypted by one, or the bucket's CORS \
         rule does not expose the x-amz-meta-x-amz-* headers to this page (name each one in ExposeHeaders)"
    )]
    EnvelopeMissing,
    /// The envelope is in an instruction file, which is not there.
    #[error(
        "the object's metadata lack the wrapped data key, and its instruction file is missing: the object was not encrypted by an \
             S3 Encryption Client, or the file was deleted, or the bucket's CORS rule hides the x-amz-meta-x-amz-* headers"
    )]
    InstructionFileMissing,
    /// An object that exists depends on the instruction file that would be replaced.
    #[error(
        "an object at that key needs the instruction file that is there; delete the object first, or use another key"
    )]
    InstructionFileInUse,
    /// The keyring that was to lose access would keep it.
    #[error("the old keyring opens the new instruction file too; nothing was stored, give a keyring of another key")]
    RotationIncomplete,
    /// The envelope breaks its format.
    #[error("the object's envelope is invalid: {0}")]
    EnvelopeInvalid(&'static str),
    /// The object is encrypted, but was asked for as if it were not.
    #[error("the object is client-side encrypted; give a keyring to open it")]
    EnvelopeUnexpected,
    /// A format, suite or wrapping that is known but not opened.
    #[error("not supported: {0}")]
    UnsupportedFormat(&'static str),
    /// The body ends before its authentication tag.
    #[error("the content is shorter than it was when it was stored")]
    Truncated,

    // Your source.
    /// More than the suite's limit of 2^36 - 32 bytes.
    #[error("the content exceeds 68719476704 bytes, the most that AES-GCM may encrypt under one key")]
    ContentTooLarge,
    /// S3 takes 2 KB of user metadata.
    #[error(
        "envelope and metadata together exceed the 2048 bytes that S3 stores with an object: shorten the metadata, or set envelopeIn"
    )]
    MetadataTooLarge,
    /// The source is not what it was when the work began.
    #[error(
        "the content is not what it was when the work began: the file changed, or is not the one that the upload was begun with; choose that \
         one again, or start anew"
    )]
    FileChanged,
    /// A stream is longer or shorter than its caller said.
    #[error("the stream has {0} bytes than contentLength says; the object was not stored")]
    ContentLengthMismatch(&'static str),
    /// The source could not be read.
    #[error("the content could not be read, see the cause; a file may have to be chosen again")]
    ReadFailed,
    /// The destination could not be written.
    #[error("the destination could not be written; nothing was kept")]
    WriteFailed,
    /// Another call, here or in another tab, has the upload under way.
    #[error("this upload is under way in another tab or call: let one of them end first")]
    UploadInUse,
    /// The caller did not keep a checkpoint.
    #[error(
        "onCheckpoint failed, see the cause; the upload stopped and can be resumed from the last checkpoint, if one was kept"
    )]
    CheckpointFailed,

    // The way.
    /// The presign callback failed or answered something unusable.
    #[error("no usable presigned URL: {0}")]
    PresignFailed(&'static str),
    /// Uploads in parts need the ETag of each part; and where not even that is seen, nothing tells content from ciphertext.
    #[error(
        "the bucket's CORS rule does not expose ETag: name it, and the x-amz-meta-x-amz-* headers, in ExposeHeaders; without them uploads \
         in parts cannot end, and nothing tells an encrypted object from a plain one"
    )]
    ETagHidden,
    /// Without the length of what is stored, nothing tells whether all of it has arrived.
    #[error(
        "the response does not tell its Content-Length: let no proxy compress or re-chunk the object, and name Content-Length in \
         ExposeHeaders of the bucket's CORS rule"
    )]
    LengthHidden,
    /// A presigned URL expired, and so did those presigned anew.
    #[error("the presigned URL has expired; check the clock and the expiry of the server that signs")]
    UrlExpired(Box<Refusal>),
    /// The store refused.
    #[error("the store answered {}{}", .0.status, service_text(.0))]
    HttpStatus(Box<Refusal>),
    /// The store does not know the upload in parts.
    #[error(
        "the store has no such upload in parts any more: it was completed, aborted, or cleared away; start again, without this checkpoint"
    )]
    UploadGone(Box<Refusal>),
    /// The store does not know the precondition that was asked for, or does not keep to it.
    #[error("the store does not support this condition on writing (If-None-Match, If-Match){}", service_text(.0))]
    ConditionUnsupported(Box<Refusal>),
    /// The store says that it encrypts in another way than it was asked to.
    #[error(
        "the store did not encrypt as serverSideEncryption asks: its answer names {0}; what was sent may be stored"
    )]
    ServerSideEncryptionMismatch(String),
    /// An answer that S3 does not give.
    #[error("the answer is not one that S3 gives: {0}")]
    UnexpectedAnswer(&'static str),
    /// No answer.
    #[error(
        "the store could not be reached, or the connection broke: offline, or the bucket's CORS rule or this page's connect-src does not allow \
         the request, or the store refused its signature without CORS headers, or the object's Content-Encoding does not fit its bytes \
         (response-content-encoding, signed, changes it)"
    )]
    Network,

    /// Your call: the arguments are wrong, whatever the data.
    #[error("invalid call: {0}")]
    Misuse(Cow<'static, str>),
    /// This browser lacks something that the work needs.
    #[error("not available in this browser: {0}")]
    UnsupportedBrowser(&'static str),
    /// Our bug.
    #[error("internal error, please report it: {0}")]
    Unreachable(&'static str),
}

macro_rules! codes {
    ($($pattern:pat => $code:literal),+ $(,)?) => {
        impl Error {
            /// Every code, as `presealed.d.ts` lists them.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable name of the kind of error, for programs.
            pub const fn code(&self) -> &'static str {
                match self { $($pattern => $code),+ }
            }
        }
    };
}

codes! {
    Self::AuthenticationFailed => "authentication-failed",
    Self::CommitmentMismatch => "commitment-mismatch",
    Self::CommitmentRequired(_) => "commitment-required",
    Self::EncryptionContextMismatch => "encryption-context-mismatch",
    Self::KeyringMismatch(_) => "keyring-mismatch",
    Self::UnwrapFailed => "unwrap-failed",
    Self::WrapFailed => "wrap-failed",
    Self::LegacyWrappingDisabled(_) => "legacy-wrapping-disabled",
    Self::UnauthenticatedModeDisabled(_) => "unauthenticated-mode-disabled",
    Self::LegacyDecryptionFailed => "legacy-decryption-failed",
    Self::KmsFailed(_) => "kms-failed",
    Self::EnvelopeMissing => "envelope-missing",
    Self::InstructionFileMissing => "instruction-file-missing",
    Self::InstructionFileInUse => "instruction-file-in-use",
    Self::RotationIncomplete => "rotation-incomplete",
    Self::EnvelopeInvalid(_) => "envelope-invalid",
    Self::EnvelopeUnexpected => "envelope-unexpected",
    Self::UnsupportedFormat(_) => "unsupported-format",
    Self::Truncated => "truncated",
    Self::ContentTooLarge => "content-too-large",
    Self::MetadataTooLarge => "metadata-too-large",
    Self::FileChanged => "file-changed",
    Self::ContentLengthMismatch(_) => "content-length-mismatch",
    Self::ReadFailed => "read-failed",
    Self::WriteFailed => "write-failed",
    Self::UploadInUse => "upload-in-use",
    Self::CheckpointFailed => "checkpoint-failed",
    Self::PresignFailed(_) => "presign-failed",
    Self::ETagHidden => "etag-hidden",
    Self::LengthHidden => "length-hidden",
    Self::UrlExpired(_) => "url-expired",
    Self::HttpStatus(_) => "http-status",
    Self::UploadGone(_) => "upload-gone",
    Self::ConditionUnsupported(_) => "condition-unsupported",
    Self::ServerSideEncryptionMismatch(_) => "server-side-encryption-mismatch",
    Self::UnexpectedAnswer(_) => "unexpected-answer",
    Self::Network => "network",
    Self::Misuse(_) => "misuse",
    Self::UnsupportedBrowser(_) => "unsupported-browser",
    Self::Unreachable(_) => "unreachable",
}

impl Error {
    /// What the store answered, if this is about an answer of it.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::HttpStatus(refusal)
            | Self::UrlExpired(refusal)
            | Self::UploadGone(refusal)
            | Self::ConditionUnsupported(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// A wrong call.
    pub(crate) fn misuse(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Misuse(why.into())
    }
}

/// An answer of the store's other than success.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// S3's own error code, such as `AccessDenied`; empty where there is none.
    pub service_code: String,
    /// S3's message, cut after 500 characters; empty where there is none.
    pub message: String,
    /// What the store's operator finds the request by; empty where the page is not told.
    pub request_id: String,
    /// The same, of the machine that answered.
    pub host_id: String,
}

fn service_text(refusal: &Refusal) -> String {
    match (refusal.service_code.as_str(), refusal.message.as_str()) {
        ("", "") => String::new(),
        ("", text) | (text, "") => format!(" ({text})"),
        (code, message) => format!(" ({code}: {message})"),
    }
}
