//! An upload's account of itself: what was sealed, what the store has, and what a later page may go on with. Pure, as `s3` is.

pub mod checkpoint;
pub mod ledger;
