//! Throwing away what the store has of an upload in parts.

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;

use crate::browser::{
    Failure,
    js::{abort::Abort, time::sleep},
    promise,
    store::{
        presign::{Headers, PresignRequest, Presigner},
        send::{RequestBody, send},
    },
};

/// How long a failed upload waits for it.
const THROW_AWAY_MS: u32 = 5_000;

/// For an upload that failed and that nobody can go on with, whose parts would only cost. The caller hears of the failure once the store
/// has been told, or at once if it was the caller who stopped: until then, the presigner is there.
pub(crate) async fn throw_away(presigner: &Presigner, key: &str, upload_id: String, stopped: &Abort) {
    let (presigner, key) = (presigner.clone(), key.to_owned());
    let told = promise(async move {
        let never = Abort::new(&JsValue::UNDEFINED)?;
        let _ = abort(&presigner, &key, &upload_id, &never).await;
        Ok(JsValue::UNDEFINED)
    });
    let _ = stopped
        .wait(Promise::race(&Array::of2(&told, &sleep(THROW_AWAY_MS))))
        .await;
}

/// Tells the store to throw away what it has of an upload.
pub(crate) async fn abort(presigner: &Presigner, key: &str, upload_id: &str, stop: &Abort) -> Result<(), Failure> {
    let headers = Headers::new();
    let request = PresignRequest::AbortMultipartUpload {
        key,
        upload_id,
        headers: &headers,
    };
    send(presigner, &request, RequestBody::Nothing, stop, None).await?;
    Ok(())
}
