//! Checkpoints that earlier versions of this crate wrote: uploads may be under way when a page is updated. Through the API,
//! `tests/node/old-checkpoints.test.js` goes on from the same ones.

use presealed::{
    Error,
    checkpoint::{Age, Checkpoint, SourceFacts, Upload, ledger::Ledger},
    encryption_context::StringMap,
    s3::checksum::ChecksumAlgorithm,
};
use serde_json::Value;

/// As it was written, read as the border reads it: what was added since is missing.
fn checkpoint(name: &str) -> Checkpoint {
    let path = format!("{}/tests/vectors/checkpoints/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().map(String::from);
    let texts = |value: &Value| value.as_array().map(|all| all.iter().filter_map(text).collect());
    let envelope = json["envelope"].as_object().unwrap().iter();
    Checkpoint {
        version: json["version"].as_u64().unwrap().try_into().unwrap(),
        key: text(&json["key"]).unwrap(),
        upload_id: text(&json["uploadId"]).unwrap(),
        source: SourceFacts {
            bytes: json["source"]["bytes"].as_u64().unwrap(),
            name: text(&json["source"]["name"]),
            last_modified: json["source"]["lastModified"].as_u64(),
            fingerprint: text(&json["source"]["fingerprint"]),
        },
        envelope: Some(
            envelope
                .map(|(name, value)| (name.clone(), text(value).unwrap()))
                .collect(),
        ),
        instruction_file: json["instructionFile"].as_bool().unwrap(),
        stored_with: StringMap::new(),
        stored_bytes: json["storedBytes"].as_u64().unwrap(),
        part_bytes: json["partBytes"].as_u64().unwrap(),
        checksum: json["checksum"].as_str().and_then(ChecksumAlgorithm::from_name),
        digests: texts(&json["digests"]).unwrap(),
        crcs: texts(&json["crcs"]).unwrap_or_default(),
    }
}

fn resumed(checkpoint: &Checkpoint, source: &SourceFacts) -> Result<Upload, Error> {
    Upload::resume(checkpoint.clone(), Age::Unknown, "k", source, &[], &Ledger::new())
}

#[test]
fn form_1_is_refused_by_name() {
    let old = checkpoint("form-1");
    assert_eq!(old.version, 1);
    assert_eq!(resumed(&old, &old.source).err().unwrap().code(), "misuse");
}

#[test]
fn form_2_is_gone_on_with_whatever_was_added_since() {
    for name in ["form-2", "form-2-fingerprint"] {
        let old = checkpoint(name);
        let upload = resumed(&old, &old.source).unwrap();
        assert_eq!(upload.digest(1), Some(old.digests[0].as_str()), "{name}");
        assert!(upload.digest(2).is_none(), "{name}");
        let other = SourceFacts {
            last_modified: Some(2),
            ..old.source.clone()
        };
        assert_eq!(resumed(&old, &other).err(), Some(Error::FileChanged), "{name}");
    }
}
