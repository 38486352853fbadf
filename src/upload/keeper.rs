//! Checkpoints on their way to the caller.

use std::cell::{Cell, RefCell};

use super::turn::Turns;
use crate::{
    Error,
    checkpoint::Upload,
    machine::{Answer, Desk, Failure, Step},
};

/// The caller is asked to keep one checkpoint at a time: side by side, an older one could replace a newer, and what a part was sealed as would be
/// forgotten after the part has left.
pub(super) struct Keeper {
    turns: Turns,
    kept: Cell<bool>,
}

impl Keeper {
    pub(super) fn new() -> Self {
        Self {
            turns: Turns::new(1),
            kept: Cell::new(false),
        }
    }

    /// Whether the caller has a checkpoint to go on from.
    pub(super) fn has_kept(&self) -> bool {
        self.kept.get()
    }

    /// For another upload.
    pub(super) fn begin_anew(&self) {
        self.kept.set(false);
    }

    /// Hands over the checkpoint as it is when its turn comes, and waits until it is kept.
    pub(super) async fn keep(&self, upload: &RefCell<Upload>, desk: &Desk) -> Result<(), Failure> {
        let _turn = self.turns.take().await;
        desk.check()?;
        let checkpoint = Box::new(upload.borrow().checkpoint().clone());
        // The caller may have kept it, also if the work stops before we hear of it.
        let had_kept = self.kept.replace(true);
        if let Answer::Failed(cause) = desk.ask(Step::Keep(checkpoint)).await?.0 {
            self.kept.set(had_kept);
            // It ends the upload.
            self.turns.close();
            return Err(Failure::caused(Error::CheckpointFailed, cause));
        }
        Ok(())
    }
}
