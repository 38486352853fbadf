//! Requests to the store: presigned, repeated, read and written.

pub(crate) mod backoff;
pub(crate) mod body;
pub(crate) mod checksum;
pub(crate) mod fetch;
pub(crate) mod instruction_file;
pub(crate) mod origin;
pub(crate) mod presign;
pub(crate) mod reader;
pub(crate) mod send;
pub(crate) mod xhr;
