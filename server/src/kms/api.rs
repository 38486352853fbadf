//! AWS JSON 1.1 over the keys: `POST` with `X-Amz-Target: TrentService.<operation>`, at any path.

use super::keys::{ACCOUNT, Context, Keys, KmsError, MasterKey};
use super::sigv4;
use crate::{
    config::Credentials,
    encoding::{base64, from_base64},
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Value, json};
use std::sync::Arc;
use zeroize::Zeroizing;

#[derive(Clone)]
struct Api {
    keys: Arc<Keys>,
    credentials: Credentials,
    region: String,
}

/// The KMS endpoint.
pub fn router(keys: Arc<Keys>, credentials: Credentials, region: &str) -> Router {
    let api = Api {
        keys,
        credentials,
        region: region.into(),
    };
    Router::new()
        .fallback(handle)
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(api)
}

async fn handle(State(api): State<Api>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let now = time::OffsetDateTime::now_utc();
    let verified = sigv4::verify(
        method.as_str(),
        &uri,
        &headers,
        &body,
        &api.credentials,
        &api.region,
        now,
    );
    let result = verified
        .map_err(|code| KmsError::new(code, "The request is not signed as it should be"))
        .and_then(|()| {
            let target = headers
                .get("x-amz-target")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let operation = target.strip_prefix("TrentService.").unwrap_or_default();
            let body = serde_json::from_slice(&body)
                .map_err(|error| KmsError::new("SerializationException", error.to_string()))?;
            call(&api.keys, operation, &body)
        });
    respond(result)
}

/// An answer in AWS's shape.
pub fn respond(result: Result<Value, KmsError>) -> Response {
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (
            StatusCode::BAD_REQUEST,
            json!({ "__type": error.code, "message": error.message }),
        ),
    };
    (
        status,
        [
            (header::CONTENT_TYPE, "application/x-amz-json-1.1"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        body.to_string(),
    )
        .into_response()
}

/// One operation.
pub fn call(keys: &Keys, operation: &str, body: &Value) -> Result<Value, KmsError> {
    let input = Input(body);
    input.refuse(&["GrantTokens", "Recipient", "DryRun"])?;
    match operation {
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
            let (arn, plaintext, blob) = keys.generate_data_key(
                input.key_id()?,
                &input.context("EncryptionContext")?,
                input.data_key_length()?,
            )?;
            let mut out = json!({ "KeyId": arn, "CiphertextBlob": base64(&blob) });
            if operation == "GenerateDataKey" {
                out["Plaintext"] = base64(&plaintext).into();
            }
            Ok(out)
        }
        "Encrypt" => {
            let (arn, blob) = keys.encrypt(
                input.key_id()?,
                &input.context("EncryptionContext")?,
                &input.blob("Plaintext")?,
            )?;
            Ok(json!({ "KeyId": arn, "CiphertextBlob": base64(&blob), "EncryptionAlgorithm": SYMMETRIC }))
        }
        "Decrypt" => {
            let (arn, plaintext) = keys.decrypt(
                input.text("KeyId"),
                &input.context("EncryptionContext")?,
                &input.blob("CiphertextBlob")?,
            )?;
            Ok(json!({ "KeyId": arn, "Plaintext": base64(&plaintext), "EncryptionAlgorithm": SYMMETRIC }))
        }
        "ReEncrypt" => {
            let (source, plaintext) = keys.decrypt(
                input.text("SourceKeyId"),
                &input.context("SourceEncryptionContext")?,
                &input.blob("CiphertextBlob")?,
            )?;
            let destination = input.required("DestinationKeyId")?;
            let (arn, blob) = keys.encrypt(destination, &input.context("DestinationEncryptionContext")?, &plaintext)?;
            Ok(json!({
                "SourceKeyId": source, "KeyId": arn, "CiphertextBlob": base64(&blob),
                "SourceEncryptionAlgorithm": SYMMETRIC, "DestinationEncryptionAlgorithm": SYMMETRIC,
            }))
        }
        "CreateKey" => {
            input.refuse(&["Policy", "CustomKeyStoreId", "XksKeyId", "Tags"])?;
            let plain = [
                ("KeySpec", "SYMMETRIC_DEFAULT"),
                ("KeyUsage", "ENCRYPT_DECRYPT"),
                ("Origin", "AWS_KMS"),
            ];
            if plain
                .iter()
                .any(|(name, only)| input.text(name).is_some_and(|value| value != *only))
            {
                return Err(unsupported("Only symmetric encryption keys are made here"));
            }
            keys.create(input.text("Description").unwrap_or_default())
                .map(|key| json!({ "KeyMetadata": metadata(&key) }))
        }
        "DescribeKey" => keys
            .find(input.key_id()?)
            .map(|key| json!({ "KeyMetadata": metadata(&key) })),
        "ListKeys" => {
            let listed: Vec<_> = keys
                .all()
                .iter()
                .map(|key| json!({ "KeyId": key.id, "KeyArn": key.arn }))
                .collect();
            Ok(json!({ "Keys": listed, "Truncated": false }))
        }
        "ListAliases" => {
            let listed: Vec<_> = keys.all().iter().flat_map(|key| {
                let entry = |alias: &String| json!({ "AliasName": alias, "AliasArn": keys.arn(alias), "TargetKeyId": key.id });
                key.aliases.iter().map(entry).collect::<Vec<_>>()
            }).collect();
            Ok(json!({ "Aliases": listed, "Truncated": false }))
        }
        "CreateAlias" => keys
            .set_alias(input.required("AliasName")?, Some(input.required("TargetKeyId")?))
            .map(|()| json!({})),
        "DeleteAlias" => keys.set_alias(input.required("AliasName")?, None).map(|()| json!({})),
        "EnableKey" => keys.set_enabled(input.key_id()?, true).map(|()| json!({})),
        "DisableKey" => keys.set_enabled(input.key_id()?, false).map(|()| json!({})),
        _ => Err(KmsError::new(
            "UnknownOperationException",
            format!("This KMS does not know '{operation}'"),
        )),
    }
}

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

