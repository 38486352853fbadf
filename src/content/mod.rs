//! The bytes: one AES-256-GCM message over the whole object, made of independent segments in any order.
//!
//! [`field`] and [`ghash`] are the algebra that lets an engine hash each segment alone; an [`Engine`] encrypts or
//! decrypts one segment wherever it runs (WebCrypto, or software); [`Encryptor`] and [`Decryptor`] put the segments
//! together and see to it that no counter is used twice and that the whole message is authenticated.

mod decryptor;
mod encryptor;
mod engine;
pub mod field;
pub mod ghash;
mod kind;
mod shares;
#[cfg(not(target_arch = "wasm32"))]
mod software;

pub use decryptor::{Decryptor, Unverified};
pub use encryptor::Encryptor;
pub use engine::{Engine, Message, Parameters, Segment};
pub use kind::EngineKind;
pub use shares::Claim;
#[cfg(not(target_arch = "wasm32"))]
pub use software::SoftwareEngine;

use crate::AlgorithmSuite;

const BLOCK_BYTES: u64 = AlgorithmSuite::BLOCK_BYTES;
