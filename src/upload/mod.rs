//! An upload's account of itself: what was sealed, what the store has, and what a later page may go on with.

pub mod abandon;
pub mod checkpoint;
pub mod ledger;
pub mod realm;
