//! A range of an object: exactly those bytes of what the object's key makes of the very object whose envelope was read, or an error. Nothing
//! authenticates it, so a bit that was flipped in the bucket is flipped in it; but policy, wrap and commitment are, before any content is asked
//! for.

use std::{
    cell::{Cell, RefCell},
    ops::Range,
    rc::Rc,
};

use presealed::{
    CommitmentPolicy,
    download::range::{UnauthenticatedRange, read_range},
    machine::{Answer, Failure, Step},
    s3::{answer::Operation, object_key::ObjectKey, range::PlaintextRange},
    store::{Access, Store},
};

use super::{
    choices::{Choices, in_every_schedule, reached},
    objects::{Bytes, Kind, bytes, legible, object, plaintext, reader},
    run::{Happening, Thing},
    secrets::CANARY,
    world::World,
};

/// The size of an object whose range may come in two stretches.
const LONG: usize = 5;

/// What is wrong besides the stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// It commits to another data key.
    Commitment,
    /// The reader has another key.
    Key,
    /// The reader wants commitment, and it has none.
    Policy,
    /// Another one takes its place after so many turns.
    Replaced(usize),
    /// The answer has a byte more.
    Longer,
    /// The answer is another range, as long.
    Elsewhere,
}

impl Wrong {
    fn of(choices: &mut Choices) -> Self {
        match choices.below(14) {
            7 => Self::Commitment,
            8 => Self::Key,
            9 => Self::Policy,
            10 => Self::Replaced(choices.below(30)),
            11 => Self::Longer,
            12 => Self::Elsewhere,
            _ => Self::Nothing,
        }
    }

    /// What tells it before any content is asked for.
    const fn code(self, kind: Kind) -> Option<&'static str> {
        match self {
            Self::Commitment if kind.commits => Some("commitment-mismatch"),
            Self::Key => Some("unwrap-failed"),
            Self::Policy if !kind.commits => Some("commitment-required"),
            _ => None,
        }
    }
}

/// Of long content always the same ones, which are decrypted once.
fn wanted(choices: &mut Choices, size: usize) -> PlaintextRange {
    if size == LONG {
        let all = [
            PlaintextRange::From(13, Some((8 << 20) + 99)),
            PlaintextRange::From(0, None),
            PlaintextRange::Suffix(40),
        ];
        return choices.of(&all);
    }
    let (from, bytes) = (choices.below(1100) as u64, choices.below(400) as u64);
    match choices.below(4) {
        0 => PlaintextRange::From(from % 200, Some(from % 200 + bytes)),
        1 => PlaintextRange::From(from, Some(from + bytes)),
        2 => PlaintextRange::From(from, None),
        _ => PlaintextRange::Suffix(bytes),
    }
}

/// As a slice would have it; `None` if it holds no byte.
fn meant(wanted: PlaintextRange, all: u64) -> Option<Range<u64>> {
    let range = match wanted {
        PlaintextRange::From(from, to) => from..to.map_or(all, |to| to.min(all)),
        PlaintextRange::Suffix(bytes) => all - bytes.min(all)..all,
    };
    (range.start < range.end).then_some(range)
}

#[derive(Default)]
struct Seen {
    asked_for_content: bool,
    /// What is cut is not asked for again.
    has_content: bool,
}

impl Seen {
    fn hear(&mut self, happening: &Happening<'_>) {
        match (happening.step, happening.answer) {
            (Step::Presign(request), None) if request.operation == Operation::GetObject && request.key == "k" => {
                self.asked_for_content = true;
            }
            (Step::Fill { .. }, Some(Answer::Filled { bytes: 1.., .. })) => self.has_content = true,
            (Step::Send(sending), None) if self.has_content => panic!("asked for again: {sending:?}"),
            (Step::Emit { .. }, _) => panic!("a range goes to nobody by pieces"),
            _ => {}
        }
    }
}

