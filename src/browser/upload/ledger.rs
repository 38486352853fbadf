//! What this realm has encrypted: one account for all of its calls.

use std::cell::RefCell;

use crate::upload::ledger::Ledger;

thread_local! {
    static LEDGER: RefCell<Ledger> = const { RefCell::new(Ledger::new()) };
}

/// Looks into the account, or enters something.
pub(crate) fn with_ledger<T>(look: impl FnOnce(&mut Ledger) -> T) -> T {
    LEDGER.with_borrow_mut(look)
}
