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
        presign::{Headers, PresignRequest, Presigner},
        xhr::{self, Sent},
    },
};
use crate::{
    Error,
    s3::{
        answer::{Answer, judge},
        retry::{Outcome, Retry},
    },
};

/// What a request carries.
#[derive(Clone, Copy)]
pub(crate) enum RequestBody<'a> {
    Blob(&'a Blob),
}

/// Sends until the store answers with success or it is pointless.
pub(crate) async fn send(
    presigner: &Presigner,
    request: &PresignRequest<'_>,
    body: RequestBody<'_>,
    abort: &Abort,
    report: Option<Sent>,
) -> Result<Answer, Failure> {
    let mut to = presigner.presign(request, abort).await?;
    let mut retry = match request.operation().follows_an_answer() {
        true => Retry::patient(),
        false => Retry::new(),
    };
    loop {
        let report = report.clone();
        let answer = match body {
            RequestBody::Blob(blob) => xhr::send(&to, Some(blob), abort, report).await?,
        };
        let outcome = match judge(&to.asked(), answer) {
            Ok(answer) => return Ok(answer),
            Err(outcome) => outcome,
        };
        if let (Outcome::NoAnswer, RequestBody::Blob(blob)) = (&outcome, body) {
            expect_readable(blob, abort).await?;
        }
        if wait_after(outcome, &mut retry, abort).await? {
            to = presigner.presign(request, abort).await?;
        }
    }
}

/// A request whose body can no longer be read fails as one without an answer does, and so would every other attempt.
async fn expect_readable(body: &Blob, abort: &Abort) -> Result<(), Failure> {
    let failed = |cause| Failure::caused(Error::ReadFailed, cause);
    // Of what has no byte, itself: a slice of nothing can always be read.
    let first = match body.size() > 0.0 {
        true => body.slice_with_i32_and_i32(0, 1).map_err(failed)?,
        false => body.clone(),
    };
    abort.wait(first.array_buffer()).await?.map_err(failed)?;
    Ok(())
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
    let stored = send(presigner, &request, RequestBody::Blob(body), abort, Some(report)).await?;
    progress.report(Phase::Upload, total, total);
    Ok(stored)
}
