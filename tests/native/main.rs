//! The crate's tests, natively: a file each for what is tested, and `support` for what they share.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::type_complexity,
    clippy::wrong_self_convention
)]

mod support;

mod answers;
mod architecture;
mod bad_input;
mod checkpoint;
mod checksum;
mod documents;
mod download;
mod engine;
mod envelopes;
mod instruction_files;
mod json;
mod keyrings;
mod legacy_wraps;
mod machine;
mod metadata;
mod multipart;
mod object_key;
mod official_objects;
mod old_checkpoints;
mod own_objects;
mod passphrase;
mod pem;
mod range_journey;
mod ranges;
mod raw_rsa;
mod requirements;
mod rewrap;
mod rewrap_journey;
mod secrets;
mod selector;
mod shell;
mod stitch;
mod upload;
mod wycheproof;
