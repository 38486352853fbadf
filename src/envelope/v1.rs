//! Format V1 (content-metadata, "V1 format"): AES-CBC content and a wrap that only the key's length tells. Read only.

use super::{Envelope, V1_KEY, fields::Fields, v2, v3};
use crate::{Beside, EncryptedDataKey, Error, WrapAlgorithm};

/// An AES-ECB wrap of a 32-byte key; anything longer is RSA's.
const MAX_AES_WRAP_BYTES: usize = 48;

pub(super) fn parse(fields: Fields<'_>) -> Result<Envelope, Error> {
    if fields.has_any(&v2::NOT_IN_V1) || fields.has_any(&v3::FOREIGN_TO_V2) {
        return Err(Error::EnvelopeInvalid("it mixes format V1 and another"));
    }
    let ciphertext = fields.encrypted_data_key(V1_KEY)?;
    let wrap_algorithm = match ciphertext.len() {
        ..=MAX_AES_WRAP_BYTES => WrapAlgorithm::AesEcb,
        _ => WrapAlgorithm::RsaPkcs1,
    };
    Ok(Envelope::V1 {
        encrypted_data_key: EncryptedDataKey {
            wrap_algorithm,
            ciphertext,
            beside: Beside::of(wrap_algorithm, fields.map(v2::DESCRIPTION)?),
        },
        iv: v2::cbc_iv(fields)?,
    })
}
