//! Requests that write, with upload progress, which fetch does not report, in pages and workers alike.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

use crate::browser::{
    Failure,
    js::abort::Abort,
    store::presign::{Presigned, unusable},
};
use crate::{Error, s3::retry::Outcome};

/// Hears how many bytes of a body have been sent.
pub(crate) type Sent = Rc<dyn Fn(u64)>;

/// A 2xx answer.
pub(crate) struct Answer {
    pub(crate) e_tag: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) body: String,
}

/// One attempt. Outer error: aborted, or nothing that another attempt would mend.
pub(crate) async fn send(
    method: &str,
    to: &Presigned,
    body: Option<&Blob>,
    abort: &Abort,
    on_progress: Option<Sent>,
) -> Result<Result<Answer, Outcome>, Failure> {
    let xhr = XmlHttpRequest::new().map_err(|_| Error::UnsupportedBrowser("XMLHttpRequest"))?;
    xhr.open_with_async(method, &to.url, true).map_err(unusable)?;
    for (name, value) in to.headers.iter() {
        xhr.set_request_header(name, value).map_err(unusable)?;
    }
    let progressed = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        if let Some(report) = &on_progress {
            report(event.loaded() as u64);
        }
    });
    if let Ok(upload) = xhr.upload() {
        upload.set_onprogress(Some(progressed.as_ref().unchecked_ref()));
    }
    // `loadend` follows success, failure and abort alike.
    let ended = Promise::new(&mut |resolve, _| xhr.set_onloadend(Some(&resolve)));
    xhr.send_with_opt_blob(body).map_err(unusable)?;
    let guard = Guard(&xhr);
    let waited = abort.wait(ended).await?;
    drop(guard);
    let status = match waited {
        Ok(_) => xhr.status().unwrap_or(0),
        Err(_) => 0,
    };
    let body = xhr.response_text().ok().flatten().unwrap_or_default();
    Ok(judge(status, body, |name| xhr.get_response_header(name).ok().flatten()))
}

/// What an answer means. Status 0: there was none.
pub(crate) fn judge(
    status: u16,
    body: String,
    header: impl Fn(&'static str) -> Option<String>,
) -> Result<Answer, Outcome> {
    match status {
        0 => Err(Outcome::NoAnswer),
        200..300 => Ok(Answer {
            e_tag: header("etag"),
            version_id: header("x-amz-version-id"),
            body,
        }),
        _ => Err(Outcome::refused(status, header("retry-after"), &body)),
    }
}

/// Ends the request when its future is dropped or aborted; a no-op once it is done.
struct Guard<'a>(&'a XmlHttpRequest);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set_onloadend(None);
        if let Ok(upload) = self.0.upload() {
            upload.set_onprogress(None);
        }
        if self.0.ready_state() != XmlHttpRequest::DONE {
            let _: Result<(), JsValue> = self.0.abort();
        }
    }
}
