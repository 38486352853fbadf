//! `GET /storage-view`: what the store itself can see of an object, for the page that shows the difference.

use crate::{
    encoding::hex,
    store::{Store, piece::Piece, seal::Sealed},
};
use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fs::File, io, io::Read, sync::Arc};

/// Which object.
#[derive(Deserialize)]
pub struct Ask {
    key: String,
}

/// The endpoint.
pub async fn handle(State((store, bucket)): State<(Arc<Store>, String)>, Query(ask): Query<Ask>) -> Response {
    let object = match store.object(&bucket, &ask.key) {
        Ok(object) => object,
        Err(error) => {
            let body = json!({ "code": error.code().as_str(), "message": error.message() });
            return (StatusCode::NOT_FOUND, Json(body)).into_response();
        }
    };
    let sizes: u64 = object
        .pieces
        .iter()
        .filter_map(|piece| piece.path().metadata().ok())
        .map(|file| file.len())
        .sum();
    let first = object.pieces.first();
    let head = first.and_then(|piece| head(piece).ok()).unwrap_or_default();
    let file = object.record.pieces.first();
    Json(json!({
        "file": file.map(|piece| format!("buckets/{bucket}/data/{}", piece.id)),
        "atRestBytes": sizes,
        "atRestHead": hex(&head),
        "serverSideEncryption": sealed(object.record.sealed.as_ref()),
    }))
    .into_response()
}

fn head(piece: &Piece) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    File::open(piece.path())?.take(64).read_to_end(&mut out)?;
    Ok(out)
}

fn sealed(sealed: Option<&Sealed>) -> Value {
    match sealed {
        None => json!({ "mode": "none" }),
        Some(Sealed::Store { wrapped }) => json!({ "mode": "SSE-S3", "wrappedKey": wrapped }),
        Some(Sealed::Kms {
            key_arn,
            context,
            bucket_key,
            wrapped,
            second_layer,
        }) => json!({
            "mode": if second_layer.is_some() { "DSSE-KMS" } else { "SSE-KMS" },
            "keyId": key_arn, "encryptionContext": context, "bucketKeyEnabled": bucket_key,
            "wrappedKey": wrapped, "secondWrappedKey": second_layer,
        }),
        Some(Sealed::Customer { salt, check, wrapped }) => {
            json!({ "mode": "SSE-C", "wrappedKey": wrapped, "salt": salt, "keyCheckValue": check })
        }
    }
}
