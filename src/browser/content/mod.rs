//! Content on its way: from a source to sealed segments, from stored bytes to a sink.

pub(crate) mod cbc;
pub(crate) mod decrypt;
pub(crate) mod protection;
pub(crate) mod ranges;
pub(crate) mod seal;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod spool;
