//! What the native tests share: doubles named by what they do, real objects, and a content round trip.

pub mod bad_input;
pub mod content;
pub mod entropy;
pub mod keyrings;
pub mod kms;
pub mod named_tests;
pub mod official;
pub mod outside;
pub mod read;
pub mod source;
pub mod stored;
pub mod strategies;

use presealed::EncryptionContext;

pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.is_ascii() && text.len().is_multiple_of(2), "hex: {text}");
    let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digits).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn context(entries: &[(&str, &str)]) -> EncryptionContext {
    let owned = entries.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    EncryptionContext(owned.collect())
}
