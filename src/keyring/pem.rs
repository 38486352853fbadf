//! The armour around keys in text form (RFC 7468), read strictly: one block of one kind, and nothing beside it.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::Error;

/// The kinds of keys whose DER WebCrypto imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// SPKI.
    PublicKey,
    /// PKCS#8, not encrypted.
    PrivateKey,
}

impl Label {
    /// As in the armour.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublicKey => "PUBLIC KEY",
            Self::PrivateKey => "PRIVATE KEY",
        }
    }
}

/// The DER inside the armour.
///
/// # Errors
/// [`Error::Misuse`] for another label and for anything that breaks the armour; the text is not repeated.
pub fn der(pem: &str, label: Label) -> Result<Zeroizing<Vec<u8>>, Error> {
    let name = label.name();
    let base64 = pem
        .trim_ascii()
        .strip_prefix(&format!("-----BEGIN {name}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {name}-----")))
        .and_then(join_lines)
        .ok_or_else(|| {
            Error::misuse(format!(
                "the PEM is not one block \"BEGIN {name}\" (SPKI for public, unencrypted PKCS#8 for private keys)"
            ))
        })?;
    match Base64::decode_vec(&base64) {
        Ok(der) if !der.is_empty() => Ok(Zeroizing::new(der)),
        _ => Err(Error::misuse("the PEM's Base64 is broken")),
    }
}

/// The Base64 between the armour's lines, which stand on lines of their own.
fn join_lines(body: &str) -> Option<Zeroizing<String>> {
    let inner = body.strip_prefix("\r\n").or_else(|| body.strip_prefix('\n'))?;
    if !inner.ends_with('\n') {
        return None;
    }
    // As large as it can become, so that no copy of a private key is left behind by growing.
    let mut joined = Zeroizing::new(String::with_capacity(inner.len()));
    for line in inner.lines() {
        joined.push_str(line);
    }
    Some(joined)
}
