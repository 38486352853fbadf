//! The server-side encryption headers, in both directions.

use crate::{
    encoding::from_base64,
    kms::Context,
    store::{
        at_rest::Key,
        seal::{Sealed, Wish},
    },
};
use md5::{Digest, Md5};
use s3s::{S3Result, dto::ServerSideEncryption, s3_error};
use zeroize::Zeroizing;

/// Of SSE-C, S3 wants only the algorithm signed: whoever signs need not see the key.
pub const MAY_BE_UNSIGNED: [&str; 2] = [
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
];

/// The three SSE-C headers.
pub struct CustomerHeaders<'a> {
    pub algorithm: Option<&'a str>,
    pub key: Option<&'a str>,
    pub md5: Option<&'a str>,
}

/// The three SSE-C fields of an input.
#[macro_export]
macro_rules! customer {
    ($input:expr) => {
        $crate::s3::sse::CustomerHeaders {
            algorithm: $input.sse_customer_algorithm.as_deref(),
            key: $input.sse_customer_key.as_deref(),
            md5: $input.sse_customer_key_md5.as_deref(),
        }
        .parse()?
    };
}

impl CustomerHeaders<'_> {
    /// All three and right, or none.
    pub fn parse(self) -> S3Result<Option<Key>> {
        if self.algorithm.or(self.key).or(self.md5).is_none() {
            return Ok(None);
        }
        let missing = |what: &'static str| {
            let with = "Requests specifying Server Side Encryption with Customer provided keys must provide";
            move || s3_error!(InvalidArgument, "{with} {what}.")
        };
        let algorithm = self.algorithm.ok_or_else(missing("a valid encryption algorithm"))?;
        let key = self.key.ok_or_else(missing("an appropriate secret key"))?;
        let md5 = self
            .md5
            .ok_or_else(missing("the client calculated MD5 of the secret key"))?;
        if algorithm != "AES256" {
            return Err(s3_error!(
                InvalidEncryptionAlgorithmError,
                "The encryption request you specified is not valid."
            ));
        }
        let bytes = from_base64(key).map(Zeroizing::new);
        let Some(key) = bytes.and_then(|bytes| <[u8; 32]>::try_from(&bytes[..]).ok().map(Zeroizing::new)) else {
            return Err(s3_error!(
                InvalidArgument,
                "The secret key was invalid for the specified algorithm."
            ));
        };
        if from_base64(md5).is_none_or(|md5| md5[..] != Md5::digest(&key[..])[..]) {
            return Err(s3_error!(
                InvalidArgument,
                "The calculated MD5 hash of the key did not match the hash that was provided."
            ));
        }
        Ok(Some(key))
    }
}

/// The fields that ask for server-side encryption.
pub struct SseHeaders<'a> {
    pub mode: Option<&'a str>,
    pub key_id: Option<&'a str>,
    pub context: Option<&'a str>,
    pub bucket_key: Option<bool>,
    pub customer: Option<Key>,
}

/// Those fields of an input.
#[macro_export]
macro_rules! wish {
    ($input:expr) => {
        $crate::s3::sse::SseHeaders {
            mode: $input.server_side_encryption.as_ref().map(|mode| mode.as_str()),
            key_id: $input.ssekms_key_id.as_deref(),
            context: $input.ssekms_encryption_context.as_deref(),
            bucket_key: $input.bucket_key_enabled,
            customer: $crate::customer!($input),
        }
        .parse()?
    };
}

impl SseHeaders<'_> {
    /// What is wished, if anything. This store leaves bytes plain where nothing is asked for, so that the
    /// difference can be seen; S3 itself has encrypted everything with SSE-S3 since 2023.
    pub fn parse(self) -> S3Result<Option<Wish>> {
        let bad = |text: &'static str| Err(s3_error!(InvalidArgument, "{text}"));
        let kms_fields = self.key_id.is_some() || self.context.is_some() || self.bucket_key == Some(true);
        match (self.mode, self.customer) {
            (Some(_), Some(_)) => bad(
                "Server Side Encryption with Customer provided keys is incompatible with the encryption method specified",
            ),
            (None | Some("AES256"), _) if kms_fields => bad(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            ),
            (None, customer) => Ok(customer.map(Wish::Customer)),
            (Some("AES256"), None) => Ok(Some(Wish::Store)),
            (Some(mode @ ("aws:kms" | "aws:kms:dsse")), None) => {
                let dual = mode == "aws:kms:dsse";
                if dual && self.bucket_key == Some(true) {
                    return bad("S3 Bucket Keys are not supported with DSSE-KMS");
                }
                Ok(Some(Wish::Kms {
                    key_id: self.key_id.map(str::to_string),
                    context: self.context.map_or_else(|| Ok(Context::new()), context)?,
                    bucket_key: self.bucket_key == Some(true),
                    dual,
                }))
            }
            (Some(_), None) => bad("The encryption method specified is not supported"),
        }
    }
}

fn context(text: &str) -> S3Result<Context> {
    let parsed = from_base64(text).and_then(|json| serde_json::from_slice(&json).ok());
    parsed.ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded JSON of strings."
        )
    })
}

/// What an answer says of how an object is encrypted.
#[derive(Default)]
pub struct Echo {
    pub mode: Option<ServerSideEncryption>,
    pub key_id: Option<String>,
    pub bucket_key: Option<bool>,
    pub customer_algorithm: Option<String>,
}

impl Echo {
    /// From a record.
    pub fn of(sealed: Option<&Sealed>) -> Self {
        let mode = |text: &'static str| Some(ServerSideEncryption::from_static(text));
        match sealed {
            None => Self::default(),
            Some(Sealed::Store { .. }) => Self {
                mode: mode("AES256"),
                ..Self::default()
            },
            Some(Sealed::Kms {
                key_arn,
                bucket_key,
                second_layer,
                ..
            }) => Self {
                mode: mode(if second_layer.is_some() {
                    "aws:kms:dsse"
                } else {
                    "aws:kms"
                }),
                key_id: Some(key_arn.clone()),
                bucket_key: bucket_key.then_some(true),
                ..Self::default()
            },
            Some(Sealed::Customer { .. }) => Self {
                customer_algorithm: Some("AES256".into()),
                ..Self::default()
            },
        }
    }
}

/// The fields of an output that say so; the MD5 of a customer's key is the request's own, as none is kept.
#[macro_export]
macro_rules! echo_sse {
    ($out:expr, $sealed:expr, $key_md5:expr) => {{
        let echo = $crate::s3::sse::Echo::of($sealed);
        $out.server_side_encryption = echo.mode;
        $out.ssekms_key_id = echo.key_id;
        $out.bucket_key_enabled = echo.bucket_key;
        $out.sse_customer_key_md5 = echo.customer_algorithm.as_ref().and_then(|_| $key_md5.clone());
        $out.sse_customer_algorithm = echo.customer_algorithm;
    }};
}
