//! So many futures of one journey at a time.

use std::{cell::Cell, future::poll_fn, rc::Rc, task::Poll};

use super::realm::Realm;

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

/// A call's share of the room for parts, which all calls of a realm have together.
///
/// A call always gets room for one part, so no call waits for what another one does; and since it waits for more only while a part of its own is
/// under way, it is polled again when that part moves. So nobody has to be woken from another call.
pub(super) struct Share {
    realm: Rc<Realm>,
    part_bytes: u64,
    most: u64,
    parts: Cell<u32>,
}

/// Room for one part, until this is dropped.
pub(super) struct Room<'a>(&'a Share);

impl Share {
    /// All calls together: what one may have that says nothing else.
    const MOST_BYTES: u64 = 48 << 20;

    /// Of a call that by itself has up to so many parts under way. All are counted alike, so that none overtakes a larger one.
    pub(super) fn new(realm: &Rc<Realm>, part_bytes: u64, parts: usize) -> Self {
        Self {
            realm: Rc::clone(realm),
            part_bytes,
            most: Self::MOST_BYTES.max(part_bytes.saturating_mul(parts as u64)),
            parts: Cell::new(0),
        }
    }

    /// Waits for room.
    pub(super) async fn take(&self) -> Room<'_> {
        poll_fn(|_| {
            let all = self.realm.part_bytes.get().saturating_add(self.part_bytes);
            if self.parts.get() > 0 && all > self.most {
                return Poll::Pending;
            }
            self.realm.part_bytes.set(all);
            self.parts.update(|parts| parts.saturating_add(1));
            Poll::Ready(Room(self))
        })
        .await
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let Self(share) = self;
        share.parts.update(|parts| parts.saturating_sub(1));
        share
            .realm
            .part_bytes
            .update(|all| all.saturating_sub(share.part_bytes));
    }
}
