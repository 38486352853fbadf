//! The only room that knows JavaScript: the exported API, and the platform behind the traits of the other rooms.
//!
//! It has floors, of which each stands on those before it:
//! `js`, `crypto`, `store`, `content` and, with the exported calls, `api`.

pub(crate) mod api;
pub(crate) mod content;
pub(crate) mod crypto;
pub(crate) mod js;
pub(crate) mod store;

pub use crypto::{engine::EngineKind, webcrypto::BrowserEngine};
pub(crate) use js::promise::spawn;
pub use js::{
    js_error::Failure,
    promise::{abandon_pending, promise},
};

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
