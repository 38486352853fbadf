//! Secret calls: what callers handed over is wiped where it was, on every way out, and keys cannot leave WebCrypto.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use presealed::border::{Journey, KmsKeyring, encrypt_content};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    errors::assert_error,
    support::{End, array, custom_keyring, drive_alone, exported, get, id, keyring, kms_of, object, secret, text},
};

/// A call that has asked a key service for a data key, which has not answered.
struct Asking {
    journey: Journey,
    step: JsValue,
    settled: Promise,
    resolve: Function,
    reject: Function,
    /// The service's own array.
    plaintext: Uint8Array,
}

fn encrypting(keyring: JsValue) -> Journey {
    let options = object([("keyring", keyring), ("engine", "stitched".into())]);
    encrypt_content(array(&[5; 40]).into(), options).unwrap()
}

impl Asking {
    async fn new() -> Self {
        let mut settle = None;
        let answer = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
        let (resolve, reject) = settle.unwrap();
        let options = object([("keyId", "k".into()), ("kms", kms_of(&answer))]);
        let journey = encrypting(KmsKeyring::new(options).ok().unwrap().into());
        // The platform is tried first.
        loop {
            let steps = journey.next().unwrap();
            assert!(steps.length() > 0, "the service was not asked");
            let mut begun = Vec::new();
            for step in steps.iter() {
                match text(&step, "do").as_str() {
                    "secret" => begun.push((journey.start(id(&step)).unwrap(), step)),
                    "probe" => journey.done(id(&step)),
                    name => assert_eq!(name, "release"),
                }
            }
            for (settled, step) in begun {
                let never = JsFuture::from(Promise::race(&js_sys::Array::of2(&settled, &later()))).await;
                if never.unwrap() != "later" {
                    journey.settled(id(&step), true);
                    continue;
                }
                return Self {
                    journey,
                    step,
                    settled,
                    resolve,
                    reject,
                    plaintext: array(&[9; 32]),
                };
            }
        }
    }

    async fn answer(&self) {
        let ciphertext = array(&[8; 16]).into();
        let answer = object([
            ("Plaintext", self.plaintext.clone().into()),
            ("CiphertextBlob", ciphertext),
        ]);
        self.resolve.call1(&JsValue::UNDEFINED, &answer).unwrap();
        assert!(JsFuture::from(self.settled.clone()).await.unwrap().is_undefined());
    }

    fn is_wiped(&self) -> bool {
        self.plaintext.to_vec() == [0; 32]
    }
}

/// What fulfils long after the platform's own calls have.
fn later() -> Promise {
    Promise::new(&mut |resolve, _| {
        let set_timeout: Function = get(&js_sys::global(), "setTimeout").unchecked_into();
        let late = resolve.bind1(&JsValue::UNDEFINED, &"later".into());
        set_timeout.call2(&JsValue::UNDEFINED, &late, &300.into()).unwrap();
    })
}

#[wasm_bindgen_test]
async fn a_data_key_is_wiped_where_the_key_service_left_it() {
    let asking = Asking::new().await;
    asking.answer().await;
    assert!(asking.is_wiped());
    asking.journey.settled(id(&asking.step), true);
    drive_alone(&asking.journey).await.value();
}

#[wasm_bindgen_test]
async fn a_data_key_that_comes_after_the_stop_is_wiped_too() {
    let asking = Asking::new().await;
    asking.journey.stop();
    let steps = asking.journey.next().unwrap();
    let cancels = |step: JsValue| text(&step, "do") == "cancel" && get(&step, "of") == get(&asking.step, "id");
    assert!(steps.iter().any(cancels));
    asking.answer().await;
    assert!(asking.is_wiped());
    asking.journey.settled(id(&asking.step), true);
    let End(end) = drive_alone(&asking.journey).await;
    assert_eq!(text(&end, "how"), "stopped");
}

#[wasm_bindgen_test]
async fn a_data_key_that_comes_after_the_call_is_freed_does_no_harm() {
    let mut asking = Asking::new().await;
    // Freed as JavaScript frees it.
    let freed = JsValue::from(std::mem::replace(&mut asking.journey, encrypting(keyring())));
    let free: Function = get(&freed, "free").unchecked_into();
    free.call0(&freed).unwrap();
    asking.answer().await;
    assert!(asking.is_wiped());
}

#[wasm_bindgen_test]
async fn what_the_key_service_throws_is_told() {
    let asking = Asking::new().await;
    let cause = JsValue::from("down");
    asking.reject.call1(&JsValue::UNDEFINED, &cause).unwrap();
    JsFuture::from(asking.settled.clone()).await.unwrap();
    asking.journey.settled(id(&asking.step), true);
    let error = drive_alone(&asking.journey).await.error();
    assert_error(&error, "kms-failed");
    assert_eq!(get(&error, "cause"), cause);
}

#[wasm_bindgen_test]
async fn a_key_service_may_answer_anything() {
    for answer in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        "key".into(),
        object([("Plaintext", "AAAA".into())]),
        object([
            ("Plaintext", array(&[1; 16]).into()),
            ("CiphertextBlob", array(&[1]).into()),
        ]),
        object([
            ("Plaintext", array(&[1; 32]).into()),
            ("CiphertextBlob", array(&[]).into()),
        ]),
    ] {
        let asking = Asking::new().await;
        asking.resolve.call1(&JsValue::UNDEFINED, &answer).unwrap();
        JsFuture::from(asking.settled.clone()).await.unwrap();
        asking.journey.settled(id(&asking.step), true);
        let end = drive_alone(&asking.journey).await;
        assert_error(&end.error(), "kms-failed");
    }
}

#[wasm_bindgen_test]
async fn a_keyring_of_the_callers_is_handed_a_copy_that_is_wiped() {
    let keyring = custom_keyring();
    let journey = encrypting(keyring.clone());
    drive_alone(&journey).await.value();
    let handed = get(&keyring, "handed");
    let bytes = |index| Uint8Array::new(&Reflect::get_u32(&handed, index).unwrap()).to_vec();
    assert_eq!(bytes(0), [0; 32]);
    assert_ne!(bytes(1), [0; 32]);
}

#[wasm_bindgen_test]
async fn keys_do_not_leave_webcrypto() {
    let journey = encrypting(keyring());
    let end = drive_alone(&journey).await;
    end.value();
    let journey = end.next().go_on("blob").unwrap();
    let calls = 'calls: loop {
        for step in journey.next().unwrap().iter() {
            match text(&step, "do").as_str() {
                "seal" => break 'calls get(&step, "calls"),
                "secret" => secret(&journey, &step).await,
                "sink" => journey.held(id(&step)),
                name => assert_eq!(name, "report"),
            }
        }
    };
    for name in ["gcm", "ctr"] {
        let key: web_sys::CryptoKey = get(&calls, name).dyn_into().unwrap();
        assert!(!key.extractable());
        assert_eq!(
            String::from(js_sys::Array::from(&get(&key, "usages")).join(",")),
            "encrypt"
        );
        assert!(JsFuture::from(exported(&key)).await.is_err());
    }
}

#[wasm_bindgen_test]
async fn numbers_that_no_step_has_do_no_harm() {
    let journey = encrypting(keyring());
    for id in [0, 999, u32::MAX] {
        assert!(JsFuture::from(journey.start(id).unwrap()).await.unwrap().is_undefined());
        journey.settled(id, true);
        journey.done(id);
        journey.moved(id, f64::NAN);
        assert!(journey.soft(id, array(&[0; 16]), array(&[1]), true).is_err());
    }
    journey.clock(f64::NAN);
    drive_alone(&journey).await.value();
}
