//! Objects as a machine reads them: over connections that break, and to an end that shows all or nothing.

use std::{cell::Cell, rc::Rc};

use crate::support::{
    entropy::CountingEntropy,
    outside::{Outside, Reaction},
    stored::{content, protection, store_of},
};
use presealed::{
    Error,
    download::{
        Ranges,
        get::{Wanted, get},
    },
    machine::{Failure, Hold, Machine},
    s3::{answer::Operation, object_key::ObjectKey},
    store::{Access, Store},
};

const BYTES: usize = 100_003;

fn machine(ranges: Ranges) -> Machine<Hold> {
    let wanted = Wanted {
        key: ObjectKey::parse("key".into()).unwrap(),
        protection: Some(protection(7)),
        file: None,
        ranges,
    };
    Machine::new(Box::new(CountingEntropy(2)), 0, move |desk| async move {
        let store = Store::new(desk, Rc::new(Access::default()));
        get(wanted, store, &Cell::default()).await?.into_blob().await
    })
}

fn read(outside: &mut Outside, ranges: Ranges) -> Result<Vec<u8>, Failure> {
    let mut machine = machine(ranges);
    let outcome = outside
        .run(&mut machine)
        .map(|blob| outside.committed(blob.id()).to_vec());
    assert!(outside.is_empty_after(machine), "something is still held");
    outcome
}

/// Cuts the body of each answer to a GET at so many bytes of it, whatever its headers say.
fn cut_at(outside: &mut Outside, lengths: &'static [usize]) {
    let mut lengths = lengths.iter();
    outside.hook = Some(Box::new(move |sent, outside| {
        let Reaction::Head(head, mut body) = outside.serve(sent) else {
            return None;
        };
        if sent.operation == Operation::GetObject {
            body.truncate(lengths.next().copied().unwrap_or(usize::MAX));
        }
        Some(Reaction::Head(head, body))
    }));
}

fn ranges_of(outside: &Outside) -> Vec<Option<&str>> {
    let gets = outside.log.iter();
    gets.map(|sent| sent.headers.get("range").map(String::as_str)).collect()
}

fn error(outcome: Result<Vec<u8>, Failure>) -> Error {
    outcome.map(drop).unwrap_err().into_error().expect("no stop").0
}

#[test]
fn a_connection_that_breaks_is_followed_by_another_from_the_missing_byte() {
    for breaks in [false, true] {
        let mut outside = store_of(BYTES);
        outside.breaks = breaks;
        // In the middle of a block, and of the tag.
        cut_at(&mut outside, &[3001, 5, BYTES + 9 - 3006]);
        assert_eq!(read(&mut outside, Ranges::default()).unwrap(), content(BYTES));
        let rest = format!("bytes={}-", BYTES + 9);
        assert_eq!(
            ranges_of(&outside),
            [None, Some("bytes=3001-"), Some("bytes=3006-"), Some(rest.as_str())]
        );
        let others = outside.log.iter().skip(1);
        assert!(
            others
                .clone()
                .all(|sent| sent.headers.get("if-match") == Some(&"\"1\"".into()))
        );
        assert_eq!(outside.commits, 1);
    }
}

#[test]
fn answers_that_bring_nothing_come_to_an_end() {
    let mut outside = store_of(BYTES);
    outside.hook = Some(Box::new(|sent, outside| match outside.serve(sent) {
        Reaction::Head(head, _) => Some(Reaction::Head(head, Vec::new())),
        other => Some(other),
    }));
    assert!(matches!(
        error(read(&mut outside, Ranges::default())),
        Error::UnexpectedAnswer(_)
    ));
    // The two after the first, and the single byte.
    assert_eq!(outside.log.len(), 4);
}

#[test]
fn nothing_is_shown_of_an_object_that_was_changed() {
    for position in [0, 70_000, BYTES - 1, BYTES, BYTES + 15] {
        for concurrency in [1, 3] {
            let mut outside = store_of(BYTES);
            outside.time_stands = true;
            outside.objects.get_mut("key").unwrap().bytes[position] ^= 1;
            let ranges = Ranges {
                range_bytes: 32 << 10,
                concurrency,
            };
            assert_eq!(error(read(&mut outside, ranges)), Error::AuthenticationFailed);
            assert_eq!(outside.commits, 0, "byte {position}");
        }
    }
}

#[test]
fn ranges_side_by_side_are_one_message_wherever_the_tag_lies() {
    // Within a range, across two, and alone in the last.
    for range_bytes in [
        32 << 10,
        (BYTES as u64 + 7).next_multiple_of(16) - 16,
        BYTES as u64 / 16 * 16,
    ] {
        let mut outside = store_of(BYTES);
        outside.time_stands = true;
        let ranges = Ranges {
            range_bytes,
            concurrency: 3,
        };
        assert_eq!(read(&mut outside, ranges).unwrap(), content(BYTES));
        assert_eq!(outside.log.len(), (BYTES + 16).div_ceil(range_bytes as usize));
    }
}

#[test]
fn whoever_stops_gets_nothing_and_leaves_nothing() {
    for at in 0.. {
        let mut outside = store_of(BYTES);
        outside.stop_at = Some(at);
        cut_at(&mut outside, &[3001]);
        match read(&mut outside, Ranges::default()) {
            Ok(bytes) => {
                // What was to be shown already is.
                assert_eq!((bytes, outside.commits), (content(BYTES), 1));
                if outside.answered <= at {
                    assert!(at > 20, "it ends after {at} steps");
                    break;
                }
            }
            Err(failure) => assert!(failure.is_stopped() && outside.commits == 0, "{failure:?} at {at}"),
        }
    }
}
