//! Waiting between the attempts of a request, as `transfer::retry` has it; offline, until the browser may be online again.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    Failure,
    abort::Abort,
    entropy::jitter,
    reflect::{of_navigator, property},
    time::sleep,
};
use crate::transfer::retry::{Next, Outcome, Retry};

/// How long offline before another look.
const OFFLINE_MS: u32 = 30_000;

/// Waits for the next attempt, if there is to be one, and says whether it needs a new URL.
pub(super) async fn wait_after(outcome: Outcome, retry: &mut Retry, abort: &Abort) -> Result<bool, Failure> {
    if matches!(outcome, Outcome::NoAnswer)
        && let Some(online) = until_online()
    {
        // The store has no part in it: nothing is counted. It may have lasted longer than the URL. What the
        // browser believes is no reason to wait for ever.
        let _ = abort
            .wait(Promise::race(&Array::of2(&online, &sleep(OFFLINE_MS))))
            .await?;
        return Ok(true);
    }
    match retry.after(outcome, jitter()) {
        Next::Fail(error) => Err(error.into()),
        Next::Again { after_ms, presign } => {
            // A timer does not fail.
            let _ = abort.wait(sleep(after_ms)).await?;
            Ok(presign)
        }
    }
}

/// Whether a callback failed because the network did. What `fetch` rejects with then is a `TypeError`, also when it comes from another
/// realm or out of a worker.
pub(super) fn nothing_answered(cause: &JsValue) -> bool {
    property(cause, "name") == "TypeError" || until_online().is_some()
}

/// `None` unless the browser says that it is offline.
fn until_online() -> Option<Promise> {
    if of_navigator("onLine") != JsValue::FALSE {
        return None;
    }
    let once = Object::new();
    Reflect::set(&once, &"once".into(), &true.into()).ok()?;
    Some(Promise::new(&mut |resolve, _| {
        add_event_listener("online", &resolve, &once)
    }))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = addEventListener)]
    fn add_event_listener(name: &str, listener: &Function, options: &Object);
}
