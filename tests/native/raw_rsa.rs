//! Raw RSA keyrings: what is inside the RSA message, read to its last byte, and wraps that are refused by name.

use std::cell::RefCell;

use crate::support::{
    context,
    entropy::CountingEntropy,
    official::OfficialObject,
    read::{LEGACY, decrypt},
};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, Beside, CommitmentPolicy, EncryptedDataKey, EncryptionContext, Envelope, Error,
    MaterialDescription, WrapAlgorithm,
    encrypt::encrypt,
    keyring::{
        Keyring, WrapRequest, WrappingKeyring,
        raw_rsa::{RawRsaKeyring, RsaCipher},
    },
    secret::DataKey,
};
use zeroize::Zeroizing;

const V3: AlgorithmSuite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
const V2: AlgorithmSuite = AlgorithmSuite::AesGcmIv12Tag16NoKdf;
const CBC: AlgorithmSuite = AlgorithmSuite::AesCbcIv16NoKdf;

/// "Encrypts" by remembering, and gives back what it remembers.
#[derive(Default)]
struct RsaThatRemembers(RefCell<Vec<u8>>);

impl RsaCipher for &RsaThatRemembers {
    type Failure = Error;

    async fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        *self.0.borrow_mut() = plaintext.to_vec();
        Ok(vec![9; 256])
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match ciphertext.len() {
            256 => Ok(Zeroizing::new(self.0.borrow().clone())),
            _ => Err(Error::UnwrapFailed),
        }
    }
}

/// Fails the test if its key is touched.
struct RsaThatMustNotBeAsked;

impl RsaCipher for RsaThatMustNotBeAsked {
    type Failure = Error;

    async fn encrypt(&self, _: &[u8]) -> Result<Vec<u8>, Error> {
        panic!("asked to encrypt")
    }

    async fn decrypt(&self, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        panic!("asked to decrypt")
    }
}

fn wrapped(wrap_algorithm: WrapAlgorithm, bytes: usize) -> EncryptedDataKey {
    EncryptedDataKey {
        wrap_algorithm,
        ciphertext: vec![9; bytes],
        beside: Beside::Description(MaterialDescription::default()),
    }
}

fn unwrap<C: RsaCipher<Failure = Error>>(
    cipher: C,
    suite: AlgorithmSuite,
    key: &EncryptedDataKey,
) -> Result<Option<[u8; 32]>, Error> {
    let keyring = block_on(RawRsaKeyring::new(None, Some(cipher), MaterialDescription::default())).unwrap();
    let request = WrapRequest {
        suite,
        encryption_context: &EncryptionContext::default(),
    };
    block_on(keyring.unwrap_data_key(&request, key)).map(|found| found.map(|key| *key.expose()))
}

#[test]
fn the_message_is_length_key_and_name() {
    for (suite, name) in [(V2, "AES/GCM/NoPadding"), (V3, "115")] {
        let rsa = RsaThatRemembers::default();
        let description = MaterialDescription([("who".to_string(), "we".to_string())].into_iter().collect());
        let keyring = block_on(RawRsaKeyring::new(Some(&rsa), None, description)).unwrap();
        let request = WrapRequest {
            suite,
            encryption_context: &EncryptionContext::default(),
        };
        let data_key = DataKey::from_bytes(&[7; 32]).unwrap();
        let stored = block_on(keyring.wrap_data_key(&request, &data_key, &mut CountingEntropy(1))).unwrap();
        assert_eq!(stored.wrap_algorithm, WrapAlgorithm::RsaOaepSha1);
        assert_eq!(
            stored.material_description().unwrap().0.get("who").map(String::as_str),
            Some("we")
        );
        assert_eq!(*rsa.0.borrow(), [&[32], [7; 32].as_slice(), name.as_bytes()].concat());
        assert_eq!(unwrap(&rsa, suite, &stored), Ok(Some([7; 32])));
    }
}

#[test]
fn what_a_key_pair_seals_it_opens() {
    for suite in [V2, V3] {
        let rsa = RsaThatRemembers::default();
        let keyring = block_on(RawRsaKeyring::new(
            Some(&rsa),
            Some(&rsa),
            MaterialDescription::default(),
        ))
        .unwrap();
        let none = EncryptionContext::default();
        let (envelope, sealed) = block_on(encrypt(&keyring, suite, &none, &mut CountingEntropy(1))).unwrap();
        let envelope = Envelope::parse(&envelope.encode().unwrap()).unwrap();
        let read_all = CommitmentPolicy::RequireEncryptAllowDecrypt;
        let opened = block_on(decrypt(&keyring, read_all, &none, &envelope)).unwrap();
        assert_eq!(opened.key.expose(), sealed.key.expose());
    }
}

