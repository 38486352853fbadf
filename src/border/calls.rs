//! The calls: each parses its options whole, before any effect, and gives the journey.

use std::rc::Rc;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    journey::{Journey, Outcome},
    js_error::Failure as JsFailure,
    options::Options,
    plain::to_js,
};
use crate::{
    cipher::choose_engine,
    download::inspect::{Inspection, inspect},
    machine::Failure,
    store::Store,
    upload::{abandon, realm::Realm},
};

thread_local! {
    static REALM: Rc<Realm> = Rc::default();
}

/// What all calls share.
pub(crate) fn realm() -> Rc<Realm> {
    REALM.with(Rc::clone)
}

/// Says whether and how an object is encrypted, and what it takes to open it.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = inspectObject, skip_typescript)]
pub fn inspect_object(options: JsValue) -> Result<Journey, JsValue> {
    let given = Options::read(options, |options| {
        let key = options.object_key()?;
        let (access, presign) = options.reading_access()?;
        Ok((
            access,
            presign,
            options.signal()?,
            options.instruction_file_of(&key)?,
            key,
        ))
    });
    let (access, presign, signal, file, key) = given.map_err(JsFailure::into_js)?;
    Ok(Journey::new(
        &[("presign", presign.into()), ("signal", signal)],
        |desk| async move {
            let found: Inspection = inspect(Store::new(desk, Rc::new(access)), key, file).await?;
            result(&found).map(Outcome::value)
        },
    ))
}

/// Tells the store to throw away the parts of an upload that nobody goes on with.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = abortUpload, skip_typescript)]
pub fn abort_upload(options: JsValue) -> Result<Journey, JsValue> {
    let given = Options::read(options, |options| {
        Ok((options.upload_to_abort()?, options.access(None)?, options.signal()?))
    });
    let ((key, upload_id), (access, presign), signal) = given.map_err(JsFailure::into_js)?;
    Ok(Journey::new(
        &[("presign", presign.into()), ("signal", signal)],
        |desk| async move {
            abandon::abort_upload(Store::new(desk, Rc::new(access)), realm(), key, upload_id).await?;
            Ok(Outcome::value(JsValue::UNDEFINED))
        },
    ))
}

/// Finds the engine that encrypts here, and ends with its name.
#[wasm_bindgen(skip_typescript)]
pub fn engine() -> Journey {
    Journey::new(&[], |desk| async move {
        let kind = choose_engine(None, &realm().engine, &desk).await?;
        Ok(Outcome::value(kind.name().into()))
    })
}

pub(super) fn result(value: &impl serde::Serialize) -> Result<JsValue, Failure> {
    // Results are plain data.
    to_js(value).map_err(|_| crate::Error::Unreachable("a result has no JavaScript form").into())
}