fn gives_the_range_or_an_error(choices: &mut Choices) {
    let mut world: World<'_, UnauthenticatedRange> = World::new(choices);
    let choices = &mut world.outside.choices;
    let mut kind = Kind {
        size: choices.of(&[0, 0, 0, 3, 3, 1, 2, LONG]),
        commits: choices.below(2) == 0,
        in_file: choices.below(4) == 1,
        bytes: bytes(choices),
        number: 0,
    };
    if kind.size == LONG {
        // One of a kind: it takes long to make.
        (kind.in_file, kind.bytes) = (false, Bytes::Whole);
    }
    let (wrong, wanted) = (Wrong::of(choices), wanted(choices, kind.size));
    let other = Kind { number: 5, ..kind };
    let key = match wrong {
        Wrong::Key => [9; 32],
        _ => CANARY,
    };
    let mut protection = reader(choices, kind.suite(), key);
    if wrong == Wrong::Policy {
        protection.policy.commitment = CommitmentPolicy::default();
    }
    world.outside.wrapping_key = key;
    world.outside.takes_long_ivs = world.outside.choices.below(4) != 1 || protection.engine.is_some();
    world.outside.answers_elsewhere = wrong == Wrong::Elsewhere;
    world.outside.adds_a_byte = wrong == Wrong::Longer;
    let mut stored = object(kind);
    if wrong == Wrong::Commitment && kind.commits {
        let name = "x-amz-meta-x-amz-d";
        let theirs = object(other).headers.get(name).cloned().expect("a commitment");
        stored.headers.insert(name.into(), theirs);
    }
    stored.put(&mut world.outside.store);
    let seen = Rc::new(RefCell::new(Seen::default()));
    let witness = Rc::clone(&seen);
    world.watch(move |happening| witness.borrow_mut().hear(happening));
    let (is_left_alone, is_quiet) = (world.is_left_alone(), world.is_quiet());
    let nothing_breaks = world.outside.faults.passing == 0;

    let run = world.start(|desk| async move {
        let store = Store::new(desk, Rc::new(Access::default()));
        let key = ObjectKey::parse("k".into()).unwrap();
        let file = key.with_suffix(".instruction").unwrap();
        read_range(store, key, Some(file), wanted, protection, &Cell::default()).await
    });
    if let Wrong::Replaced(turns) = wrong {
        for _ in 0..turns {
            world.turn();
        }
        object(other).put(&mut world.outside.store);
    }
    world.to_the_end();
    let end = world.runs[run].outcome.take().expect("an end");
    if let Ok(read) = &end {
        assert!(wrong.code(kind).is_none(), "{wrong:?} was taken");
        assert!(
            !(wrong == Wrong::Longer && nothing_breaks),
            "more than the range was taken"
        );
        let of = match read.envelope == object(kind).envelope {
            true => kind,
            false => other,
        };
        assert_eq!(read.envelope, object(of).envelope);
        let legible = legible(of);
        let range = meant(wanted, legible.len() as u64).expect("a range of no byte was given");
        assert_eq!((&read.range, read.content_bytes), (&range, legible.len() as u64));
        let Some(Thing::Committed(blob)) = world.runs[run].things.get(&read.blob.id()) else {
            panic!("no Blob");
        };
        let (start, end) = (range.start as usize, range.end as usize);
        assert_eq!(blob.len(), end - start);
        assert!(blob.is_at(&legible, start), "another Blob than the range");
        let plain = plaintext(kind.size);
        reached(match plain.get(start..end) == Some(&legible[start..end]) {
            true => "given",
            false => "given as it was changed",
        });
    }
    let end: Result<(), Failure> = end.map(drop);
    world.close_all();
    let Err(failure) = end else { return };
    let seen = seen.borrow();
    assert!(
        wrong.code(kind).is_none() || !seen.asked_for_content,
        "content was asked for although {wrong:?}"
    );
    assert!(!is_left_alone || !failure.is_stopped(), "nobody stopped it");
    reached(match (failure.is_stopped(), wrong.code(kind)) {
        (true, _) => "stopped",
        (false, None) => "failed",
        (false, Some(_)) => "refused",
    });
    if is_quiet {
        let (error, _) = failure.into_error().expect("no stop");
        let is_cut = object(kind).stored.len() < 16;
        let expected = match wrong.code(kind) {
            _ if is_cut => "truncated",
            // The file may be the longer one.
            _ if wrong == Wrong::Longer && kind.in_file => return,
            Some(code) if meant(wanted, legible(kind).len() as u64).is_some() => code,
            _ if wrong == Wrong::Longer && meant(wanted, legible(kind).len() as u64).is_some() => {
                "authentication-failed"
            }
            _ if matches!(wrong, Wrong::Replaced(_) | Wrong::Elsewhere) => return,
            _ => {
                assert!(meant(wanted, legible(kind).len() as u64).is_none(), "{error:?}");
                "misuse"
            }
        };
        assert_eq!(error.code(), expected, "{error:?}");
    }
}

#[test]
fn it_gives_the_range_or_an_error() {
    let ends = ["given", "given as it was changed", "stopped", "failed", "refused"];
    in_every_schedule(60, &ends, gives_the_range_or_an_error);
}
