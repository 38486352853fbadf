//! Requests that write: presigned, and repeated as `transfer::retry` has it. Every attempt sends the same bytes.

use web_sys::Blob;

use super::{
    Failure,
    abort::Abort,
    entropy::jitter,
    presign::{PresignRequest, Presigner},
    time::sleep,
    xhr::{self, Answer},
};
use crate::transfer::retry::{Next, Outcome, Retry};

/// Sends until the store answers with success or it is pointless. `accept` may find a refusal in an answer of success.
pub(super) async fn send(
    presigner: &Presigner,
    request: &PresignRequest<'_>,
    body: Option<&Blob>,
    abort: &Abort,
    report: &(impl Fn(u64) + Clone + 'static),
    accept: fn(&Answer) -> Result<(), Outcome>,
) -> Result<Answer, Failure> {
    let mut to = presigner.presign(request, abort).await?;
    let mut retry = Retry::new();
    loop {
        let answer = xhr::send(request.method(), &to, body, abort, report.clone()).await?;
        let outcome = match answer.and_then(|answer| accept(&answer).map(|()| answer)) {
            Ok(answer) => return Ok(answer),
            Err(outcome) => outcome,
        };
        match retry.after(outcome, jitter()) {
            Next::Fail(error) => return Err(error.into()),
            Next::Again { after_ms, presign } => {
                // A timer does not fail.
                let _ = abort.wait(sleep(after_ms)).await?;
                if presign {
                    to = presigner.presign(request, abort).await?;
                }
            }
        }
    }
}
