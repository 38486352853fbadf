//! The caller's AbortSignal.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
};

use js_sys::Promise;
use litemap::LiteMap;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::Error;
use crate::browser::{Failure, js::given::is_abort_signal};

/// Stops the work when the signal says so; without a signal it never stops.
pub(crate) struct Abort(Option<Listening>);

struct Listening {
    signal: AbortSignal,
    waiting: Rc<Waiting>,
    listener: Closure<dyn FnMut()>,
}

/// Whom to wake. Promises raced against one that lives as long as the work would each leave their value with it.
#[derive(Default)]
struct Waiting {
    last: Cell<u64>,
    wakers: RefCell<LiteMap<u64, Waker>>,
}

/// A place among those who wait, left when dropped.
struct Place<'a>(&'a Waiting, u64);

impl Waiting {
    fn place(&self) -> Place<'_> {
        self.last.set(self.last.get().wrapping_add(1));
        Place(self, self.last.get())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.wakers.borrow_mut().remove(&self.1);
    }
}

impl Abort {
    pub(crate) fn new(signal: &JsValue) -> Result<Self, Failure> {
        if signal.is_undefined() || signal.is_null() {
            return Ok(Self(None));
        }
        if !is_abort_signal(signal) {
            return Err(Error::misuse("signal is not an AbortSignal").into());
        }
        let signal: AbortSignal = signal.clone().unchecked_into();
        let waiting = Rc::new(Waiting::default());
        let woken = Rc::clone(&waiting);
        let listener = Closure::new(move || woken.wakers.borrow().values().for_each(Waker::wake_by_ref));
        signal
            .add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref())
            .map_err(|cause| Failure::caused(Error::Unreachable("no listener on a signal"), cause))?;
        let this = Self(Some(Listening {
            signal,
            waiting,
            listener,
        }));
        this.check()?;
        Ok(this)
    }

    /// The signal to hand on, if the caller gave one.
    pub(crate) fn signal(&self) -> Option<&AbortSignal> {
        self.0.as_ref().map(|listening| &listening.signal)
    }

    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self.signal() {
            Some(signal) if signal.aborted() => Err(Failure::aborted(signal.reason())),
            _ => Ok(()),
        }
    }

    /// Waits for the promise, but no longer than the caller wants. Outer error: aborted; inner: the promise's own.
    pub(crate) async fn wait(&self, promise: Promise) -> Result<Result<JsValue, JsValue>, Failure> {
        self.race(JsFuture::from(promise)).await
    }

    /// Waits for the future, but no longer than the caller wants.
    pub(crate) async fn race<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        let mut future = pin!(future);
        let place = self.0.as_ref().map(|listening| listening.waiting.place());
        poll_fn(|context| {
            self.check()?;
            if let Some(Place(waiting, id)) = &place {
                waiting.wakers.borrow_mut().insert(*id, context.waker().clone());
            }
            let result = match future.as_mut().poll(context) {
                Poll::Ready(result) => result,
                Poll::Pending => return Poll::Pending,
            };
            Poll::Ready(self.check().map(|()| result))
        })
        .await
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self
            .signal
            .remove_event_listener_with_callback("abort", self.listener.as_ref().unchecked_ref());
    }
}