/// Stricter than Java, which takes what follows the name.
#[test]
fn what_is_inside_is_read_to_its_last_byte() {
    let key = [7; 32];
    let message = |length: u8, key: &[u8], name: &str| [&[length], key, name.as_bytes()].concat();
    for (suite, inside, opens) in [
        (V3, message(32, &key, "115"), true),
        (V2, message(32, &key, "AES/GCM/NoPadding"), true),
        // With which Java re-wraps the keys of AES-CBC content: only asked for by name, and then for AES-GCM.
        (CBC, message(32, &key, "AES/GCM/NoPadding"), false),
        (CBC, message(32, &key, "AES/CBC/PKCS5Padding"), true),
        (CBC, message(32, &key, "115"), false),
        (V3, message(31, &key, "115"), false),
        (V3, message(33, &key, "115"), false),
        (V3, message(0, &key, "115"), false),
        (V3, message(255, &key, "115"), false),
        (V3, message(16, &key[..16], "115"), false),
        (V3, message(24, &key[..24], "115"), false),
        (V3, message(32, &key, "114"), false),
        (V3, message(32, &key, "11"), false),
        (V3, message(32, &key, "1150"), false),
        (V3, message(32, &key, "115\0"), false),
        (V3, message(32, &key, ""), false),
        (V3, message(32, &key, "AES/GCM/NoPadding"), false),
        (V2, message(32, &key, "115"), false),
        (V2, message(32, &key, "AES/CBC/PKCS5Padding"), false),
        (V2, message(32, &key, "aes/gcm/nopadding"), false),
        (V3, key.to_vec(), false),
        (V3, vec![32], false),
        (V3, Vec::new(), false),
    ] {
        let rsa = RsaThatRemembers(RefCell::new(inside.clone()));
        let expected = match opens {
            true => Ok(Some(key)),
            false => Err(Error::UnwrapFailed),
        };
        let found = unwrap(&rsa, suite, &wrapped(WrapAlgorithm::RsaOaepSha1, 256));
        assert_eq!(found, expected, "{suite:?} {inside:?}");
    }
    // What the key itself refuses is the same error.
    let rsa = RsaThatRemembers::default();
    let cut = unwrap(&rsa, V3, &wrapped(WrapAlgorithm::RsaOaepSha1, 255));
    assert_eq!(cut, Err(Error::UnwrapFailed));
}

/// No answer tells valid padding from invalid, as the key is never asked. Likewise OAEP with SHA-256.
#[test]
fn wraps_with_pkcs1_are_refused_before_the_key_is_touched() {
    let mut objects = 0;
    for (name, object) in OfficialObject::all() {
        let mut envelope = object.envelope().expect(&name);
        let wrap = envelope.encrypted_data_key().wrap_algorithm;
        if !matches!(wrap, WrapAlgorithm::RsaPkcs1 | WrapAlgorithm::RsaOaepSha256) {
            continue;
        }
        objects += 1;
        let keyring = block_on(RawRsaKeyring::new(
            None,
            Some(RsaThatMustNotBeAsked),
            MaterialDescription::default(),
        ))
        .unwrap();
        let none = EncryptionContext::default();
        let valid = block_on(presealed::decrypt::decrypt(&keyring, LEGACY, &none, &envelope));
        if let Envelope::V1 { encrypted_data_key, .. } | Envelope::V2 { encrypted_data_key, .. } = &mut envelope {
            encrypted_data_key.ciphertext[0] ^= 1;
        }
        let invalid = block_on(presealed::decrypt::decrypt(&keyring, LEGACY, &none, &envelope));
        let (valid, invalid) = (valid.err().unwrap(), invalid.err().unwrap());
        assert_eq!((valid.code(), &valid), ("unsupported-format", &invalid), "{name}");
    }
    assert!(objects >= 5, "{objects} objects");
}

#[test]
fn a_context_is_refused_and_other_wraps_are_left_alone() {
    let keyring = block_on(RawRsaKeyring::new(
        None,
        Some(RsaThatMustNotBeAsked),
        MaterialDescription::default(),
    ))
    .unwrap();
    let given = context(&[("a", "1")]);
    let refused = block_on(encrypt(&keyring, V3, &given, &mut CountingEntropy(1)));
    assert_eq!(refused.err().unwrap().code(), "misuse");
    let request = WrapRequest {
        suite: V3,
        encryption_context: &given,
    };
    let refused = block_on(keyring.unwrap_data_key(&request, &wrapped(WrapAlgorithm::RsaOaepSha1, 256)));
    assert_eq!(refused.err().unwrap().code(), "misuse");
    for wrap in [
        WrapAlgorithm::AesGcm,
        WrapAlgorithm::KmsContext,
        WrapAlgorithm::Kms,
        WrapAlgorithm::AesEcb,
    ] {
        assert_eq!(unwrap(RsaThatMustNotBeAsked, V3, &wrapped(wrap, 60)), Ok(None));
    }
}

#[test]
fn half_a_pair_does_half_the_work() {
    let rsa = RsaThatRemembers::default();
    let none = EncryptionContext::default();
    let request = WrapRequest {
        suite: V3,
        encryption_context: &none,
    };
    let half = |public, private| block_on(RawRsaKeyring::new(public, private, MaterialDescription::default())).unwrap();
    let (drop_box, reader) = (half(Some(&rsa), None), half(None, Some(&rsa)));
    let (data_key, stored) = block_on(drop_box.generate_data_key(&request, &mut CountingEntropy(1))).unwrap();
    let opened = block_on(reader.unwrap_data_key(&request, &stored)).unwrap().unwrap();
    assert_eq!(opened.expose(), data_key.expose());
    let refused = block_on(drop_box.unwrap_data_key(&request, &stored)).err();
    assert!(matches!(refused, Some(Error::Misuse(why)) if why.contains("drop box")));
    let refused = block_on(reader.generate_data_key(&request, &mut CountingEntropy(1))).err();
    assert!(matches!(refused, Some(Error::Misuse(why)) if why.contains("cannot write")));
}

/// What the public key of another pair seals, nobody here could open.
#[test]
fn keys_that_are_no_pair_are_refused() {
    let (rsa, other) = (RsaThatRemembers::default(), RsaThatRemembers::default());
    let new = |public, private| block_on(RawRsaKeyring::new(public, private, MaterialDescription::default())).err();
    assert_eq!(new(Some(&rsa), Some(&rsa)), None);
    assert!(matches!(new(Some(&rsa), Some(&other)), Some(Error::Misuse(why)) if why.contains("not a pair")));
    assert!(matches!(new(None, None), Some(Error::Misuse(_))));
}
