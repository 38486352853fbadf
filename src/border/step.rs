//! Steps as the shell reads them: plain objects, each with all of its members.

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::JsValue;

use super::{journey::Journey, plain::to_js};
use crate::machine::{
    Body, Checks, Deciphering, Encryption, Id, Opening, Phase, Progress, Reply, Sealing, SegmentKeys, Sending,
    SinkKind, SoftKeys, Step, Taken,
};

/// An object of those members. Defined, not set, as a setter may be on the prototype of all objects.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, JsValue)>) -> Object {
    let entries = members
        .into_iter()
        .map(|(name, value)| Array::of2(&name.into(), &value));
    // Of entries that are arrays of two, nothing throws.
    Object::from_entries(&entries.collect::<Array>()).unwrap_or_default()
}

type Members = Vec<(&'static str, JsValue)>;

impl Journey {
    pub(super) fn encode(&self, id: Id, step: Step) -> JsValue {
        let (name, members) = self.parts(id, step);
        let head = [("id", JsValue::from(id)), ("do", name.into())];
        object(head.into_iter().chain(members)).into()
    }

    fn parts(&self, id: Id, step: Step) -> (&'static str, Members) {
        match step {
            Step::Presign(request) => ("presign", vec![("request", to_js(&request).unwrap_or_default())]),
            Step::Send(sending) => ("send", send(sending)),
            Step::Probe(of) => ("probe", vec![("of", body(of))]),
            Step::Pull { stream, bytes } => ("pull", vec![("stream", stream.into()), ("bytes", bytes.into())]),
            Step::Fill { stream, bytes } => ("fill", vec![("stream", stream.into()), ("bytes", bytes.into())]),
            Step::Take(Taken::Source) => ("take", vec![("of", "source".into())]),
            Step::Take(Taken::Response) => ("take", vec![("of", "response".into())]),
            Step::Take(Taken::InstructionFile) => ("take", vec![("of", "instructionFile".into())]),
            Step::Wait { ms, until_online } => ("wait", vec![("ms", ms.into()), ("untilOnline", until_online.into())]),
            Step::Lock { name } => ("lock", vec![("name", name.into())]),
            Step::Secret(call) => {
                self.secrets.keep_call(id, call);
                ("secret", Vec::new())
            }
            Step::LoadExtras => ("loadExtras", Vec::new()),
            Step::Seal(sealing) => ("seal", self.seal(sealing)),
            Step::Open(opening) => ("open", self.open(opening)),
            Step::Append { buffer, bytes } => {
                let bytes = Uint8Array::from(bytes.as_slice());
                ("append", vec![("buffer", buffer.into()), ("bytes", bytes.into())])
            }
            Step::Cut { buffer, range } => {
                let range = [("start", range.start.into()), ("end", range.end.into())];
                let members = std::iter::once(("buffer", buffer.into())).chain(range);
                ("cut", members.collect())
            }
            Step::Join { buffer, more } => ("join", vec![("buffer", buffer.into()), ("more", more.into())]),
            Step::Digest { of, range, checks } => {
                let mut members = vec![("of", body(of)), ("start", size(range.start)), ("end", size(range.end))];
                members.extend(wanted(checks));
                ("digest", members)
            }
            Step::Sink(kind) => ("sink", sink(kind)),
            Step::Write { sink, buffer } => ("write", vec![("sink", sink.into()), ("buffer", buffer.into())]),
            Step::Commit(sink) => ("commit", vec![("sink", sink.into())]),
            Step::Emit { buffer, verified } => ("emit", vec![("buffer", buffer.into()), ("verified", verified.into())]),
            Step::Tidy => ("tidy", Vec::new()),
            Step::Keep(checkpoint) => ("keep", vec![("checkpoint", to_js(&*checkpoint).unwrap_or_default())]),
            Step::Load { key } => ("load", vec![("key", key.into())]),
            Step::Forget(checkpoint) => ("forget", vec![("checkpoint", to_js(&*checkpoint).unwrap_or_default())]),
            Step::Release(of) => {
                self.secrets.release(of);
                ("release", vec![("of", of.into())])
            }
            Step::Cancel(of) => ("cancel", vec![("of", of.into())]),
            Step::Report(progress) => ("report", vec![("progress", report(progress))]),
        }
    }

    fn seal(&self, sealing: Sealing) -> Members {
        let Sealing {
            of,
            range,
            encryption,
            checks,
            by_worker,
        } = sealing;
        let (calls, soft) = match encryption {
            None => (JsValue::UNDEFINED, JsValue::UNDEFINED),
            Some(Encryption::Calls(keys)) => (self.calls(keys), JsValue::UNDEFINED),
            Some(Encryption::Soft(keys)) => (JsValue::UNDEFINED, self.soft_keys(keys)),
        };
        let mut members = vec![
            ("of", body(of)),
            ("start", size(range.start)),
            ("end", size(range.end)),
            ("byWorker", by_worker.into()),
            ("calls", calls),
            ("soft", soft),
        ];
        members.extend(wanted(checks));
        members
    }

    fn open(&self, opening: Opening) -> Members {
        let (calls, soft, cbc) = match opening.how {
            Deciphering::Hashed(keys) => (self.calls(keys), JsValue::UNDEFINED, JsValue::UNDEFINED),
            Deciphering::Soft(keys) => (JsValue::UNDEFINED, self.soft_keys(keys), JsValue::UNDEFINED),
            Deciphering::Cbc { key, iv, is_last } => {
                let cbc = object([
                    ("key", self.secrets.key(key)),
                    ("iv", Uint8Array::from(iv.as_slice()).into()),
                    ("isLast", is_last.into()),
                ]);
                (JsValue::UNDEFINED, JsValue::UNDEFINED, cbc.into())
            }
        };
        vec![
            ("buffer", opening.buffer.into()),
            ("start", opening.range.start.into()),
            ("end", opening.range.end.into()),
            ("calls", calls),
            ("soft", soft),
            ("cbc", cbc),
        ]
    }

    fn soft_keys(&self, keys: SoftKeys) -> JsValue {
        object([
            ("engine", keys.engine.into()),
            ("ctr", keys.ctr.map(|ctr| self.secrets.key(ctr)).unwrap_or_default()),
            ("counters", Uint8Array::from(keys.counters.expose()).into()),
            ("segmentBytes", keys.segment_bytes.into()),
        ])
        .into()
    }

    /// The keys and IVs of calls, which go to `part.js` alone.
    fn calls(&self, keys: SegmentKeys) -> JsValue {
        object([
            ("gcm", self.secrets.key(keys.gcm)),
            ("ctr", self.secrets.key(keys.ctr)),
            ("ivs", Uint8Array::from(keys.ivs.expose()).into()),
            ("hashIv", Uint8Array::from(keys.hash_iv.expose()).into()),
            ("segmentBytes", keys.segment_bytes.into()),
        ])
        .into()
    }
}

/// Sizes of content stay far below 2^53.
fn size(bytes: u64) -> JsValue {
    (bytes as f64).into()
}

/// Text, the number of what holds the bytes, `true` for the call's source, or nothing.
fn body(body: Body) -> JsValue {
    match body {
        Body::Nothing => JsValue::UNDEFINED,
        Body::Text(text) => text.into(),
        Body::Source => JsValue::TRUE,
        Body::Held(id) => id.into(),
    }
}

fn wanted(checks: Checks) -> Members {
    vec![("sha256", checks.sha256.into()), ("crc64", checks.crc64.into())]
}

fn sink(kind: SinkKind) -> Members {
    let (kind, bytes) = match kind {
        SinkKind::Memory => ("memory", JsValue::UNDEFINED),
        SinkKind::PrivateFile { bytes } => ("private-file", size(bytes)),
        SinkKind::Writable => ("writable", JsValue::UNDEFINED),
    };
    vec![("kind", kind.into()), ("bytes", bytes)]
}

fn report(progress: Progress) -> JsValue {
    let phase = match progress.phase {
        Phase::Encrypt => "encrypt",
        Phase::Upload => "upload",
        Phase::Download => "download",
    };
    object([
        ("phase", phase.into()),
        ("bytesDone", size(progress.bytes_done)),
        ("bytesTotal", size(progress.bytes_total)),
    ])
    .into()
}

fn send(sending: Sending) -> Members {
    let headers = sending
        .headers
        .iter()
        .map(|(name, value)| Array::of2(&name.into(), &value.into()));
    let chars = match sending.reply {
        Reply::Text { chars } => chars.into(),
        Reply::Stream => JsValue::UNDEFINED,
    };
    vec![
        ("method", sending.method.into()),
        ("url", sending.url.into()),
        ("headers", headers.collect::<Array>().into()),
        ("body", body(sending.body)),
        ("chars", chars),
        ("idleMs", sending.idle.idle_ms.into()),
        ("unseenMs", sending.idle.unseen_ms.into()),
    ]
}
