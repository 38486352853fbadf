//! In which order steps are answered, and when it all stops.

use base64ct::{Base64, Encoding};
use presealed::{
    checkpoint::Checkpoint,
    machine::{Answer, Desk, Failure, Id, Machine, Step, Thrown},
};

use super::{Outside, PART, STREAM};

impl Outside {
    /// Until it ends and nothing is left to be done, or `None` where the page dies before.
    pub fn run<T: 'static>(
        &mut self,
        machine: &mut Machine<T>,
        desk: &Desk,
        keeping: bool,
    ) -> Option<Result<T, Failure>> {
        (self.stopped, self.keeping, self.heard) = (false, keeping, false);
        let end = self.to_its_end(machine)?;
        if let Some(leftovers) = machine.leftovers() {
            let mut rest = Machine::at(desk.clone(), |_| async {
                leftovers.await;
                Ok(())
            });
            // Also of who had stopped: the rest is stopped too, and cleans up all the same.
            drop(self.to_its_end(&mut rest)?);
        }
        Some(end)
    }

    fn to_its_end<T: 'static>(&mut self, machine: &mut Machine<T>) -> Option<Result<T, Failure>> {
        let mut pending: Vec<(Id, Step)> = Vec::new();
        let mut cancelled: Vec<Id> = Vec::new();
        for answers in 0..10_000_u64 {
            for (id, step) in machine.next() {
                match step {
                    Step::Release(of) => {
                        let held = self.things.remove(&of).expect("it is held");
                        self.reads_on &= held.name != STREAM;
                    }
                    Step::Cancel(of) => cancelled.push(of),
                    Step::Report(_) => {}
                    step => {
                        self.begins(&step, &pending);
                        pending.push((id, step));
                    }
                }
            }
            if let Some(end) = machine.end() {
                assert!(pending.is_empty(), "it ended before its steps");
                return Some(end);
            }
            if self.stop_after == Some(answers) || self.may_end_early && self.one_in(150) {
                self.stopped = true;
                machine.stop();
                continue;
            }
            if self.may_end_early && self.one_in(80) {
                self.things.clear();
                return None;
            }
            if self.faults && self.one_in(60) {
                self.changed = Some(self.random() % (4 * PART));
            }
            // Time passes once there is nothing else to wait for.
            let mut now: Vec<usize> = (0..pending.len()).collect();
            now.retain(|place| !matches!(pending[*place].1, Step::Wait { .. }));
            let place = match now.len() as u64 {
                0 => 0,
                many => now[(self.random() % many) as usize],
            };
            assert!(!pending.is_empty(), "nobody waits for anything");
            let (id, step) = pending.swap_remove(place);
            let answer = match step {
                // It was cut short.
                Step::Send(_)
                | Step::Write { .. }
                | Step::Append { .. }
                | Step::Digest { .. }
                | Step::Commit(_)
                | Step::Fill { .. }
                | Step::Seal(_)
                    if cancelled.contains(&id) =>
                {
                    Answer::Failed(Thrown::default())
                }
                step => self.answer(id, step),
            };
            machine.answered(id, answer, self.now);
        }
        panic!("it does not end");
    }

    fn begins(&mut self, step: &Step, pending: &[(Id, Step)]) {
        match step {
            Step::Keep(checkpoint) => {
                assert!(
                    !pending.iter().any(|(_, step)| matches!(step, Step::Keep(_))),
                    "two at once"
                );
                let known =
                    |checkpoint: &Checkpoint| checkpoint.digests.iter().filter(|digest| !digest.is_empty()).count();
                if let Some(kept) = self.kept.as_ref().filter(|kept| kept.upload_id == checkpoint.upload_id) {
                    assert!(known(checkpoint) >= known(kept), "an older one in a newer one's place");
                }
            }
            Step::Send(sending) => {
                let request = self.request(sending).clone();
                let (Some(number), Some(upload_id)) = (request.part_number, request.upload_id) else {
                    return;
                };
                let part = self.bytes(&sending.body);
                assert_eq!(request.content_length, Some(part.length));
                if self.keeping {
                    let kept = self.kept.as_ref().expect("a checkpoint");
                    let digest = &kept.digests[usize::from(number) - 1];
                    assert_eq!(
                        (&kept.upload_id, digest),
                        (&upload_id, &Base64::encode_string(&part.sha256())),
                        "unrecorded"
                    );
                }
                let first = self.left.entry((upload_id, number)).or_insert_with(|| part.clone());
                assert_eq!(*first, part, "two contents of one part");
            }
            _ => {}
        }
    }
}
