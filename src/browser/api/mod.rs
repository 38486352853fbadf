//! The exported calls and their options.

pub(crate) mod options;
pub(crate) mod transfer_options;
