//! A machine under way: what it has asked for, and what is held for it.

use std::collections::BTreeMap;

use presealed::{
    Error,
    machine::{Answer, Body, Call, Deciphering, Desk, Encryption, Failure, Id, KeyRef, Machine, Step},
    secret::Entropy,
};

use super::{buffer::Buffer, outside::Outside, rules::Rules, webcrypto::CryptoKey};
use crate::support::entropy::CountingEntropy;

/// What is held, by the number of the step that brought it.
#[derive(Clone)]
pub enum Thing {
    Stream {
        body: Buffer,
        at: usize,
        /// Where its connection breaks, and whether nobody is told.
        breaks_at: Option<(usize, bool)>,
    },
    Lock(String),
    Key(CryptoKey),
    /// A key of software's: of content, or of GHASH.
    Engine(Vec<u8>),
    Buffer(Buffer),
    /// A buffer that was given to a sink or a reader.
    Spent,
    Sink {
        written: Buffer,
        shows_at_once: bool,
        is_committed: bool,
    },
    Committed(Buffer),
}

/// The same keys in each schedule, however many delays there are before them.
struct Dice(CountingEntropy);

impl Entropy for Dice {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        match bytes.len() {
            4 => bytes.fill(1),
            _ => self.0.fill(bytes)?,
        }
        Ok(())
    }
}

pub struct Pending {
    pub id: Id,
    pub step: Step,
    pub is_cancelled: bool,
}

/// Something that happens to a run: a step begins, or has its answer.
pub struct Happening<'a> {
    pub run: usize,
    pub id: Id,
    pub step: &'a Step,
    pub answer: Option<&'a Answer>,
    pub things: &'a BTreeMap<Id, Thing>,
    pub outside: &'a Outside,
    /// Whether the caller has stopped, or the journey was dropped.
    pub is_stopped: bool,
}

pub struct Run<T> {
    pub number: usize,
    desk: Desk,
    machine: Option<Machine<T>>,
    pub pending: Vec<Pending>,
    pub things: BTreeMap<Id, Thing>,
    pub rules: Rules,
    pub outcome: Option<Result<T, Failure>>,
    pub was_dropped: bool,
    is_gone: bool,
}

