//! Steps: plain objects, each with all of its members, whatever the prototype of objects holds.

use std::cell::{Cell, RefCell};

use js_sys::{Array, Object, Reflect, Uint8Array};
use presealed::border::{Journey, encrypt_content, get_object, inspect_object, put_object};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    End, array, drive_alone, get, id, object, open, options, pairs, polluted, presigned, reading, seal, secret, text,
    with,
};

/// What each step has beside `do`, and all but the end beside `id`.
const STEPS: [(&str, &str); 27] = [
    ("append", "buffer bytes"),
    ("cancel", "of"),
    ("commit", "sink"),
    ("cut", "buffer start end"),
    ("digest", "of start end sha256 crc64"),
    ("emit", "buffer verified"),
    ("end", "how value thing next"),
    ("fill", "stream bytes"),
    ("forget", "checkpoint"),
    ("join", "buffer more"),
    ("keep", "checkpoint"),
    ("loadExtras", ""),
    ("lock", "name"),
    ("open", "buffer start end calls soft cbc"),
    ("presign", "request"),
    ("probe", "of"),
    ("pull", "stream bytes"),
    ("release", "of"),
    ("report", "progress"),
    ("seal", "of start end byWorker calls soft sha256 crc64"),
    ("secret", ""),
    ("send", "method url headers body chars idleMs unseenMs"),
    ("sink", "kind bytes"),
    ("take", "of"),
    ("tidy", ""),
    ("wait", "ms untilOnline"),
    ("write", "sink buffer"),
];
const CALLS: &str = "gcm ctr ivs hashIv segmentBytes";
const PROGRESS: &str = "phase bytesDone bytesTotal";
const CONTENT: [u8; 40] = [5; 40];

fn words(text: &str) -> Vec<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}

/// Its own members are these, in this order.
fn assert_members(of: &JsValue, expected: &[&str], what: &str) {
    let keys = Object::keys(of.unchecked_ref::<Object>());
    let keys: Vec<String> = keys.iter().filter_map(|key| key.as_string()).collect();
    assert_eq!(keys, expected, "{what}");
}

fn assert_whole(step: &JsValue) {
    let name = text(step, "do");
    let (_, members) = STEPS.iter().find(|(known, _)| *known == name).expect(&name);
    let head = if name == "end" { vec!["do"] } else { vec!["id", "do"] };
    assert_members(step, &[head, words(members)].concat(), &name);
    match name.as_str() {
        "seal" | "open" => assert_members(&get(step, "calls"), &words(CALLS), "calls"),
        "report" => assert_members(&get(step, "progress"), &words(PROGRESS), "progress"),
        "send" => {
            for pair in get(step, "headers").dyn_into::<Array>().expect("headers").iter() {
                let pair: Array = pair.dyn_into().expect("a pair");
                let [header, value] = [pair.get(0), pair.get(1)].map(|part| part.as_string().expect("text"));
                assert!(pair.length() == 2 && header == header.to_lowercase() && value == value.trim());
            }
        }
        _ => {}
    }
}

/// Whatever a step, or what is in it, has.
fn all_members() -> Vec<String> {
    let members = STEPS.iter().flat_map(|(_, members)| words(members));
    let more = ["id", "do", "held", "headers", "text", "stop", "done"];
    let all = members.chain(words(CALLS)).chain(words(PROGRESS)).chain(more);
    all.map(Into::into).collect()
}

/// A platform of a few lines: buffers by the step that brought them.
#[derive(Default)]
struct Outside {
    buffers: RefCell<Vec<(u32, Vec<u8>)>>,
    /// What the store was sent, or has.
    stored: RefCell<Vec<u8>>,
    headers: RefCell<Vec<(String, String)>>,
    /// How far the answer has been read.
    read: Cell<usize>,
    seen: RefCell<Vec<String>>,
}

impl Outside {
    fn buffer(&self, id: &JsValue) -> Vec<u8> {
        let buffers = self.buffers.borrow();
        let found = buffers.iter().rev().find(|(held, _)| *id == *held);
        found.map(|(_, bytes)| bytes.clone()).expect("no such buffer")
    }

    fn keep(&self, id: u32, bytes: Vec<u8>) {
        self.buffers.borrow_mut().push((id, bytes));
    }

    /// Runs it to its end, where the prototype of objects holds other things whenever steps are made.
    async fn run(&self, journey: &Journey) -> End {
        loop {
            let steps: Array =
                polluted(all_members(), &"other".into(), &mut || journey.next().unwrap().into()).unchecked_into();
            assert!(steps.length() > 0, "nothing is to be done, and there is no end");
            for step in steps.iter() {
                assert_whole(&step);
                let name = text(&step, "do");
                self.seen.borrow_mut().push(name.clone());
                match name.as_str() {
                    "end" => return End(step),
                    "secret" => secret(journey, &step).await,
                    "release" | "report" => {}
                    name => self.answer(journey, name, &step).await,
                }
            }
        }
    }

