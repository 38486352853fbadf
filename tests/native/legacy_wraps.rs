//! Legacy wraps under raw AES keys, made here by hand: what opens, what fails, and that the switch tells nothing.

use crate::support::{
    context,
    official::OfficialObject,
    read::{LEGACY, open_cbc},
    unhex,
};
use aes::{
    Aes128, Aes192, Aes256,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use pollster::block_on;
use presealed::{
    AlgorithmSuite, Beside, EncryptedDataKey, EncryptionContext, Envelope, Error, MaterialDescription, WrapAlgorithm,
    decrypt::{ContentCipher, ReadPolicy, decrypt},
    keyring::{Keyring, WrapRequest, WrappingKeyring, raw_aes::RawAesKeyring},
    secret::WrappingKey,
};

const DATA_KEY: [u8; 32] = [0xd4; 32];

/// AES-ECB of a data key and its padding, by the block.
fn ecb_wrapped(key: &[u8], padded: &[u8]) -> Vec<u8> {
    fn blocks<C: BlockCipherEncrypt + KeyInit>(key: &[u8], padded: &[u8]) -> Vec<u8> {
        let cipher = C::new_from_slice(key).unwrap();
        let mut wrapped = padded.to_vec();
        for block in wrapped.chunks_exact_mut(16) {
            cipher.encrypt_block(block.try_into().unwrap());
        }
        wrapped
    }
    match key.len() {
        16 => blocks::<Aes128>(key, padded),
        24 => blocks::<Aes192>(key, padded),
        _ => blocks::<Aes256>(key, padded),
    }
}

fn padded(padding: &[u8]) -> Vec<u8> {
    [&DATA_KEY, padding].concat()
}

fn unwrap(key: &[u8], legacy: bool, wrap: WrapAlgorithm, wrapped: &[u8]) -> Result<[u8; 32], Error> {
    let key = WrappingKey::from_bytes(key.to_vec()).unwrap();
    let keyring = RawAesKeyring::new(key, MaterialDescription::default()).enable_legacy_wrapping_algorithms(legacy);
    let stored = EncryptedDataKey {
        wrap_algorithm: wrap,
        ciphertext: wrapped.to_vec(),
        beside: Beside::Description(MaterialDescription::default()),
    };
    let request = WrapRequest {
        suite: AlgorithmSuite::AesCbcIv16NoKdf,
        encryption_context: &EncryptionContext::default(),
    };
    block_on(keyring.unwrap_data_key(&request, &stored)).map(|key| *key.expect("a wrap of this keyring").expose())
}

#[test]
fn a_wrap_made_by_hand_opens_under_its_key_alone() {
    let right = padded(&[16; 16]);
    for bytes in [16, 24, 32] {
        let key = vec![7; bytes];
        let open = |key: &[u8], wrapped: &[u8]| unwrap(key, true, WrapAlgorithm::AesEcb, wrapped);
        let wrapped = ecb_wrapped(&key, &right);
        assert_eq!(open(&key, &wrapped), Ok(DATA_KEY), "{bytes}-byte key");
        let mut other_key = key.clone();
        other_key[0] ^= 1;
        let [mut first_padding, mut last_padding] = [right.clone(), right.clone()];
        first_padding[32] ^= 1;
        last_padding[47] ^= 1;
        for (what, key, wrapped) in [
            ("another key", &other_key, wrapped.clone()),
            ("its first byte of padding", &key, ecb_wrapped(&key, &first_padding)),
            ("its last byte of padding", &key, ecb_wrapped(&key, &last_padding)),
            ("no padding", &key, ecb_wrapped(&key, &DATA_KEY)),
            (
                "a data key of 16 bytes",
                &key,
                ecb_wrapped(&key, &[&DATA_KEY[..16], &[16; 16]].concat()),
            ),
            (
                "a data key of 31 bytes",
                &key,
                ecb_wrapped(&key, &[&DATA_KEY[..31], &[1]].concat()),
            ),
            ("a block more", &key, [wrapped.as_slice(), &wrapped[32..]].concat()),
            ("nothing", &key, Vec::new()),
        ] {
            assert_eq!(
                open(key, &wrapped),
                Err(Error::LegacyDecryptionFailed),
                "{bytes}: {what}"
            );
        }
    }
}

/// RFC 3394, section 4: the wraps of 256 bits of key data; of 128 and 192 bits, which are no data keys of ours.
const RFC_3394: [(&str, &str, bool); 4] = [
    (
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
        true,
    ),
    (
        "000102030405060708090a0b0c0d0e0f",
        "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
        false,
    ),
    (
        "000102030405060708090a0b0c0d0e0f1011121314151617",
        "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2",
        false,
    ),
    (
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7",
        false,
    ),
];

#[test]
fn key_wraps_hold_data_keys_of_32_bytes() {
    for (key, wrapped, opens) in RFC_3394 {
        let found = unwrap(&unhex(key), true, WrapAlgorithm::AesKeyWrap, &unhex(wrapped));
        let expected = unhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
        match opens {
            true => assert_eq!(found.unwrap().as_slice(), expected),
            false => assert_eq!(found, Err(Error::LegacyDecryptionFailed), "{wrapped}"),
        }
    }
}

#[test]
fn while_disabled_valid_and_invalid_wraps_get_one_answer() {
    let key = [7; 32];
    for wrap in [WrapAlgorithm::AesEcb, WrapAlgorithm::AesKeyWrap] {
        let expected = Err(Error::LegacyWrappingDisabled(wrap.name()));
        for wrapped in [
            ecb_wrapped(&key, &padded(&[16; 16])),
            ecb_wrapped(&key, &padded(&[0; 16])),
            vec![0; 40],
            Vec::new(),
        ] {
            assert_eq!(unwrap(&key, false, wrap, &wrapped), expected);
        }
    }
    // The switch is off unless it is turned on.
    let keyring = RawAesKeyring::new(
        WrappingKey::from_bytes(key.to_vec()).unwrap(),
        MaterialDescription::default(),
    );
    let stored = EncryptedDataKey {
        wrap_algorithm: WrapAlgorithm::AesEcb,
        ciphertext: ecb_wrapped(&key, &padded(&[16; 16])),
        beside: Beside::Description(MaterialDescription::default()),
    };
    for context in [context(&[]), context(&[("a", "1")])] {
        let request = WrapRequest {
            suite: AlgorithmSuite::AesCbcIv16NoKdf,
            encryption_context: &context,
        };
        let refused = block_on(keyring.unwrap_data_key(&request, &stored)).err();
        assert_eq!(refused, Some(Error::LegacyWrappingDisabled("AES")));
    }
}

/// The name of a cipher that a wrap authenticates is the only word about the content that whoever writes to the bucket cannot change.
#[test]
fn a_data_key_of_gcm_content_does_not_decrypt_cbc_unasked() {
    let object = OfficialObject::named("v2-raw-aes-java");
    let keyring = object.raw_aes_keyring().unwrap();
    let none = EncryptionContext::default();
    let Envelope::V2 { encrypted_data_key, iv } = object.envelope().unwrap() else {
        panic!("a V2 object");
    };
    // Who knows a block of the content knows its key stream.
    let cipher = Aes256::new_from_slice(&object.data_key()).unwrap();
    let counter_block: [u8; 16] = [&iv[..], &[0, 0, 0, 2]].concat().try_into().unwrap();
    let mut key_stream = counter_block.into();
    cipher.encrypt_block(&mut key_stream);
    let wanted = *b"of their choice\x01";
    let forged = Envelope::V2Cbc {
        encrypted_data_key,
        iv: std::array::from_fn(|at| counter_block[at] ^ wanted[at]),
    };
    let read = |policy| block_on(decrypt(&keyring, policy, &none, &forged));
    let for_old_objects = ReadPolicy {
        cbc_under_gcm_keys: false,
        ..LEGACY
    };
    assert_eq!(read(for_old_objects).err(), Some(Error::UnwrapFailed));
    let Ok(ContentCipher::Unauthenticated(parameters)) = read(LEGACY) else {
        panic!("not what the opt-in says that it costs");
    };
    assert_eq!(open_cbc(&parameters, &key_stream).unwrap(), wanted[..15]);
    // Alone, the further opt-in opens no such content.
    let alone = ReadPolicy {
        unauthenticated_modes: false,
        ..LEGACY
    };
    assert_eq!(read(alone).err().unwrap().code(), "unauthenticated-mode-disabled");
}

/// Java re-wraps the key of AES-CBC content under the name of AES-GCM; .NET and C++ expect the content's own.
#[test]
fn keys_of_cbc_content_open_under_either_name() {
    let key = || {
        RawAesKeyring::new(
            WrappingKey::from_bytes(vec![3; 32]).unwrap(),
            MaterialDescription::default(),
        )
    };
    let none = EncryptionContext::default();
    let data_key = presealed::secret::DataKey::from_bytes(&DATA_KEY).unwrap();
    for (suite, opens_unasked) in [
        (AlgorithmSuite::AesCbcIv16NoKdf, true),
        (AlgorithmSuite::AesGcmIv12Tag16NoKdf, false),
    ] {
        let request = WrapRequest {
            suite,
            encryption_context: &none,
        };
        let encrypted_data_key =
            block_on(key().wrap_data_key(&request, &data_key, &mut crate::support::entropy::CountingEntropy(1)))
                .unwrap();
        let envelope = Envelope::V2Cbc {
            encrypted_data_key,
            iv: [1; 16],
        };
        for (cbc_under_gcm_keys, opens) in [(false, opens_unasked), (true, true)] {
            let policy = ReadPolicy {
                cbc_under_gcm_keys,
                ..LEGACY
            };
            let opened = block_on(decrypt(&key(), policy, &none, &envelope));
            assert_eq!(opened.is_ok(), opens, "{suite:?} {cbc_under_gcm_keys}");
        }
    }
}
