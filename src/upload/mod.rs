//! Uploads, whole and in parts.

pub mod abandon;
pub mod content;
pub mod put;
pub mod realm;
pub mod resume;

mod digest;
mod keeper;
mod meter;
mod parts;
mod pass;
mod sealing;
mod source;
mod turn;
mod whole;