impl<T: 'static> Run<T> {
    pub fn new<J>(number: usize, now_ms: u64, rules: Rules, journey: impl FnOnce(Desk) -> J) -> Self
    where
        J: Future<Output = Result<T, Failure>> + 'static,
    {
        let desk = Desk::new(Box::new(Dice(CountingEntropy(1))), now_ms);
        Self {
            number,
            machine: Some(Machine::at(desk.clone(), journey)),
            desk,
            pending: Vec::new(),
            things: BTreeMap::new(),
            rules,
            outcome: None,
            was_dropped: false,
            is_gone: false,
        }
    }

    /// Another journey at the same desk, once one has ended.
    pub fn follow<J>(&mut self, journey: impl FnOnce(Desk) -> J)
    where
        J: Future<Output = Result<T, Failure>> + 'static,
    {
        assert!(self.machine.is_none() && self.pending.is_empty(), "it has not ended");
        self.machine = Some(Machine::at(self.desk.clone(), journey));
        self.rules.is_over = false;
        self.rules.is_told = false;
    }

    pub fn is_over(&self) -> bool {
        self.machine.is_none()
    }

    /// Polls it, and begins what it asks for.
    pub fn go_on(&mut self, outside: &mut Outside, watch: &mut dyn FnMut(&Happening<'_>)) {
        let Some(machine) = &mut self.machine else { return };
        let steps = machine.next();
        for (id, step) in steps {
            self.begin(id, step, outside, watch);
        }
        self.rules.after_batch(&self.pending, &self.things);
        let Some(machine) = &mut self.machine else { return };
        if let Some(outcome) = machine.end() {
            assert!(machine.end().is_none(), "it ended twice");
            assert!(machine.next().is_empty(), "steps after the end");
            let leftovers = machine.leftovers();
            self.rules.ended(&self.pending);
            self.machine = None;
            if !std::mem::replace(&mut self.rules.is_told, true) {
                self.outcome = Some(outcome);
            }
            if let Some(leftovers) = leftovers {
                self.follow(|_| async {
                    leftovers.await;
                    Err(Failure::stopped())
                });
                self.rules.is_told = true;
                self.go_on(outside, watch);
            }
        } else {
            assert!(!self.pending.is_empty(), "it waits for nothing");
        }
    }

    fn begin(&mut self, id: Id, step: Step, outside: &mut Outside, watch: &mut dyn FnMut(&Happening<'_>)) {
        self.rules.begin(id, &step, &self.pending, &self.things);
        watch(&Happening {
            run: self.number,
            id,
            step: &step,
            answer: None,
            things: &self.things,
            outside,
            is_stopped: self.rules.is_stopped,
        });
        match step {
            Step::Release(of) => {
                if let Some(Thing::Lock(name)) = self.things.remove(&of) {
                    outside.locks.remove(&name);
                }
            }
            Step::Cancel(of) => {
                let pending = self.pending.iter_mut().find(|pending| pending.id == of);
                pending.expect("it is under way").is_cancelled = true;
            }
            Step::Report(_) => {}
            step => self.pending.push(Pending {
                id,
                step,
                is_cancelled: false,
            }),
        }
    }

    /// Does a step that is under way, and hands in what came of it.
    pub fn answer(&mut self, index: usize, outside: &mut Outside, watch: &mut dyn FnMut(&Happening<'_>)) {
        let Pending { id, step, is_cancelled } = self.pending.remove(index);
        let is_there = used(&step).iter().all(|id| self.things.contains_key(id));
        assert!(is_cancelled || is_there, "{step:?} uses what is gone");
        let answer = match is_cancelled && (!is_there || outside.choices.yes(500)) {
            // It was cut short.
            true => match step {
                Step::Send(_) => Answer::NoAnswer { online: true },
                Step::Wait { .. } => Answer::Done,
                _ => Answer::Failed(outside.thrown("AbortError")),
            },
            false => outside.carry_out(self.number, id, &step, &mut self.things),
        };
        watch(&Happening {
            run: self.number,
            id,
            step: &step,
            answer: Some(&answer),
            things: &self.things,
            outside,
            is_stopped: self.rules.is_stopped,
        });
        if let Some(machine) = &mut self.machine {
            machine.answered(id, answer, outside.now_ms);
        }
    }

    /// Bytes of the body that a step sends.
    pub fn sent_by(&self, index: usize) -> u64 {
        let held = used(&self.pending[index].step);
        match held.first().and_then(|id| self.things.get(id)) {
            Some(Thing::Buffer(buffer) | Thing::Committed(buffer)) => buffer.len() as u64,
            _ => 0,
        }
    }

    pub fn notice(&mut self, id: Id, event: presealed::machine::Event) {
        if let Some(machine) = &mut self.machine {
            machine.noticed(id, event);
        }
    }

    pub fn stop(&mut self) {
        if let Some(machine) = &mut self.machine {
            machine.stop();
            self.rules.is_stopped = true;
        }
    }

    /// Drops the journey where it is; what it leaves is cleaned up.
    pub fn drop_journey(&mut self) {
        if self.machine.take().is_some() {
            self.machine = Some(Machine::at(self.desk.clone(), |_| async { Err(Failure::stopped()) }));
            self.rules.is_stopped = true;
            self.was_dropped = true;
        }
    }

    /// The page is gone. What was under way may still come to pass.
    pub fn vanish(&mut self, outside: &mut Outside) {
        self.machine = None;
        self.outcome = None;
        self.is_gone = true;
        for Pending { id, step, .. } in std::mem::take(&mut self.pending) {
            let is_there = used(&step).iter().all(|id| self.things.contains_key(id));
            if is_there && matches!(step, Step::Send(_) | Step::Keep(_)) && outside.choices.yes(500) {
                outside.carry_out(self.number, id, &step, &mut self.things);
            }
        }
        self.things.clear();
        outside.locks.retain(|_, run| *run != self.number);
        self.rules.is_over = true;
    }

    /// Lets go of what the journey ended with; then nothing may be left.
    pub fn close(
        &mut self,
        outside: &mut Outside,
        watch: &mut dyn FnMut(&Happening<'_>),
    ) -> Option<Result<(), Failure>> {
        if self.is_gone {
            return None;
        }
        let outcome = self.outcome.take().map(|outcome| outcome.map(drop));
        let mut rest: Machine<()> = Machine::at(self.desk.clone(), |_| async { Ok(()) });
        for (id, step) in rest.next() {
            self.begin(id, step, outside, watch);
        }
        assert!(rest.end().is_some(), "steps are left without an answer");
        assert!(self.things.is_empty(), "{:?} are left", self.things.keys());
        assert!(!outside.locks.values().any(|run| *run == self.number), "a lock is left");
        outcome
    }
}

/// What a step needs to be there.
pub fn used(step: &Step) -> Vec<Id> {
    let body = |body: &Body| match body {
        Body::Held(id) => vec![*id],
        _ => Vec::new(),
    };
    match step {
        Step::Send(sending) => body(&sending.body),
        Step::Probe(of) | Step::Digest { of, .. } => body(of),
        Step::Pull { stream, .. } | Step::Fill { stream, .. } => vec![*stream],
        Step::Seal(sealing) => {
            let mut all = body(&sealing.of);
            match &sealing.encryption {
                Some(Encryption::Calls(keys)) => all.extend([keys.gcm, keys.ctr]),
                Some(Encryption::Soft(keys)) => all.extend(keys.ctr.into_iter().chain([keys.engine])),
                None => {}
            }
            all
        }
        Step::Open(opening) => match &opening.how {
            Deciphering::Hashed(keys) => vec![opening.buffer, keys.gcm, keys.ctr],
            Deciphering::Soft(keys) => keys.ctr.into_iter().chain([opening.buffer, keys.engine]).collect(),
            Deciphering::Cbc { key, .. } => vec![opening.buffer, *key],
        },
        Step::Append { buffer, .. } | Step::Cut { buffer, .. } | Step::Emit { buffer, .. } => vec![*buffer],
        Step::Write { sink, buffer } => vec![*sink, *buffer],
        Step::Join { buffer, more } => vec![*buffer, *more],
        Step::Commit(sink) => vec![*sink],
        Step::Secret(Call::Encrypt { key, .. } | Call::Decrypt { key, .. }) => match key {
            KeyRef::Held(id) => vec![*id],
            KeyRef::Kept(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}
