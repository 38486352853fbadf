//! Storing an object.

use std::rc::Rc;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    calls::{realm, result},
    journey::{Journey, Outcome},
    js_error::Failure as JsFailure,
    options::{ClientSide, Options},
    source::Source,
};
use crate::{
    Error,
    envelope::{instruction_file, placement::EnvelopeIn},
    s3::put::ContentType,
    store::{Access, Store},
    upload::put::{PutOptions, put},
};

/// What one call was given, whole, and what of it the shell calls.
struct Given {
    options: PutOptions,
    access: Access,
    members: Vec<(&'static str, JsValue)>,
}

/// Encrypts content and stores it: with one request, or in parts above a threshold.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = putObject, skip_typescript)]
pub fn put_object(source: JsValue, options: JsValue) -> Result<Journey, JsValue> {
    let Given {
        options,
        access,
        members,
    } = parse(&source, options).map_err(JsFailure::into_js)?;
    Ok(Journey::new(&members, |desk| async move {
        let stored = put(options, Store::new(desk, Rc::new(access)), realm()).await?;
        result(&stored).map(Outcome::value)
    }))
}

fn parse(source: &JsValue, options: JsValue) -> Result<Given, JsFailure> {
    let given = Options::read(options, |options| {
        let server_side = options.server_side()?;
        let checkpoints = options.checkpoints()?;
        let key = options.object_key()?;
        let client_side = options.client_side(|options| Ok((options.protecting()?, options.envelope_in()?)))?;
        let content_type = ContentType::parse(options.string("contentType")?)?;
        let metadata = options.metadata()?;
        let condition = options.put_condition()?;
        let checksum = options.checksum()?;
        let settings = options.multipart()?;
        let (access, presign) = options.access(server_side.as_ref())?;
        let signal = options.signal()?;
        let progress = options.function("onProgress")?;
        // What is sent again must not have changed.
        let source = Source::parse_stored(source, options.whole_number("contentLength")?)?;
        let mut members = checkpoints.given;
        let (facts, is_stream) = (source.facts(), source.is_stream());
        members.extend([
            ("source", source.into_js()),
            ("presign", presign.into()),
            ("signal", signal),
            ("onProgress", progress.map(Into::into).unwrap_or_default()),
        ]);
        Ok(Given {
            options: PutOptions {
                key,
                source: facts,
                is_stream,
                protection: match client_side {
                    ClientSide::Encrypted(how) => Some(how),
                    ClientSide::None => None,
                },
                server_side: server_side.map(Rc::new),
                content_type,
                metadata,
                condition,
                checksum,
                settings,
                resume: checkpoints.resume,
                keeps: checkpoints.keeps,
            },
            access,
            members,
        })
    })?;
    let options = &given.options;
    match &options.protection {
        None if options.server_side.is_none() => {
            return Err(Error::misuse("clientSideEncryption: \"none\" needs a serverSideEncryption").into());
        }
        Some((_, how)) if *how != EnvelopeIn::Metadata => {
            options.key.with_suffix(instruction_file::DEFAULT_SUFFIX)?;
        }
        _ => {}
    }
    Ok(given)
}
