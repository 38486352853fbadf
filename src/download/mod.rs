//! From what the store answers to plaintext, and what an object says of itself without any key.

pub mod inspect;
pub mod range;
pub mod rewrap;
