//! The progress of an upload whose parts go side by side.

use std::{cell::RefCell, rc::Rc};

use crate::{
    machine::{Desk, Phase},
    s3::part_plan::PartPlan,
    store::Sent,
};

/// Adds up the progress of parts.
pub(super) struct Meter {
    total: u64,
    phase: Phase,
    done: RefCell<Vec<u64>>,
    desk: Desk,
}

impl Meter {
    pub(super) fn new(plan: PartPlan, phase: Phase, desk: &Desk) -> Rc<Self> {
        Rc::new(Self {
            total: plan.stored_bytes(),
            phase,
            done: RefCell::new(vec![0; usize::from(plan.parts())]),
            desk: desk.clone(),
        })
    }

    /// For the requests of a part: an attempt that starts over takes back what the one before had sent.
    pub(super) fn part(self: &Rc<Self>, number: u16) -> Sent {
        let meter = Rc::clone(self);
        Rc::new(move |bytes| meter.reached(number, bytes))
    }

    pub(super) fn reached(&self, number: u16, bytes: u64) {
        let mut done = self.done.borrow_mut();
        if let Some(part) = done.get_mut(usize::from(number.saturating_sub(1))) {
            *part = bytes;
        }
        let sum = done.iter().fold(0, |sum: u64, part| sum.saturating_add(*part));
        drop(done);
        self.desk.report(self.phase, sum, self.total);
    }
}
