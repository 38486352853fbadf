//! The caller's file, and what a call has of it.

use std::rc::Rc;

use presealed::machine::Answer;

use super::outside::Outside;

/// What a call has of its content.
#[derive(Clone)]
pub enum Given {
    /// The file as it was: reading it fails once it is another.
    Dated(Rc<Vec<u8>>),
    /// Bytes that nobody changes.
    Own(Rc<Vec<u8>>),
}

/// The caller's file.
#[derive(Clone, Default)]
pub struct File {
    pub content: Rc<Vec<u8>>,
    /// What it may change to.
    pub others: Vec<Rc<Vec<u8>>>,
    pub is_gone: bool,
    /// Whether it has changed, and whether the platform refuses to read it then.
    pub has_changed: bool,
    pub is_watched: bool,
}

impl Outside {
    /// The file changes now and then, just when it is read.
    fn look(&mut self) {
        if !self.choices.yes(self.faults.file) {
            return;
        }
        self.file.has_changed = true;
        match self.choices.below(self.file.others.len() + 1) {
            0 => self.file.is_gone = true,
            other => self.file.content = Rc::clone(&self.file.others[other - 1]),
        }
    }

    pub fn content_of(&self, run: usize) -> Rc<Vec<u8>> {
        match self.given.get(&run) {
            Some(Given::Dated(content) | Given::Own(content)) => Rc::clone(content),
            None => Rc::clone(&self.file.content),
        }
    }

    fn is_lost(&self, run: usize) -> bool {
        match self.given.get(&run) {
            Some(Given::Own(_)) => false,
            Some(Given::Dated(content)) => self.file.is_gone || !Rc::ptr_eq(content, &self.file.content),
            None => self.file.is_gone,
        }
    }

    pub fn probe(&mut self, run: usize) -> Answer {
        self.look();
        match self.is_lost(run) {
            true => self.failed("NotReadableError"),
            false => Answer::Done,
        }
    }

    pub fn unreadable(&mut self, run: usize, end: u64) -> Option<Answer> {
        self.look();
        if self.is_lost(run) || self.choices.yes(self.faults.platform) {
            return Some(self.failed("NotReadableError"));
        }
        if end > self.content_of(run).len() as u64 {
            return Some(Answer::Missing);
        }
        (self.file.has_changed && self.file.is_watched).then(|| self.failed("NotReadableError"))
    }
}
