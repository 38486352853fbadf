//! A worker for each part: it reads, seals and sends the part, so that this costs the page's thread no time and every core is used.
//!
//! With its part the worker ends, and that is what bounds the browser's memory: Chromium 156 keeps the body of a request, be it a Blob or
//! bytes, until it collects garbage, of which it sees no need. Of 512 MiB sent from one thread it held 526 MiB at its peak, and of 2 GiB 2074; with
//! a worker for each part 60 to 80 of both, in the same time. Bytes instead of Blobs are a fifth faster, held 95 to 165 MiB, and a browser whose
//! inspector is open copies them for it: 80 MiB then took 39 s.

use std::{
    cell::{Cell, RefCell},
    ops::Range,
};

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, CryptoKey, MessageEvent, Worker};
use zeroize::Zeroizing;

use crate::browser::{
    Failure,
    crypto::webcrypto::wipe,
    js::{
        abort::Abort,
        given::has_base,
        reflect::{of_navigator, property},
        summary::to_js,
        time::sleep,
    },
    store::{
        presign::{Presigned, unusable},
        xhr::Sent,
    },
};
use crate::{
    Error,
    s3::answer::{Answer, MAX_ANSWER_CHARS},
};

/// How long a worker may take to start.
const START_MS: u32 = 10_000;

/// Where workers come from: one is always about to start, so that no part waits for its own.
pub(crate) struct PartWorkers {
    script: String,
    next: RefCell<Option<Starting>>,
}

/// A worker that was asked whether it is there.
struct Starting {
    worker: PartWorker,
    hello: Promise,
}

impl PartWorkers {
    /// `None` where workers are not needed (see [`keeps_bodies`]) or cannot be had: none are there, a policy forbids them, or the package comes from
    /// another origin.
    pub(crate) async fn start(abort: &Abort) -> Result<Option<Self>, Failure> {
        if !has_base() || !keeps_bodies() {
            return Ok(None);
        }
        let script = wasm_bindgen::link_to!(module = "/src/browser/store/part.js");
        // A worker from a data URL is of no origin, which no bucket's CORS rule allows.
        if script.starts_with("data:") {
            return Ok(None);
        }
        let next = RefCell::default();
        let workers = Self { script, next };
        let first = workers.take(abort).await?;
        Ok(first.map(|worker| {
            let hello = Promise::resolve(&JsValue::from(Object::new()));
            workers.next.replace(Some(Starting { worker, hello }));
            workers
        }))
    }

    /// A worker for a part; `None` where none starts now, as when the browser is offline and keeps no copy of the script.
    pub(crate) async fn take(&self, abort: &Abort) -> Result<Option<PartWorker>, Failure> {
        let next = self.next.take().or_else(|| self.begin());
        self.next.replace(self.begin());
        let Some(Starting { worker, hello }) = next else {
            return Ok(None);
        };
        let in_time = Promise::race(&Array::of2(&hello, &sleep(START_MS)));
        let answer = abort.wait(in_time).await?;
        Ok(answer.is_ok_and(|answer| answer.is_object()).then_some(worker))
    }

    fn begin(&self) -> Option<Starting> {
        let worker = PartWorker::new(&self.script).ok()?;
        let hello = worker.ask(&Step::Hello {}.to_js().ok()?, None);
        // Nobody may be waiting for it when it fails.
        let unwatched = JsFuture::from(hello.clone());
        spawn_local(async move { drop(unwatched.await) });
        Some(Starting { worker, hello })
    }
}

/// What a part is to be encrypted with: a key that nobody can read, and an IV for each segment.
pub(crate) struct Calls<'a> {
    pub(crate) key: &'a CryptoKey,
    pub(crate) ivs: Zeroizing<Vec<u8>>,
    pub(crate) segment_bytes: u64,
}

/// What has become of a part: the digest of its stored bytes, their CRC64NVME where it was wanted and, if they were encrypted, each segment's
/// tag and last key stream block.
pub(crate) struct Sealed {
    pub(crate) digest: Uint8Array,
    pub(crate) crc: Option<Uint8Array>,
    pub(crate) tags: Uint8Array,
    pub(crate) keystream: Uint8Array,
}

/// One part's thread. It ends when it is dropped, and so does its request.
pub(crate) struct PartWorker {
    worker: Worker,
    /// Hears what the worker says; kept for as long as it may say something.
    heard: Cell<Option<Listener>>,
}

#[derive(Serialize)]
#[serde(tag = "step", rename_all = "lowercase", rename_all_fields = "camelCase")]
enum Step<'a> {
    Hello {},
    Seal {
        start: u64,
        end: u64,
        segment_bytes: u64,
        with_crc: bool,
    },
    Put {
        url: &'a str,
        most_chars: u32,
    },
}