    async fn answer(&self, journey: &Journey, name: &str, step: &JsValue) {
        let id = id(step);
        match name {
            "presign" => presigned(journey, step),
            "send" if text(step, "method") == "PUT" => {
                let sent = self.buffer(&get(step, "body"));
                self.stored.replace(sent);
                let headers = get(step, "headers").unchecked_into::<Array>();
                let pair = |pair: JsValue| [0, 1].map(|at| Reflect::get_u32(&pair, at).unwrap().as_string().unwrap());
                let headers = headers.iter().map(pair).map(|[name, value]| (name, value));
                self.headers.replace(headers.collect());
                journey.head(id, 200, pairs(&[("etag", "\"e\"")]), true, false, String::new(), false);
            }
            "send" => {
                self.read.set(0);
                let (stored, length) = (self.headers.borrow(), self.stored.borrow().len().to_string());
                let mut headers = vec![("etag", "\"e\""), ("content-length", length.as_str())];
                headers.extend(stored.iter().map(|(name, value)| (name.as_str(), value.as_str())));
                let is_open = get(step, "chars").is_undefined() && text(step, "method") == "GET";
                journey.head(id, 200, pairs(&headers), true, is_open, String::new(), false);
            }
            "seal" => {
                let made = JsFuture::from(seal(&get(step, "calls"), &array(&CONTENT)))
                    .await
                    .unwrap();
                let bytes = |name| Uint8Array::new(&get(&made, name));
                let digest = |name| match get(step, name).is_truthy() {
                    true => array(if name == "sha256" { &[1; 32] } else { &[1; 8] }).into(),
                    false => JsValue::UNDEFINED,
                };
                self.keep(id, bytes("bytes").to_vec());
                journey.sealed(id, bytes("tags"), array(&[0; 16]), digest("sha256"), digest("crc64"));
            }
            "append" => {
                let more = Uint8Array::new(&get(step, "bytes")).to_vec();
                let mut all = self.buffers.borrow_mut();
                let held = all.iter_mut().find(|(held, _)| get(step, "buffer") == *held);
                held.expect("no such buffer").1.extend(more);
                journey.done(id);
            }
            "digest" => journey.digests(id, array(&[1; 32]).into(), array(&[1; 8]).into()),
            "fill" => {
                let (bytes, ended) = self.read_on(step);
                journey.filled(id, bytes.len() as u32, ended);
                self.keep(id, bytes);
            }
            "pull" => {
                let (bytes, ended) = self.read_on(step);
                journey.pulled(id, Array::of1(&array(&bytes)), ended);
            }
            "cut" => {
                let [start, end] = ["start", "end"].map(|name| get(step, name).as_f64().unwrap() as usize);
                let bytes = self.buffer(&get(step, "buffer"));
                let buffer = get(step, "buffer").as_f64().unwrap() as u32;
                self.keep(buffer, bytes[start..end].to_vec());
                journey.done(id);
            }
            "open" => {
                let [start, end] = ["start", "end"].map(|name| get(step, name).as_f64().unwrap() as usize);
                let ciphertext = self.buffer(&get(step, "buffer"));
                let made = open(&get(step, "calls"), &array(&ciphertext[start..end]));
                let made = JsFuture::from(made).await.unwrap();
                self.keep(id, Uint8Array::new(&get(&made, "bytes")).to_vec());
                journey.opened(id, Uint8Array::new(&get(&made, "tags")));
            }
            "write" => {
                let bytes = self.buffer(&get(step, "buffer"));
                let sink = get(step, "sink").as_f64().unwrap() as u32;
                self.keep(sink, bytes);
                journey.done(id);
            }
            "commit" => {
                let bytes = self.buffer(&get(step, "sink"));
                self.keep(id, bytes);
                journey.held(id);
            }
            "sink" | "lock" => journey.held(id),
            "probe" | "keep" | "forget" | "wait" => journey.done(id),
            other => panic!("{other}"),
        }
    }

    /// The next bytes of what the store has, and whether they are the last.
    fn read_on(&self, step: &JsValue) -> (Vec<u8>, bool) {
        let stored = self.stored.borrow();
        let from = self.read.get();
        let wanted = get(step, "bytes").as_f64().unwrap() as usize;
        let end = stored.len().min(from + wanted);
        self.read.set(end);
        (stored[from..end].to_vec(), end - from < wanted)
    }

    fn saw(&self, names: &str) {
        for name in words(names) {
            assert!(
                self.seen.borrow().iter().any(|seen| seen == name),
                "{name}: {:?}",
                self.seen
            );
        }
    }
}

fn listening(options: JsValue) -> JsValue {
    with(&options, "onProgress", js_sys::Function::new_no_args("").into())
}

#[wasm_bindgen_test]
async fn every_step_of_a_transfer_has_all_of_its_members_and_no_others() {
    let outside = Outside::default();
    let stored = outside
        .run(&put_object(array(&CONTENT).into(), listening(options())).unwrap())
        .await;
    assert_eq!(text(&stored.value(), "key"), "k");
    outside.saw("presign send seal append secret release report");
    // Over WebCrypto's own answers the tag is right.
    let opened = outside.run(&get_object(listening(options())).unwrap()).await;
    assert_eq!(get(&opened.value(), "contentLength"), 40);
    let read = outside.run(&opened.next().go_on("blob").unwrap()).await;
    read.value();
    assert_eq!(outside.buffer(&get(&read.0, "thing")), CONTENT);
    outside.saw("fill open sink write commit");
    let inspected = outside.run(&inspect_object(reading()).unwrap()).await;
    assert!(get(&inspected.value(), "envelope").is_object());
}

#[wasm_bindgen_test]
async fn what_goes_on_is_one_of_the_ways_that_there_are() {
    for name in ["", "Blob", "constructor", "blob "] {
        let own = object([("keyring", super::support::keyring()), ("engine", "stitched".into())]);
        let journey = encrypt_content(array(&CONTENT).into(), own).unwrap();
        let end = drive_alone(&journey).await;
        assert!(end.next().go_on(name).is_none(), "{name}");
    }
}
