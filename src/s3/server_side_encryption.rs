//! What S3 itself does with the bytes, as request headers.

use std::rc::Rc;

use base64ct::{Base64, Encoding};
use md5::{Digest, Md5};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    EncryptionContext, Error,
    encryption_context::{StringMap, encode_map},
};

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
    Customer(Rc<CustomerKey>),
}

/// The 256-bit key of SSE-C, which every request for the object carries.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CustomerKey {
    bytes: [u8; 32],
    /// Whether the signer is told the key, since the store wants it signed.
    #[zeroize(skip)]
    is_signed: bool,
}

impl CustomerKey {
    /// Takes the key's bytes.
    ///
    /// # Errors
    /// [`Error::Misuse`] unless there are 32.
    pub fn from_bytes(bytes: &[u8], is_signed: bool) -> Result<Self, Error> {
        let bytes = bytes.try_into();
        bytes
            .map(|bytes| Self { bytes, is_signed })
            .map_err(|_| Error::misuse("an SSE-C key has 32 bytes"))
    }

    /// The headers that are signed, for writing and reading alike: S3 wants the algorithm to be, and takes the key unsigned.
    pub fn signed_headers(&self) -> StringMap {
        let mut headers = StringMap::new();
        headers.insert(CUSTOMER_ALGORITHM.into(), "AES256".into());
        if self.is_signed {
            headers.extend(self.key_headers().map(|(name, value)| (name.into(), value.to_string())));
        }
        headers
    }

    /// The headers that only the store gets, added to a request once it is signed.
    pub fn unsigned_headers(&self) -> impl Iterator<Item = (&'static str, Zeroizing<String>)> + use<> {
        let is_signed = self.is_signed;
        self.key_headers().filter(move |_| !is_signed)
    }

    /// MD5 is S3's check against a mistyped key, no protection.
    fn key_headers(&self) -> impl Iterator<Item = (&'static str, Zeroizing<String>)> + use<> {
        let digest = Zeroizing::new(<[u8; 16]>::from(Md5::digest(self.bytes)));
        let header = |name, bytes: &[u8]| (name, Zeroizing::new(Base64::encode_string(bytes)));
        [
            header(CUSTOMER_KEY, self.bytes.as_slice()),
            header(CUSTOMER_KEY_MD5, digest.as_slice()),
        ]
        .into_iter()
    }
}

/// Whether a signer may add a header of that name to a request. Not one of the envelope, which is the caller's alone, and no key of SSE-C,
/// under which nobody else could read the object. It may ask for the store's own encryption, as the policy of a bucket may demand.
pub fn may_be_added(name: &str) -> bool {
    !name.starts_with("x-amz-meta-x-amz-") && !name.starts_with(CUSTOMER)
}

/// What a write says of the object besides its envelope, of which a later page may know: no key of SSE-C.
pub fn without_secrets(headers: &StringMap) -> StringMap {
    let told = headers
        .iter()
        .filter(|(name, _)| may_be_added(name) || *name == CUSTOMER_ALGORITHM);
    told.map(|(name, value)| (name.clone(), value.clone())).collect()
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
                    let json = encode_map(&encryption_context.0);
                    headers.push(header("-context", Base64::encode_string(json.as_bytes())));
                }
                if let Some(enabled) = bucket_key {
                    headers.push(header("-bucket-key-enabled", enabled.to_string()));
                }
                headers
            }
            Self::Customer(key) => key.signed_headers().into_iter().collect(),
        })
    }
}

/// By which S3 says how it encrypts, too.
pub(super) const MODE: &str = PREFIX;
pub(super) const CUSTOMER_ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const CUSTOMER_KEY: &str = "x-amz-server-side-encryption-customer-key";
const CUSTOMER_KEY_MD5: &str = "x-amz-server-side-encryption-customer-key-md5";
const CUSTOMER: &str = "x-amz-server-side-encryption-customer-";
const PREFIX: &str = "x-amz-server-side-encryption";
