//! Objects that this crate wrote, for others to read: `tests/vectors/presealed`. The same keys and the same randomness make the same
//! files, so a change of what is written shows here; `PRESEALED_WRITE_VECTORS=1 cargo test --test own_objects` makes them anew.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use crate::support::{
    content::{open, seal, segments},
    entropy::CountingEntropy,
    hex,
    kms::KmsOfOneAnswer,
    official::metadata,
    read::LEGACY,
    unhex,
};
use base64ct::{Base64, Encoding};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, EncryptionContext, Envelope, Error, MaterialDescription,
    decrypt::{ContentCipher, ReadPolicy, decrypt},
    encrypt::encrypt,
    encryption_context::StringMap,
    envelope::{Located, Metadata, instruction_file},
    keyring::{
        Keyring, WrapRequest,
        kms::KmsKeyring,
        passphrase::{Cost, PassphraseKeyring},
        raw_aes::RawAesKeyring,
    },
    secret::{Passphrase, WrappingKey},
};
use serde::{Deserialize, Serialize};

/// As the files of `tests/vectors/official`, with what a reader has to be given.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct OwnObject {
    about: String,
    /// Base64, for raw AES.
    #[serde(skip_serializing_if = "Option::is_none")]
    wrapping_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passphrase: Option<String>,
    /// What the caller gave, for KMS. A reader that has no such KMS takes `data_key` for its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: Option<BTreeMap<String, String>>,
    metadata: BTreeMap<String, String>,
    instruction: Option<String>,
    body: String,
    plaintext: String,
    data_key: String,
}

const SUITES: [(&str, AlgorithmSuite); 2] = [
    ("v2", AlgorithmSuite::AesGcmIv12Tag16NoKdf),
    ("v3", AlgorithmSuite::AesGcmHkdfSha512CommitKey),
];
const WRAPPING_KEY: [u8; 32] = [0x42; 32];
/// The least that may be written.
const LEAST: Cost = Cost {
    memory_kib: 19_456,
    iterations: 2,
    parallelism: 1,
};
const PASSPHRASE: &str = "correct horse battery stäple";

fn awkward() -> StringMap {
    let entries = [
        ("name", "a \"quoted\" \\ name"),
        ("<key>&/", "<value>&/'"),
        ("größe", "naïve ☃ 😀"),
    ];
    entries
        .map(|(key, value)| (key.into(), value.into()))
        .into_iter()
        .collect()
}

fn plaintext(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + 3) as u8).collect()
}

/// Everything but what the reader is given.
fn written<K: Keyring<Failure = Error>>(
    keyring: &K,
    suite: AlgorithmSuite,
    context: &EncryptionContext,
    bytes: usize,
    in_file: bool,
) -> OwnObject {
    let content = plaintext(bytes);
    let (envelope, parameters) =
        block_on(encrypt(keyring, suite, context, &mut CountingEntropy(bytes as u64))).unwrap();
    let request = WrapRequest {
        suite,
        encryption_context: context,
    };
    let data_key = block_on(keyring.unwrap_data_key(&request, envelope.encrypted_data_key())).unwrap();
    let body = block_on(seal(parameters, &content, &segments(bytes, 4))).unwrap();
    let encoded = envelope.encode().unwrap();
    let (stays, file) = match in_file {
        true => instruction_file::split(&encoded)
            .map(|(stays, file)| (stays, Some(file)))
            .unwrap(),
        false => (encoded, None),
    };
    let owned = |metadata: &Metadata| {
        metadata
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    };
    OwnObject {
        about: String::new(),
        wrapping_key: None,
        passphrase: None,
        encryption_context: None,
        metadata: owned(&stays),
        instruction: file,
        body: hex(&body),
        plaintext: hex(&content),
        data_key: hex(data_key.unwrap().expose()),
    }
}

fn raw_aes() -> RawAesKeyring<WrappingKey> {
    let key = WrappingKey::from_bytes(WRAPPING_KEY.to_vec()).unwrap();
    RawAesKeyring::new(key, MaterialDescription(awkward()))
}

fn passphrase() -> PassphraseKeyring {
    PassphraseKeyring::new(Passphrase::new(PASSPHRASE.into()).unwrap(), LEAST).unwrap()
}

fn kms(data_key: &[u8]) -> KmsOfOneAnswer {
    KmsOfOneAnswer::new(data_key.to_vec(), b"what KMS answered".to_vec())
}

