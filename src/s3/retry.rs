//! When to send the same bytes again.
//!
//! No answer, 408, 429, 5xx and what S3 calls passing: again, after a backoff with jitter or what `Retry-After` asks for, and for longer
//! where there is work to lose. An expired URL: with a new one, the first time at once. Any other answer is final; which is which, `answer` says.

use crate::Error;

/// What came of one attempt that brought no success.
#[derive(Debug)]
pub enum Outcome {
    /// Offline, cut, or hidden by CORS.
    NoAnswer,
    /// An answer other than success.
    Refused {
        /// What it is where nothing helps.
        error: Error,
        /// Whether something may help.
        again: Again,
        /// `Retry-After` in seconds.
        retry_after: Option<u32>,
    },
    /// Nothing that another attempt would mend.
    Final(Error),
}

/// Whether the same request may succeed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// No.
    Never,
    /// In a while.
    Later,
    /// With a new URL: the store says that this one has expired.
    Presigned,
    /// With a new URL, but not for long: its time may be over, which the store does not say.
    PresignedBriefly,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Wait that many milliseconds and send the same bytes again; `presign` asks for a new URL first.
    Again {
        /// How long to wait.
        after_ms: u32,
        /// Whether the URL is spent.
        presign: bool,
    },
    /// Give up.
    Fail(Error),
}

/// The attempts of one request.
#[derive(Debug)]
pub struct Retry {
    failures: u32,
    attempts: u32,
    presigned_anew: u32,
    offline: u32,
    with_silence: bool,
}

impl Retry {
    /// Attempts in all, the first included: less than 4 s, after which somebody learns that nothing works here.
    pub const ATTEMPTS: u32 = 5;
    /// The same, where it has worked: up to half a minute, as a router takes to come back.
    pub const PATIENT_ATTEMPTS: u32 = 8;
    /// How long offline before another look, and how many looks: ten minutes. What a browser believes of the network is no reason to wait for ever.
    pub const OFFLINE_MS: u32 = 30_000;
    const OFFLINE_LOOKS: u32 = 20;
    /// New URLs for a refusal that may be no expiry.
    const BRIEFLY: u32 = 2;
    const FIRST_BACKOFF_MS: u32 = 250;
    const MAX_BACKOFF_MS: u32 = 20_000;

    /// For the first request of a transfer.
    pub const fn new() -> Self {
        Self::with(Self::ATTEMPTS)
    }

    /// For what follows once the store has answered.
    pub const fn patient() -> Self {
        Self::with(Self::PATIENT_ATTEMPTS)
    }

    /// Patient with what the store answers, and not with silence: somebody else knows how long that may last.
    pub const fn with_answers() -> Self {
        Self {
            with_silence: false,
            ..Self::patient()
        }
    }

    /// One attempt, after which another way is better than patience.
    pub const fn once() -> Self {
        Self::with(1)
    }

    const fn with(attempts: u32) -> Self {
        Self {
            failures: 0,
            attempts,
            presigned_anew: 0,
            offline: 0,
            with_silence: true,
        }
    }

    /// Whether to wait for the network once more, without counting the attempt: the browser says that it is offline.
    pub fn waits_offline(&mut self) -> bool {
        self.offline = self.offline.saturating_add(1);
        self.offline <= Self::OFFLINE_LOOKS
    }

