//! Why a journey ended early.

use crate::{Error, keyring};

/// An end without a result. One pointer wide: hundreds of results carry it by value.
#[derive(Debug)]
pub struct Failure(Box<Reason>);

#[derive(Debug)]
enum Reason {
    Typed(Error, Option<Thrown>),
    Stopped,
}

/// Something that the caller's code or the platform threw, which stays outside under a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thrown {
    /// Its number there.
    pub id: u32,
    /// Its `name`: a `TypeError` is what `fetch` rejects with where the network fails, of whichever realm.
    pub name: String,
    /// Its `code`, if that is a string.
    pub code: String,
    /// Whether the platform said then that it is online.
    pub online: bool,
}

impl Thrown {
    /// Whether a callback failed because the network did.
    pub fn is_network_error(&self) -> bool {
        self.name == "TypeError"
    }

    /// Whether WebCrypto failed, and not the source that it was to encrypt.
    pub fn is_refusal(&self) -> bool {
        self.name == "OperationError" || self.name == "NotSupportedError"
    }

    /// Whether the worker ended that a step was for: the shell says so in our own words.
    pub fn is_lost_worker(&self) -> bool {
        self.code == LOST_WORKER.code()
    }
}

/// A worker that ended with its part.
pub const LOST_WORKER: Error = Error::UnsupportedBrowser("a worker for each part");

impl From<Error> for Failure {
    #[inline(never)]
    fn from(error: Error) -> Self {
        Self(Box::new(Reason::Typed(error, None)))
    }
}

impl Failure {
    /// An error of ours with its cause.
    pub fn caused(error: Error, cause: Thrown) -> Self {
        Self(Box::new(Reason::Typed(error, Some(cause))))
    }

    /// The end that the caller asked for.
    pub fn stopped() -> Self {
        Self(Box::new(Reason::Stopped))
    }

    /// Whether the caller asked for it.
    pub fn is_stopped(&self) -> bool {
        matches!(*self.0, Reason::Stopped)
    }

    /// Whether it is an error of ours of which that holds.
    pub fn is(&self, holds: fn(&Error) -> bool) -> bool {
        matches!(&*self.0, Reason::Typed(error, _) if holds(error))
    }

    /// The same with our error told in other words.
    #[must_use]
    pub fn map(self, other: fn(Error) -> Error) -> Self {
        match *self.0 {
            Reason::Typed(error, cause) => Self(Box::new(Reason::Typed(other(error), cause))),
            Reason::Stopped => Self::stopped(),
        }
    }

    /// Ours, if it is one of which that holds.
    ///
    /// # Errors
    /// The failure itself, if not.
    pub fn into_error_if(self, holds: impl FnOnce(&Error) -> bool) -> Result<Error, Self> {
        match *self.0 {
            Reason::Typed(error, _) if holds(&error) => Ok(error),
            other => Err(Self(Box::new(other))),
        }
    }

    /// What it was: an error of ours with what was thrown, or `None` where the caller stopped.
    pub fn into_error(self) -> Option<(Error, Option<Thrown>)> {
        match *self.0 {
            Reason::Typed(error, cause) => Some((error, cause)),
            Reason::Stopped => None,
        }
    }
}

impl keyring::Failure for Failure {
    fn is_verdict(&self) -> bool {
        match &*self.0 {
            // Of what a keyring of the caller's threw, only that it does not open this says anything; its service may be down.
            Reason::Typed(error, cause) => {
                let says_so = |cause: &Thrown| cause.code == Error::UnwrapFailed.code();
                error.is_verdict() && cause.as_ref().is_none_or(says_so)
            }
            Reason::Stopped => false,
        }
    }
}
