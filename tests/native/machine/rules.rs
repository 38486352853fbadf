//! What holds of every machine, in every schedule.

use std::collections::BTreeMap;

use presealed::{
    machine::{Id, Progress, Step, Taken},
    s3::answer::Operation,
};

use super::run::{Pending, Thing, used};

/// More is no work, but a loop.
const MOST_STEPS: usize = 20_000;

#[derive(Default)]
pub struct Rules {
    pub is_stopped: bool,
    pub is_over: bool,
    /// Whether the caller knows how it ended; what goes on are leftovers.
    pub is_told: bool,
    /// Whether whatever is shown is read, and searched for secrets.
    searches: bool,
    /// What may still be begun for a caller who has stopped.
    cleans_up: Option<fn(&Step) -> bool>,
    last: Id,
    steps: usize,
    progress: Vec<Progress>,
}

impl Rules {
    pub fn new(searches: bool, cleans_up: Option<fn(&Step) -> bool>) -> Self {
        Self {
            searches,
            cleans_up,
            ..Self::default()
        }
    }

    pub fn begin(&mut self, id: Id, step: &Step, pending: &[Pending], things: &BTreeMap<Id, Thing>) {
        assert!(id > self.last, "step {id} after {}", self.last);
        self.last = id;
        self.steps += 1;
        assert!(self.steps < MOST_STEPS, "it goes round in circles");
        if self.searches {
            search(step);
        }
        match step {
            Step::Release(of) => {
                assert!(things.contains_key(of), "{of} is released and not held");
            }
            Step::Cancel(of) => {
                let found = pending.iter().find(|pending| pending.id == *of);
                assert!(
                    found.is_some_and(|pending| !pending.is_cancelled),
                    "{of} is cancelled and not under way"
                );
            }
            Step::Report(progress) => self.reported(*progress),
            step => {
                assert!(!self.is_over, "begun after the end: {step:?}");
                assert!(
                    !self.is_stopped || self.cleans_up(step),
                    "begun after the stop: {step:?}"
                );
                for of in used(step) {
                    assert!(things.contains_key(&of), "{step:?} uses {of}, which is not held");
                    assert!(
                        !matches!(things.get(&of), Some(Thing::Spent)),
                        "{step:?} uses {of}, which was given away"
                    );
                }
            }
        }
    }

    /// Nothing is taken away from under a step that somebody waits for, and nobody waits for a caller who has stopped.
    pub fn after_batch(&self, pending: &[Pending], things: &BTreeMap<Id, Thing>) {
        for Pending { step, is_cancelled, .. } in pending.iter().filter(|_| self.is_stopped) {
            let is_free = *is_cancelled || self.cleans_up(step);
            assert!(is_free, "waited for after the stop: {step:?}");
        }
        for Pending { step, .. } in pending.iter().filter(|pending| !pending.is_cancelled) {
            for of in used(step) {
                assert!(things.contains_key(&of), "{of} is released under {step:?}");
            }
        }
    }

    /// Whether it is begun for nobody who waits, and may be although the caller has stopped.
    fn cleans_up(&self, step: &Step) -> bool {
        // Nobody waits for it: the stream is cancelled once it is taken, which takes no time.
        let is_taken_back = matches!(step, Step::Take(taken) if *taken == Taken::Source);
        is_taken_back || self.is_told && self.cleans_up.is_some_and(|cleans_up| cleans_up(step))
    }

    pub fn ended(&mut self, pending: &[Pending]) {
        assert!(pending.is_empty(), "it ended before the last answer");
        self.is_over = true;
    }

    fn reported(&mut self, now: Progress) {
        assert!(now.bytes_done <= now.bytes_total, "{now:?}");
        if let Some(before) = self.progress.iter().rev().find(|before| before.phase == now.phase) {
            assert!(before.bytes_done < now.bytes_done, "{now:?} after {before:?}");
            assert_eq!(before.bytes_total, now.bytes_total);
        }
        self.progress.push(now);
    }
}

/// The upload of a caller who has stopped may be thrown away.
pub fn throws_away(step: &Step) -> bool {
    match step {
        Step::Presign(request) => request.operation == Operation::AbortMultipartUpload,
        Step::Send(sending) => sending.method == "DELETE",
        Step::Wait { .. } => true,
        _ => false,
    }
}

/// `secrets::CANARY` in every form that it might be shown in.
fn search(step: &Step) {
    const FORMS: [&str; 4] = [
        "the canary",
        "116, 104, 101, 32, 99, 97, 110",
        "7468652063616e617279",
        "dGhlIGNhbmFyeSBpcyB0",
    ];
    let shown = format!("{step:?}");
    for form in FORMS {
        assert!(!shown.contains(form), "a key is shown in {shown}");
    }
}
