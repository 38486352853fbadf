//! The seam: journeys that decide and never wait.
//!
//! A journey (an upload, a download, an inspection) is an `async fn` that asks its [`Desk`] for whatever takes time or a platform: a URL of the
//! signer, a request, a read of the file, a WebCrypto call. [`Machine`] runs it without a runtime: [`Machine::next`] polls it with a
//! waker that does nothing and gives the [`Step`]s that it has asked for, as plain data; somebody else does them and hands each [`Answer`] to
//! [`Machine::answered`]. There is no clock, no promise and no platform here, so the same journey runs under JavaScript and, in
//! tests, under any schedule of answers, losses and stops.
//!
//! What the outside keeps for a journey (a buffer, an open answer, a lock, a key) is a [`Hold`]: dropping it releases it, on every way out of a
//! journey. So nothing is released twice or forgotten, whichever answer was lost and whenever the caller stopped.

mod answer;
mod call;
mod desk;
mod failure;
mod hold;
mod kept;
mod progress;
mod run;
mod step;
mod window;

pub use answer::{Answer, Digests, Ending, Event, Head, Loaded, Sealed, Url};
pub use call::{About, Call, Cipher, KeyRef, KeyUse, Primitive};
pub use desk::{Asked, Desk, Leftovers};
pub use failure::{Failure, LOST_WORKER, Thrown};
pub use hold::Hold;
pub use kept::{Kept, Secret};
pub use progress::{Phase, Progress};
pub use run::Machine;
pub use step::{
    Body, Checks, Deciphering, Encryption, Id, Opening, Reply, Sealing, SegmentKeys, Sending, SinkKind, SoftKeys, Step,
    Taken,
};
pub use window::{Either, Window, both, race};
