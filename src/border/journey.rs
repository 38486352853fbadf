//! A machine as the shell drives it.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    rc::Rc,
};

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{js_error::Failure as JsFailure, secret::Secrets, step::object};
use crate::{
    Error,
    machine::{Answer, Desk, Event, Failure, Hold, Id, Leftovers, Machine, Thrown},
    secret::{Entropy, wipe_stack},
};

/// What callbacks and the platform threw, by number from 1.
#[derive(Default)]
pub(super) struct Causes(RefCell<Vec<JsValue>>);

/// What a journey ends with.
pub(super) struct Outcome {
    /// For the caller.
    value: JsValue,
    /// What the shell has for the caller.
    thing: Option<Hold>,
    /// What can be done with it from then on.
    next: Option<Next>,
}

/// The beginning of another journey at the same desk, of the name that the shell gives.
type Next = Box<dyn FnOnce(Desk, &str) -> Option<Going>>;
pub(super) type Going = Pin<Box<dyn Future<Output = Result<Outcome, Failure>>>>;

impl Outcome {
    pub(super) const fn value(value: JsValue) -> Self {
        Self {
            value,
            thing: None,
            next: None,
        }
    }

    pub(super) fn thing(thing: Hold) -> Self {
        Self {
            thing: Some(thing),
            ..Self::value(JsValue::UNDEFINED)
        }
    }

    pub(super) fn followed_by(self, next: impl FnOnce(Desk, &str) -> Option<Going> + 'static) -> Self {
        Self {
            next: Some(Box::new(next)),
            ..self
        }
    }

    pub(super) fn with_thing(self, thing: Option<Hold>) -> Self {
        Self { thing, ..self }
    }
}

/// What an export gives that runs JavaScript. V8 of Node 20 inlines the calls of exports that give one value, and ends the process if it has to leave
/// such a call in the middle and the value is no number (`DoComputeBuiltinContinuation`); of those that may fail there are several.
pub(super) type Told<T> = Result<T, JsValue>;

/// One call under way: `next` says what is to be done, and the other methods hand in what came of it.
#[wasm_bindgen(skip_typescript)]
pub struct Journey {
    machine: RefCell<Machine<Outcome>>,
    desk: Desk,
    given: Object,
    causes: Rc<Causes>,
    pub(super) secrets: Secrets,
    now: Cell<f64>,
    /// What the shell has for the caller, until it has taken it.
    thing: RefCell<Option<Hold>>,
}

/// What can be done once a journey has ended: one other journey.
#[wasm_bindgen(skip_typescript)]
pub struct Continuation {
    next: Next,
    desk: Desk,
    given: Object,
    causes: Rc<Causes>,
    secrets: Secrets,
}

#[wasm_bindgen]
impl Continuation {
    /// Goes on so; nothing for a name that there is no journey of.
    #[wasm_bindgen(js_name = goOn)]
    pub fn go_on(self, how: &str) -> Option<Journey> {
        let Self {
            next,
            desk,
            given,
            causes,
            secrets,
        } = self;
        let going = next(desk.clone(), how)?;
        Some(Journey {
            machine: RefCell::new(Machine::at(desk.clone(), |_| going)),
            desk,
            given,
            causes,
            secrets,
            now: Cell::new(js_sys::Date::now()),
            thing: RefCell::default(),
        })
    }
}

impl Journey {
    /// `given`: the functions and objects of the caller's that steps need.
    pub(super) fn new<J>(given: &[(&str, JsValue)], journey: impl FnOnce(Desk) -> J) -> Self
    where
        J: Future<Output = Result<Outcome, Failure>> + 'static,
    {
        let now = js_sys::Date::now();
        let desk = Desk::new(Box::new(PlatformEntropy), now as u64);
        Self {
            machine: RefCell::new(Machine::at(desk.clone(), journey)),
            desk,
            given: bare(object(given.iter().cloned())),
            causes: Rc::default(),
            secrets: Secrets::default(),
            now: Cell::new(now),
            thing: RefCell::default(),
        }
    }

    pub(super) fn hand_in(&self, id: Id, answer: Answer) {
        self.machine.borrow_mut().answered(id, answer, self.now.get() as u64);
    }

    /// Puts away what was thrown.
    pub(super) fn thrown(&self, cause: JsValue, online: bool) -> Thrown {
        self.causes.keep(cause, online)
    }

    fn continuation(&self, next: Next) -> JsValue {
        let continuation = Continuation {
            next,
            desk: self.desk.clone(),
            given: self.given.clone(),
            causes: Rc::clone(&self.causes),
            secrets: self.secrets.clone(),
        };
        continuation.into()
    }

    fn end(&self, outcome: Result<Outcome, Failure>, leftovers: Option<Leftovers>) -> JsValue {
        let mut rest = [JsValue::UNDEFINED, JsValue::UNDEFINED];
        let (how, value) = match outcome.map_err(Failure::into_error) {
            Ok(Outcome { value, thing, next }) => {
                let [held, going_on] = &mut rest;
                *held = thing.as_ref().map(Hold::id).map(Into::into).unwrap_or_default();
                self.thing.replace(thing);
                if let Some(next) = next {
                    *going_on = self.continuation(next);
                }
                ("done", value)
            }
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
        let [thing, mut next] = rest;
        if let Some(leftovers) = leftovers {
            next = self.continuation(Box::new(|_, _| {
                Some(Box::pin(async {
                    leftovers.await;
                    Ok(Outcome::value(JsValue::UNDEFINED))
                }))
            }));
        }
        object([
            ("do", "end".into()),
            ("how", how.into()),
            ("value", value),
            ("thing", thing),
            ("next", next),
        ])
        .into()
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
    ///
    /// # Errors
    /// None: see `Told`.
    pub fn next(&self) -> Told<Array> {
        let steps = Array::new();
        let mut machine = self.machine.borrow_mut();
        for (id, step) in machine.next() {
            steps.push(&self.encode(id, step));
        }
        let end = machine.end().map(|outcome| (outcome, machine.leftovers()));
        drop(machine);
        if let Some((outcome, leftovers)) = end {
            steps.push(&self.end(outcome, leftovers));
        }
        // What has to do with keys leaves copies there.
        wipe_stack();
        Ok(steps)
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
            let value = super::given::answered(&cause, name);
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

/// What is not given is absent, whatever a page's script has put on the prototype of all objects.
fn bare(given: Object) -> Object {
    // An object of ours is extensible.
    let _ = Reflect::set_prototype_of(&given, &JsValue::NULL);
    given
}

/// Randomness of the platform.
struct PlatformEntropy;

impl Entropy for PlatformEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|_| Error::UnsupportedBrowser("crypto.getRandomValues"))
    }
}
