//! What crosses between the machines and JavaScript: options in, steps out, answers in. The only room beside `browser`, which it
//! takes the place of, that knows JavaScript.

mod answer;
mod calls;
pub(crate) mod checkpoint;
mod content;
mod extras;
mod journey;
mod kept;
mod keyrings;
mod object;
mod put;
mod range;
mod rewrap;
mod rsa;
mod secret;
mod step;

pub(crate) use calls::realm;
pub use calls::{abort_upload, engine, inspect_object};
pub use content::encrypt_content;
pub use extras::take_extras;
pub use journey::{Continuation, Journey};
pub(crate) use keyrings::keyring_of;
pub use keyrings::{KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring};
pub use object::{get_object, open_file, open_object, reading_options, release_blob};
pub use put::put_object;
pub use range::get_unauthenticated_range;
pub use rewrap::rewrap_instruction_file;