fn made() -> BTreeMap<String, OwnObject> {
    let mut objects = BTreeMap::new();
    let none = EncryptionContext::default();
    for (format, suite) in SUITES {
        for (bytes, in_file) in [(0, false), (1, false), (16, true), (1000, false), (1000, true)] {
            let place = if in_file { "instruction-file" } else { "metadata" };
            let object = OwnObject {
                about: format!("{format}, raw AES, {place}, {bytes} bytes, an awkward material description"),
                wrapping_key: Some(Base64::encode_string(&WRAPPING_KEY)),
                ..written(&raw_aes(), suite, &none, bytes, in_file)
            };
            objects.insert(format!("{format}-raw-aes-{place}-{bytes}"), object);
        }
        let service = kms(&[7; 32]);
        let object = OwnObject {
            about: format!("{format}, KMS, metadata, an awkward encryption context"),
            encryption_context: Some(awkward().into_iter().collect()),
            ..written(
                &KmsKeyring::new(&service, "alias/any".into()).unwrap(),
                suite,
                &EncryptionContext(awkward()),
                33,
                false,
            )
        };
        objects.insert(format!("{format}-kms"), object);
        let object = OwnObject {
            about: format!(
                "{format}, Argon2id of a passphrase (NFC, UTF-8) as the raw AES key; its cost is in the description"
            ),
            passphrase: Some(PASSPHRASE.into()),
            ..written(&passphrase(), suite, &none, 33, false)
        };
        objects.insert(format!("{format}-passphrase"), object);
    }
    objects
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/presealed")
}

fn kept() -> BTreeMap<String, OwnObject> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.map(|path| {
        let object = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), object)
    })
    .collect()
}

#[test]
fn what_is_written_has_not_changed() {
    let made = made();
    if env::var_os("PRESEALED_WRITE_VECTORS").is_some() {
        fs::create_dir_all(folder()).unwrap();
        for (name, object) in &made {
            let json = serde_json::to_string_pretty(object).unwrap() + "\n";
            fs::write(folder().join(format!("{name}.json")), json).unwrap();
        }
    }
    assert_eq!(kept(), made);
}

fn read<K: Keyring<Failure = Error>>(
    keyring: &K,
    context: &EncryptionContext,
    object: &OwnObject,
) -> Result<Vec<u8>, Error> {
    let envelope = match Envelope::locate(&metadata(&object.metadata))? {
        Located::InMetadata(envelope) => envelope,
        Located::InInstructionFile(incomplete) => {
            incomplete.complete(object.instruction.as_deref().unwrap().as_bytes())?
        }
    };
    let policy = match envelope {
        Envelope::V3 { .. } => ReadPolicy::default(),
        _ => LEGACY,
    };
    let ContentCipher::Authenticated(parameters) = block_on(decrypt(keyring, policy, context, &envelope))? else {
        panic!("not authenticated");
    };
    let body = unhex(&object.body);
    block_on(open(parameters, &body, &segments(body.len() - 16, 1)))
}

#[test]
fn every_object_opens_with_what_its_file_says() {
    let none = EncryptionContext::default();
    let objects = kept();
    assert_eq!(objects.len(), 14);
    for (name, object) in objects {
        let content = match (&object.wrapping_key, &object.passphrase, &object.encryption_context) {
            (Some(_), None, None) => read(&raw_aes(), &none, &object),
            (None, Some(_), None) => read(&passphrase(), &none, &object),
            (None, None, Some(context)) => {
                let service = kms(&unhex(&object.data_key));
                let keyring = KmsKeyring::new(&service, "alias/any".into()).unwrap();
                assert!(
                    read(&keyring, &none, &object).is_err(),
                    "{name} opens without its context"
                );
                read(
                    &keyring,
                    &EncryptionContext(context.clone().into_iter().collect()),
                    &object,
                )
            }
            _ => panic!("{name} does not say who can read it"),
        };
        assert_eq!(content.unwrap(), unhex(&object.plaintext), "{name}");
        let mut changed = object.clone();
        changed
            .body
            .replace_range(..2, if object.body.starts_with("00") { "01" } else { "00" });
        if let Some(key) = &object.wrapping_key {
            assert_eq!(*key, Base64::encode_string(&WRAPPING_KEY));
            assert_eq!(
                read(&raw_aes(), &none, &changed),
                Err(Error::AuthenticationFailed),
                "{name}"
            );
        }
    }
}
