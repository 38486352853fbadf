//! Errors across the border: real JavaScript `Error`s with a stable `code`.

use js_sys::{Error as JsError, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::browser::js::given::answered;
use crate::{Error, keyring};

/// Why an operation ended early. One pointer wide: hundreds of results carry it by value.
#[derive(Debug)]
pub struct Failure(Box<Reason>);

#[derive(Debug)]
enum Reason {
    /// One of ours, with what a callback or the platform threw, where that was the reason.
    Typed(Error, Option<JsValue>),
    /// The caller's signal; its reason is handed back as it is.
    Aborted(JsValue),
}

impl From<Error> for Failure {
    #[inline(never)]
    fn from(error: Error) -> Self {
        Self(Box::new(Reason::Typed(error, None)))
    }
}

impl Failure {
    /// An error of ours with its cause.
    pub fn caused(error: Error, cause: JsValue) -> Self {
        Self(Box::new(Reason::Typed(error, Some(cause))))
    }

    /// The end that the caller's signal asked for.
    pub fn aborted(reason: JsValue) -> Self {
        Self(Box::new(Reason::Aborted(reason)))
    }

    pub(crate) fn is_aborted(&self) -> bool {
        matches!(*self.0, Reason::Aborted(_))
    }

    /// The same with our error told in other words.
    pub(crate) fn map(self, other: fn(Error) -> Error) -> Self {
        Self(Box::new(match *self.0 {
            Reason::Typed(error, cause) => Reason::Typed(other(error), cause),
            aborted => aborted,
        }))
    }

    /// Whether it is an error of ours of which that holds.
    pub(crate) fn is(&self, holds: fn(&Error) -> bool) -> bool {
        matches!(&*self.0, Reason::Typed(error, _) if holds(error))
    }

    /// What the promise rejects with.
    pub fn into_js(self) -> JsValue {
        let (error, cause) = match *self.0 {
            Reason::Aborted(reason) => return reason,
            Reason::Typed(error, cause) => (error, cause),
        };
        let js = JsError::new(&error.to_string());
        js.set_name(NAME);
        define(&js, "code", error.code().into());
        if let Some(refusal) = error.refusal() {
            define(&js, "status", refusal.status.into());
            for (name, text) in [
                ("serviceCode", &refusal.service_code),
                ("requestId", &refusal.request_id),
                ("hostId", &refusal.host_id),
            ] {
                if !text.is_empty() {
                    define(&js, name, text.as_str().into());
                }
            }
        }
        if let Some(cause) = cause {
            define(&js, "cause", cause);
        }
        js.into()
    }
}

impl keyring::Failure for Failure {
    fn is_verdict(&self) -> bool {
        match &*self.0 {
            // Of what a keyring of the caller's threw, only that it does not open this says anything; its service may be down.
            Reason::Typed(error, cause) => {
                let says_so = |cause| answered(cause, "code") == Error::UnwrapFailed.code();
                error.is_verdict() && cause.as_ref().is_none_or(says_so)
            }
            Reason::Aborted(_) => false,
        }
    }
}

fn define(error: &JsError, name: &str, value: JsValue) {
    let descriptor = Object::new();
    // Setting a property of a fresh object, and defining one on it, fail only out of memory.
    let _ = Reflect::set(&descriptor, &"value".into(), &value);
    let _ = Reflect::define_property(error, &name.into(), &descriptor);
}

const NAME: &str = "PresealedError";