fn metadata(key: &MasterKey) -> Value {
    json!({
        "AWSAccountId": ACCOUNT, "KeyId": key.id, "Arn": key.arn, "CreationDate": key.created,
        "Enabled": key.enabled, "KeyState": if key.enabled { "Enabled" } else { "Disabled" },
        "Description": key.description, "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
        "KeyManager": if key.aws_managed { "AWS" } else { "CUSTOMER" }, "MultiRegion": false,
        "KeySpec": SYMMETRIC, "CustomerMasterKeySpec": SYMMETRIC, "EncryptionAlgorithms": [SYMMETRIC],
    })
}

struct Input<'a>(&'a Value);

impl<'a> Input<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0[name].as_str()
    }

    fn required(&self, name: &str) -> Result<&'a str, KmsError> {
        self.text(name).ok_or_else(|| invalid(format!("{name} is missing")))
    }

    fn key_id(&self) -> Result<&'a str, KmsError> {
        self.required("KeyId")
    }

    fn blob(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let bytes = from_base64(self.required(name)?);
        bytes
            .map(Zeroizing::new)
            .ok_or_else(|| invalid(format!("{name} is not base64")))
    }

    fn context(&self, name: &str) -> Result<Context, KmsError> {
        match &self.0[name] {
            Value::Null => Ok(Context::new()),
            value => strings(value).ok_or_else(|| invalid(format!("{name} maps strings to strings"))),
        }
    }

    fn data_key_length(&self) -> Result<usize, KmsError> {
        match (self.text("KeySpec"), self.0["NumberOfBytes"].as_u64()) {
            (Some("AES_256"), None) => Ok(32),
            (Some("AES_128"), None) => Ok(16),
            (None, Some(length)) => usize::try_from(length).map_err(|_| invalid("NumberOfBytes is too large".into())),
            _ => Err(invalid("Give KeySpec (AES_256 or AES_128) or NumberOfBytes".into())),
        }
    }

    fn refuse(&self, names: &[&str]) -> Result<(), KmsError> {
        let asked =
            |name: &&&str| !matches!(&self.0[**name], Value::Null | Value::Bool(false)) && self.0[**name] != json!([]);
        match names.iter().find(asked) {
            Some(name) => Err(unsupported(&format!("This KMS does not implement {name}"))),
            None => Ok(()),
        }
    }
}

fn strings(value: &Value) -> Option<Context> {
    value
        .as_object()?
        .iter()
        .map(|(name, value)| Some((name.clone(), value.as_str()?.to_string())))
        .collect()
}

fn invalid(message: String) -> KmsError {
    KmsError::new("ValidationException", message)
}

fn unsupported(message: &str) -> KmsError {
    KmsError::new("UnsupportedOperationException", message)
}
