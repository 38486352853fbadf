//! Uploads as machines, over a small store whose answers are lost, late, or refused: what leaves was recorded before, and leaves once.

mod outside;
mod stream;

use std::rc::Rc;

use crate::support::entropy::CountingEntropy;
use outside::{Fate, Outside, PART};
use presealed::{
    CommitmentPolicy, EncryptionContext, Error, MaterialDescription,
    checkpoint::SourceFacts,
    cipher::{AesKey, AnyKeyring, Protection},
    content::EngineKind,
    decrypt::ReadPolicy,
    encryption_context::StringMap,
    envelope::placement::EnvelopeIn,
    machine::{Desk, Failure, Machine},
    s3::{
        answer::Operation,
        checksum::Checksum,
        object_key::ObjectKey,
        part_plan::PartPlan,
        put::{Condition, ContentType},
    },
    secret::WrappingKey,
    store::{Access, Store},
    upload::{
        put::{PutOptions, Settings, StoredObject, put},
        realm::Realm,
        resume::Resume,
    },
};

const PARTS: u64 = 4;
const SCHEDULES: u64 = 1_000;

fn realm() -> Rc<Realm> {
    let realm = Realm::default();
    realm.engine.set(Some(EngineKind::Stitched));
    Rc::new(realm)
}

fn options(resume: Resume, keeps: bool, threshold: u64) -> PutOptions {
    let commitment = CommitmentPolicy::default();
    let keyring = AnyKeyring::RawAes {
        key: AesKey::Bytes(Rc::new(WrappingKey::from_bytes(vec![1; 32]).unwrap())),
        description: MaterialDescription::default(),
        legacy: false,
    };
    let protection = Protection {
        keyring,
        encryption_context: EncryptionContext::default(),
        policy: ReadPolicy::default(),
        suite: commitment.suite(),
        engine: None,
    };
    PutOptions {
        key: ObjectKey::parse("k".into()).unwrap(),
        source: SourceFacts {
            bytes: PARTS * PART - 8,
            name: None,
            last_modified: Some(1),
            fingerprint: None,
        },
        is_stream: false,
        protection: Some((protection, EnvelopeIn::Metadata)),
        server_side: None,
        content_type: ContentType::parse(None).unwrap(),
        metadata: StringMap::new(),
        condition: Condition::None,
        checksum: Checksum::Default,
        settings: Settings {
            threshold,
            part_bytes: PartPlan::MIN_PART_BYTES,
            concurrency: 2,
        },
        resume,
        keeps,
    }
}

/// A call, and its desk.
fn machine(options: PutOptions, realm: &Rc<Realm>, seed: u64) -> (Machine<StoredObject>, Desk) {
    let (realm, desk) = (Rc::clone(realm), Desk::new(Box::new(CountingEntropy(seed)), 0));
    let store = Store::new(desk.clone(), Rc::new(Access::default()));
    (Machine::at(desk.clone(), |_| put(options, store, realm)), desk)
}

/// A call from its beginning to its end; `None` if it was cut short.
fn call(outside: &mut Outside, options: PutOptions, realm: &Rc<Realm>) -> Option<Result<StoredObject, Failure>> {
    let keeping = options.keeps;
    let (mut machine, desk) = machine(options, realm, outside.random());
    let end = outside.run(&mut machine, &desk, keeping);
    drop(machine);
    outside.assert_nothing_left();
    end
}

fn code(end: Option<Result<StoredObject, Failure>>) -> &'static str {
    match end {
        None => "cut",
        Some(Ok(_)) => "done",
        Some(Err(failure)) => failure.into_error().map_or("stopped", |(error, _)| error.code()),
    }
}

