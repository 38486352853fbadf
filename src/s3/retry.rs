//! When to send the same bytes again.
//!
//! No answer, 408, 429, 5xx and what S3 calls passing: again, after a backoff with jitter or what `Retry-After` asks for, and for longer
//! where there is work to lose. An expired URL: with a new one, the first time at once. Any other answer is final.

use super::service_error::ServiceError;
use crate::Error;

/// What came of one attempt.
#[derive(Debug)]
pub enum Outcome {
    /// Offline, cut, or hidden by CORS.
    NoAnswer,
    /// An answer other than success.
    Refused {
        /// The HTTP status.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<u32>,
        /// What S3 says.
        error: ServiceError,
    },
}

impl Outcome {
    /// What an answer other than success means.
    pub fn refused(status: u16, retry_after: Option<String>, body: &str) -> Self {
        Self::Refused {
            status,
            retry_after: retry_after.and_then(|seconds| seconds.trim().parse().ok()),
            error: ServiceError::parse(body),
        }
    }
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
    presigned_anew: bool,
}

impl Retry {
    /// Attempts in all, the first included: less than 4 s, after which somebody learns that nothing works here.
    pub const ATTEMPTS: u32 = 5;
    /// The same, where it has worked: up to half a minute, as a router takes to come back.
    pub const PATIENT_ATTEMPTS: u32 = 8;
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

    /// One attempt, after which another way is better than patience.
    pub const fn once() -> Self {
        Self::with(1)
    }

    const fn with(attempts: u32) -> Self {
        Self {
            failures: 0,
            attempts,
            presigned_anew: false,
        }
    }

    /// Judges an attempt. `jitter` is a random number of the caller's; the wait lies between half the backoff and all of it.
    pub fn after(&mut self, outcome: Outcome, jitter: u32) -> Next {
        // What was not answered may have been refused, by an answer that CORS hides: of a URL that expired, for one.
        let mut presign = matches!(outcome, Outcome::NoAnswer);
        let (retryable, retry_after, error) = match outcome {
            Outcome::NoAnswer => (true, None, Error::Network),
            Outcome::Refused {
                status,
                retry_after,
                error,
            } => {
                // It may have expired while the browser's own queue held it back, more than once.
                let expired = error.is_expiry();
                if expired && !self.presigned_anew {
                    self.presigned_anew = true;
                    return Next::Again {
                        after_ms: 0,
                        presign: true,
                    };
                }
                let passing = matches!(status, 408 | 429) || (500..=599).contains(&status) && status != 501;
                presign = expired;
                let retryable = passing || expired || error.is_passing();
                (retryable, retry_after, error.into_error(status))
            }
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
            presign,
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
    use super::{Next, Outcome, Retry};
    use crate::{Error, s3::service_error::ServiceError};

    fn refused(status: u16, retry_after: Option<u32>) -> Outcome {
        Outcome::Refused {
            status,
            retry_after,
            error: ServiceError::default(),
        }
    }

    fn expired() -> Outcome {
        let error = ServiceError {
            code: "AccessDenied".into(),
            message: "Request has expired".into(),
        };
        Outcome::Refused {
            status: 403,
            retry_after: None,
            error,
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
        let Next::Again { after_ms, .. } = Retry::new().after(refused(503, Some(7)), 1) else {
            unreachable!("gave up");
        };
        assert_eq!(after_ms, 7000);
    }

    #[test]
    fn presigns_an_expired_url_anew_and_gives_up_where_that_does_not_help() {
        let mut retry = Retry::new();
        let mut waits = Vec::new();
        let error = loop {
            match retry.after(expired(), 0) {
                Next::Again { after_ms, presign } => {
                    assert!(presign);
                    waits.push(after_ms);
                }
                Next::Fail(error) => break error,
            }
        };
        assert_eq!(error, Error::UrlExpired);
        assert_eq!(waits.len(), Retry::ATTEMPTS as usize);
        assert!(
            waits.is_sorted() && waits.first() == Some(&0) && waits.last() > Some(&0),
            "{waits:?}"
        );
    }

    #[test]
    fn what_s3_calls_passing_is_tried_again() {
        for (status, code) in [
            (400, "RequestTimeout"),
            (409, "ConditionalRequestConflict"),
            (409, "OperationAborted"),
        ] {
            let error = ServiceError {
                code: code.into(),
                message: String::new(),
            };
            let outcome = Outcome::Refused {
                status,
                retry_after: None,
                error,
            };
            assert!(
                matches!(Retry::new().after(outcome, 0), Next::Again { presign: false, .. }),
                "{code}"
            );
        }
        assert!(matches!(Retry::new().after(refused(408, None), 0), Next::Again { .. }));
    }

    #[test]
    fn takes_other_answers_as_final() {
        for status in [301, 400, 403, 404, 409, 412, 501] {
            let next = Retry::new().after(refused(status, None), 0);
            assert!(
                matches!(next, Next::Fail(Error::HttpStatus { status: seen, .. }) if seen == status),
                "{status}"
            );
        }
    }
}
