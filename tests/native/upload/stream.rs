//! Content that comes as a stream: it is read once, in order, no further than the parts in flight go, and is as long as was said.

use presealed::{Error, machine::Step, s3::answer::Operation, upload::put::PutOptions, upload::resume::Resume};

use super::{
    call, code, machine, options,
    outside::{Fate, Outside, PART},
    realm,
};

/// More parts than there may be in flight: two that are sent, and two that are sealed.
const BYTES: u64 = 12 * PART - 8;
const MOST: u64 = (2 + 2) * PART;
const WHOLE: u64 = 2 * BYTES;

fn streamed(threshold: u64) -> PutOptions {
    let mut given = options(Resume::Nothing, false, threshold);
    given.source.bytes = BYTES;
    given.is_stream = true;
    given
}

fn outside(seed: u64, bytes: u64) -> Outside {
    let mut outside = Outside::new(seed);
    outside.stream = Some((bytes, 0));
    outside
}

#[test]
fn a_stream_is_stored_in_parts_and_whole() {
    let mut most = 0;
    for seed in 0..50 {
        for threshold in [0, WHOLE] {
            let mut outside = outside(seed, BYTES);
            assert_eq!(code(call(&mut outside, streamed(threshold), &realm())), "done");
            if threshold == 0 {
                outside.assert_stored(BYTES);
                assert!(outside.most_bytes <= MOST, "{} bytes", outside.most_bytes);
                most = most.max(outside.most_bytes);
            }
            assert_eq!(outside.stream, Some((BYTES, BYTES)));
            assert!(!outside.reads_on);
        }
    }
    assert_eq!(most, MOST, "the bound says little");
}

/// Parts that the tag alone or nothing fills, and no content at all.
#[test]
fn a_stream_of_any_length_is_stored() {
    for bytes in [0, 1, PART - 16, PART - 8, PART, 2 * PART, 2 * PART + 1] {
        for threshold in [0, WHOLE] {
            let mut outside = outside(7, bytes);
            let mut given = streamed(threshold);
            given.source.bytes = bytes;
            assert_eq!(code(call(&mut outside, given, &realm())), "done", "{bytes}");
            assert_eq!(outside.stream, Some((bytes, bytes)));
        }
    }
}

#[test]
fn a_lost_answer_sends_what_was_kept() {
    for fate in [Fate::AnswerLost, Fate::RequestLost, Fate::Refused] {
        for (operation, threshold) in [(Operation::UploadPart, 0), (Operation::PutObject, WHOLE)] {
            let mut outside = outside(3, BYTES);
            outside.fates = vec![(operation, fate)];
            assert_eq!(code(call(&mut outside, streamed(threshold), &realm())), "done");
            assert_eq!(outside.stream, Some((BYTES, BYTES)));
        }
    }
}

#[test]
fn a_stream_of_another_length_is_not_stored() {
    for has in [0, 1, PART, BYTES - 1, BYTES + 1, 2 * BYTES] {
        for threshold in [0, WHOLE] {
            let mut outside = outside(has, has);
            let end = code(call(&mut outside, streamed(threshold), &realm()));
            assert_eq!(end, Error::ContentLengthMismatch("").code(), "{has} bytes");
            let store = &outside.store;
            assert_eq!(
                store.asked(Operation::PutObject) + store.asked(Operation::CompleteMultipartUpload),
                0
            );
            assert_eq!(
                store.asked(Operation::AbortMultipartUpload),
                usize::from(threshold == 0)
            );
            assert!(store.uploads.is_empty() && !outside.reads_on);
            // One more byte tells that there are more.
            assert!(outside.stream.is_some_and(|(_, read)| read <= BYTES + 1));
        }
    }
}

/// Whatever is lost or refused, and wherever it stops: nothing is left, the stream is let go, and no part leaves twice with two contents.
#[test]
fn a_stream_is_let_go_wherever_it_ends() {
    let (mut done, mut failed, mut stopped) = (0, 0, 0);
    for seed in 0..2_000 {
        let mut outside = outside(seed, BYTES);
        outside.faults = seed % 3 == 1;
        outside.stop_after = (seed % 3 == 2).then_some(seed / 3 % 200);
        match code(call(&mut outside, streamed(0), &realm())) {
            "done" => done += 1,
            "stopped" => stopped += 1,
            _ => failed += 1,
        }
        assert!(!outside.reads_on, "schedule {seed}");
    }
    assert!(
        done > 500 && failed > 100 && stopped > 100,
        "{done}, {failed}, {stopped}"
    );
}

/// A caller who had stopped before the call: what was given is cancelled all the same.
#[test]
fn a_stream_is_let_go_by_who_had_stopped() {
    let (mut machine, desk) = machine(streamed(0), &realm(), 1);
    machine.stop();
    let mut outside = outside(1, BYTES);
    let end = outside.run(&mut machine, &desk, false);
    assert_eq!(code(end), "stopped");
    assert_eq!((outside.taken, outside.reads_on), (1, false), "it was not cancelled");
    assert_eq!(outside.stream, Some((BYTES, 0)));
}

/// Nobody could encrypt again what is gone.
#[test]
fn a_stream_is_not_resumed() {
    for (resume, keeps) in [(Resume::Ask, true), (Resume::Kept, true), (Resume::Nothing, true)] {
        let given = PutOptions {
            is_stream: true,
            ..options(resume, keeps, 0)
        };
        let (mut machine, _) = machine(given, &realm(), 1);
        let steps: Vec<(u32, Step)> = machine.next();
        assert!(steps.is_empty(), "{steps:?}");
        assert_eq!(code(machine.end()), Error::Misuse("".into()).code());
    }
}
