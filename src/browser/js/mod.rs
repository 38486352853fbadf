//! What JavaScript has and a browser may lack: promises, signals, errors, options objects.

pub(crate) mod abort;
pub(crate) mod blob;
pub(crate) mod entropy;
pub(crate) mod given;
pub(crate) mod js_error;
pub(crate) mod lock;
pub(crate) mod online;
pub(crate) mod progress;
pub(crate) mod promise;
pub(crate) mod properties;
pub(crate) mod reflect;
pub(crate) mod summary;
pub(crate) mod time;
