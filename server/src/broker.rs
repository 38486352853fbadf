//! `POST /kms/...`: data keys for the page, which has no credentials. One key only, and one audit line a call.

use crate::{
    config::{Credentials, RemoteKms},
    kms::{Keys, KmsError, call, respond, sigv4},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use serde_json::Value;
use std::sync::Arc;
use time::OffsetDateTime;

/// Whose KMS it is.
pub enum Broker {
    Embedded {
        keys: Arc<Keys>,
        key_id: String,
    },
    Remote {
        kms: RemoteKms,
        credentials: Credentials,
        region: String,
        client: reqwest::Client,
    },
}

impl Broker {
    /// The one key that it uses.
    pub fn key_id(&self) -> &str {
        match self {
            Self::Embedded { key_id, .. } => key_id,
            Self::Remote { kms, .. } => &kms.key_id,
        }
    }

    async fn call(&self, operation: &str, mut body: Value) -> Result<Value, KmsError> {
        if !matches!(operation, "GenerateDataKey" | "Decrypt") {
            return Err(KmsError::new(
                "UnknownOperationException",
                "The broker does GenerateDataKey and Decrypt",
            ));
        }
        let asked = body["KeyId"].as_str().unwrap_or(self.key_id());
        if !self.is_own(asked) {
            return Err(KmsError::new(
                "AccessDeniedException",
                "The broker uses one key, and this is another",
            ));
        }
        // Named always: KMS then refuses what another key made.
        body["KeyId"] = self.key_id().into();
        match self {
            Self::Embedded { keys, .. } => call(keys, operation, &body),
            Self::Remote {
                kms,
                credentials,
                region,
                client,
            } => remote(kms, credentials, region, client, operation, &body).await,
        }
    }

    fn is_own(&self, asked: &str) -> bool {
        match self {
            Self::Embedded { keys, key_id } => keys.find(asked).is_ok_and(|key| key.arn == *key_id),
            Self::Remote { kms, .. } => kms.key_id == asked || kms.key_id.ends_with(&format!("/{asked}")),
        }
    }
}

async fn remote(
    kms: &RemoteKms,
    credentials: &Credentials,
    region: &str,
    client: &reqwest::Client,
    operation: &str,
    body: &Value,
) -> Result<Value, KmsError> {
    let unreachable = |error: reqwest::Error| {
        KmsError::new(
            "KMSInternalException",
            format!("KMS could not be asked: {}", error.without_url()),
        )
    };
    let body = body.to_string();
    let target = format!("TrentService.{operation}");
    let headers = sigv4::sign(
        &kms.endpoint,
        &target,
        body.as_bytes(),
        credentials,
        region,
        OffsetDateTime::now_utc(),
    );
    let mut request = client.post(kms.endpoint.clone()).body(body);
    for (name, value) in headers.into_iter().filter(|(name, _)| name != "host") {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(unreachable)?;
    let good = response.status().is_success();
    let answer: Value = serde_json::from_slice(&response.bytes().await.map_err(unreachable)?)
        .map_err(|_| KmsError::new("KMSInternalException", "KMS did not answer in JSON"))?;
    match good {
        true => Ok(answer),
        false => Err(KmsError::new(
            known(answer["__type"].as_str().unwrap_or_default()),
            answer["message"]
                .as_str()
                .or(answer["Message"].as_str())
                .unwrap_or_default(),
        )),
    }
}

// The names that a page may have to tell apart; the rest is KMS's own trouble.
fn known(name: &str) -> &'static str {
    const NAMES: [&str; 9] = [
        "NotFoundException",
        "DisabledException",
        "IncorrectKeyException",
        "InvalidCiphertextException",
        "AccessDeniedException",
        "ThrottlingException",
        "ExpiredTokenException",
        "KMSInvalidStateException",
        "ValidationException",
    ];
    let name = name.rsplit('#').next().unwrap_or_default();
    NAMES
        .into_iter()
        .find(|known| *known == name)
        .unwrap_or("KMSInternalException")
}

/// The endpoint.
pub async fn handle(State(broker): State<Arc<Broker>>, Path(operation): Path<String>, body: Bytes) -> Response {
    let parsed = serde_json::from_slice::<Value>(&body).ok().filter(Value::is_object);
    let context: Vec<_> = parsed
        .iter()
        .filter_map(|body| body["EncryptionContext"].as_object())
        .flat_map(|context| context.keys().map(|name| format!("{name:?}")))
        .collect();
    let result = match parsed {
        Some(body) => broker.call(&operation, body).await,
        None => Err(KmsError::new("SerializationException", "Send a JSON object")),
    };
    let outcome = result.as_ref().map_or_else(|error| error.code, |_| "ok");
    eprintln!(
        "audit kms operation={operation:?} key={:?} context-names=[{}] {outcome}",
        broker.key_id(),
        context.join(",")
    );
    respond(result)
}
