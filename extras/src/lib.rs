//! Primitives that WebCrypto lacks: Argon2id, AES-GCM under keys of 24 bytes, AES key wrap, AES-ECB, and AES-CTR with GHASH in software.
//!
//! A module of its own, which is loaded when it is first needed. It gets bytes and gives bytes; of formats, costs and policies it knows
//! nothing, and it keeps no key longer than a call.

#[cfg(target_arch = "wasm32")]
mod abi;
mod segment;
mod stretch;
mod wrap;

pub use segment::{ghash, hash_key, keystream, segment};
pub use stretch::{Refused, argon2id};
pub use wrap::{ecb_decrypt, gcm_open, gcm_seal, key_unwrap};
