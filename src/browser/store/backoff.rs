//! Waiting between the attempts of a request, as `s3::retry` has it; offline, until the browser may be online again.

use js_sys::{Array, Promise};

use crate::browser::{
    Failure,
    js::{abort::Abort, entropy::jitter, online::until_online, time::sleep},
};
use crate::s3::retry::{Next, Outcome, Retry};

/// How long offline before another look.
const OFFLINE_MS: u32 = 30_000;

/// Waits for the next attempt, if there is to be one, and says whether it needs a new URL.
pub(crate) async fn wait_after(outcome: Outcome, retry: &mut Retry, abort: &Abort) -> Result<bool, Failure> {
    if matches!(outcome, Outcome::NoAnswer)
        && let Some(online) = until_online()
    {
        // The store has no part in it: nothing is counted. It may have lasted longer than the URL. What the
        // browser believes is no reason to wait for ever.
        let _ = abort
            .wait(Promise::race(&Array::of2(&online, &sleep(OFFLINE_MS))))
            .await?;
        return Ok(true);
    }
    match retry.after(outcome, jitter()) {
        Next::Fail(error) => Err(error.into()),
        Next::Again { after_ms, presign } => {
            // A timer does not fail.
            let _ = abort.wait(sleep(after_ms)).await?;
            Ok(presign)
        }
    }
}
