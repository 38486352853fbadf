//! Ranges that nothing authenticates, as a machine reads them.

use std::{cell::Cell, ops::Range, rc::Rc};

use crate::support::{
    entropy::CountingEntropy,
    official::OfficialObject,
    outside::{Outside, Reaction},
    stored::{content, protection, store_of},
};
use presealed::{
    Error,
    cipher::Protection,
    download::range::{UnauthenticatedRange, read_range},
    machine::{Failure, Machine},
    s3::{answer::Operation, object_key::ObjectKey, range::PlaintextRange},
    store::{Access, Store},
};

fn machine(wanted: PlaintextRange, protection: Protection) -> Machine<UnauthenticatedRange> {
    let key = ObjectKey::parse("key".into()).unwrap();
    Machine::new(Box::new(CountingEntropy(2)), 0, move |desk| async move {
        let store = Store::new(desk, Rc::new(Access::default()));
        let file = key.with_suffix(".instruction").ok();
        read_range(store, key, file, wanted, protection, &Cell::default()).await
    })
}

/// What was read, its range, and the length of all.
fn read(outside: &mut Outside, wanted: PlaintextRange) -> Result<(Vec<u8>, Range<u64>, u64), Failure> {
    let mut machine = machine(wanted, protection(7));
    let outcome = outside.run(&mut machine).map(|read| {
        let bytes = outside.committed(read.blob.id()).to_vec();
        (bytes, read.range.clone(), read.content_bytes)
    });
    assert!(outside.is_empty_after(machine), "something is still held");
    outcome
}

fn error(outcome: Result<(Vec<u8>, Range<u64>, u64), Failure>) -> Error {
    outcome.map(|_| ()).unwrap_err().into_error().expect("no stop").0
}

#[test]
fn a_range_is_a_slice_of_the_content() {
    let all = content(100_003);
    let mut outside = store_of(all.len());
    for (start, end) in [
        (0, 1),
        (0, 100_003),
        (15, 17),
        (16, 32),
        (31, 65_537),
        (99_999, 100_003),
        (100_002, 200_000),
    ] {
        let (bytes, range, content_bytes) = read(&mut outside, PlaintextRange::From(start, Some(end))).unwrap();
        assert_eq!(range, start..end.min(100_003));
        assert_eq!(bytes, all[range.start as usize..range.end as usize]);
        assert_eq!(content_bytes, 100_003);
    }
    let (bytes, range, _) = read(&mut outside, PlaintextRange::Suffix(5)).unwrap();
    assert_eq!((bytes.as_slice(), range), (&all[99_998..], 99_998..100_003));
}

#[test]
fn a_long_range_comes_in_stretches() {
    let all = content((8 << 20) + (1 << 16));
    let mut outside = store_of(all.len());
    let (start, end) = (13, (8 << 20) + 4099);
    let (bytes, ..) = read(&mut outside, PlaintextRange::From(start, Some(end))).unwrap();
    assert!(bytes == all[start as usize..end as usize]);
    assert_eq!(outside.count(Operation::GetObject), 1);
}

#[test]
fn the_very_object_is_asked_for_whose_envelope_was_read() {
    let mut outside = store_of(1000);
    read(&mut outside, PlaintextRange::From(100, Some(200))).unwrap();
    let get = outside.log.last().unwrap();
    assert_eq!(get.headers["range"], "bytes=96-207");
    assert_eq!(get.headers["if-match"], "\"1\"");
    // A weak ETag matches nothing.
    outside.objects.get_mut("key").unwrap().e_tag = "W/\"1\"".into();
    read(&mut outside, PlaintextRange::From(100, Some(200))).unwrap();
    assert!(!outside.log.last().unwrap().headers.contains_key("if-match"));
}

