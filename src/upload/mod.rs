//! Uploads, whole and in parts.

pub mod abandon;
pub mod realm;
