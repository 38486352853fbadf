//! Presealed seals a file in the browser before a presigned URL sees it, in the formats of Amazon's S3 Encryption
//! Clients.
//!
//! Rust decides, JavaScript carries. The crate holds the secrets and takes every decision, and it never waits; the shell in `src/js` waits and
//! moves bytes, and it decides nothing. A room imports only rooms before it:
//!
//! ```text
//!   keyring   who may open it ─┐
//!   envelope  what travels     ├─► encrypt, decrypt ─► cipher ─┐
//!   content   the bytes       ─┘    rewrap                     ├─► upload, download ─► border ═► src/js
//!   s3        the wire ─► checkpoint, machine ─► store ────────┘    the journeys
//! ```
//!
//! - [`encrypt`] and [`decrypt`] are the hinges: they turn a keyring, a suite and a context into an envelope and a
//!   content cipher, and back, with every check in its order; [`rewrap`] changes who may open what is stored.
//! - [`machine`] is the seam: an `async fn` asks for steps as plain data, and is given answers; no runtime, clock or platform is behind it.
//! - [`store`] asks the store, [`cipher`] has keys and content handled, by steps; [`upload`] and [`download`] are the journeys.
//! - `border` (wasm32 only) takes options in, and gives steps out. All other rooms build natively; `tests/native/architecture.rs` holds who imports whom.
//!
//! # Ten words
//!
//! - *data key*: a fresh key for one object; *encrypted data key*: the same, wrapped by a keyring.
//! - *envelope*: the encrypted data key and what else travels beside the ciphertext, in metadata or an *instruction file*.
//! - *part*: what S3 calls a part; *stretch*: the bytes of one step, 8 MiB; *segment*: of one WebCrypto call, 512 KiB; *chunk*: what a stream gives.
//! - *share*: what a segment adds to the tag of the whole message. *Claim*: the right to encrypt a range of counters, given once.
//! - *journey*: one call of the API; *desk*: where it asks; *hold*: what the outside keeps for it. *Stop* is the caller's, *abort* S3's.
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
pub use encrypted_data_key::{Beside, EncryptedDataKey, WrapAlgorithm};
pub use encryption_context::{EncryptionContext, MaterialDescription};
pub use envelope::Envelope;
pub use error::{Error, Refusal};
