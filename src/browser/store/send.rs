//! Requests that write: presigned, and repeated as `s3::retry` has it. Every attempt sends the same bytes.

use std::rc::Rc;

use web_sys::Blob;

use crate::browser::{
    Failure,
    js::{
        abort::Abort,
        progress::{Phase, Progress},
    },
    store::{
        backoff::wait_after,
        part_worker::PartWorker,
        presign::{Headers, PresignRequest, Presigner},
        xhr::{self, Answer, Sent},
    },
};
use crate::s3::retry::{Outcome, Retry};

/// What a request carries.
#[derive(Clone, Copy)]
pub(crate) enum RequestBody<'a> {
    Nothing,
    Blob(&'a Blob),
    /// A part, which is with its worker.
    Part(&'a PartWorker),
}

/// Sends until the store answers with success or it is pointless. `accept` may find a refusal in an answer of success.
pub(crate) async fn send(
    presigner: &Presigner,
    request: &PresignRequest<'_>,
    body: RequestBody<'_>,
    abort: &Abort,
    report: Option<Sent>,
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
            RequestBody::Nothing => xhr::send(request.method(), &to, None, abort, report).await?,
            RequestBody::Blob(blob) => xhr::send(request.method(), &to, Some(blob), abort, report).await?,
            RequestBody::Part(worker) => worker.put(&to, abort, report).await?,
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

/// One PutObject. Every attempt sends the same sealed bytes.
pub(crate) async fn put_blob(
    presigner: &Presigner,
    key: &str,
    headers: &Headers,
    body: &Blob,
    abort: &Abort,
    progress: &Rc<Progress>,
) -> Result<Answer, Failure> {
    let total = body.size() as u64;
    let request = PresignRequest::PutObject {
        key,
        content_length: total,
        headers,
    };
    let reporter = Rc::clone(progress);
    let report: Sent = Rc::new(move |done| reporter.report(Phase::Upload, done, total));
    let stored = send(
        presigner,
        &request,
        RequestBody::Blob(body),
        abort,
        Some(report),
        |_| Ok(()),
    )
    .await?;
    progress.report(Phase::Upload, total, total);
    Ok(stored)
}
