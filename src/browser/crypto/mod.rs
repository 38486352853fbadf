//! AES in the browser, and the buffers that it works on.

pub(crate) mod engine;
pub(crate) mod stretch;
pub(crate) mod webcrypto;
