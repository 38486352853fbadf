//! Presealed.
