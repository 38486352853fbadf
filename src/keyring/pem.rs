//! The armour around keys in text form (RFC 7468): one block of one kind. What is around it is not looked at, as the RFC
//! allows, and white space means nothing; what it holds is read strictly.

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
/// [`Error::Misuse`] for another label, with what to do about it, and for anything that breaks the armour; the text is not
/// repeated.
pub fn der(pem: &str, label: Label) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (found, body) = block(pem).ok_or(Error::Misuse(
        "the PEM is not one block from its line -----BEGIN to its line -----END".into(),
    ))?;
    if found != label.name() {
        return Err(Error::misuse(format!("the PEM is {}", advice(found, label))));
    }
    let base64 = unbroken(body);
    match Base64::decode_vec(&base64) {
        Ok(der) if !der.is_empty() => Ok(Zeroizing::new(der)),
        _ => Err(Error::misuse("the PEM's Base64 is broken")),
    }
}

/// Label and body of the one block that there is.
fn block(pem: &str) -> Option<(&str, &str)> {
    let (_, rest) = pem.split_once(BEGIN)?;
    let (label, rest) = rest.split_once(DASHES)?;
    let (body, rest) = rest.split_once(END)?;
    let after = rest.strip_prefix(label)?.strip_prefix(DASHES)?;
    let one = !body.contains(DASHES) && !after.contains(BEGIN);
    one.then_some((label, body))
}

/// The body without its line breaks, which environment variables and JSON often hold as `\n`, and without indentation.
fn unbroken(body: &str) -> Zeroizing<String> {
    // As large as it can become, so that no copy of a private key is left behind by growing.
    let mut joined = Zeroizing::new(String::with_capacity(body.len()));
    for line in body.split([' ', '\t', '\r', '\n']) {
        for piece in line.split("\\n") {
            joined.push_str(piece.strip_suffix("\\r").unwrap_or(piece));
        }
    }
    joined
}

/// What a block of another label is, and what makes of it the one that is wanted.
fn advice(found: &str, wanted: Label) -> &'static str {
    match (found, wanted) {
        ("RSA PRIVATE KEY", Label::PrivateKey) => {
            "PKCS#1 (RSA PRIVATE KEY), which no browser imports: openssl pkcs8 -topk8 -nocrypt makes PKCS#8 of it"
        }
        ("RSA PUBLIC KEY", Label::PublicKey) => {
            "PKCS#1 (RSA PUBLIC KEY), which no browser imports: openssl rsa -RSAPublicKey_in -pubout makes SPKI of it"
        }
        ("ENCRYPTED PRIVATE KEY", _) => "an encrypted private key: openssl pkey decrypts it",
        ("CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE", _) => {
            "a certificate: openssl x509 -pubkey -noout shows its public key"
        }
        ("EC PRIVATE KEY" | "EC PARAMETERS" | "DSA PRIVATE KEY", _) => "no RSA key",
        ("OPENSSH PRIVATE KEY", _) => {
            "in OpenSSH's own format: ssh-keygen -p -N \"\" -m PKCS8 rewrites the file as PKCS#8"
        }
        ("PUBLIC KEY" | "RSA PUBLIC KEY", Label::PrivateKey) => "a public key, where the private key belongs",
        ("PRIVATE KEY" | "RSA PRIVATE KEY", Label::PublicKey) => "a private key, where the public key belongs",
        (_, Label::PublicKey) => "no PUBLIC KEY (SPKI)",
        (_, Label::PrivateKey) => "no PRIVATE KEY (PKCS#8, not encrypted)",
    }
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
