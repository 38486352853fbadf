//! What S3 itself does with the bytes, as request headers.

use base64ct::{Base64, Encoding};
use md5::{Digest, Md5};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{EncryptionContext, Error, encryption_context::encode_map};

/// S3's server-side modes.
pub enum ServerSideEncryption {
    /// SSE-S3.
    S3,
    /// SSE-KMS or, with two layers, DSSE-KMS.
    Kms {
        /// DSSE-KMS.
        dual_layer: bool,
        /// Absent: the AWS managed key.
        key_id: Option<String>,
        /// Authenticated by KMS, logged by AWS.
        encryption_context: EncryptionContext,
        /// Fewer requests to KMS.
        bucket_key: Option<bool>,
    },
    /// SSE-C.
    Customer(CustomerKey),
}

/// The 256-bit key of SSE-C, which every request for the object carries.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CustomerKey([u8; 32]);

impl CustomerKey {
    /// Takes the key's bytes.
    ///
    /// # Errors
    /// [`Error::Misuse`] unless there are 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| Error::misuse("an SSE-C key has 32 bytes"))
    }

    /// The three headers, for writing and reading alike. MD5 is S3's check against a mistyped key, no protection.
    pub fn headers(&self) -> Vec<(String, String)> {
        let header = |name: &str, value| (format!("{PREFIX}-customer-{name}"), value);
        vec![
            header("algorithm", "AES256".into()),
            header("key", Base64::encode_string(&self.0)),
            header("key-md5", Base64::encode_string(&Md5::digest(self.0))),
        ]
    }
}

impl ServerSideEncryption {
    /// The headers of a write.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key id that no header takes.
    pub fn write_headers(&self) -> Result<Vec<(String, String)>, Error> {
        let header = |name: &str, value: String| (format!("{PREFIX}{name}"), value);
        Ok(match self {
            Self::S3 => vec![header("", "AES256".into())],
            Self::Kms {
                dual_layer,
                key_id,
                encryption_context,
                bucket_key,
            } => {
                if *dual_layer && bucket_key.is_some() {
                    return Err(Error::misuse("bucketKeyEnabled does not apply to DSSE-KMS"));
                }
                let algorithm = if *dual_layer { "aws:kms:dsse" } else { "aws:kms" };
                let mut headers = vec![header("", algorithm.into())];
                if let Some(id) = key_id {
                    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
                        return Err(Error::misuse("the KMS key id cannot be sent as a header value"));
                    }
                    headers.push(header("-aws-kms-key-id", id.clone()));
                }
                if !encryption_context.0.is_empty() {
                    let json = encode_map(&encryption_context.0)?;
                    headers.push(header("-context", Base64::encode_string(json.as_bytes())));
                }
                if let Some(enabled) = bucket_key {
                    headers.push(header("-bucket-key-enabled", enabled.to_string()));
                }
                headers
            }
            Self::Customer(key) => key.headers(),
        })
    }
}

const PREFIX: &str = "x-amz-server-side-encryption";
