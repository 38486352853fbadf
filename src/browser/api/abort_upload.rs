//! Giving up an upload in parts.

use js_sys::Promise;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::browser::{api::options::Options, promise, upload::throw_away::abort};

/// Tells the store to throw away the parts of an upload that nobody goes on with.
#[wasm_bindgen(js_name = abortUpload, unchecked_return_type = "Promise<void>")]
pub fn abort_upload(#[wasm_bindgen(unchecked_param_type = "AbortUploadOptions")] options: JsValue) -> Promise {
    promise(async move {
        let options = Options::parse(options)?;
        let (key, upload_id) = options.upload_to_abort()?;
        let (presigner, stop) = (options.presigner()?, options.abort()?);
        abort(&presigner, &key, &upload_id, &stop).await?;
        Ok(JsValue::UNDEFINED)
    })
}