    /// Judges an attempt. `jitter` is a random number of the caller's; the wait lies between half the backoff and all of it.
    pub fn after(&mut self, outcome: Outcome, jitter: u32) -> Next {
        let (again, retry_after, error) = match outcome {
            // It may have been refused, by an answer that CORS hides: of a URL that expired, for one.
            Outcome::NoAnswer if self.with_silence => (Again::Presigned, None, Error::Network),
            Outcome::NoAnswer => (Again::Never, None, Error::Network),
            Outcome::Final(error) => (Again::Never, None, error),
            Outcome::Refused {
                error,
                again: again @ (Again::Presigned | Again::PresignedBriefly),
                retry_after,
            } => {
                // It may have expired while the browser's own queue held it back, more than once.
                self.presigned_anew = self.presigned_anew.saturating_add(1);
                if self.presigned_anew == 1 {
                    return Next::Again {
                        after_ms: 0,
                        presign: true,
                    };
                }
                (again, retry_after, error)
            }
            Outcome::Refused {
                error,
                again,
                retry_after,
            } => (again, retry_after, error),
        };
        let retryable = match again {
            Again::Later | Again::Presigned => true,
            Again::PresignedBriefly => self.presigned_anew <= Self::BRIEFLY,
            Again::Never => false,
        };
        self.failures = self.failures.saturating_add(1);
        if !retryable || self.failures >= self.attempts {
            return Next::Fail(error);
        }
        let doubled = 1u32.checked_shl(self.failures.saturating_sub(1)).unwrap_or(u32::MAX);
        let backoff = Self::FIRST_BACKOFF_MS.saturating_mul(doubled).min(Self::MAX_BACKOFF_MS);
        let half = backoff / 2;
        let jittered = half.saturating_add(jitter.checked_rem(half).unwrap_or(0));
        let asked = retry_after.unwrap_or(0).saturating_mul(1000).min(Self::MAX_BACKOFF_MS);
        Next::Again {
            after_ms: jittered.max(asked),
            presign: again != Again::Later,
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, Next, Outcome, Retry};
    use crate::{Error, Refusal};

    fn refused(again: Again, retry_after: Option<u32>) -> Outcome {
        Outcome::Refused {
            error: Error::HttpStatus(Refusal::default().into()),
            again,
            retry_after,
        }
    }

    #[test]
    fn backs_off_and_gives_up() {
        for (mut retry, attempts) in [(Retry::once(), 1), (Retry::new(), 5), (Retry::patient(), 8)] {
            let mut least = 0;
            for _ in 1..attempts {
                let Next::Again {
                    after_ms,
                    presign: true,
                } = retry.after(Outcome::NoAnswer, 0)
                else {
                    unreachable!("gave up early");
                };
                assert!(after_ms > least, "{after_ms} after {least}");
                least = after_ms;
            }
            assert_eq!(retry.after(Outcome::NoAnswer, 0), Next::Fail(Error::Network));
        }
    }

    #[test]
    fn heeds_retry_after() {
        let Next::Again { after_ms, .. } = Retry::new().after(refused(Again::Later, Some(7)), 1) else {
            unreachable!("gave up");
        };
        assert_eq!(after_ms, 7000);
    }

    #[test]
    fn presigns_an_expired_url_anew_and_gives_up_where_that_does_not_help() {
        let mut retry = Retry::new();
        let mut waits = Vec::new();
        while let Next::Again { after_ms, presign } = retry.after(refused(Again::Presigned, None), 0) {
            assert!(presign);
            waits.push(after_ms);
        }
        assert_eq!(waits.len(), Retry::ATTEMPTS as usize);
        assert!(
            waits.is_sorted() && waits.first() == Some(&0) && waits.last() > Some(&0),
            "{waits:?}"
        );
    }

    #[test]
    fn a_url_whose_time_may_be_over_is_replaced_twice_at_most() {
        let mut retry = Retry::new();
        let mut waits = Vec::new();
        while let Next::Again { after_ms, presign } = retry.after(refused(Again::PresignedBriefly, None), 0) {
            assert!(presign);
            waits.push(after_ms);
        }
        assert!(matches!(waits[..], [0, later] if later > 0), "{waits:?}");
    }

    #[test]
    fn what_is_final_is_not_tried_again() {
        assert!(matches!(
            Retry::new().after(refused(Again::Never, None), 0),
            Next::Fail(_)
        ));
        let strange = Outcome::Final(Error::UnexpectedAnswer(""));
        assert_eq!(Retry::new().after(strange, 0), Next::Fail(Error::UnexpectedAnswer("")));
    }

    #[test]
    fn silence_may_be_somebody_elses_to_wait_for() {
        let mut retry = Retry::with_answers();
        assert!(matches!(
            retry.after(refused(Again::Later, None), 0),
            Next::Again { .. }
        ));
        assert_eq!(retry.after(Outcome::NoAnswer, 0), Next::Fail(Error::Network));
    }

    #[test]
    fn a_browser_that_says_it_is_offline_is_not_believed_for_ever() {
        let mut retry = Retry::new();
        let mut looks = 0;
        while retry.waits_offline() {
            looks += 1;
        }
        assert_eq!(looks * Retry::OFFLINE_MS, 10 * 60 * 1000);
    }
}
