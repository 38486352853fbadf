//! Another keyring for an object that is stored, as a machine stores its instruction file.

use std::rc::Rc;

use crate::support::{
    entropy::CountingEntropy,
    official::OfficialObject,
    outside::{Outside, Reaction, refusal},
    read::LEGACY,
};
use base64ct::{Base64, Encoding};
use presealed::{
    CommitmentPolicy, EncryptionContext, Error, MaterialDescription,
    cipher::{AesKey, AnyKeyring, Protection},
    download::rewrap::{Rewrapped, Rewrapping, rewrap_instruction_file},
    encryption_context::StringMap,
    machine::{Failure, Kept, Machine},
    s3::{answer::Operation, checksum::ChecksumAlgorithm, object_key::ObjectKey},
    secret::WrappingKey,
    store::{Access, Store},
};
use serde_json::{Value, json};

const OBJECT: &str = "v3-raw-aes-instruction-file-java";
const FILE: &str = "key.instruction";

fn description(text: &str) -> MaterialDescription {
    MaterialDescription(StringMap::from_iter([("key".into(), text.into())]))
}

fn raw(key: Vec<u8>, text: &str) -> AnyKeyring {
    AnyKeyring::RawAes {
        key: AesKey::Bytes(Rc::new(WrappingKey::from_bytes(key).unwrap())),
        description: description(text),
        legacy: false,
    }
}

fn rsa(public: bool) -> AnyKeyring {
    let key = |given: bool| given.then(|| Kept::new(0x5a, |_| {}));
    AnyKeyring::RawRsa {
        public: key(public),
        private: key(!public),
        description: description("partner"),
    }
}

/// The key of the official object.
fn old() -> AnyKeyring {
    let path = format!("{}/tests/vectors/official/{OBJECT}.json", env!("CARGO_MANIFEST_DIR"));
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    raw(
        Base64::decode_vec(json["wrapping_key"].as_str().unwrap()).unwrap(),
        "old",
    )
}

fn store() -> Outside {
    let object = OfficialObject::named(OBJECT);
    let metadata = object.metadata();
    let headers = metadata.headers().map(|(name, value)| (name, value.to_string()));
    let mut outside = Outside::default();
    outside.put("key", &object.body(), headers.collect());
    outside.put(FILE, object.instruction.as_ref().unwrap().as_bytes(), Vec::new());
    outside
}

fn protection(keyring: AnyKeyring) -> Protection {
    Protection {
        keyring,
        encryption_context: EncryptionContext::default(),
        policy: LEGACY,
        suite: CommitmentPolicy::default().suite(),
        engine: None,
    }
}

fn machine(from: AnyKeyring, to: AnyKeyring, new_suffix: Option<&str>, enforce: bool) -> Machine<Rewrapped> {
    let key = ObjectKey::parse("key".into()).unwrap();
    let to = Rewrapping {
        keyring: to.wrapping().unwrap(),
        encryption_context: EncryptionContext::default(),
        file: key.with_suffix(".instruction").unwrap(),
        suffix: ".instruction".into(),
        new_suffix: new_suffix.map(Into::into),
        enforce,
        server_side: None,
        checksum: Some(ChecksumAlgorithm::Sha256),
    };
    Machine::new(Box::new(CountingEntropy(1)), 0, move |desk| async move {
        let store = Store::new(desk, Rc::new(Access::default()));
        rewrap_instruction_file(store, key, protection(from), to).await
    })
}

fn run(outside: &mut Outside, mut machine: Machine<Rewrapped>) -> Result<Value, Failure> {
    let outcome = outside.run(&mut machine);
    assert!(outside.is_empty_after(machine), "something is still held");
    outcome.map(|rewrapped| serde_json::to_value(rewrapped).unwrap())
}

fn code(outcome: Result<Value, Failure>) -> &'static str {
    let error: Error = outcome.unwrap_err().into_error().expect("no stop").0;
    error.code()
}

/// The first of several writes, so it decides.
#[test]
fn a_key_service_does_not_wrap_what_exists() {
    let kms = || AnyKeyring::kms(Kept::new(1, |_| {}), Some("key".into()), false).unwrap();
    let with_first = |first| AnyKeyring::selector(first, vec![raw(vec![9; 32], "other")]).unwrap();
    for none in [kms(), with_first(kms()), with_first(with_first(kms()))] {
        assert_eq!(none.wrapping().err().unwrap().code(), "misuse");
    }
    assert!(with_first(raw(vec![8; 32], "first")).wrapping().is_ok());
}

#[test]
fn several_are_rewrapped_to_by_the_first() {
    let mut outside = store();
    let several = AnyKeyring::selector(raw(vec![9; 32], "new"), vec![raw(vec![8; 32], "other")]).unwrap();
    let rewrapped = run(&mut outside, machine(old(), several, None, true)).unwrap();
    assert_eq!(rewrapped["envelope"]["materialDescription"]["key"], "new");
}

