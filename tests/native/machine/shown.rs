//! What is shown of an object that is read whole.

use std::rc::Rc;

use presealed::machine::Step;

use super::{
    buffer::Buffer,
    run::{Happening, Thing},
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum How {
    Blob,
    /// Into the writable of a handle.
    File,
    /// Into one that shows at once what it gets.
    ForeignFile,
    Delayed,
}

pub const HOWS: [How; 4] = [How::Blob, How::File, How::ForeignFile, How::Delayed];

/// What has been shown so far.
pub struct Shown {
    pub how: How,
    /// Missing for what must not be taken for an object.
    pub content: Option<Rc<Vec<u8>>>,
    pub emitted: Buffer,
    committed: usize,
}

impl Shown {
    pub fn new(how: How, content: Option<Rc<Vec<u8>>>) -> Self {
        Self {
            how,
            content,
            emitted: Buffer::default(),
            committed: 0,
        }
    }

    fn is_content(&self, buffer: &Buffer) -> bool {
        self.content.as_ref().is_some_and(|content| buffer.is(content))
    }

    pub fn hear(&mut self, happening: &Happening<'_>) {
        if happening.answer.is_some() {
            return;
        }
        let buffer = |id| match happening.things.get(id) {
            Some(Thing::Buffer(buffer) | Thing::Committed(buffer)) => buffer.clone(),
            _ => panic!("no buffer"),
        };
        match happening.step {
            Step::Emit { buffer: from, verified } => {
                assert!(!verified, "nothing has verified it");
                assert_eq!(self.how, How::Delayed, "nobody asked for it before it is verified");
                self.emitted.append(buffer(from));
            }
            Step::Write { sink, buffer: from } => {
                if let Some(Thing::Sink {
                    shows_at_once: true, ..
                }) = happening.things.get(sink)
                {
                    assert!(self.is_content(&buffer(from)), "it shows what is not verified");
                }
            }
            Step::Commit(sink) => {
                let Some(Thing::Sink { written, .. }) = happening.things.get(sink) else {
                    panic!("no sink");
                };
                assert!(self.content.is_some(), "what is not the object's becomes visible");
                assert!(
                    self.is_content(written),
                    "something else than the content becomes visible"
                );
                self.committed += 1;
            }
            _ => {}
        }
    }

    /// What was emitted of an object before anybody knew better is its own.
    pub fn check_emitted(&self) {
        if let Some(content) = &self.content {
            assert!(
                self.emitted.is_at(content, 0),
                "what was emitted is no part of the content"
            );
        }
    }

    /// It ended well: all of it was shown.
    pub fn check_whole(&self) {
        assert!(self.content.is_some(), "something else was taken for the object");
        assert!(
            self.how != How::Delayed || self.is_content(&self.emitted),
            "not all of it"
        );
        let commits = match self.how {
            How::Delayed => 0,
            How::ForeignFile => 2,
            _ => 1,
        };
        assert_eq!(self.committed, commits);
    }
}
