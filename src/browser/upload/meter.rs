//! The progress of an upload whose parts go side by side.

use std::{cell::RefCell, rc::Rc};

use crate::browser::js::progress::{Phase, Progress};
use crate::s3::part_plan::PartPlan;

/// Adds up the progress of parts.
pub(crate) struct Meter {
    plan: PartPlan,
    phase: Phase,
    done: Rc<RefCell<Vec<u64>>>,
    progress: Rc<Progress>,
}

impl Meter {
    pub(crate) fn new(plan: PartPlan, phase: Phase, progress: &Rc<Progress>) -> Self {
        Self {
            plan,
            phase,
            done: Rc::new(RefCell::new(vec![0; usize::from(plan.parts())])),
            progress: Rc::clone(progress),
        }
    }

    /// For the requests of a part: an attempt that starts over takes back what the one before had sent.
    pub(crate) fn part(&self, number: u16) -> impl Fn(u64) + 'static {
        let (done, progress) = (Rc::clone(&self.done), Rc::clone(&self.progress));
        let (phase, total) = (self.phase, self.plan.stored_bytes());
        move |bytes| {
            let mut done = done.borrow_mut();
            if let Some(part) = done.get_mut(usize::from(number.saturating_sub(1))) {
                *part = bytes;
            }
            let sum = done.iter().fold(0, |sum: u64, part| sum.saturating_add(*part));
            drop(done);
            progress.report(phase, sum, total);
        }
    }

    pub(crate) fn reached(&self, number: u16, bytes: u64) {
        self.part(number)(bytes);
    }
}