#[test]
fn a_rotated_file_replaces_the_very_one_that_was_read() {
    let mut outside = store();
    let rewrapped = run(&mut outside, machine(old(), raw(vec![9; 32], "new"), None, true)).unwrap();
    assert_eq!(rewrapped["key"], "key");
    assert_eq!(rewrapped["instructionFileKey"], FILE);
    assert_eq!(rewrapped["envelope"]["materialDescription"], json!({ "key": "new" }));
    assert_eq!(rewrapped["previous"]["wrapAlgorithm"], "AES/GCM");
    let put = outside.log.last().unwrap();
    assert_eq!((put.operation, put.key.as_str()), (Operation::PutObject, FILE));
    assert_eq!(put.headers["if-match"], "\"2\"");
    assert!(put.headers.contains_key("x-amz-checksum-sha256") && put.headers["content-type"] == "application/json");
    // The new key opens it from now on, and the old one does not.
    let again = |from| machine(from, raw(vec![8; 32], "newest"), None, false);
    assert_eq!(code(run(&mut outside, again(old()))), "unwrap-failed");
    run(&mut outside, again(raw(vec![9; 32], "new"))).unwrap();
}

#[test]
fn a_file_beside_is_for_rsa_and_replaces_none() {
    let mut outside = store();
    let beside = |to| machine(old(), to, Some(".partner"), false);
    assert_eq!(code(run(&mut outside, beside(raw(vec![9; 32], "new")))), "misuse");
    assert_eq!(outside.count(Operation::PutObject), 0);
    let rewrapped = run(&mut outside, beside(rsa(true))).unwrap();
    assert_eq!(rewrapped["instructionFileKey"], "key.partner");
    assert_eq!(rewrapped["envelope"]["wrapAlgorithm"], "RSA-OAEP-SHA1");
    assert_eq!(outside.log.last().unwrap().headers["if-none-match"], "*");
    let there = outside.objects["key.partner"].bytes.clone();
    outside.put("key.partner", b"{}", Vec::new());
    assert_eq!(code(run(&mut outside, beside(rsa(true)))), "http-status");
    assert_eq!(outside.objects["key.partner"].bytes, b"{}");
    // The private half opens what the public one wrapped.
    outside.put(FILE, &there, Vec::new());
    run(&mut outside, machine(rsa(false), raw(vec![9; 32], "new"), None, false)).unwrap();
}

#[test]
fn what_would_not_rotate_is_not_stored() {
    let mut outside = store();
    let key = match old() {
        AnyKeyring::RawAes {
            key: AesKey::Bytes(key),
            ..
        } => key.expose().to_vec(),
        _ => panic!("another keyring"),
    };
    let refused = run(&mut outside, machine(old(), raw(key, "new"), None, true));
    assert_eq!(code(refused), "rotation-incomplete");
    let in_metadata = OfficialObject::named("v3-raw-aes-java").metadata();
    let headers = in_metadata.headers().map(|(name, value)| (name, value.to_string()));
    outside.objects.get_mut("key").unwrap().headers = headers.collect();
    let refused = run(&mut outside, machine(old(), raw(vec![9; 32], "new"), None, true));
    assert_eq!(code(refused), "unsupported-format");
    assert_eq!(outside.count(Operation::PutObject), 0);
}

/// The hook sees the store before it: what the PUT of the new file meets.
fn meeting(meets: fn(&mut Outside, &str) -> Option<Reaction>) -> Outside {
    let mut outside = store();
    let mut is_first = true;
    outside.hook = Some(Box::new(move |sent, store| {
        match sent.operation == Operation::PutObject && std::mem::take(&mut is_first) {
            true => meets(store, &sent.body),
            false => None,
        }
    }));
    outside
}

#[test]
fn an_answer_that_was_lost_is_no_refusal() {
    let rotate = || machine(old(), raw(vec![9; 32], "new"), None, false);
    let mut lost = meeting(|store, body| {
        store.put(FILE, body.as_bytes(), Vec::new());
        Some(Reaction::NoAnswer)
    });
    run(&mut lost, rotate()).unwrap();
    // Another writer's file stays.
    let mut changed = meeting(|store, _| {
        store.put(FILE, b"{}", Vec::new());
        None
    });
    assert_eq!(code(run(&mut changed, rotate())), "http-status");
    assert_eq!(changed.objects[FILE].bytes, b"{}");
    // A store without conditions: the file is as it was read.
    let mut unsupported = meeting(|_, _| Some(refusal(501, "NotImplemented")));
    run(&mut unsupported, rotate()).unwrap();
    assert!(!unsupported.log.last().unwrap().headers.contains_key("if-match"));
}

#[test]
fn whoever_stops_leaves_the_file_or_the_new_one() {
    let rotate = || machine(old(), raw(vec![9; 32], "new"), None, true);
    let mut whole = store();
    run(&mut whole, rotate()).unwrap();
    for stop_at in 0..whole.answered {
        let mut outside = store();
        outside.stop_at = Some(stop_at);
        match run(&mut outside, rotate()) {
            Err(failure) => assert!(failure.is_stopped(), "{stop_at}: {failure:?}"),
            Ok(_) => assert_eq!(stop_at, whole.answered - 1),
        }
        let stored = outside.objects[FILE].bytes.clone();
        let is_old = stored == store().objects[FILE].bytes;
        assert!(is_old == (outside.count(Operation::PutObject) == 0), "{stop_at}");
    }
}
