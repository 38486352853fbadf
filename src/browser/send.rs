//! Requests that write: presigned, and repeated as `transfer::retry` has it. Every attempt sends the same bytes.

use std::rc::Rc;

use web_sys::Blob;

use super::{
    Failure,
    abort::Abort,
    part_worker::PartWorker,
    patience::wait_after,
    presign::{PresignRequest, Presigner},
    xhr::{self, Answer},
};
use crate::transfer::retry::{Outcome, Retry};

/// Hears how many bytes of a body have left.
pub(super) type Report = Rc<dyn Fn(u64)>;

/// What a request carries.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Nothing,
    Blob(&'a Blob),
    /// A part, which is with its worker.
    Part(&'a PartWorker),
}

/// Sends until the store answers with success or it is pointless. `accept` may find a refusal in an answer of success.
pub(super) async fn send(
    presigner: &Presigner,
    request: &PresignRequest<'_>,
    body: Body<'_>,
    abort: &Abort,
    report: Option<Report>,
    accept: fn(&Answer) -> Result<(), Outcome>,
) -> Result<Answer, Failure> {
    let mut to = presigner.presign(request, abort).await?;
    let mut retry = match request.follows_an_answer() {
        true => Retry::patient(),
        false => Retry::new(),
    };
    loop {
        let report = report.clone();
        let answer = match body {
            Body::Nothing => xhr::send(request.method(), &to, None, abort, report).await?,
            Body::Blob(blob) => xhr::send(request.method(), &to, Some(blob), abort, report).await?,
            Body::Part(worker) => worker.put(&to, abort, report).await?,
        };
        let outcome = match answer.and_then(|answer| accept(&answer).map(|()| answer)) {
            Ok(answer) => return Ok(answer),
            Err(outcome) => outcome,
        };
        if wait_after(outcome, &mut retry, abort).await? {
            to = presigner.presign(request, abort).await?;
        }
    }
}
