//! Objects that are opened, and then read.

use std::rc::Rc;

use js_sys::Object;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::Response;

use super::{
    calls::{realm, result},
    given::{bytes, is_blob, is_response, text},
    journey::{Going, Journey, Outcome},
    js_error::Failure as JsFailure,
    options::{ClientSide, Options},
    step::object,
};
use crate::{
    Error,
    download::get::{GivenFile, Opened, Wanted, get, open_given},
    machine::{Answer, Failure, SinkKind, Step},
    s3::service_error::refusal,
    store::Store,
};

/// Fetches an object's headers and checks everything that can be checked before its content. It ends with what the object says of itself;
/// `goOn("blob")`, `goOn("file")` or `goOn("delayed")` reads it.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = getObject, skip_typescript)]
pub fn get_object(options: JsValue) -> Result<Journey, JsValue> {
    let given = Options::read(options, |options| {
        let key = options.object_key()?;
        let opening = |options: &Options| Ok((options.opening()?, options.instruction_file_of(&key)?));
        let (protection, file) = match options.client_side(opening)? {
            ClientSide::Encrypted((protection, file)) => (Some(protection), file),
            ClientSide::None => (None, None),
        };
        let (access, presign) = options.reading_access()?;
        let ranges = options.ranges()?;
        let [signal, progress] = heard(options)?;
        let wanted = Wanted {
            key,
            protection,
            file,
            ranges,
        };
        Ok((wanted, access, [("presign", presign.into()), signal, progress]))
    });
    let (wanted, access, members) = given.map_err(JsFailure::into_js)?;
    Ok(Journey::new(&members, |desk| async move {
        let store = Store::new(desk, Rc::new(access));
        outcome(get(wanted, store, &realm().engine).await?)
    }))
}

/// Opens a response that the caller has fetched. It ends as `getObject` does.
///
/// # Errors
/// `misuse` and `http-status`, thrown.
#[wasm_bindgen(js_name = openObject, skip_typescript)]
pub fn open_object(response: JsValue, options: JsValue) -> Result<Journey, JsValue> {
    let given = Options::read(options, |options| {
        let file = options.value("instructionFile")?;
        let parsed = given_file(&file)?;
        let protection = options.opening()?;
        let [signal, progress] = heard(options)?;
        check_response(&response)?;
        let members = [
            ("response", response.clone()),
            ("instructionFile", file),
            signal,
            progress,
        ];
        Ok((protection, parsed, members))
    });
    let (protection, file, members) = given.map_err(JsFailure::into_js)?;
    Ok(Journey::new(&members, |desk| async move {
        outcome(open_given(protection, file, &realm().engine, &desk).await?)
    }))
}

fn outcome(opened: Opened) -> Result<Outcome, Failure> {
    let summary = result(&opened.summary)?;
    Ok(Outcome::value(summary).followed_by(|_, how| -> Option<Going> {
        match how {
            "blob" => Some(Box::pin(async move { Ok(Outcome::thing(opened.into_blob().await?)) })),
            "file" => Some(Box::pin(async move {
                opened.into_file().await?;
                Ok(Outcome::value(JsValue::UNDEFINED))
            })),
            "delayed" => Some(Box::pin(async move {
                opened.into_reader().await?;
                Ok(Outcome::value(JsValue::UNDEFINED))
            })),
            _ => None,
        }
    }))
}

/// Opens the file that a handle is of for writing, and ends with the place that it is.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = openFile, skip_typescript)]
pub fn open_file(handle: JsValue) -> Result<Journey, JsValue> {
    if !handle.is_object() {
        return Err(JsFailure::from(Error::misuse("saveTo needs a FileSystemFileHandle")).into_js());
    }
    Ok(Journey::new(&[("handle", handle)], |desk| async move {
        match desk.ask(Step::Sink(SinkKind::Writable)).await? {
            (_, Some(sink)) => Ok(Outcome::thing(sink)),
            (Answer::Failed(cause), _) => Err(Failure::caused(Error::WriteFailed, cause)),
            _ => Err(Error::WriteFailed.into()),
        }
    }))
}

/// Removes the file behind a Blob that was given, or without one the files of pages that have gone.
#[wasm_bindgen(js_name = releaseBlob, skip_typescript)]
pub fn release_blob(blob: JsValue) -> Journey {
    Journey::new(&[("blob", blob)], |desk| async move {
        match desk.ask(Step::Tidy).await?.0 {
            Answer::Failed(cause) => Err(Failure::caused(Error::WriteFailed, cause)),
            _ => Ok(Outcome::value(JsValue::UNDEFINED)),
        }
    })
}

/// The options of a reading method: its signal and who hears of its progress, beside those of the call.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = readingOptions, skip_typescript)]
pub fn reading_options(options: JsValue) -> Result<Object, JsValue> {
    // What is not given is absent, whatever a page's script has put on the prototype of all objects.
    if options.is_undefined() {
        return Ok(object(["signal", "onProgress"].map(|name| (name, JsValue::UNDEFINED))));
    }
    let given = Options::read(options, heard);
    given.map(object).map_err(JsFailure::into_js)
}

fn heard(options: &Options) -> Result<[(&'static str, JsValue); 2], JsFailure> {
    let progress = options.function("onProgress")?;
    Ok([
        ("signal", options.signal()?),
        ("onProgress", progress.map(Into::into).unwrap_or_default()),
    ])
}

/// What the caller has fetched, as it is now.
fn given_file(file: &JsValue) -> Result<GivenFile, JsFailure> {
    if file.is_undefined() {
        return Ok(GivenFile::Nothing);
    }
    if is_blob(file) {
        return Ok(GivenFile::InBlob);
    }
    let given = text(file)
        .map(String::into_bytes)
        .or_else(|| Some(bytes(file)?.to_vec()));
    match given {
        Some(bytes) => Ok(GivenFile::Bytes(bytes)),
        None => Err(Error::misuse("instructionFile is not a Blob, a well-formed string or a Uint8Array").into()),
    }
}

fn check_response(response: &JsValue) -> Result<(), JsFailure> {
    if !is_response(response) {
        return Err(Error::misuse("the first argument is not a Response").into());
    }
    let response: &Response = response.unchecked_ref();
    if response.body_used() || response.body().is_some_and(|body| body.locked()) {
        return Err(Error::misuse("the response's body has a reader already").into());
    }
    match response.ok() {
        true => Ok(()),
        false => Err(Error::HttpStatus(refusal(response.status(), "").into()).into()),
    }
}
