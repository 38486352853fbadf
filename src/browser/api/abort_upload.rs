//! Giving up an upload in parts.

use js_sys::Promise;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::browser::{
    api::options::Options,
    promise,
    upload::{resume::hold, throw_away::abort},
};

/// Tells the store to throw away the parts of an upload that nobody goes on with: one that a call or another tab has is in use.
#[wasm_bindgen(js_name = abortUpload, unchecked_return_type = "Promise<void>")]
pub fn abort_upload(#[wasm_bindgen(unchecked_param_type = "AbortUploadOptions")] options: JsValue) -> Promise {
    let given = Options::read(options, |options| {
        Ok((options.upload_to_abort()?, options.presigner()?, options.abort()?))
    });
    promise(async move {
        let ((key, upload_id), presigner, stop) = given?;
        let _held = hold(&upload_id, &stop).await?;
        abort(&presigner, &key, &upload_id, &stop).await?;
        Ok(JsValue::UNDEFINED)
    })
}
