//! Another keyring for an object that is stored.

use std::rc::Rc;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    calls::result,
    journey::{Journey, Outcome},
    js_error::Failure as JsFailure,
    keyrings::keyring_of,
    options::{Options, check_suffix},
};
use crate::{
    Error,
    download::rewrap::{Rewrapping, rewrap_instruction_file as rewrap},
    s3::{ServerSideEncryption, object_key::ObjectKey},
    store::Store,
};

/// Lets another keyring open an object whose envelope is in an instruction file, without touching the object.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = rewrapInstructionFile, skip_typescript)]
pub fn rewrap_instruction_file(options: JsValue) -> Result<Journey, JsValue> {
    let given = Options::read(options, |options| {
        let server_side = options.server_side()?;
        let key = options.object_key()?;
        let (access, presign) = options.access(server_side.as_ref())?;
        let (signal, from) = (options.signal()?, options.unwrapping()?);
        let to = rewrapping(options, &key, server_side)?;
        Ok(((access, presign, signal), key, from, to))
    });
    let ((access, presign, signal), key, from, to) = given.map_err(JsFailure::into_js)?;
    Ok(Journey::new(
        &[("presign", presign.into()), ("signal", signal)],
        |desk| async move {
            let rewrapped = rewrap(Store::new(desk, Rc::new(access)), key, from, to).await?;
            result(&rewrapped).map(Outcome::value)
        },
    ))
}

fn rewrapping(
    options: &Options,
    key: &ObjectKey,
    server_side: Option<ServerSideEncryption>,
) -> Result<Rewrapping, JsFailure> {
    let new_keyring = options.value("newKeyring")?;
    if !new_keyring.is_object() {
        return Err(Error::misuse("newKeyring is missing").into());
    }
    let (suffix, new_suffix) = (options.instruction_file_suffix()?, options.string("newSuffix")?);
    if let Some(new) = &new_suffix {
        check_suffix(new)?;
        if *new == suffix {
            return Err(Error::misuse("newSuffix is that of the file to be read: leave it out to replace it").into());
        }
        key.with_suffix(new)?;
    }
    Ok(Rewrapping {
        keyring: keyring_of(&new_keyring)?.wrapping()?,
        encryption_context: options.encryption_context("newEncryptionContext")?,
        file: key.with_suffix(&suffix)?,
        suffix,
        new_suffix,
        enforce: options.flag("enforceRotation")?,
        server_side: server_side.map(Rc::new),
        checksum: options.checksum()?.or_sha256(),
    })
}
