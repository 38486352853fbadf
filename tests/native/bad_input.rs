//! Every row of the table in `support/bad_input.rs` gets its one answer. Any doubt about the format is an error, never a
//! fallback.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{
    bad_input::{CASES, CHANGED, Edit, OPENS, PLAIN},
    content::open_whole,
    context,
    kms::{KmsOfOneAnswer, KmsThatRefuses},
    named_tests::{assert_exists, assert_reader_can_fail},
    official::{OfficialObject, metadata},
    read::open_cbc,
};
use pollster::block_on;
use presealed::{
    CommitmentPolicy, EncryptionContext, Envelope, Error,
    decrypt::{ContentCipher, ReadPolicy, decrypt},
    envelope::Located,
    keyring::{
        Keyring,
        kms::{Kms, KmsKeyring},
    },
};

/// An object as the store gives it, and the reader's circumstances.
struct Attempt {
    object: OfficialObject,
    metadata: BTreeMap<String, String>,
    file: Option<String>,
    body: Vec<u8>,
    context: EncryptionContext,
    policy: ReadPolicy,
    kms_refuses: bool,
}

impl Attempt {
    fn new(base: &str) -> Self {
        let object = OfficialObject::named(if base == PLAIN { "v3-raw-aes-java" } else { base });
        let envelope = object.envelope().expect(base);
        let mut context = envelope
            .encrypted_data_key()
            .encryption_context()
            .cloned()
            .unwrap_or_default();
        context.0.remove("aws:x-amz-cek-alg");
        Self {
            metadata: match base {
                PLAIN => BTreeMap::new(),
                _ => object.metadata.clone(),
            },
            file: object.instruction.clone(),
            body: object.body(),
            context,
            policy: ReadPolicy {
                commitment: CommitmentPolicy::RequireEncryptAllowDecrypt,
                ..ReadPolicy::default()
            },
            kms_refuses: false,
            object,
        }
    }

    fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Set(name, value) => {
                let before = self.metadata.insert(name.into(), value.into());
                assert_ne!(before.as_deref(), Some(value), "nothing was edited");
            }
            Edit::Unset(name) => assert!(self.metadata.remove(name).is_some(), "there was no {name}"),
            Edit::File(file) => self.file = Some(file.into()),
            Edit::FileEntry(entry) => self.edit_file("{", &format!("{{{entry},")),
            Edit::FileRenamed(from, to) => self.edit_file(&format!("\"{from}\""), &format!("\"{to}\"")),
            Edit::FileOf(other) => self.file = OfficialObject::named(other).instruction,
            Edit::NoFile => self.file = None,
            Edit::Flip(byte) => self.body[byte] ^= 1,
            Edit::FlipFromEnd(byte) => {
                let byte = self.body.len() - byte;
                self.body[byte] ^= 1;
            }
            Edit::Cut(bytes) => {
                assert!(bytes < self.body.len(), "nothing was cut");
                self.body.truncate(bytes);
            }
            Edit::Context(given) => self.context = context(given),
            Edit::KmsRefuses => self.kms_refuses = true,
            Edit::Legacy => self.policy.unauthenticated_modes = true,
            Edit::CbcUnderGcmKeys => self.policy.cbc_under_gcm_keys = true,
            Edit::Strict => self.policy.commitment = CommitmentPolicy::RequireEncryptRequireDecrypt,
            Edit::Shown(test) => panic!("{test} stands beside other edits"),
        }
    }

    fn edit_file(&mut self, from: &str, to: &str) {
        let file = self.file.take().expect("a file");
        assert!(file.contains(from), "no {from} in the file");
        self.file = Some(file.replacen(from, to, 1));
    }

    fn open(&self) -> Result<Vec<u8>, Error> {
        let envelope = match Envelope::locate(&metadata(&self.metadata))? {
            Located::InMetadata(envelope) => envelope,
            Located::InInstructionFile(incomplete) => match &self.file {
                Some(file) => incomplete.complete(file.as_bytes())?,
                None => return Err(incomplete.missing()),
            },
        };
        if let Some(keyring) = self.object.raw_aes_keyring() {
            let keyring = keyring.enable_legacy_wrapping_algorithms(self.policy.unauthenticated_modes);
            return self.open_with(&keyring, &envelope);
        }
        if self.kms_refuses {
            return self.open_with(&self.kms_keyring(KmsThatRefuses), &envelope);
        }
        let kms = KmsOfOneAnswer::new(self.object.data_key(), Vec::new());
        self.open_with(&self.kms_keyring(&kms), &envelope)
    }

    fn kms_keyring<K: Kms>(&self, kms: K) -> KmsKeyring<K> {
        let keyring = KmsKeyring::new(kms, "key".into()).expect("a key id");
        keyring.enable_legacy_wrapping_algorithms(self.policy.unauthenticated_modes)
    }

    fn open_with<K: Keyring<Failure = Error>>(&self, keyring: &K, envelope: &Envelope) -> Result<Vec<u8>, Error> {
        match block_on(decrypt(keyring, self.policy, &self.context, envelope))? {
            ContentCipher::Authenticated(parameters) => block_on(open_whole(parameters, &self.body)),
            ContentCipher::Unauthenticated(parameters) => {
                open_cbc(&parameters, &self.body).ok_or(Error::LegacyDecryptionFailed)
            }
        }
    }
}

#[test]
fn every_row_gets_its_answer() {
    for (row, what, base, edits, answer) in CASES {
        println!("row {row}, {what}, {base}");
        if base.is_empty() {
            for edit in *edits {
                let Edit::Shown(test) = edit else {
                    panic!("row {row}: {edit:?} of no object")
                };
                assert_exists(test);
            }
            continue;
        }
        let mut attempt = Attempt::new(base);
        for edit in *edits {
            attempt.apply(*edit);
        }
        match attempt.open() {
            Ok(plaintext) if plaintext == attempt.object.plaintext() => assert_eq!(*answer, OPENS),
            Ok(_) => assert_eq!(*answer, CHANGED),
            Err(error) => assert_eq!(error.code(), *answer, "{error}"),
        }
    }
}

#[test]
fn no_row_is_left_out() {
    let rows: BTreeSet<u8> = CASES.iter().map(|case| case.0).collect();
    assert_eq!(rows.into_iter().collect::<Vec<_>>(), (0..=59).collect::<Vec<_>>());
    assert_reader_can_fail();
    for (row, what, base, edits, answer) in CASES {
        assert_eq!(
            base.is_empty(),
            matches!(edits.first(), Some(Edit::Shown(_))),
            "{row} {what}"
        );
        assert!(
            [OPENS, CHANGED].contains(answer) || Error::CODES.contains(answer),
            "row {row}, {what}: {answer} is no answer"
        );
    }
}
