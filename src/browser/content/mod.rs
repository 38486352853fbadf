//! Content on its way: from a source to sealed segments, from stored bytes to a sink.

pub(crate) mod seal;
pub(crate) mod sink;
pub(crate) mod source;