#[test]
fn another_answer_than_the_range_is_refused() {
    type Change = fn(&mut presealed::machine::Head);
    let others: [Change; 3] = [
        |head| head.status = 200,
        |head| drop(head.headers.insert("content-length".into(), "33".into())),
        |head| drop(head.headers.insert("content-range".into(), "bytes 0-31/1017".into())),
    ];
    for change in others {
        let mut outside = store_of(1000);
        outside.hook = Some(Box::new(move |sent, store| {
            let Reaction::Head(mut head, body) = store.serve(sent) else {
                return None;
            };
            if sent.operation == Operation::GetObject {
                change(&mut head);
            }
            Some(Reaction::Head(head, body))
        }));
        let refused = error(read(&mut outside, PlaintextRange::From(0, Some(20))));
        assert_eq!(refused.code(), "unsupported-format");
    }
}

#[test]
fn a_body_of_another_length_is_refused() {
    for (change, breaks, code) in [
        (-1, false, "truncated"),
        (-1, true, "network"),
        (1, false, "authentication-failed"),
    ] {
        let mut outside = store_of(1000);
        outside.breaks = breaks;
        outside.hook = Some(Box::new(move |sent, store| {
            let Reaction::Head(head, mut body) = store.serve(sent) else {
                return None;
            };
            if sent.operation == Operation::GetObject {
                body.resize(body.len().wrapping_add_signed(change), 0);
            }
            Some(Reaction::Head(head, body))
        }));
        let refused = error(read(&mut outside, PlaintextRange::From(0, Some(32))));
        assert_eq!(refused.code(), code);
    }
    // All bytes have come: a connection that breaks now takes nothing away.
    let mut outside = store_of(1000);
    outside.breaks = true;
    assert_eq!(
        read(&mut outside, PlaintextRange::From(0, Some(32))).unwrap().0,
        content(1000)[..32]
    );
}

#[test]
fn what_cannot_be_is_refused_before_the_content_is_asked_for() {
    let mut outside = store_of(1000);
    assert_eq!(
        error(read(&mut outside, PlaintextRange::From(1000, None))).code(),
        "misuse"
    );
    let mut other = machine(PlaintextRange::Suffix(1), protection(8));
    let refused = outside.run(&mut other).map(|_| ()).unwrap_err().into_error().unwrap().0;
    assert_eq!(refused.code(), "unwrap-failed");
    let headers = outside.objects["key"].headers.clone();
    outside.hook = Some(Box::new(move |sent, store| {
        let Reaction::Head(mut head, body) = store.serve(sent) else {
            return None;
        };
        head.headers
            .insert("content-length".into(), (300_u64 << 20).to_string());
        Some(Reaction::Head(head, body))
    }));
    assert_eq!(
        error(read(&mut outside, PlaintextRange::From(0, None))).code(),
        "misuse"
    );
    let cbc = OfficialObject::named("v1-raw-aes-cbc-java-v1");
    outside.hook = None;
    let metadata = cbc.metadata();
    let of_cbc = metadata.headers().map(|(name, value)| (name, value.to_string()));
    outside.put("key", &cbc.body(), of_cbc.collect());
    assert_eq!(
        error(read(&mut outside, PlaintextRange::From(0, None))).code(),
        "unsupported-format"
    );
    outside.put("key", &[0; 8], headers);
    assert_eq!(
        error(read(&mut outside, PlaintextRange::From(0, None))).code(),
        "truncated"
    );
    assert_eq!(outside.count(Operation::GetObject), 0);
}

#[test]
fn whoever_stops_leaves_nothing_behind() {
    let mut whole = store_of(1000);
    read(&mut whole, PlaintextRange::From(5, Some(50))).unwrap();
    for stop_at in 0..whole.answered {
        let mut outside = store_of(1000);
        outside.stop_at = Some(stop_at);
        let outcome = read(&mut outside, PlaintextRange::From(5, Some(50)));
        match outcome {
            Err(failure) => assert!(failure.is_stopped(), "{stop_at}: {failure:?}"),
            // What is there is the caller's.
            Ok(_) => assert_eq!(stop_at, whole.answered - 1),
        }
    }
}
