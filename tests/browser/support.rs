//! What the tests share: a shell of a few lines.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use presealed::border::{Continuation, Journey, RawAesKeyring};
use wasm_bindgen::{JsCast, JsValue, convert::TryFromJsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    pub fn polluted(names: Vec<String>, value: &JsValue, work: &mut dyn FnMut() -> JsValue) -> JsValue;
    #[wasm_bindgen(js_name = kmsOf)]
    pub fn kms_of(answer: &Promise) -> JsValue;
    #[wasm_bindgen(js_name = customKeyring)]
    pub fn custom_keyring() -> JsValue;
    pub fn seal(calls: &JsValue, plaintext: &Uint8Array) -> Promise;
    pub fn open(calls: &JsValue, ciphertext: &Uint8Array) -> Promise;
    pub fn exported(key: &JsValue) -> Promise;
    pub fn impostors() -> JsValue;
    pub fn throwing(name: &str, cause: &JsValue) -> JsValue;
}

pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

pub fn text(object: &JsValue, name: &str) -> String {
    let value = get(object, name);
    value.as_string().unwrap_or_else(|| panic!("{name} is {value:?}"))
}

pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, JsValue)>) -> JsValue {
    let entries = members
        .into_iter()
        .map(|(name, value)| Array::of2(&name.into(), &value));
    Object::from_entries(&entries.collect::<Array>()).unwrap().into()
}

pub fn with(options: &JsValue, name: &str, value: JsValue) -> JsValue {
    let all = Object::assign(&Object::new(), options.unchecked_ref());
    Reflect::set(&all, &name.into(), &value).unwrap();
    all.into()
}

pub fn array(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

pub fn keyring() -> JsValue {
    let keyring = RawAesKeyring::from_key(array(&[1; 32]).into(), JsValue::UNDEFINED);
    keyring.ok().unwrap().into()
}

/// Options that every call with a store takes.
pub fn reading() -> JsValue {
    object([("key", "k".into()), ("presign", Function::new_no_args("").into())])
}

/// Those of a call that has keys. The engine is named: which one a page gets is the other binary's to test.
pub fn options() -> JsValue {
    let options = with(&reading(), "engine", "stitched".into());
    with(&options, "keyring", keyring())
}

/// How a call ended.
pub struct End(pub JsValue);

impl End {
    pub fn value(&self) -> JsValue {
        assert_eq!(text(&self.0, "how"), "done", "{:?}", get(&self.0, "value"));
        get(&self.0, "value")
    }

    pub fn error(&self) -> JsValue {
        assert_eq!(text(&self.0, "how"), "failed");
        get(&self.0, "value")
    }

    pub fn next(&self) -> Continuation {
        Continuation::try_from_js_value(get(&self.0, "next")).ok().unwrap()
    }
}

pub fn id(step: &JsValue) -> u32 {
    get(step, "id").as_f64().unwrap() as u32
}

/// Secret calls are made, whoever does the rest.
pub async fn secret(journey: &Journey, step: &JsValue) {
    assert!(
        JsFuture::from(journey.start(id(step)).unwrap())
            .await
            .unwrap()
            .is_undefined()
    );
    journey.settled(id(step), true);
}

/// Runs a call to its end: `answer` does the steps that it knows.
pub async fn drive(journey: &Journey, mut answer: impl AsyncFnMut(&str, &JsValue)) -> End {
    loop {
        let steps = journey.next().unwrap();
        assert!(steps.length() > 0, "nothing is to be done, and there is no end");
        for step in steps.iter() {
            match text(&step, "do").as_str() {
                "end" => return End(step),
                "secret" => secret(journey, &step).await,
                "release" | "cancel" | "report" => answer(&text(&step, "do"), &step).await,
                name => answer(name, &step).await,
            }
        }
    }
}

/// The same of a call whose source is there, and that asks for nothing else.
pub async fn drive_alone(journey: &Journey) -> End {
    drive(journey, async |name, step| match name {
        "probe" => journey.done(id(step)),
        "release" | "cancel" => {}
        other => panic!("{other}"),
    })
    .await
}

pub fn pairs(headers: &[(&str, &str)]) -> Array {
    let pair = |(name, value): &(&str, &str)| Array::of2(&(*name).into(), &(*value).into());
    headers.iter().map(pair).collect()
}

pub fn presigned(journey: &Journey, step: &JsValue) {
    let answer = object([("url", "https://store.example/k?signed".into())]);
    journey.presigned(id(step), answer);
}
