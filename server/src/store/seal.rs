//! Server-side encryption: which data key an object's bytes are under, and who can unwrap it.

use super::at_rest::{Key, keyed_hash};
use crate::{
    encoding::{base64, from_base64, hex, random},
    kms::{Context, Keys, KmsError},
};
use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead, aead::Payload};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What a request asks for.
pub enum Wish {
    /// SSE-S3.
    Store,
    /// SSE-KMS, or DSSE-KMS with `dual`.
    Kms {
        key_id: Option<String>,
        context: Context,
        bucket_key: bool,
        dual: bool,
    },
    /// SSE-C.
    Customer(Key),
}

/// How an object is encrypted, as its record says it. Nothing in here opens anything by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "mode")]
pub enum Sealed {
    /// The data key is wrapped under the store's own key.
    #[serde(rename = "SSE-S3")]
    Store { wrapped: String },
    /// The data key is wrapped by KMS; with a second layer, whose key is wrapped under the store's own key, DSSE-KMS.
    #[serde(rename = "KMS")]
    Kms {
        key_arn: String,
        context: Context,
        bucket_key: bool,
        wrapped: String,
        second_layer: Option<String>,
    },
    /// The data key is wrapped under the client's key, of which only a salted check value is kept.
    #[serde(rename = "SSE-C")]
    Customer {
        salt: String,
        check: String,
        wrapped: String,
    },
}

/// The two that can unwrap: the store's own key and KMS.
pub struct Sealer {
    master: Key,
    keys: std::sync::Arc<Keys>,
}

impl Sealer {
    /// The store's own key and its KMS.
    pub fn new(master: Key, keys: std::sync::Arc<Keys>) -> Self {
        Self { master, keys }
    }

    /// Fresh data keys (one per layer) for the object, and their wrapping.
    pub fn seal(&self, wish: Wish, bucket: &str, key: &str) -> S3Result<(Vec<Key>, Sealed)> {
        let place = place(bucket, key);
        match wish {
            Wish::Store => {
                let data_key = fresh()?;
                let wrapped = wrap(&self.master, &data_key, &place)?;
                Ok((vec![data_key], Sealed::Store { wrapped }))
            }
            Wish::Kms {
                key_id,
                context,
                bucket_key,
                dual,
            } => {
                let key_id = match key_id {
                    Some(key_id) => key_id,
                    None => self.keys.aws_managed("alias/aws/s3").map_err(kms_error)?,
                };
                let made = self
                    .keys
                    .generate_data_key(&key_id, &with_arn(&context, bucket, key), 32);
                let (key_arn, plaintext, blob) = made.map_err(kms_error)?;
                let mut data_keys = vec![key_from(&plaintext)?];
                let mut second_layer = None;
                if dual {
                    let outer = fresh()?;
                    second_layer = Some(wrap(&self.master, &outer, &place)?);
                    data_keys.push(outer);
                }
                Ok((
                    data_keys,
                    Sealed::Kms {
                        key_arn,
                        context,
                        bucket_key,
                        wrapped: base64(&blob),
                        second_layer,
                    },
                ))
            }
            Wish::Customer(customer) => {
                let data_key = fresh()?;
                let salt = random::<16>().map_err(S3Error::internal_error)?;
                let check = base64(&*keyed_hash(&customer, &[b"check", &salt]));
                let wrapped = wrap(&keyed_hash(&customer, &[b"wrap", &salt]), &data_key, &place)?;
                Ok((
                    vec![data_key],
                    Sealed::Customer {
                        salt: base64(&salt),
                        check,
                        wrapped,
                    },
                ))
            }
        }
    }

