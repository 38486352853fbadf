//! The exported calls and their options.

pub(crate) mod encrypted_object;
pub(crate) mod get_object;
pub(crate) mod options;
pub(crate) mod transfer_options;
