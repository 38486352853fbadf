//! Secrets stay secret: their types offer no way to show or copy them by accident, and no error text holds one. And the
//! codes that programs see are those that `presealed.d.ts` promises.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::{content::open_whole, context, entropy::CountingEntropy, hex, kms::KmsOfOneAnswer, read::decrypt};
use base64ct::{Base64, Encoding};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Envelope, Error, MaterialDescription,
    content::{Encryptor, Parameters, SoftwareEngine, Unverified, field::Element, ghash::GhashKey},
    encrypt::encrypt,
    envelope::Metadata,
    keyring::{
        kms::KmsKeyring,
        passphrase::{Cost, PassphraseKeyring},
        raw_aes::RawAesKeyring,
    },
    s3::CustomerKey,
    secret::{ContentKey, DataKey, Passphrase, WrappingKey},
};

/// Whether a type implements a trait: an inherent constant, where its bound holds, wins over the trait's.
macro_rules! implements {
    ($type:ty, $trait:path) => {{
        struct Question<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for Question<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Question<T> {
            const ANSWER: bool = true;
        }
        Question::<$type>::ANSWER
    }};
}

macro_rules! assert_kept {
    ($($type:ty),+ $(,)?) => {$(
        let shown = [
            ("Debug", implements!($type, std::fmt::Debug)),
            ("Display", implements!($type, std::fmt::Display)),
            ("LowerHex", implements!($type, std::fmt::LowerHex)),
            ("PartialEq", implements!($type, PartialEq)),
            ("Hash", implements!($type, std::hash::Hash)),
            ("Serialize", implements!($type, serde::Serialize)),
            ("Deref", implements!($type, std::ops::Deref)),
            ("AsRef<[u8]>", implements!($type, AsRef<[u8]>)),
            ("Default", implements!($type, Default)),
        ];
        for (name, implemented) in shown {
            assert!(!implemented, "{} implements {name}", stringify!($type));
        }
    )+};
}

macro_rules! assert_not_copied {
    ($($type:ty),+ $(,)?) => {$(
        assert!(!implements!($type, Clone), "{} implements Clone", stringify!($type));
        assert!(!implements!($type, Copy), "{} implements Copy", stringify!($type));
    )+};
}

#[test]
fn secrets_cannot_be_shown_compared_or_copied_by_accident() {
    assert_kept!(
        DataKey,
        ContentKey,
        WrappingKey,
        CustomerKey,
        Passphrase,
        Parameters,
        Element,
        GhashKey
    );
    assert_kept!(
        PassphraseKeyring,
        RawAesKeyring<WrappingKey>,
        SoftwareEngine,
        Encryptor<SoftwareEngine>
    );
    assert_kept!(Unverified<Vec<u8>>);
    // Elements are values of an algebra, and are copied within it.
    assert_not_copied!(
        DataKey,
        ContentKey,
        WrappingKey,
        CustomerKey,
        Passphrase,
        Parameters,
        GhashKey
    );
    assert_not_copied!(
        PassphraseKeyring,
        RawAesKeyring<WrappingKey>,
        SoftwareEngine,
        Encryptor<SoftwareEngine>
    );
    assert_not_copied!(Unverified<Vec<u8>>);
    // The question can be answered with yes.
    assert!(implements!(String, Clone) && implements!(String, std::fmt::Debug) && implements!(Element, Copy));
}

#[test]
fn secrets_are_wiped_when_dropped() {
    assert!(implements!(DataKey, zeroize::ZeroizeOnDrop));
    assert!(implements!(ContentKey, zeroize::ZeroizeOnDrop));
    assert!(implements!(WrappingKey, zeroize::ZeroizeOnDrop));
    assert!(implements!(CustomerKey, zeroize::ZeroizeOnDrop));
    assert!(implements!(GhashKey, zeroize::ZeroizeOnDrop));
    assert!(std::mem::needs_drop::<Passphrase>() && std::mem::needs_drop::<SoftwareEngine>());
    assert!(!implements!([u8; 32], zeroize::ZeroizeOnDrop));
}

/// 32 bytes that are easily recognised in whatever form they are printed.
const SECRET: &str = "sEcReT-kEy-0f-ThIrTy-2-ByTeS-!#*";
const PASSPHRASE: &str = "pAsSpHrAsE of nobody";

