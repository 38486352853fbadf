//! Waiting between the attempts of a request; offline, until the platform may be online again.

use crate::{
    machine::{Desk, Failure, Step},
    s3::retry::{Next, Outcome, Retry},
};

/// Waits for the next attempt, if there is to be one, and says whether it needs a new URL.
pub async fn wait_after(outcome: Outcome, online: bool, retry: &mut Retry, desk: &Desk) -> Result<bool, Failure> {
    if matches!(outcome, Outcome::NoAnswer) && !online && retry.waits_offline() {
        // The store has no part in it: nothing is counted. It may have lasted longer than the URL.
        let wait = Step::Wait {
            ms: Retry::OFFLINE_MS,
            until_online: true,
        };
        desk.ask(wait).await?;
        return Ok(true);
    }
    match retry.after(outcome, desk.jitter()) {
        Next::Fail(error) => Err(error.into()),
        Next::Again { after_ms, presign } => {
            desk.wait(after_ms).await?;
            Ok(presign)
        }
    }
}
