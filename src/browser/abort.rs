//! The caller's AbortSignal.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortSignal;

use super::Failure;
use crate::Error;

/// Stops the work when the signal says so; without a signal it never stops.
pub(super) struct Abort(Option<Listening>);

struct Listening {
    signal: AbortSignal,
    aborted: Promise,
    listener: Closure<dyn FnMut()>,
}

impl Abort {
    pub(super) fn new(signal: &JsValue) -> Result<Self, Failure> {
        if signal.is_undefined() || signal.is_null() {
            return Ok(Self(None));
        }
        let signal: AbortSignal = signal
            .clone()
            .dyn_into()
            .map_err(|_| Error::Misuse("signal is no AbortSignal".into()))?;
        let mut reject = None;
        let aborted = Promise::new(&mut |_, rejected| reject = Some(rejected));
        // Nobody may be racing against it when it rejects.
        let unwatched = JsFuture::from(aborted.clone());
        spawn_local(async move { drop(unwatched.await) });
        let listener = Closure::new(move || {
            if let Some(reject) = &reject {
                let _ = reject.call0(&JsValue::UNDEFINED);
            }
        });
        signal
            .add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref())
            .map_err(|cause| Failure::caused(Error::Unreachable("no listener on a signal"), cause))?;
        let this = Self(Some(Listening {
            signal,
            aborted,
            listener,
        }));
        this.check()?;
        Ok(this)
    }

    /// The signal to hand on; one that never fires where the caller gave none.
    pub(super) fn signal(&self) -> Option<&AbortSignal> {
        self.0.as_ref().map(|listening| &listening.signal)
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        match self.signal() {
            Some(signal) if signal.aborted() => Err(Failure::aborted(signal.reason())),
            _ => Ok(()),
        }
    }

    /// Waits for the promise, but no longer than the caller wants. Outer error: aborted; inner: the promise's own.
    pub(super) async fn wait(&self, promise: Promise) -> Result<Result<JsValue, JsValue>, Failure> {
        let result = match &self.0 {
            None => JsFuture::from(promise).await,
            Some(listening) => {
                let both = js_sys::Array::of2(&promise, &listening.aborted);
                JsFuture::from(Promise::race(&both)).await
            }
        };
        self.check()?;
        Ok(result)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self
            .signal
            .remove_event_listener_with_callback("abort", self.listener.as_ref().unchecked_ref());
    }
}
