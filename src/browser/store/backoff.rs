//! Waiting between the attempts of a request, as `s3::retry` has it; offline, until the browser may be online again.

use js_sys::{Array, Promise};

use crate::browser::{
    Failure,
    js::{abort::Abort, entropy::jitter, online::until_online, time::sleep},
};
use crate::s3::retry::{Next, Outcome, Retry};

/// Waits for the next attempt, if there is to be one, and says whether it needs a new URL.
pub(crate) async fn wait_after(outcome: Outcome, retry: &mut Retry, abort: &Abort) -> Result<bool, Failure> {
    if matches!(outcome, Outcome::NoAnswer)
        && let Some(online) = until_online()
        && retry.waits_offline()
    {
        // The store has no part in it: nothing is counted. It may have lasted longer than the URL.
        let _ = abort
            .wait(Promise::race(&Array::of2(&online, &sleep(Retry::OFFLINE_MS))))
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
