//! Format V2 (content-metadata, "V2 format"): the content suite 0x0072, and 0x0070, whose wraps alone are written.

use base64ct::{Base64, Encoding};

use super::{Envelope, Metadata, V2_KEY, fields::Fields, v3};
use crate::{AlgorithmSuite, Beside, EncryptedDataKey, Error, WrapAlgorithm, encryption_context::encode_map};

pub(super) const IV: &str = "x-amz-iv";
pub(super) const DESCRIPTION: &str = "x-amz-matdesc";
const WRAP: &str = "x-amz-wrap-alg";
const CIPHER: &str = "x-amz-cek-alg";
const TAG_BITS: &str = "x-amz-tag-len";
const GCM_TAG_BITS: &str = "128";

/// What an instruction file may hold as a number.
pub(super) const LENGTHS: [&str; 2] = [TAG_BITS, "x-amz-unencrypted-content-length"];
/// What no object in format V3 carries.
pub(super) const EXCLUSIVE: [&str; 5] = [IV, DESCRIPTION, WRAP, CIPHER, TAG_BITS];
/// What no object in format V1 carries.
pub(super) const NOT_IN_V1: [&str; 3] = [WRAP, CIPHER, TAG_BITS];

pub(super) fn parse(fields: Fields<'_>) -> Result<Envelope, Error> {
    if fields.has_any(&v3::FOREIGN_TO_V2) {
        return Err(Error::EnvelopeInvalid("it mixes formats V2 and V3"));
    }
    let is_cbc = match fields.require(CIPHER)? {
        name if name == AlgorithmSuite::AesGcmIv12Tag16NoKdf.cipher_name() => false,
        name if name == AlgorithmSuite::AesCbcIv16NoKdf.cipher_name() || name == "AES/CBC/PKCS7Padding" => true,
        _ => return Err(Error::EnvelopeInvalid("its content cipher is unknown")),
    };
    let wrap_algorithm = WrapAlgorithm::from_name(fields.require(WRAP)?)
        .ok_or(Error::EnvelopeInvalid("its wrapping algorithm is unknown"))?;
    let map = fields.map(DESCRIPTION)?;
    let encrypted_data_key = EncryptedDataKey {
        wrap_algorithm,
        ciphertext: fields.encrypted_data_key(V2_KEY)?,
        beside: Beside::of(wrap_algorithm, map),
    };
    if is_cbc {
        let iv = cbc_iv(fields)?;
        return Ok(Envelope::V2Cbc { encrypted_data_key, iv });
    }
    // Go writes none and all readers but Java accept that; any other length would weaken the tag.
    if fields.get(TAG_BITS).unwrap_or(GCM_TAG_BITS) != GCM_TAG_BITS {
        return Err(Error::EnvelopeInvalid("its tag length is not 128 bits"));
    }
    let iv: [u8; AlgorithmSuite::IV_BYTES] = fields
        .bytes(IV)?
        .filter(|iv| iv.iter().any(|byte| *byte != 0))
        .ok_or(Error::EnvelopeInvalid("its IV is not 12 bytes, or all zero"))?;
    Ok(Envelope::V2 { encrypted_data_key, iv })
}

pub(super) fn cbc_iv(fields: Fields<'_>) -> Result<[u8; AlgorithmSuite::CBC_IV_BYTES], Error> {
    fields
        .bytes(IV)?
        .ok_or(Error::EnvelopeInvalid("its IV is not 16 bytes"))
}

pub(super) fn encode(key: &EncryptedDataKey, suite: AlgorithmSuite, iv: &[u8]) -> Result<Metadata, Error> {
    let mut metadata = Metadata::default();
    metadata.insert(V2_KEY, Base64::encode_string(&key.ciphertext))?;
    metadata.insert(IV, Base64::encode_string(iv))?;
    metadata.insert(DESCRIPTION, encode_map(key.beside.map()))?;
    metadata.insert(WRAP, key.wrap_algorithm.name().into())?;
    metadata.insert(CIPHER, suite.cipher_name().into())?;
    let tag_bits = if suite.is_authenticated() { GCM_TAG_BITS } else { "0" };
    metadata.insert(TAG_BITS, tag_bits.into())?;
    Ok(metadata)
}
