//! Another keyring for an object that exists: what stays, what changes, and what is refused.

use crate::support::{
    content::open_whole,
    entropy::{CountingEntropy, EntropyOfZeros, EntropyThatFails},
    keyrings::{KeyringOfOneDataKey, KeyringThatGoesAway, KeyringThatMustNotBeAsked},
    kms::{Call, KmsOfOneAnswer},
    official::OfficialObject,
    read::{LEGACY, open_cbc},
};
use pollster::block_on;
use presealed::{
    CommitmentPolicy, EncryptionContext, Envelope, Error, MaterialDescription, WrapAlgorithm,
    decrypt::{ContentCipher, ReadPolicy, decrypt},
    encryption_context::StringMap,
    envelope::{Located, instruction_file::split},
    keyring::{
        Keyring, WrappingKeyring,
        kms::KmsKeyring,
        passphrase::{Cost, PassphraseKeyring},
        raw_aes::RawAesKeyring,
        raw_rsa::{RawRsaKeyring, RsaCipher},
        selector::KeyringSelector,
    },
    rewrap::{Party, rewrap},
    secret::{Entropy, Passphrase, WrappingKey},
};
use zeroize::Zeroizing;

type Raw = RawAesKeyring<WrappingKey>;

const V2: &str = "v2-raw-aes-instruction-file-java";
const V3: &str = "v3-raw-aes-instruction-file-java";
const NEW: &[(&str, &str)] = &[("key", "new")];

fn description(entries: &[(&str, &str)]) -> MaterialDescription {
    MaterialDescription(StringMap::from_iter(
        entries
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string())),
    ))
}

fn raw(byte: u8, entries: &[(&str, &str)]) -> Raw {
    RawAesKeyring::new(WrappingKey::from_bytes(vec![byte; 32]).unwrap(), description(entries))
}

fn passphrase(text: &str) -> PassphraseKeyring {
    let cost = Cost {
        memory_kib: 19 * 1024,
        iterations: 2,
        parallelism: 1,
    };
    PassphraseKeyring::new(Passphrase::new(text.into()).unwrap(), cost).unwrap()
}

/// "Encrypts" by a mask, which another one does not take off.
#[derive(Clone, Copy)]
struct RsaThatMasks(u8);

impl RsaCipher for RsaThatMasks {
    type Failure = Error;

    async fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let masked = plaintext.iter().map(|byte| byte ^ self.0);
        Ok(std::iter::once(self.0).chain(masked).collect())
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match ciphertext.split_first() {
            Some((mask, masked)) if *mask == self.0 => {
                Ok(Zeroizing::new(masked.iter().map(|byte| byte ^ mask).collect()))
            }
            _ => Err(Error::UnwrapFailed),
        }
    }
}

fn rsa(public: bool, private: bool, entries: &[(&str, &str)]) -> RawRsaKeyring<RsaThatMasks> {
    let key = |given: bool| given.then_some(RsaThatMasks(0x5a));
    block_on(RawRsaKeyring::new(key(public), key(private), description(entries))).unwrap()
}

/// Under a policy that reads everything.
fn rewrapped<O: Keyring<Failure = Error>, N: WrappingKeyring<Failure = Error>>(
    envelope: &Envelope,
    old: &O,
    new: &N,
    enforce: bool,
) -> Result<Envelope, Error> {
    let none = EncryptionContext::default();
    between(envelope, LEGACY, (old, &none), (new, &none), enforce)
}

fn between<O: Keyring<Failure = Error>, N: WrappingKeyring<Failure = Error>>(
    envelope: &Envelope,
    policy: ReadPolicy,
    (old, old_context): (&O, &EncryptionContext),
    (new, new_context): (&N, &EncryptionContext),
    enforce: bool,
) -> Result<Envelope, Error> {
    let from = Party {
        keyring: old,
        encryption_context: old_context,
    };
    let to = Party {
        keyring: new,
        encryption_context: new_context,
    };
    block_on(rewrap(envelope, policy, from, to, enforce, &mut CountingEntropy(1)))
}

/// The content of an official object under another envelope.
fn content<K: Keyring<Failure = Error>>(
    object: &OfficialObject,
    envelope: &Envelope,
    keyring: &K,
) -> Result<Vec<u8>, Error> {
    let none = EncryptionContext::default();
    match block_on(decrypt(keyring, LEGACY, &none, envelope))? {
        ContentCipher::Authenticated(parameters) => block_on(open_whole(parameters, &object.body())),
        ContentCipher::Unauthenticated(parameters) => Ok(open_cbc(&parameters, &object.body()).unwrap()),
    }
}

