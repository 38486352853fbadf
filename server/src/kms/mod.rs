//! A small KMS for development. It speaks AWS JSON 1.1, so that AWS SDKs work against it, but the ciphertext blobs
//! are its own: nothing made here opens at AWS, or the other way round.

mod api;
mod keys;
pub mod sigv4;

pub use api::{call, respond, router};
pub use keys::{Context, Keys, KmsError, file};
