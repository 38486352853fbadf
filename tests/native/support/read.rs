//! Reading with every legacy mode on or off, and AES-CBC content, which only browsers decrypt in the crate itself.

use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};
use presealed::{
    CommitmentPolicy, EncryptionContext, Envelope,
    content::Parameters,
    decrypt::{self, CbcParameters, ContentCipher, ReadPolicy},
    keyring::Keyring,
};

/// A policy that reads everything.
pub const LEGACY: ReadPolicy = ReadPolicy {
    commitment: CommitmentPolicy::RequireEncryptAllowDecrypt,
    unauthenticated_modes: true,
    cbc_under_gcm_keys: true,
};

/// Reads under a commitment policy, legacy content refused.
pub async fn decrypt<K: Keyring>(
    keyring: &K,
    commitment: CommitmentPolicy,
    context: &EncryptionContext,
    envelope: &Envelope,
) -> Result<Parameters, K::Failure> {
    let policy = ReadPolicy {
        commitment,
        ..ReadPolicy::default()
    };
    match decrypt::decrypt(keyring, policy, context, envelope).await? {
        ContentCipher::Authenticated(parameters) => Ok(parameters),
        ContentCipher::Unauthenticated(_) => panic!("unauthenticated content opened unasked"),
    }
}

/// The plaintext of AES-CBC content; `None` for wrong padding.
pub fn open_cbc(parameters: &CbcParameters, body: &[u8]) -> Option<Vec<u8>> {
    cbc::Decryptor::<aes::Aes256>::new(parameters.key.expose().into(), &parameters.iv.into())
        .decrypt_padded_vec::<Pkcs7>(body)
        .ok()
}