/// Whatever is lost, refused, stopped or changed, and wherever the page dies: what a part left as was recorded before, and is all that it ever
/// leaves as. Once nothing fails any more, the object is there.
#[test]
fn what_leaves_was_recorded_before_and_leaves_once() {
    let (mut resumed, mut anew) = (0, 0);
    for seed in 0..SCHEDULES {
        let mut outside = Outside::new(seed);
        let mut memory = realm();
        for _ in 0..3 {
            outside.faults = true;
            outside.may_end_early = true;
            drop(call(&mut outside, options(Resume::Kept, true, 0), &memory));
            outside.faults = false;
            outside.may_end_early = false;
            if outside.random().is_multiple_of(2) {
                outside.changed = Some(outside.random() % (PARTS * PART));
            }
            // A page of its own, or the same.
            if outside.random().is_multiple_of(2) {
                memory = realm();
            }
        }
        let uploads = outside.store.created;
        let had = outside.kept.is_some();
        let end = call(&mut outside, options(Resume::Kept, true, 0), &memory);
        assert_eq!(code(end), "done", "schedule {seed}");
        match outside.store.created == uploads {
            true => resumed += 1,
            false if had => anew += 1,
            false => {}
        }
        outside.assert_stored(PARTS * PART - 8);
        assert!(outside.kept.is_none(), "schedule {seed}: what is over is forgotten");
    }
    assert!(
        resumed > SCHEDULES / 10 && anew > SCHEDULES / 10,
        "{resumed} resumed, {anew} anew"
    );
}

#[test]
fn a_completion_whose_answer_is_lost_is_told_by_the_object() {
    for seed in 0..50 {
        let mut outside = Outside::new(seed);
        outside.fates = vec![(Operation::CompleteMultipartUpload, Fate::AnswerLost)];
        let end = call(&mut outside, options(Resume::Nothing, false, 0), &realm());
        assert_eq!(code(end), "done");
        assert_eq!(outside.store.asked(Operation::CompleteMultipartUpload), 2);
        outside.assert_stored(PARTS * PART - 8);
    }
}

#[test]
fn with_one_request_every_attempt_sends_the_same() {
    let whole = 2 * PARTS * PART;
    for fate in [Fate::AnswerLost, Fate::RequestLost, Fate::Refused] {
        let mut outside = Outside::new(1);
        outside.fates = vec![(Operation::PutObject, fate)];
        let end = call(&mut outside, options(Resume::Nothing, false, whole), &realm());
        assert_eq!(code(end), "done");
        assert_eq!(outside.store.asked(Operation::PutObject), 2);
    }
    // A condition that the first attempt has made untrue.
    let mut outside = Outside::new(1);
    outside.fates = vec![(Operation::PutObject, Fate::AnswerLost)];
    let absent = PutOptions {
        condition: Condition::Absent,
        ..options(Resume::Nothing, false, whole)
    };
    assert_eq!(code(call(&mut outside, absent, &realm())), "done");
}

/// Stopped anywhere: everything is let go, and the store is told of an upload that nobody can go on with, and of no other.
#[test]
fn who_stops_leaves_nothing_behind_but_what_can_be_gone_on_with() {
    let (mut thrown_away, mut left) = (0, 0);
    for seed in 0..500 {
        for keeps in [false, true] {
            let mut outside = Outside::new(seed);
            outside.stop_after = Some(seed % 60);
            let end = code(call(&mut outside, options(Resume::Nothing, keeps, 0), &realm()));
            if end == "done" {
                continue;
            }
            assert_eq!(end, "stopped");
            // Of an upload whose creation was not answered, nobody knows the name.
            let uploads = &outside.store.uploads;
            match keeps && outside.kept.is_some() {
                true => assert_eq!(outside.store.asked(Operation::AbortMultipartUpload), 0, "{seed}"),
                false => assert!(uploads.is_empty() || !outside.heard, "{seed}"),
            }
            match uploads.is_empty() {
                true => thrown_away += outside.store.asked(Operation::AbortMultipartUpload),
                false => left += 1,
            }
        }
    }
    assert!(
        thrown_away > 100 && left > 100,
        "{thrown_away} thrown away, {left} left"
    );
}

#[test]
fn a_checkpoint_that_cannot_be_kept_ends_the_upload_before_its_part_leaves() {
    let mut outside = Outside::new(1);
    outside.keeps = false;
    let end = call(&mut outside, options(Resume::Nothing, true, 0), &realm());
    assert_eq!(code(end), Error::CheckpointFailed.code());
    assert_eq!(outside.store.asked(Operation::UploadPart), 0);
    assert_eq!(outside.store.asked(Operation::AbortMultipartUpload), 1);
}
