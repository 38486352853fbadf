//! Promises that always settle.
//!
//! A panic aborts a wasm module without unwinding: the future that panicked never resolves its promise. So every
//! promise handed out is kept until it settles, and the panic hook rejects those that are left.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
};

use js_sys::{Function, Promise};
use litemap::LiteMap;
use wasm_bindgen::{JsValue, UnwrapThrowExt};
use wasm_bindgen_futures::spawn_local;

use crate::browser::Failure;
use crate::{Error, secret::wipe_stack};

thread_local! {
    static PENDING: RefCell<LiteMap<u64, Function>> = const { RefCell::new(LiteMap::new()) };
    static NEXT: Cell<u64> = const { Cell::new(0) };
    static ABANDONED: Cell<bool> = const { Cell::new(false) };
}

/// A promise of what the future returns.
pub fn promise<T, F>(future: F) -> Promise
where
    T: Into<JsValue>,
    F: Future<Output = Result<T, Failure>> + 'static,
{
    settled_by(Box::pin(async move { future.await.map(Into::into) }))
}

/// Compiled once, whatever is exported.
fn settled_by(future: Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>>) -> Promise {
    let mut future = Some(future);
    Promise::new(&mut |resolve: Function, reject: Function| {
        if ABANDONED.get() {
            let _ = reject.call1(&JsValue::UNDEFINED, &panicked());
            return;
        }
        let Some(future) = future.take() else { return };
        let id = NEXT.replace(NEXT.get().wrapping_add(1));
        PENDING.with_borrow_mut(|pending| pending.insert(id, reject.clone()));
        spawn(Box::pin(async move {
            let result = future.await;
            PENDING.with_borrow_mut(|pending| pending.remove(&id));
            let settled = match result {
                Ok(value) => resolve.call1(&JsValue::UNDEFINED, &value),
                Err(failure) => reject.call1(&JsValue::UNDEFINED, &failure.into_js()),
            };
            settled.unwrap_throw();
        }));
    })
}

/// Runs what has to do with keys, and overwrites after each step what it left on the stack: the step may be the last for long.
pub(crate) fn spawn(mut future: Pin<Box<dyn Future<Output = ()>>>) {
    spawn_local(poll_fn(move |context| {
        let step = future.as_mut().poll(context);
        wipe_stack();
        step
    }));
}

/// Rejects every pending promise, and all later ones, with code `unreachable`. For the panic hook.
pub fn abandon_pending() {
    ABANDONED.set(true);
    let pending = PENDING.with(|pending| {
        pending
            .try_borrow_mut()
            .map(|mut pending| std::mem::take(&mut *pending))
    });
    for (_, reject) in pending.unwrap_or_default() {
        let _ = reject.call1(&JsValue::UNDEFINED, &panicked());
    }
}

fn panicked() -> JsValue {
    Failure::from(Error::Unreachable(
        "the module panicked; reload the page (the console has the details)",
    ))
    .into_js()
}
