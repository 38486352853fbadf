//! From what the store answers to plaintext, and what an object says of itself without any key.

mod cbc;
mod incoming;

pub mod get;
pub mod inspect;
pub mod range;
pub mod read;
pub mod rewrap;

pub use incoming::Ranges;
