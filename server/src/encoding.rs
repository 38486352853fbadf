//! Bytes as text, and bytes from nowhere.

use base64ct::{Base64, Encoding};
use std::io;

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Standard base64.
pub fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Standard base64, or `None`.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// Percent-encoding as AWS does it.
pub fn percent(text: &str, keep_slash: bool) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => (byte as char).to_string(),
        b'/' if keep_slash => "/".into(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}
