//! Objects that official clients wrote, as `tests/vectors/official` keeps them.

use std::{collections::BTreeMap, fs, path::Path};

use base64ct::{Base64, Encoding};
use presealed::{
    Envelope, Error, MaterialDescription,
    envelope::{Located, Metadata},
    keyring::raw_aes::RawAesKeyring,
    secret::WrappingKey,
};
use serde::Deserialize;

use super::unhex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficialObject {
    /// Who wrote it, and how.
    pub origin: String,
    /// The code with which we refuse it, whatever the options.
    pub refused: Option<String>,
    /// User metadata as stored.
    pub metadata: BTreeMap<String, String>,
    /// The instruction file beside it.
    pub instruction: Option<String>,
    body: String,
    plaintext: String,
    data_key: String,
    wrapping_key: Option<String>,
    /// PKCS#8 in PEM, where the wrap is RSA.
    pub rsa_private_key: Option<String>,
    /// The writer's content cipher and wrap, where they are legacy ones.
    #[allow(dead_code, reason = "the API's tests choose their opt-ins by it")]
    content: Option<String>,
    #[allow(dead_code, reason = "the same")]
    wrap: Option<String>,
}

impl OfficialObject {
    /// Every file, by its name without `.json`.
    pub fn all() -> BTreeMap<String, Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/official");
        let files = fs::read_dir(folder).expect("the folder of official objects");
        files
            .map(|file| {
                let path = file.expect("a file").path();
                let json = fs::read_to_string(&path).expect("readable");
                let object = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                (path.file_stem().unwrap().to_string_lossy().into_owned(), object)
            })
            .collect()
    }

    pub fn named(name: &str) -> Self {
        Self::all()
            .remove(name)
            .unwrap_or_else(|| panic!("no official object {name}"))
    }

    /// As it comes with a response, among headers that are no business of ours.
    pub fn metadata(&self) -> Metadata {
        metadata(&self.metadata)
    }

    /// Its envelope, from wherever it is stored.
    pub fn envelope(&self) -> Result<Envelope, Error> {
        match (Envelope::locate(&self.metadata())?, &self.instruction) {
            (Located::InMetadata(envelope), None) => Ok(envelope),
            (Located::InInstructionFile(incomplete), Some(file)) => incomplete.complete(file.as_bytes()),
            (located, _) => panic!("the envelope is elsewhere: {located:?}"),
        }
    }

    pub fn body(&self) -> Vec<u8> {
        unhex(&self.body)
    }

    pub fn plaintext(&self) -> Vec<u8> {
        unhex(&self.plaintext)
    }

    pub fn data_key(&self) -> Vec<u8> {
        unhex(&self.data_key)
    }

    /// The keyring of its wrapping key, where the wrap is raw AES.
    pub fn raw_aes_keyring(&self) -> Option<RawAesKeyring<WrappingKey>> {
        let key = Base64::decode_vec(self.wrapping_key.as_ref()?).expect("base64");
        let key = WrappingKey::from_bytes(key).expect("an AES key");
        let keyring = RawAesKeyring::new(key, MaterialDescription::default());
        Some(keyring.enable_legacy_wrapping_algorithms(true))
    }
}

/// Entries without `x-amz-meta-` as the headers of a response.
pub fn metadata(entries: &BTreeMap<String, String>) -> Metadata {
    let ours = entries
        .iter()
        .map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone()));
    let theirs = [("content-type", "binary/octet-stream"), ("x-amz-request-id", "1")]
        .map(|(name, value)| (name.to_string(), value.to_string()));
    Metadata::from_headers(ours.chain(theirs)).expect("distinct names")
}
