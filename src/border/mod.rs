//! What crosses between the machines and JavaScript: options in, steps out, answers in. The only room that knows JavaScript.
//!
//! Each call has a file that parses its options whole, before any effect, and gives the journey ([`put_object`], [`get_object`], ...). The shell
//! in `src/js` drives it: [`Journey`] says what is to be done next as plain objects (`step`), and takes what came of it
//! (`answer`). Calls that take or give keys are made here (`secret`), and so is nothing else that waits.

mod answer;
mod calls;
mod checkpoint;
mod content;
mod extras;
mod given;
mod journey;
mod js_error;
mod kept;
mod keyrings;
mod object;
mod options;
mod plain;
mod properties;
mod put;
mod range;
mod rewrap;
mod rsa;
mod secret;
mod source;
mod step;
mod transfer_options;
mod webcrypto;

pub use calls::{abort_upload, engine, inspect_object};
pub use content::encrypt_content;
pub use extras::take_extras;
pub use journey::{Continuation, Journey};
pub use keyrings::{KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring};
pub use object::{get_object, open_file, open_object, reading_options, release_blob};
pub use put::put_object;
pub use range::get_unauthenticated_range;
pub use rewrap::rewrap_instruction_file;

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once when the module is instantiated.
#[wasm_bindgen(start, skip_typescript)]
fn start() {
    console_error_panic_hook::set_once();
}
