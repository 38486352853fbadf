//! The engines that run on the browser's AES give what RustCrypto gives, segment by segment, and together the very
//! message that WebCrypto's one call makes.

use js_sys::{Object, Uint8Array};
use presealed::{
    AlgorithmSuite, Error,
    browser::{BrowserEngine, EngineKind},
    content::{Decryptor, Encryptor, Engine, Message, Parameters, SoftwareEngine},
    secret::{ContentKey, DataKey},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};

use super::support::{array, get, noise, ok};

const SEGMENT: usize = 512 * 1024;
/// Blocks of the longest message: the last has the last counter.
const MAX_BLOCKS: u64 = (1 << 32) - 2;
const SUITES: [AlgorithmSuite; 2] = [
    AlgorithmSuite::AesGcmHkdfSha512CommitKey,
    AlgorithmSuite::AesGcmIv12Tag16NoKdf,
];

fn key() -> Vec<u8> {
    noise(32)
}

fn iv() -> [u8; 12] {
    noise(12).try_into().unwrap()
}

fn parameters(suite: AlgorithmSuite) -> Parameters {
    let key = ContentKey::from_data_key(&DataKey::from_bytes(&key()).unwrap());
    Parameters { key, iv: iv(), suite }
}

async fn engine(kind: EngineKind, suite: AlgorithmSuite) -> BrowserEngine {
    BrowserEngine::new(kind, parameters(suite)).await.unwrap()
}

async fn assert_agrees(kind: EngineKind) {
    let suite = SUITES[0];
    let (reference, engine) = (SoftwareEngine::new(parameters(suite)), engine(kind, suite).await);
    assert_eq!(engine.tag_mask(), reference.tag_mask());
    for length in [1, 15, 16, 17, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT + 5] {
        let plaintext = noise(length);
        let last = MAX_BLOCKS - (length as u64).div_ceil(16);
        for first_block in [0, 1, 65_536, (1 << 31) - 3, last] {
            let at = format!("{} bytes at block {first_block}", length);
            let (ciphertext, share) = reference.encrypt(first_block, plaintext.clone()).await.unwrap();
            let (given, own_share) = engine.encrypt(first_block, array(&plaintext)).await.unwrap();
            let wrong = given
                .to_vec()
                .iter()
                .zip(&ciphertext)
                .position(|(own, other)| own != other);
            assert_eq!((given.length() as usize, wrong), (length, None), "encrypt: {at}");
            assert!(own_share.0 == share.0, "the share of encrypting: {at}");
            let (opened, own_share) = engine.decrypt(first_block, array(&ciphertext)).await.unwrap();
            assert!(opened.to_vec() == plaintext && own_share.0 == share.0, "decrypt: {at}");
        }
    }
    let past_the_end = engine.encrypt(MAX_BLOCKS, array(&[0])).await;
    assert!(
        matches!(past_the_end, Err(Error::Unreachable(_))),
        "the counter wrapped"
    );
}

#[wasm_bindgen_test]
async fn stitched_agrees_with_the_software() {
    assert_agrees(EngineKind::Stitched).await;
}

#[wasm_bindgen_test]
async fn ctr_ghash_agrees_with_the_software() {
    assert_agrees(EngineKind::CtrGhash).await;
}

#[wasm_bindgen_test]
async fn software_agrees_with_the_software() {
    assert_agrees(EngineKind::Software).await;
}

/// Ciphertext and tag by one call of WebCrypto.
async fn one_shot(suite: AlgorithmSuite, plaintext: &[u8]) -> Vec<u8> {
    let subtle: SubtleCrypto = get(&get(&js_sys::global(), "crypto"), "subtle").unchecked_into();
    let usages = js_sys::Array::of1(&"encrypt".into());
    let key: &Object = &array(&key());
    let key = subtle
        .import_key_with_str("raw", key, "AES-GCM", false, &usages)
        .unwrap();
    let key: CryptoKey = ok(key).await.unchecked_into();
    let parameters = AesGcmParams::new_with_u8_array("AES-GCM", &array(&iv()));
    parameters.set_additional_data_u8_array(&array(suite.additional_data()));
    let call = subtle.encrypt_with_object_and_buffer_source(&parameters, &key, &array(plaintext));
    Uint8Array::new(&JsFuture::from(call.unwrap()).await.unwrap()).to_vec()
}

/// Segments from the last to the first.
fn segments(bytes: &[u8]) -> Vec<(u64, Uint8Array)> {
    let blocks = (SEGMENT / 16) as u64;
    let numbered = bytes.chunks(SEGMENT).enumerate();
    let placed = numbered.map(|(index, segment)| (index as u64 * blocks, array(segment)));
    placed.rev().collect()
}

async fn assert_whole(kind: EngineKind) {
    for suite in SUITES {
        for length in [0, 1, 15, 16, 17, SEGMENT - 1, SEGMENT, SEGMENT + 1, 4 * SEGMENT + 7] {
            let plaintext = noise(length);
            let expected = one_shot(suite, &plaintext).await;
            let mut sealed = vec![0; length];
            let encryptor = Encryptor::new(engine(kind, suite).await, suite, length as u64).unwrap();
            for (first_block, segment) in segments(&plaintext) {
                let ciphertext = encryptor.encrypt(first_block, segment).await.unwrap().to_vec();
                let start = first_block as usize * 16;
                sealed[start..start + ciphertext.len()].copy_from_slice(&ciphertext);
            }
            let tag = encryptor.finish().unwrap();
            assert!([&sealed[..], &tag].concat() == expected, "{length} bytes");

            for flip in [0, 1] {
                let decryptor = Decryptor::new(engine(kind, suite).await, suite, length as u64).unwrap();
                for (first_block, segment) in segments(&sealed) {
                    let opened = decryptor.decrypt(first_block, segment).await.unwrap();
                    let opened = opened.release_before_verification().to_vec();
                    let start = first_block as usize * 16;
                    assert!(opened == plaintext[start..start + opened.len()], "{length} bytes");
                }
                let mut given = tag;
                given[15] ^= flip;
                let expected = if flip == 0 {
                    Ok(())
                } else {
                    Err(Error::AuthenticationFailed)
                };
                assert_eq!(decryptor.finish(&given), expected);
            }
        }
    }
}

#[wasm_bindgen_test]
async fn stitched_makes_the_message_of_one_call() {
    assert_whole(EngineKind::Stitched).await;
}

#[wasm_bindgen_test]
async fn ctr_ghash_makes_the_message_of_one_call() {
    assert_whole(EngineKind::CtrGhash).await;
}

#[wasm_bindgen_test]
async fn software_makes_the_message_of_one_call() {
    assert_whole(EngineKind::Software).await;
}
