//! What the outside keeps for a journey.

use super::{Desk, Id, Step};

/// Something outside under a step's number: a buffer, the body of an answer, a lock, a key. It is released when this is dropped.
#[derive(Debug)]
pub struct Hold {
    id: Id,
    desk: Desk,
}

impl Hold {
    pub(super) const fn new(id: Id, desk: Desk) -> Self {
        Self { id, desk }
    }

    /// Its number.
    pub const fn id(&self) -> Id {
        self.id
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.desk.tell(Step::Release(self.id));
    }
}
