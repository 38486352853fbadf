//! Requests that write, with upload progress, which fetch does not report, in pages and workers alike.

use std::{cell::Cell, rc::Rc};

use js_sys::{JsString, Promise};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

use crate::Error;
use crate::browser::{
    Failure,
    js::{abort::Abort, reflect::property},
    store::presign::{Presigned, unusable},
};
use crate::s3::answer::{self, Answer, MAX_ANSWER_CHARS};

/// Hears how many bytes of a body have been sent.
pub(crate) type Sent = Rc<dyn Fn(u64)>;

/// One attempt. Outer error: aborted, or nothing that another attempt would mend.
pub(crate) async fn send(
    to: &Presigned,
    body: Option<&Blob>,
    abort: &Abort,
    on_progress: Option<Sent>,
) -> Result<Answer, Failure> {
    let xhr = XmlHttpRequest::new().map_err(|_| Error::UnsupportedBrowser("XMLHttpRequest"))?;
    xhr.open_with_async(to.method(), &to.url, true).map_err(unusable)?;
    for (name, value) in to.sent_headers() {
        xhr.set_request_header(name, &value).map_err(unusable)?;
    }
    let progressed = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        if let Some(report) = &on_progress {
            report(event.loaded() as u64);
        }
    });
    if let Ok(upload) = xhr.upload() {
        upload.set_onprogress(Some(progressed.as_ref().unchecked_ref()));
    }
    // Of an answer without end, or one that unpacks to far more than it is on its way, the status is enough.
    let too_long = Rc::new(Cell::new(None));
    let (receiving, cut) = (xhr.clone(), Rc::clone(&too_long));
    // `Fn`: aborting calls it again before it has returned.
    let received = Closure::<dyn Fn()>::new(move || {
        let is_too_long = property(&receiving, "responseText")
            .dyn_ref::<JsString>()
            .is_some_and(|text| text.length() > MAX_ANSWER_CHARS);
        if is_too_long && cut.get().is_none() {
            cut.set(receiving.status().ok());
            let _: Result<(), JsValue> = receiving.abort();
        }
    });
    // Firefox tells of a state once, and of progress again and again.
    xhr.set_onprogress(Some(received.as_ref().unchecked_ref()));
    // `loadend` follows success, failure and abort alike.
    let ended = Promise::new(&mut |resolve, _| xhr.set_onloadend(Some(&resolve)));
    xhr.send_with_opt_blob(body).map_err(unusable)?;
    let guard = Guard(&xhr);
    let waited = abort.wait(ended).await?;
    drop(guard);
    if let Some(status) = too_long.get() {
        return Ok(Answer::endless(status));
    }
    let status = match waited {
        Ok(_) => xhr.status().unwrap_or(0),
        Err(_) => 0,
    };
    let body = xhr.response_text().ok().flatten().unwrap_or_default();
    // An XMLHttpRequest of another make may only give headers by their names.
    let headers = xhr.get_all_response_headers().unwrap_or_else(|_| {
        let line = |name: &str| Some(format!("{name}: {}\n", xhr.get_response_header(name).ok()??));
        answer::HEADERS.iter().copied().filter_map(line).collect()
    });
    Ok(Answer::new(status, &headers, body))
}

/// Ends the request when its future is dropped or aborted; a no-op once it is done.
struct Guard<'a>(&'a XmlHttpRequest);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set_onloadend(None);
        self.0.set_onprogress(None);
        if let Ok(upload) = self.0.upload() {
            upload.set_onprogress(None);
        }
        if self.0.ready_state() != XmlHttpRequest::DONE {
            let _: Result<(), JsValue> = self.0.abort();
        }
    }
}