/// Every failure that a secret is near to.
fn failures() -> Vec<Error> {
    let none = EncryptionContext::default();
    let suite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
    let policy = CommitmentPolicy::default();
    let bytes = || SECRET.as_bytes().to_vec();
    let raw = || {
        RawAesKeyring::new(
            WrappingKey::from_bytes(bytes()).unwrap(),
            MaterialDescription::default(),
        )
    };
    let other = RawAesKeyring::new(
        WrappingKey::from_bytes(vec![1; 32]).unwrap(),
        MaterialDescription::default(),
    );
    let cost = Cost {
        memory_kib: 19 * 1024,
        iterations: 2,
        parallelism: 1,
    };
    let passphrase = |text: &str| Passphrase::new(text.into()).unwrap();
    let kms = KmsOfOneAnswer::new(bytes(), b"blob".to_vec());
    let talkative_kms = KmsOfOneAnswer::new([bytes(), bytes()].concat(), b"blob".to_vec());
    let kms_keyring = KmsKeyring::new(&kms, "key".into()).unwrap();
    let reserved = context(&[("aws:x-amz-cek-alg", SECRET)]);
    block_on(async {
        let mut entropy = CountingEntropy(1);
        let (envelope, _) = encrypt(&raw(), suite, &none, &mut entropy).await.unwrap();
        let (by_other, _) = encrypt(&other, suite, &none, &mut entropy).await.unwrap();
        let writer = PassphraseKeyring::new(passphrase(PASSPHRASE), cost).unwrap();
        let (by_words, _) = encrypt(&writer, suite, &none, &mut entropy).await.unwrap();
        let (by_kms, _) = encrypt(&kms_keyring, suite, &none, &mut entropy).await.unwrap();
        let mut other_commitment = by_kms.clone();
        if let Envelope::V3 { commitment, .. } = &mut other_commitment {
            commitment[0] ^= 1;
        }
        let parameters = Parameters {
            key: crate::support::content::content_key(SECRET.as_bytes()),
            iv: [1; 12],
            suite,
        };
        let guess = PassphraseKeyring::new(passphrase("pAsSpHrAsE of somebody"), cost).unwrap();
        let weak = PassphraseKeyring::new(passphrase(PASSPHRASE), Cost { iterations: 1, ..cost });
        let talkative = KmsKeyring::new(&talkative_kms, "key".into()).unwrap();
        let header = |value: &str| Metadata::default().with_user_metadata([("note", value)]).err();
        [
            WrappingKey::from_bytes(bytes()[..31].to_vec()).err(),
            CustomerKey::from_bytes(&bytes()[..31], false).err(),
            decrypt(&raw(), policy, &none, &by_other).await.err(),
            decrypt(&other, policy, &none, &envelope).await.err(),
            decrypt(&raw(), policy, &context(&[("a", "1")]), &envelope).await.err(),
            decrypt(&guess, policy, &none, &by_words).await.err(),
            decrypt(&kms_keyring, policy, &none, &other_commitment).await.err(),
            decrypt(&kms_keyring, policy, &reserved, &by_kms).await.err(),
            encrypt(&talkative, suite, &none, &mut entropy).await.err(),
            open_whole(parameters, &[0; 40]).await.err(),
            weak.err(),
            header(&format!("{SECRET}\n")),
        ]
        .map(|error| error.expect("a failure"))
        .into()
    })
}

#[test]
fn no_error_text_holds_a_secret() {
    let forms = |secret: &str| {
        let bytes = secret.as_bytes();
        let base64 = Base64::encode_string(bytes);
        // The first bytes are enough to be recognised, and are the same in every alignment-free form.
        [
            secret[..8].to_string(),
            hex(&bytes[..6]),
            hex(&bytes[..6]).to_uppercase(),
            base64[..8].to_string(),
            format!("{:?}", &bytes[..4]).trim_end_matches(']').to_string(),
        ]
    };
    let forms: Vec<String> = [SECRET, PASSPHRASE].into_iter().flat_map(forms).collect();
    let failures = failures();
    for error in &failures {
        for text in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
            for form in &forms {
                assert!(!text.contains(form.as_str()), "{text} holds {form}");
            }
        }
    }
    let codes: BTreeSet<_> = failures.iter().map(Error::code).collect();
    let expected = [
        "authentication-failed",
        "commitment-mismatch",
        "kms-failed",
        "misuse",
        "unwrap-failed",
    ];
    assert_eq!(codes, BTreeSet::from(expected));
}

/// The union `ErrorCode` of the TypeScript contract, comments left out.
fn codes_of_types() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js/presealed.d.ts");
    let types = fs::read_to_string(path).unwrap();
    let (_, union) = types.split_once("export type ErrorCode =").expect("the union");
    let (union, _) = union.split_once(';').expect("its end");
    let code = |line: &str| line.split("//").next().unwrap().to_string();
    let union: String = union.lines().map(code).collect();
    union.split('"').skip(1).step_by(2).map(str::to_string).collect()
}

#[test]
fn error_codes_are_those_of_the_typescript_contract() {
    let ours: BTreeSet<String> = Error::CODES.iter().map(|code| code.to_string()).collect();
    let theirs = codes_of_types();
    assert_eq!(ours.len(), Error::CODES.len(), "a code comes twice in Error::CODES");
    assert_eq!(
        theirs.iter().cloned().collect::<BTreeSet<_>>().len(),
        theirs.len(),
        "a code comes twice in presealed.d.ts"
    );
    assert_eq!(ours, theirs.into_iter().collect());
    for code in Error::CODES {
        assert!(
            code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{code}"
        );
    }
}
