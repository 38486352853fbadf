//! The only room that knows JavaScript: the exported API, and the platform behind the traits of the other rooms.

mod abort;
mod abort_upload;
mod aes_key;
mod backoff;
mod bag;
mod body;
mod cbc;
mod confirm;
mod content;
mod custom_keyring;
mod encrypt_content;
mod encrypted_object;
mod engine;
mod entropy;
mod fetch;
mod get_object;
mod inspect;
mod instruction_file;
mod js_error;
mod keeper;
mod keyrings;
mod kms;
mod meter;
mod multipart;
mod options;
mod part;
mod part_worker;
mod placement;
mod presign;
mod progress;
mod promise;
mod put_object;
mod range;
mod ranges;
mod reflect;
mod rewrap;
mod rsa_key;
mod seal;
mod sealing;
mod send;
mod sink;
mod source;
mod spool;
mod stretch;
mod summary;
mod time;
mod transfer_options;
mod webcrypto;
mod xhr;

pub use abort_upload::abort_upload;
pub use encrypt_content::{encrypt, encrypt_stream};
pub use encrypted_object::EncryptedObject;
pub use engine::{EngineKind, engine};
pub use get_object::{get_object, open_object};
pub use inspect::inspect_object;
pub use js_error::{Failure, is_presealed_error};
pub use keyrings::{KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring};
pub use promise::{abandon_pending, promise};
pub use put_object::put_object;
pub use range::get_unauthenticated_range;
pub use rewrap::rewrap_instruction_file;
pub use spool::release_blob;
pub use webcrypto::BrowserEngine;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.ts");

/// Runs once when the module is instantiated.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        abandon_pending();
    }));
}