impl Step<'_> {
    fn to_js(&self) -> Result<Object, Failure> {
        Ok(to_js(self)?.unchecked_into())
    }
}

type Listener = Closure<dyn FnMut(MessageEvent)>;

impl PartWorker {
    fn new(script: &str) -> Result<Self, JsValue> {
        Ok(Self {
            worker: Worker::new(script)?,
            heard: Cell::new(None),
        })
    }

    /// Fills the part with those bytes of the source.
    pub(crate) async fn seal(
        &self,
        source: &Blob,
        range: Range<u64>,
        calls: Option<&Calls<'_>>,
        with_crc: bool,
        abort: &Abort,
    ) -> Result<Sealed, Failure> {
        let step = Step::Seal {
            start: range.start,
            end: range.end,
            segment_bytes: calls.map_or(0, |calls| calls.segment_bytes),
            with_crc,
        };
        let message = step.to_js()?;
        let ivs = Uint8Array::from(calls.map_or(&[][..], |calls| calls.ivs.as_slice()));
        set(&message, "source", source)?;
        if let Some(calls) = calls {
            set(&message, "key", calls.key)?;
            set(&message, "ivs", &ivs)?;
        }
        let asked = self.ask(&message, None);
        // They were copied, and tell the hash key.
        wipe(&ivs);
        let done = self.done(asked, abort).await?;
        let bytes = |name| property(&done, name).dyn_into::<Uint8Array>();
        match (bytes("digest"), bytes("tags"), bytes("keystream")) {
            (Ok(digest), Ok(tags), Ok(keystream)) => Ok(Sealed {
                digest,
                crc: bytes("crc").ok(),
                tags,
                keystream,
            }),
            _ => Err(Error::Unreachable("a worker that sealed nothing").into()),
        }
    }

    /// One attempt to send it. Errors as those of [`xhr::send`](crate::browser::store::xhr::send).
    pub(crate) async fn put(
        &self,
        to: &Presigned,
        abort: &Abort,
        on_progress: Option<Sent>,
    ) -> Result<Answer, Failure> {
        let headers = Object::new();
        for (name, value) in to.sent_headers() {
            set(&headers, name, &value.as_str().into())?;
        }
        let step = Step::Put {
            url: &to.url,
            most_chars: MAX_ANSWER_CHARS,
        };
        let message = step.to_js()?;
        set(&message, "headers", &headers)?;
        let done = self.done(self.ask(&message, on_progress), abort).await?;
        let text = |name| property(&done, name).as_string().unwrap_or_default();
        let status = property(&done, "status").as_f64().unwrap_or_default() as u16;
        Ok(match property(&done, "endless").is_truthy() {
            true => Answer::endless(status),
            false => Answer::new(status, &text("headers"), text("body")),
        })
    }

    /// A promise of the answer. What comes before it is progress.
    fn ask(&self, message: &Object, on_progress: Option<Sent>) -> Promise {
        let (mut answer, mut failed) = (None, None);
        let promise = Promise::new(&mut |resolve, reject| (answer, failed) = (Some(resolve), Some(reject)));
        let heard = Closure::new(
            move |event: MessageEvent| match (event.data().as_f64(), &on_progress, &answer) {
                (Some(bytes), Some(report), _) => report(bytes as u64),
                (_, _, Some(answer)) => drop(answer.call1(&JsValue::UNDEFINED, &event.data())),
                _ => {}
            },
        );
        self.worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        self.worker.set_onerror(failed.as_ref());
        self.heard.set(Some(heard));
        if let (Err(cause), Some(failed)) = (self.worker.post_message(message), failed) {
            let _ = failed.call1(&JsValue::UNDEFINED, &cause);
        }
        promise
    }

    async fn done(&self, answer: Promise, abort: &Abort) -> Result<JsValue, Failure> {
        let broken = |cause| Failure::caused(Error::UnsupportedBrowser("a worker for each part"), cause);
        let done = abort.wait(answer).await?.map_err(broken)?;
        let Some(failed) = property(&done, "failed").as_string() else {
            return Ok(done);
        };
        let cause = property(&done, "cause");
        Err(match failed.as_str() {
            "changed" => Error::FileChanged.into(),
            "read" => Failure::caused(Error::ReadFailed, cause),
            "request" => unusable(cause),
            _ => broken(cause),
        })
    }
}

impl Drop for PartWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// Whether this is a Chromium, which keeps the bodies of requests, and alone has a list of brands. In Firefox 153 on a busy machine uploads hung
/// several times after all parts were sealed: it seems to lose what a worker's worker says while another one ends.
fn keeps_bodies() -> bool {
    of_navigator("userAgentData").is_object()
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), Failure> {
    Reflect::set(object, &name.into(), value)
        .map(drop)
        .map_err(|cause| Failure::caused(Error::Unreachable("a plain object that takes no entry"), cause))
}