    /// The data keys of an object; `customer` is the key that came with the request, if one did.
    pub fn open(&self, sealed: Option<&Sealed>, customer: Option<&Key>, bucket: &str, key: &str) -> S3Result<Vec<Key>> {
        let place = place(bucket, key);
        check_customer(sealed, customer)?;
        match (sealed, customer) {
            (Some(Sealed::Store { wrapped }), _) => Ok(vec![unwrap(&self.master, wrapped, &place)?]),
            (
                Some(Sealed::Kms {
                    key_arn,
                    context,
                    wrapped,
                    second_layer,
                    ..
                }),
                _,
            ) => {
                let blob = from_base64(wrapped).ok_or_else(damaged)?;
                let opened = self.keys.decrypt(Some(key_arn), &with_arn(context, bucket, key), &blob);
                let mut data_keys = vec![key_from(&opened.map_err(kms_error)?.1)?];
                if let Some(wrapped) = second_layer {
                    data_keys.push(unwrap(&self.master, wrapped, &place)?);
                }
                Ok(data_keys)
            }
            (Some(Sealed::Customer { salt, wrapped, .. }), Some(customer)) => {
                let salt = from_base64(salt).ok_or_else(damaged)?;
                Ok(vec![unwrap(&keyed_hash(customer, &[b"wrap", &salt]), wrapped, &place)?])
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// S3's ETag is the MD5 of the plaintext only where S3 has the key itself; elsewhere it must tell nothing of it.
pub fn etag(sealed: Option<&Sealed>, md5: &[u8; 16]) -> S3Result<String> {
    match sealed {
        None | Some(Sealed::Store { .. }) => Ok(hex(md5)),
        Some(Sealed::Kms { .. } | Sealed::Customer { .. }) => {
            random::<16>().map(|id| hex(&id)).map_err(S3Error::internal_error)
        }
    }
}

/// SSE-C: the key must be there exactly if the object has one, and be the same.
pub fn check_customer(sealed: Option<&Sealed>, customer: Option<&Key>) -> S3Result<()> {
    match (sealed, customer) {
        (Some(Sealed::Customer { salt, check, .. }), Some(customer)) => {
            let salt = from_base64(salt).ok_or_else(damaged)?;
            let check = from_base64(check).ok_or_else(damaged)?;
            match bool::from(keyed_hash(customer, &[b"check", &salt])[..].ct_eq(&check)) {
                true => Ok(()),
                false => Err(s3_error!(AccessDenied, "Access Denied")),
            }
        }
        (Some(Sealed::Customer { .. }), None) => Err(s3_error!(
            InvalidRequest,
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
        )),
        (_, Some(_)) => Err(s3_error!(
            InvalidRequest,
            "The encryption parameters are not applicable to this object."
        )),
        _ => Ok(()),
    }
}

/// KMS's errors as S3 passes them on.
pub fn kms_error(error: KmsError) -> S3Error {
    let mut out = S3Error::with_message(S3ErrorCode::Custom(format!("KMS.{}", error.code).into()), error.message);
    out.set_status_code(http::StatusCode::BAD_REQUEST);
    out
}

// S3 adds the object's ARN to the context that it shows to KMS.
fn with_arn(context: &Context, bucket: &str, key: &str) -> Context {
    let mut context = context.clone();
    context
        .entry("aws:s3:arn".into())
        .or_insert_with(|| format!("arn:aws:s3:::{bucket}/{key}"));
    context
}

fn place(bucket: &str, key: &str) -> Vec<u8> {
    format!("{}:{bucket}/{key}", bucket.len()).into_bytes()
}

fn fresh() -> S3Result<Key> {
    random::<32>().map(Zeroizing::new).map_err(S3Error::internal_error)
}

fn key_from(bytes: &[u8]) -> S3Result<Key> {
    bytes.try_into().map(Zeroizing::new).map_err(|_| damaged())
}

fn wrap(key: &Key, data_key: &Key, place: &[u8]) -> S3Result<String> {
    seal_bytes(key, &data_key[..], place)
}

fn unwrap(key: &Key, wrapped: &str, place: &[u8]) -> S3Result<Key> {
    key_from(&open_bytes(key, wrapped, place)?)
}

/// The key of an object's checksums, from its data key.
pub fn key_of_sums(data_key: &Key) -> Key {
    keyed_hash(data_key, &[b"sums"])
}

/// A few bytes under a key, as text.
pub fn seal_bytes(key: &Key, bytes: &[u8], aad: &[u8]) -> S3Result<String> {
    let nonce = random::<12>().map_err(S3Error::internal_error)?;
    let payload = Payload { msg: bytes, aad };
    let sealed = Aes256Gcm::new(&(**key).into())
        .encrypt(&nonce.into(), payload)
        .map_err(|_| damaged())?;
    Ok(base64(&[&nonce[..], &sealed].concat()))
}

/// Those bytes.
pub fn open_bytes(key: &Key, text: &str, aad: &[u8]) -> S3Result<Zeroizing<Vec<u8>>> {
    let bytes = from_base64(text).ok_or_else(damaged)?;
    let (nonce, sealed) = bytes.split_first_chunk::<12>().ok_or_else(damaged)?;
    let payload = Payload { msg: sealed, aad };
    let opened = Aes256Gcm::new(&(**key).into()).decrypt(&(*nonce).into(), payload);
    opened.map(Zeroizing::new).map_err(|_| damaged())
}

/// What is under a key does not open.
pub fn damaged() -> S3Error {
    s3_error!(InternalError, "What is stored of this object does not open.")
}