/// What the store keeps after the new file replaced the old one, read again.
fn stored(object: &OfficialObject, envelope: &Envelope) -> Envelope {
    let (stays, file) = split(&envelope.encode().unwrap()).unwrap();
    for (name, value) in stays.iter() {
        assert_eq!(object.metadata.get(name).map(String::as_str), Some(value), "{name}");
    }
    match Envelope::locate(&object.metadata()) {
        Ok(Located::InInstructionFile(incomplete)) => incomplete.complete(file.as_bytes()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Every official object with an instruction file whose key a raw AES key wrapped, legacy wraps and formats among them.
#[test]
fn the_new_key_opens_the_untouched_object_and_the_old_key_does_not() {
    let (mut formats, mut legacy) = (Vec::new(), 0);
    for (name, object) in OfficialObject::all() {
        let (Some(_), Some(old), None) = (&object.instruction, object.raw_aes_keyring(), &object.refused) else {
            continue;
        };
        let envelope = object.envelope().expect(&name);
        let new = raw(9, NEW);
        let rotated = stored(&object, &rewrapped(&envelope, &old, &new, true).expect(&name));
        let key = rotated.encrypted_data_key();
        assert_eq!(key.wrap_algorithm, WrapAlgorithm::AesGcm, "{name}");
        assert_eq!(key.material_description(), Some(&description(NEW)), "{name}");
        assert_eq!(rotated.suite(), envelope.suite(), "{name}");
        assert_eq!(content(&object, &rotated, &new), Ok(object.plaintext()), "{name}");
        assert_eq!(content(&object, &rotated, &old), Err(Error::UnwrapFailed), "{name}");
        legacy += usize::from(envelope.encrypted_data_key().wrap_algorithm.is_legacy());
        formats.push((envelope.format(), envelope.suite().is_authenticated()));
    }
    for seen in [("V1", false), ("V2", true), ("V3", true)] {
        assert!(formats.contains(&seen), "{seen:?}");
    }
    assert!(legacy >= 2, "{legacy} legacy wraps");
}

/// As Java writes it: format V2, no tag, and a wrap that binds the name of AES-GCM.
#[test]
fn a_v1_object_gets_a_v2_file() {
    let object = OfficialObject::named("v1-raw-aes-cbc-instruction-file-ruby");
    let old = object.raw_aes_keyring().unwrap();
    let envelope = object.envelope().unwrap();
    let rotated = rewrapped(&envelope, &old, &raw(9, NEW), true).unwrap();
    let encoded = rotated.encode().unwrap();
    let names: Vec<&str> = encoded.iter().map(|(name, _)| name).collect();
    let v2 = [
        "x-amz-cek-alg",
        "x-amz-iv",
        "x-amz-key-v2",
        "x-amz-matdesc",
        "x-amz-tag-len",
        "x-amz-wrap-alg",
    ];
    assert_eq!(names, v2);
    assert_eq!(encoded.get("x-amz-cek-alg"), Some("AES/CBC/PKCS5Padding"));
    assert_eq!(encoded.get("x-amz-tag-len"), Some("0"));
    assert_eq!(encoded.get("x-amz-wrap-alg"), Some("AES/GCM"));
    let for_rsa = rewrapped(&envelope, &old, &rsa(true, false, NEW), true).unwrap();
    let inside = block_on(RsaThatMasks(0x5a).decrypt(&for_rsa.encrypted_data_key().ciphertext)).unwrap();
    assert!(inside.ends_with(b"AES/GCM/NoPadding"));
    assert!(matches!((&envelope, &rotated), (Envelope::V1 { iv, .. }, Envelope::V2Cbc { iv: kept, .. }) if iv == kept));
}

#[test]
fn a_drop_box_can_be_the_new_keyring() {
    let (new, reader) = (rsa(true, false, NEW), rsa(false, true, &[]));
    for name in [V2, V3, "v1-raw-aes-cbc-instruction-file-ruby"] {
        let object = OfficialObject::named(name);
        let old = object.raw_aes_keyring().unwrap();
        let shared = stored(
            &object,
            &rewrapped(&object.envelope().unwrap(), &old, &new, true).expect(name),
        );
        assert_eq!(content(&object, &shared, &reader), Ok(object.plaintext()), "{name}");
        assert_eq!(
            content(&object, &shared, &old),
            Err(Error::KeyringMismatch("RSA-OAEP-SHA1")),
            "{name}"
        );
        // It opens nothing, so it rotates nothing.
        let refused = rewrapped(&shared, &new, &raw(9, &[]), false);
        assert_eq!(refused.err().unwrap().code(), "misuse");
    }
}

#[test]
fn what_the_old_keyring_does_not_open_is_never_wrapped() {
    let (v2, v3) = (OfficialObject::named(V2), OfficialObject::named(V3));
    let none = EncryptionContext::default();
    let new = KeyringThatMustNotBeAsked;
    for object in [&v2, &v3] {
        let envelope = object.envelope().unwrap();
        assert_eq!(
            rewrapped(&envelope, &raw(9, &[]), &new, false),
            Err(Error::UnwrapFailed)
        );
    }
    let legacy = OfficialObject::named("v2-aeswrap-gcm-instruction-file-java-v1")
        .envelope()
        .unwrap();
    assert_eq!(
        rewrapped(&legacy, &raw(9, &[]), &new, false),
        Err(Error::LegacyWrappingDisabled("AESWrap"))
    );
    // The commitment, though the unwrap succeeds.
    let other = KeyringOfOneDataKey::new(vec![1; 32]);
    let envelope = v3.envelope().unwrap();
    assert_eq!(
        rewrapped(&envelope, &other, &new, false),
        Err(Error::CommitmentMismatch)
    );
    // The policies, before any key.
    let cbc = OfficialObject::named("v1-raw-aes-cbc-instruction-file-ruby")
        .envelope()
        .unwrap();
    let strict = ReadPolicy::default();
    let reading = ReadPolicy {
        commitment: CommitmentPolicy::RequireEncryptAllowDecrypt,
        ..strict
    };
    for (envelope, policy, code) in [
        (v2.envelope().unwrap(), strict, "commitment-required"),
        (cbc.clone(), strict, "commitment-required"),
        (cbc, reading, "unauthenticated-mode-disabled"),
    ] {
        let old = (&KeyringThatMustNotBeAsked, &none);
        assert_eq!(
            between(&envelope, policy, old, (&new, &none), false)
                .err()
                .unwrap()
                .code(),
            code
        );
    }
}

#[test]
fn the_stored_description_is_refused() {
    let object = OfficialObject::named(V3);
    let (old, envelope) = (object.raw_aes_keyring().unwrap(), object.envelope().unwrap());
    let own = envelope.encrypted_data_key().material_description().unwrap().clone();
    let same = RawAesKeyring::new(WrappingKey::from_bytes(vec![9; 32]).unwrap(), own);
    assert_eq!(rewrapped(&envelope, &old, &same, false).err().unwrap().code(), "misuse");
    // None and none are the same too.
    let by_kms = OfficialObject::named("v3-kms-context-python");
    let kms = KeyringOfOneDataKey::new(by_kms.data_key());
    let envelope = by_kms.envelope().unwrap();
    assert_eq!(
        rewrapped(&envelope, &kms, &raw(9, &[]), false).err().unwrap().code(),
        "misuse"
    );
    assert!(rewrapped(&envelope, &kms, &raw(9, NEW), false).is_ok());
}

#[test]
fn an_enforced_rotation_leaves_the_old_keyring_outside() {
    let object = OfficialObject::named(V3);
    let (old, envelope) = (object.raw_aes_keyring().unwrap(), object.envelope().unwrap());
    let first = rewrapped(&envelope, &old, &raw(1, &[("key", "1")]), true).unwrap();
    let same_key = raw(1, &[("key", "2")]);
    let incomplete = Err(Error::RotationIncomplete);
    assert_eq!(rewrapped(&first, &raw(1, &[]), &same_key, true), incomplete);
    assert!(rewrapped(&first, &raw(1, &[]), &same_key, false).is_ok());
    assert!(rewrapped(&first, &raw(1, &[]), &raw(2, NEW), true).is_ok());
    // The key that opened the old file is behind its description, where Java's check asks the first key only.
    let several = |one| KeyringSelector::new(raw(one, &[("key", "0")]), vec![raw(1, &[("key", "1")])]).unwrap();
    assert_eq!(rewrapped(&first, &several(7), &same_key, true), incomplete);
    // The new description leads to a key that the old keyring has.
    assert_eq!(rewrapped(&first, &several(7), &raw(7, NEW), true), incomplete);
    assert!(rewrapped(&first, &several(7), &raw(2, NEW), true).is_ok());
    let by_rsa = rewrapped(&first, &raw(1, &[]), &rsa(true, true, &[("key", "3")]), true).unwrap();
    assert_eq!(
        rewrapped(&by_rsa, &rsa(false, true, &[]), &rsa(true, false, NEW), true),
        incomplete
    );
}

#[test]
fn a_rotation_is_not_enforced_by_an_old_keyring_that_does_not_answer() {
    let object = OfficialObject::named(V3);
    let envelope = object.envelope().unwrap();
    let old = || KeyringThatGoesAway::new(object.raw_aes_keyring().unwrap());
    assert_eq!(
        rewrapped(&envelope, &old(), &raw(2, NEW), true),
        Err(Error::KmsFailed("out of reach"))
    );
    assert!(rewrapped(&envelope, &old(), &raw(2, NEW), false).is_ok());
}

/// Each keyring has a salt of its own, so a passphrase is told apart by what it opens.
#[test]
fn a_passphrase_rotates_to_another_one() {
    let object = OfficialObject::named(V2);
    let old = object.raw_aes_keyring().unwrap();
    let (first, second) = (passphrase("first"), passphrase("second"));
    let by_first = rewrapped(&object.envelope().unwrap(), &old, &first, true).unwrap();
    let by_second = rewrap_with(&by_first, &first, &second, 2).unwrap();
    assert_eq!(
        content(&object, &stored(&object, &by_second), &second),
        Ok(object.plaintext())
    );
    assert_eq!(content(&object, &by_second, &first), Err(Error::UnwrapFailed));
    assert_eq!(
        rewrap_with(&by_first, &first, &passphrase("first"), 3),
        Err(Error::RotationIncomplete)
    );
    // With itself there is not even another salt.
    assert_eq!(
        rewrap_with(&by_first, &first, &first, 4).err().unwrap().code(),
        "misuse"
    );
}

fn rewrap_with<K: Keyring<Failure = Error> + WrappingKeyring<Failure = Error>>(
    envelope: &Envelope,
    old: &K,
    new: &K,
    seed: u64,
) -> Result<Envelope, Error> {
    let none = EncryptionContext::default();
    let party = |keyring| Party {
        keyring,
        encryption_context: &none,
    };
    let mut entropy = CountingEntropy(seed);
    block_on(rewrap(envelope, LEGACY, party(old), party(new), true, &mut entropy))
}

/// The context belongs to the old wrap alone: a raw key takes none along, and refuses one of its own.
#[test]
fn what_kms_wrapped_goes_to_a_raw_key_without_its_context() {
    let object = OfficialObject::named("v3-kms-context-python");
    let envelope = object.envelope().unwrap();
    let mut context = envelope.encrypted_data_key().encryption_context().unwrap().clone();
    context.0.remove("aws:x-amz-cek-alg");
    assert!(!context.0.is_empty());
    let (kms, none) = (
        KmsOfOneAnswer::new(object.data_key(), vec![1]),
        EncryptionContext::default(),
    );
    let (old, new) = (KmsKeyring::new(&kms, "alias/a".into()).unwrap(), raw(9, NEW));
    let rotated = between(&envelope, LEGACY, (&old, &context), (&new, &none), true).unwrap();
    assert_eq!(rotated.encrypted_data_key().encryption_context(), None);
    assert!(rotated.encode().unwrap().get("x-amz-t").is_none());
    assert_eq!(content(&object, &rotated, &new), Ok(object.plaintext()));
    // Once, for the old wrap; the new one is none of KMS's.
    assert!(matches!(&kms.calls.borrow()[..], [Call::Decrypt { .. }]));

    let refusal = |old_context, new_context| between(&envelope, LEGACY, (&old, old_context), (&new, new_context), true);
    assert_eq!(refusal(&none, &none), Err(Error::EncryptionContextMismatch));
    assert_eq!(refusal(&context, &context).err().unwrap().code(), "misuse");
}

#[test]
fn without_randomness_nothing_is_wrapped() {
    let object = OfficialObject::named(V3);
    let (old, new) = (object.raw_aes_keyring().unwrap(), raw(9, NEW));
    let none = EncryptionContext::default();
    let party = |keyring| Party {
        keyring,
        encryption_context: &none,
    };
    let envelope = object.envelope().unwrap();
    let sources: [&mut dyn Entropy; 2] = [&mut EntropyThatFails, &mut EntropyOfZeros];
    for entropy in sources {
        let failed = block_on(rewrap(&envelope, LEGACY, party(&old), party(&new), true, entropy));
        assert_eq!(failed.err().unwrap().code(), "unsupported-browser");
    }
}
