//! Locks that an origin's pages and workers share.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/browser/js/locks.js")]
extern "C" {
    fn take(name: &str, if_available: bool) -> Promise;
}

/// A lock that is held until it is dropped.
pub(crate) struct Lock(Function);

/// What came of asking for one.
pub(crate) enum Asked {
    Held(Lock),
    /// Somebody else has it.
    Taken,
    /// The platform has none, or none for this page.
    NoLocks,
}

impl Lock {
    /// The lock, if nobody has it.
    pub(crate) async fn try_take(name: &str) -> Asked {
        Self::asked(take(name, true)).await
    }

    /// The lock, once nobody else has it.
    pub(crate) async fn take(name: &str) -> Option<Self> {
        match Self::asked(take(name, false)).await {
            Asked::Held(lock) => Some(lock),
            Asked::Taken | Asked::NoLocks => None,
        }
    }

    async fn asked(asked: Promise) -> Asked {
        match JsFuture::from(asked).await {
            Ok(end) if end.is_function() => Asked::Held(Self(end.unchecked_into())),
            Ok(end) if end.is_null() => Asked::Taken,
            _ => Asked::NoLocks,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What resolves a promise does not throw.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}
