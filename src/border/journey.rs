//! A machine as the shell drives it.

use std::{
    cell::{Cell, RefCell},
    future::Future,
};

use js_sys::{Array, Object};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{secret::Secrets, step::object};
use crate::{
    browser::{Failure as JsFailure, js::entropy::BrowserEntropy},
    machine::{Answer, Desk, Event, Failure, Id, Machine, Thrown},
    secret::wipe_stack,
};

/// What callbacks and the platform threw, by number from 1.
#[derive(Default)]
pub(super) struct Causes(RefCell<Vec<JsValue>>);

/// One call under way: `next` says what is to be done, and the other methods hand in what came of it.
#[wasm_bindgen(skip_typescript)]
pub struct Journey {
    machine: RefCell<Machine<JsValue>>,
    given: Object,
    causes: Causes,
    pub(super) secrets: Secrets,
    now: Cell<f64>,
}

impl Journey {
    /// `given`: the functions and objects of the caller's that steps need.
    pub(super) fn new<J>(given: &[(&str, JsValue)], journey: impl FnOnce(Desk) -> J) -> Self
    where
        J: Future<Output = Result<JsValue, Failure>> + 'static,
    {
        let now = js_sys::Date::now();
        Self {
            machine: RefCell::new(Machine::new(Box::new(BrowserEntropy), now as u64, journey)),
            given: object(given.iter().cloned()),
            causes: Causes::default(),
            secrets: Secrets::default(),
            now: Cell::new(now),
        }
    }

    pub(super) fn hand_in(&self, id: Id, answer: Answer) {
        self.machine.borrow_mut().answered(id, answer, self.now.get() as u64);
    }

    /// Puts away what was thrown.
    pub(super) fn thrown(&self, cause: JsValue, online: bool) -> Thrown {
        self.causes.keep(cause, online)
    }

    fn end(&self, outcome: Result<JsValue, Failure>) -> JsValue {
        let (kind, value) = match outcome.map_err(Failure::into_error) {
            Ok(value) => ("done", value),
            Err(None) => ("stopped", JsValue::UNDEFINED),
            Err(Some((error, cause))) => {
                let cause = cause.map(|cause| self.causes.get(&cause));
                let failure = match cause {
                    Some(cause) => JsFailure::caused(error, cause),
                    None => error.into(),
                };
                ("failed", failure.into_js())
            }
        };
        object([("do", "end".into()), ("how", kind.into()), ("value", value)]).into()
    }
}

#[wasm_bindgen]
impl Journey {
    /// What the caller gave that steps need: functions, and the signal.
    #[wasm_bindgen(getter)]
    pub fn given(&self) -> Object {
        self.given.clone()
    }

    /// The time of what is handed in from now on.
    pub fn clock(&self, now: f64) {
        self.now.set(now);
    }

    /// The steps to begin now; the last one is the end.
    pub fn next(&self) -> Array {
        let steps = Array::new();
        let mut machine = self.machine.borrow_mut();
        for (id, step) in machine.next() {
            steps.push(&self.encode(id, step));
        }
        let end = machine.end();
        drop(machine);
        if let Some(outcome) = end {
            steps.push(&self.end(outcome));
        }
        // What has to do with keys leaves copies there.
        wipe_stack();
        steps
    }

    /// The caller has stopped.
    pub fn stop(&self) {
        self.machine.borrow_mut().stop();
    }

    /// So many bytes have moved since the step began.
    pub fn moved(&self, id: u32, bytes: f64) {
        self.machine.borrow_mut().noticed(id, Event::Moved(bytes as u64));
    }
}

impl Causes {
    fn keep(&self, cause: JsValue, online: bool) -> Thrown {
        let text = |name: &str| -> String {
            let value = crate::browser::js::given::answered(&cause, name);
            value.as_string().unwrap_or_default()
        };
        let (name, code) = (text("name"), text("code"));
        let mut all = self.0.borrow_mut();
        all.push(cause);
        let id = u32::try_from(all.len()).unwrap_or(0);
        Thrown { id, name, code, online }
    }

    fn get(&self, thrown: &Thrown) -> JsValue {
        let position = thrown.id.checked_sub(1).and_then(|id| usize::try_from(id).ok());
        let all = self.0.borrow();
        position
            .and_then(|position| all.get(position))
            .cloned()
            .unwrap_or_default()
    }
}
