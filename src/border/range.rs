//! Ranges that nothing authenticates.

use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    calls::{realm, result},
    journey::{Journey, Outcome},
    js_error::Failure as JsFailure,
    options::Options,
};
use crate::{
    download::range::{UnauthenticatedRange, read_range},
    envelope::EnvelopeSummary,
    store::Store,
};

/// What travels with the Blob, which the shell adds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    start: u64,
    end: u64,
    content_length: u64,
    envelope: EnvelopeSummary,
}

/// Reads a range of an object's content, which nothing authenticates.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = getUnauthenticatedRange, skip_typescript)]
pub fn get_unauthenticated_range(options: JsValue) -> Result<Journey, JsValue> {
    let given = Options::read(options, |options| {
        let key = options.object_key()?;
        let (access, presign) = options.reading_access()?;
        let (wanted, signal) = (options.range()?, options.signal()?);
        let protection = options.opening()?;
        let file = options.instruction_file_of(&key)?;
        Ok(((access, presign, signal), key, file, wanted, protection))
    });
    let ((access, presign, signal), key, file, wanted, protection) = given.map_err(JsFailure::into_js)?;
    Ok(Journey::new(
        &[("presign", presign.into()), ("signal", signal)],
        |desk| async move {
            let (store, realm) = (Store::new(desk, Rc::new(access)), realm());
            let UnauthenticatedRange {
                range,
                content_bytes,
                envelope,
                blob,
            } = read_range(store, key, file, wanted, protection, &realm.engine).await?;
            let about = About {
                start: range.start,
                end: range.end,
                content_length: content_bytes,
                envelope: EnvelopeSummary::from(&envelope),
            };
            Ok(Outcome::value(result(&about)?).with_thing(Some(blob)))
        },
    ))
}
