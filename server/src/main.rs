//! The development server of Presealed.
fn main() {}
