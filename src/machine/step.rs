//! Steps and answers, as plain data.

use crate::{encryption_context::StringMap, s3::request::Request};

use super::Thrown;

/// A step's number, and that of what is held because of it.
pub type Id = u32;

/// What is to be done. Every step but the last three is answered exactly once, also after [`Step::Cancel`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask the signer. Answer: [`Answer::Presigned`] or [`Answer::Failed`].
    Presign(Request),
    /// One attempt of a request. Answer: [`Answer::Head`] or [`Answer::NoAnswer`].
    Send(Sending),
    /// Look whether the first byte of a body can still be read. Answer: [`Answer::Done`] or [`Answer::Failed`].
    Probe(Id),
    /// Read on in an answer's body, to that many bytes or its end. Answer: [`Answer::Pulled`].
    Pull {
        /// The number of the [`Step::Send`] whose answer it is.
        stream: Id,
        /// At most.
        bytes: u32,
    },
    /// Let time pass, where `until_online` no more than until the platform is online. Answer: [`Answer::Done`].
    Wait {
        /// Milliseconds.
        ms: u32,
        /// Whether being online ends it.
        until_online: bool,
    },
    /// Take a lock of the origin, if nobody has it. Answer: [`Answer::Held`], [`Answer::Refused`] where somebody has, [`Answer::Missing`] where
    /// there are no locks.
    Lock {
        /// Its name.
        name: String,
    },
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
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// Text, as UTF-8.
    Text(String),
    /// What a step has brought, where it is.
    Held(Id),
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

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// What was asked for is there, under the step's number.
    Held,
    /// Somebody else has it.
    Refused,
    /// The platform has no such thing.
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
    /// A store's answer. With [`Reply::Stream`], its body is held under the step's number.
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

/// What the caller hears of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which part of the work.
    pub phase: Phase,
    /// Of the phase.
    pub bytes_done: u64,
    /// Of the phase.
    pub bytes_total: u64,
}

/// The parts of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Phase {
    Encrypt,
    Upload,
    Download,
}
