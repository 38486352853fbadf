//! Several raw keys at once: which of them a stored material description chooses, and that it can choose no more.

use crate::support::{
    content::{open_whole, seal, segments},
    entropy::CountingEntropy,
    keyrings::KeyringThatMustNotBeAsked,
    official::OfficialObject,
    read::decrypt,
};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Envelope, Error, MaterialDescription,
    encrypt::encrypt,
    keyring::{Keyring, raw_aes::RawAesKeyring, selector::KeyringSelector},
    secret::WrappingKey,
};

type Raw = RawAesKeyring<WrappingKey>;

fn raw(byte: u8, description: &[(&str, &str)]) -> Raw {
    let entries = description
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    let key = WrappingKey::from_bytes(vec![byte; 32]).unwrap();
    RawAesKeyring::new(key, MaterialDescription(entries.collect()))
}

/// What that keyring wrote, opened with the other.
fn passed<W: Keyring<Failure = Error>, R: Keyring<Failure = Error>>(writer: &W, reader: &R) -> Result<Vec<u8>, Error> {
    let none = EncryptionContext::default();
    block_on(async {
        let suite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
        let (envelope, parameters) = encrypt(writer, suite, &none, &mut CountingEntropy(1)).await?;
        let body = seal(parameters, b"content", &segments(7, 1)).await?;
        let envelope = Envelope::parse(&envelope.encode()?)?;
        let parameters = decrypt(reader, CommitmentPolicy::default(), &none, &envelope).await?;
        open_whole(parameters, &body).await
    })
}

#[test]
fn the_stored_description_chooses_the_key() {
    const OLD: &[(&str, &str)] = &[("key", "old")];
    const BOTH: &[(&str, &str)] = &[("key", "old"), ("site", "b")];
    let selector = || KeyringSelector::new(raw(1, &[("key", "new")]), vec![raw(2, OLD), raw(3, BOTH)]).unwrap();
    let opens = || Ok(b"content".to_vec());
    for (writer, expected) in [
        (raw(1, &[("key", "new")]), opens()),
        (raw(2, OLD), opens()),
        (raw(3, BOTH), opens()),
        // No exact match: the first keyring is asked, whose key it is or is not.
        (raw(1, &[]), opens()),
        (raw(1, &[("key", "unknown")]), opens()),
        (raw(2, &[]), Err(Error::UnwrapFailed)),
        (raw(2, &[("Key", "old")]), Err(Error::UnwrapFailed)),
        (raw(3, &[("site", "b")]), Err(Error::UnwrapFailed)),
        // The description of another key: nothing authenticates it, and it opens nothing.
        (raw(1, OLD), Err(Error::UnwrapFailed)),
        (raw(3, OLD), Err(Error::UnwrapFailed)),
    ] {
        assert_eq!(
            passed(&writer, &selector()),
            expected,
            "{:?}",
            writer.material_description()
        );
    }
    // It writes with the first, and with no other.
    assert_eq!(passed(&selector(), &raw(1, &[])), opens());
    assert_eq!(passed(&selector(), &raw(2, OLD)), Err(Error::UnwrapFailed));
    assert_eq!(
        selector()
            .material_description()
            .unwrap()
            .0
            .get("key")
            .map(String::as_str),
        Some("new")
    );
}

#[test]
fn every_other_key_has_a_description_of_its_own() {
    let described = |byte| raw(byte, &[("key", "old")]);
    let wrong: [(Raw, Vec<Raw>); 3] = [
        (described(1), vec![raw(2, &[])]),
        (described(1), vec![described(2)]),
        (raw(1, &[]), vec![described(2), described(3)]),
    ];
    for (keyring, others) in wrong {
        let refused = KeyringSelector::new(keyring, others).err().unwrap();
        assert_eq!(refused.code(), "misuse");
    }
    assert!(KeyringSelector::new(raw(1, &[]), vec![described(2)]).is_ok());
    // A keyring without a constant description could never be chosen.
    let refused = KeyringSelector::new(KeyringThatMustNotBeAsked, vec![KeyringThatMustNotBeAsked]);
    assert_eq!(refused.err().unwrap().code(), "misuse");
}

#[test]
fn what_kms_wrapped_is_no_key_of_a_selector_s() {
    let selector = KeyringSelector::new(raw(1, &[]), vec![raw(2, &[("key", "old")])]).unwrap();
    let envelope = OfficialObject::named("v3-kms-context-python").envelope().unwrap();
    let none = EncryptionContext::default();
    let refused = block_on(decrypt(&selector, CommitmentPolicy::default(), &none, &envelope));
    assert_eq!(refused.err(), Some(Error::KeyringMismatch("kms+context")));
}
