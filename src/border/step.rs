//! Steps as the shell reads them: plain objects, each with all of its members.

use js_sys::{Array, Object};
use wasm_bindgen::JsValue;

use crate::{
    browser::js::summary::to_js,
    machine::{Body, Id, Phase, Reply, Sending, Step},
};

/// An object of those members. Defined, not set, as a setter may be on the prototype of all objects.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, JsValue)>) -> Object {
    let entries = members
        .into_iter()
        .map(|(name, value)| Array::of2(&name.into(), &value));
    // Of entries that are arrays of two, nothing throws.
    Object::from_entries(&entries.collect::<Array>()).unwrap_or_default()
}

pub(super) fn encode(id: Id, step: Step) -> JsValue {
    let (name, members) = parts(step);
    let head = [("id", JsValue::from(id)), ("do", name.into())];
    object(head.into_iter().chain(members)).into()
}

fn parts(step: Step) -> (&'static str, Vec<(&'static str, JsValue)>) {
    match step {
        Step::Presign(request) => ("presign", vec![("request", to_js(&request).unwrap_or_default())]),
        Step::Send(sending) => ("send", send(sending)),
        Step::Probe(of) => ("probe", vec![("of", of.into())]),
        Step::Pull { stream, bytes } => ("pull", vec![("stream", stream.into()), ("bytes", bytes.into())]),
        Step::Wait { ms, until_online } => ("wait", vec![("ms", ms.into()), ("untilOnline", until_online.into())]),
        Step::Lock { name } => ("lock", vec![("name", name.into())]),
        Step::Release(of) => ("release", vec![("of", of.into())]),
        Step::Cancel(of) => ("cancel", vec![("of", of.into())]),
        Step::Report(progress) => {
            let phase = match progress.phase {
                Phase::Encrypt => "encrypt",
                Phase::Upload => "upload",
                Phase::Download => "download",
            };
            let report = object([
                ("phase", phase.into()),
                ("bytesDone", (progress.bytes_done as f64).into()),
                ("bytesTotal", (progress.bytes_total as f64).into()),
            ]);
            ("report", vec![("progress", report.into())])
        }
    }
}

fn send(sending: Sending) -> Vec<(&'static str, JsValue)> {
    let headers = sending
        .headers
        .iter()
        .map(|(name, value)| Array::of2(&name.into(), &value.into()));
    let (text, held) = match sending.body {
        Body::Nothing => (JsValue::UNDEFINED, JsValue::UNDEFINED),
        Body::Text(text) => (text.into(), JsValue::UNDEFINED),
        Body::Held(id) => (JsValue::UNDEFINED, id.into()),
    };
    let chars = match sending.reply {
        Reply::Text { chars } => chars.into(),
        Reply::Stream => JsValue::UNDEFINED,
    };
    vec![
        ("method", sending.method.into()),
        ("url", sending.url.into()),
        ("headers", headers.collect::<Array>().into()),
        ("text", text),
        ("held", held),
        ("chars", chars),
    ]
}
