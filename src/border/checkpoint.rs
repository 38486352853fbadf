//! Checkpoints as callers hand them back.

use wasm_bindgen::JsValue;

use super::properties::Properties;
use crate::{
    checkpoint::{Checkpoint, SourceFacts},
    s3::checksum::ChecksumAlgorithm,
};

/// The checkpoint, if it is one.
pub(crate) fn parse(given: JsValue) -> Option<Checkpoint> {
    let given = Properties::parse(given, "resume").ok()?;
    let source = Properties::parse(given.value("source").ok()?, "source").ok()?;
    Some(Checkpoint {
        version: given.whole_number("version").ok()??.try_into().ok()?,
        key: given.string("key").ok()??,
        upload_id: given.string("uploadId").ok()??,
        source: SourceFacts {
            bytes: source.whole_number("bytes").ok()??,
            name: source.string("name").ok()?,
            last_modified: source.whole_number("lastModified").ok()?,
            fingerprint: source.string("fingerprint").ok()?,
        },
        envelope: given.string_map("envelope").ok()?,
        instruction_file: given.flag("instructionFile").ok()?.unwrap_or(false),
        stored_with: given.string_map("storedWith").ok()?.unwrap_or_default(),
        stored_bytes: given.whole_number("storedBytes").ok()??,
        part_bytes: given.whole_number("partBytes").ok()??,
        checksum: match given.string("checksum").ok()? {
            Some(name) => Some(ChecksumAlgorithm::from_name(&name)?),
            None => None,
        },
        digests: given.strings("digests").ok()??,
        crcs: given.strings("crcs").ok()??,
    })
}
