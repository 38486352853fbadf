//! So many futures of one journey at a time.

use std::{cell::Cell, future::poll_fn, task::Poll};

/// Turns, of which so many are free; of none once they are closed.
pub(super) struct Turns(Cell<Option<usize>>);

/// One that is taken, until this is dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    pub(super) const fn new(free: usize) -> Self {
        Self(Cell::new(Some(free)))
    }

    /// Waits for one. Whoever gives one back has taken an answer, after which all that wait are polled again.
    pub(super) async fn take(&self) -> Turn<'_> {
        poll_fn(|_| match self.0.get().and_then(|free| free.checked_sub(1)) {
            Some(left) => {
                self.0.set(Some(left));
                Poll::Ready(Turn(self))
            }
            None => Poll::Pending,
        })
        .await
    }

    /// From now on nobody's turn comes.
    pub(super) fn close(&self) {
        self.0.set(None);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Self(Turns(free)) = self;
        free.set(free.get().map(|free| free.saturating_add(1)));
    }
}
