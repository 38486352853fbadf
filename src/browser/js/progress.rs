//! Progress for the caller, never going back within a phase.

use std::cell::Cell;

use js_sys::Function;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::browser::js::summary::to_js;

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Encrypt,
    Upload,
    Download,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    phase: Phase,
    bytes_done: u64,
    bytes_total: u64,
}

pub(crate) struct Progress {
    callback: Option<Function>,
    last: Cell<Option<(Phase, u64)>>,
}

impl Progress {
    pub(crate) const fn new(callback: Option<Function>) -> Self {
        Self {
            callback,
            last: Cell::new(None),
        }
    }

    pub(crate) fn report(&self, phase: Phase, bytes_done: u64, bytes_total: u64) {
        let Some(callback) = &self.callback else { return };
        if matches!(self.last.get(), Some((last, done)) if last == phase && done >= bytes_done) {
            return;
        }
        self.last.set(Some((phase, bytes_done)));
        let report = Report {
            phase,
            bytes_done,
            bytes_total,
        };
        // A callback that throws is the caller's to see, and none of the transfer's business.
        if let Ok(report) = to_js(&report)
            && let Err(thrown) = callback.call1(&JsValue::UNDEFINED, &report)
        {
            web_sys::console::error_1(&thrown);
        }
    }
}
