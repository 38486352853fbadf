//! What this realm has encrypted: one account for all of its calls.

use crate::{border::realm, checkpoint::ledger::Ledger};

/// Looks into the account, or enters something.
pub(crate) fn with_ledger<T>(look: impl FnOnce(&mut Ledger) -> T) -> T {
    look(&mut realm().ledger.borrow_mut())
}
