//! How long a connection may be without movement, after which the attempt has failed as one without an answer has.
//!
//! What has been handed to the platform is on its way unseen: neither `fetch` nor `XMLHttpRequest` tells what of it, up to some MiB, still lies in
//! a buffer. So a request with a body is given more time, and where nothing at all is told of the body, time for a slow line to take it.

/// Without a body, and for an answer.
const ANSWER_MS: u32 = 60_000;
/// With a body.
const BODY_MS: u32 = 300_000;
/// The slowest line that a body of which nothing is told is waited for.
const BYTES_PER_SECOND: u64 = 16 << 10;

/// The times of one attempt, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    /// Since the last movement: bytes of the request or of its answer.
    pub idle_ms: u32,
    /// For all until the answer begins, where the platform tells nothing of the request's bytes.
    pub unseen_ms: u32,
}

impl Idle {
    /// Of a request with a body of so many bytes, or without one.
    pub fn of(body: Option<u64>) -> Self {
        let Some(bytes) = body else {
            return Self {
                idle_ms: ANSWER_MS,
                unseen_ms: ANSWER_MS,
            };
        };
        let sending_ms = bytes.saturating_mul(1000) / BYTES_PER_SECOND;
        Self {
            idle_ms: BODY_MS,
            unseen_ms: u32::try_from(sending_ms).unwrap_or(u32::MAX).saturating_add(BODY_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Idle;

    fn times(body: Option<u64>) -> (u32, u32) {
        let Idle { idle_ms, unseen_ms } = Idle::of(body);
        (idle_ms / 1000, unseen_ms / 1000)
    }

    #[test]
    fn a_body_of_which_nothing_is_told_has_time_to_go() {
        assert_eq!(times(None), (60, 60));
        assert_eq!(times(Some(0)), (300, 300));
        assert_eq!(times(Some(8 << 20)), (300, 300 + 512));
        assert_eq!(times(Some(5 << 30)), (300, 300 + 327_680));
        assert_eq!(times(Some(u64::MAX)), (300, u32::MAX / 1000));
    }
}
