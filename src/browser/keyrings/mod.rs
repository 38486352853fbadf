//! Keyrings as JavaScript sees them, and the keys behind them.

pub(crate) mod aes_key;
pub(crate) mod browser_keyring;
pub(crate) mod custom;
pub(crate) mod kms;
pub(crate) mod rsa_key;
