//! Format V2 in object metadata (content-metadata, "V2 format"), for the content suite 0x0072.

use base64ct::{Base64, Encoding};

use super::{Envelope, Metadata, V2_KEY, v3};
use crate::{
    AlgorithmSuite, EncryptedDataKey, EncryptionContext, Error, MaterialDescription, WrapAlgorithm,
    encryption_context::encode_map,
};

const IV: &str = "x-amz-iv";
const DESCRIPTION: &str = "x-amz-matdesc";
const WRAP: &str = "x-amz-wrap-alg";
const CIPHER: &str = "x-amz-cek-alg";
const TAG_BITS: &str = "x-amz-tag-len";
const GCM_TAG_BITS: &str = "128";

/// What no object in format V3 carries.
pub(super) const EXCLUSIVE: [&str; 5] = [IV, DESCRIPTION, WRAP, CIPHER, TAG_BITS];

pub(super) fn parse(metadata: &Metadata) -> Result<Envelope, Error> {
    if v3::FOREIGN_TO_V2.iter().any(|name| metadata.get(name).is_some()) {
        return Err(Error::EnvelopeInvalid("it mixes formats V2 and V3"));
    }
    match metadata.require(CIPHER)? {
        name if name == AlgorithmSuite::AesGcmIv12Tag16NoKdf.cipher_name() => {}
        "AES/CBC/PKCS5Padding" | "AES/CBC/PKCS7Padding" => {
            return Err(Error::UnsupportedFormat("AES-CBC content, which has no authentication"));
        }
        _ => return Err(Error::EnvelopeInvalid("its content cipher is unknown")),
    }
    // Go writes none and all readers but Java accept that; any other length would weaken the tag.
    if metadata.get(TAG_BITS).unwrap_or(GCM_TAG_BITS) != GCM_TAG_BITS {
        return Err(Error::EnvelopeInvalid("its tag length is not 128 bits"));
    }
    let wrap_algorithm = match metadata.require(WRAP)? {
        "kms" | "AESWrap" | "AES" | "RSA" | "RSA/ECB/OAEPWithSHA-256AndMGF1Padding" => {
            return Err(Error::UnsupportedFormat("a legacy wrapping algorithm"));
        }
        name => WrapAlgorithm::from_name(name).ok_or(Error::EnvelopeInvalid("its wrapping algorithm is unknown"))?,
    };
    let iv: [u8; AlgorithmSuite::IV_BYTES] = metadata
        .bytes(IV)?
        .filter(|iv| iv.iter().any(|byte| *byte != 0))
        .ok_or(Error::EnvelopeInvalid("its IV is not 12 bytes, or all zero"))?;
    let map = metadata.map(DESCRIPTION)?;
    let (context, description) = match wrap_algorithm {
        WrapAlgorithm::KmsContext => (map, Default::default()),
        _ => (Default::default(), map),
    };
    Ok(Envelope::V2 {
        encrypted_data_key: EncryptedDataKey {
            wrap_algorithm,
            ciphertext: metadata.encrypted_data_key(V2_KEY)?,
            encryption_context: EncryptionContext(context),
            material_description: MaterialDescription(description),
        },
        iv,
    })
}

pub(super) fn encode(key: &EncryptedDataKey, iv: &[u8; AlgorithmSuite::IV_BYTES]) -> Result<Metadata, Error> {
    let map = match key.wrap_algorithm {
        WrapAlgorithm::KmsContext => &key.encryption_context.0,
        _ => &key.material_description.0,
    };
    let mut metadata = Metadata::default();
    metadata.insert(V2_KEY, Base64::encode_string(&key.ciphertext))?;
    metadata.insert(IV, Base64::encode_string(iv))?;
    metadata.insert(DESCRIPTION, encode_map(map)?)?;
    metadata.insert(WRAP, key.wrap_algorithm.name().into())?;
    let suite = AlgorithmSuite::AesGcmIv12Tag16NoKdf;
    metadata.insert(CIPHER, suite.cipher_name().into())?;
    metadata.insert(TAG_BITS, GCM_TAG_BITS.into())?;
    Ok(metadata)
}
