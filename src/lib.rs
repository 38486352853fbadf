//! Presealed seals a file in the browser before a presigned URL sees it, in the formats of Amazon's S3 Encryption
//! Clients.
//!
//! The crate is a street; the bytes walk it from left to right, and a room imports only rooms before it:
//!
//! ```text
//!   keyring ──► envelope ──► content ──► s3, upload ──► browser
//!   who may     what travels  the bytes   the journey   JavaScript
//!   open it     beside them
//! ```
//!
//! [`encrypt`] and [`decrypt`] are the hinges: they turn a keyring, a suite and a context into an envelope and a
//! content cipher, and back, with every check in its order; [`rewrap`] changes who may open what is stored. All rooms but `browser` are pure (no I/O, clock or
//! randomness of their own) and build natively; `tests/architecture.rs` holds the table of who may import whom.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub mod algorithm_suite;
pub mod checkpoint;
pub mod cipher;
pub mod commitment;
pub mod content;
pub mod decrypt;
pub mod download;
pub mod encrypt;
pub mod encrypted_data_key;
pub mod encryption_context;
pub mod envelope;
pub mod error;
pub mod keyring;
pub mod machine;
pub mod rewrap;
pub mod s3;
pub mod secret;
pub mod store;
pub mod upload;

mod json;

#[cfg(target_arch = "wasm32")]
pub mod border;

pub use algorithm_suite::AlgorithmSuite;
pub use commitment::CommitmentPolicy;
pub use encrypted_data_key::{EncryptedDataKey, WrapAlgorithm};
pub use encryption_context::{EncryptionContext, MaterialDescription};
pub use envelope::Envelope;
pub use error::{Error, Refusal};
