//! Encrypting for callers who send or keep the result themselves.

use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    calls::{realm, result},
    journey::{Going, Journey, Outcome},
    js_error::Failure as JsFailure,
    options::Options,
    source::Source,
};
use crate::{
    encryption_context::StringMap,
    envelope::EnvelopeSummary,
    s3::put::ContentType,
    upload::content::{Encryption, Extent},
};

/// What travels with the body, which the shell adds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    headers: StringMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction_file: Option<InstructionFile>,
    content_length: u64,
    envelope: EnvelopeSummary,
}

/// Its text, of which the shell makes the body.
#[derive(Serialize)]
struct InstructionFile {
    text: String,
    headers: StringMap,
}

/// Encrypts content for the caller. It ends with what travels beside the body; `goOn("blob")` or `goOn("stream")` makes that.
///
/// # Errors
/// `misuse`, thrown.
#[wasm_bindgen(js_name = encryptContent, skip_typescript)]
pub fn encrypt_content(source: JsValue, options: JsValue) -> Result<Journey, JsValue> {
    let given = Options::read(options, |options| {
        let protection = options.protecting()?;
        let signal = options.signal()?;
        let progress = options.function("onProgress")?;
        let source = Source::parse(&source)?.into_own(options.flag("lendSource")?)?;
        Ok((protection, options.envelope_in()?, signal, progress, source))
    });
    let (protection, envelope_in, signal, progress, source) = given.map_err(JsFailure::into_js)?;
    let content = Extent {
        bytes: source.bytes(),
        is_in_memory: source.is_in_memory(),
    };
    let members = [
        ("source", source.into_js()),
        ("signal", signal),
        ("onProgress", progress.map(Into::into).unwrap_or_default()),
    ];
    Ok(Journey::new(&members, |desk| async move {
        let encryption = Encryption::begin(protection, envelope_in, content, realm(), desk).await?;
        let content = Content {
            headers: encryption.headers.clone(),
            instruction_file: encryption.instruction_file.clone().map(|text| InstructionFile {
                text,
                headers: StringMap::from_iter([("content-type".into(), ContentType::JSON.into())]),
            }),
            content_length: encryption.stored_bytes,
            envelope: EnvelopeSummary::from(&encryption.envelope),
        };
        Ok(
            Outcome::value(result(&content)?).followed_by(|desk, how| -> Option<Going> {
                match how {
                    "blob" => Some(Box::pin(async move {
                        Ok(Outcome::thing(encryption.into_blob(&desk).await?))
                    })),
                    "stream" => Some(Box::pin(async move {
                        encryption.into_stream(desk).await?;
                        Ok(Outcome::value(JsValue::UNDEFINED))
                    })),
                    _ => None,
                }
            }),
        )
    }))
}
