//! Uploads, whole and in parts.

pub mod abandon;
pub mod content;
pub mod realm;
