//! Keys and content by calls of the outside: keyrings at a [`Desk`](crate::machine::Desk), and the content engine whose segments WebCrypto
//! encrypts.
//!
//! The algebra is `content`'s and the wraps are `keyring`'s; here are the steps that they need.

mod engine;
mod extras;
mod held;
mod keyrings;
mod open;
mod protection;
mod seal;

pub use engine::{ContentEngine, SEGMENT_BYTES, choose_engine};
pub use keyrings::{AesKey, AnyKeyring, AnyWrappingKeyring, AtDesk, WrapsAtDesk};
pub use open::Opener;
pub use protection::{Decipherer, Protection};
pub use seal::{Sealer, Stretch};
