//! What WebCrypto answers, made by RustCrypto. What was made once is not made again: keys and content are the same in many schedules.

use std::{cell::RefCell, collections::HashMap, ops::Range, rc::Rc};

use aes_gcm::{
    AesGcm, KeyInit,
    aead::{
        Aead, Payload,
        consts::{U12, U16},
    },
    aes::{
        Aes256,
        cipher::{BlockCipherDecrypt, BlockCipherEncrypt},
    },
};
use cbc::cipher::{
    BlockModeDecrypt, KeyIvInit,
    block_padding::{NoPadding, Pkcs7},
};
use presealed::{
    content::{Parameters, ghash::GhashKey},
    machine::{Cipher, Digests, KeyUse, Primitive, Sealed, Secret},
    s3::checksum::Crc64Hasher,
};
use sha2::{Digest, Sha256};

use super::buffer::{Buffer, Slice};

const SEGMENT: usize = 512 << 10;

/// How a stretch is encrypted or decrypted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum How {
    Read,
    /// With the calls' IVs.
    Calls {
        key: Vec<u8>,
        ivs: Vec<u8>,
    },
    /// Counter blocks, and WebCrypto's key where that has AES-CTR; the other is GHASH's then.
    Soft {
        key: Vec<u8>,
        ctr: Option<Vec<u8>>,
        counters: Vec<u8>,
        encrypts: bool,
    },
    /// With counter blocks, and the IV of the calls that hash.
    Open {
        key: Vec<u8>,
        counters: Vec<u8>,
        hash_iv: Vec<u8>,
    },
    /// AES-CBC, of which the last stretch has its padding taken off.
    Cbc {
        key: Vec<u8>,
        iv: [u8; 16],
        is_last: bool,
    },
}

/// What came of it.
#[derive(Clone)]
pub struct Made {
    pub bytes: Rc<Vec<u8>>,
    pub tags: Vec<u8>,
    pub keystream: Vec<u8>,
    pub digests: Digests,
    /// Whether WebCrypto would not: the padding is none.
    pub is_refused: bool,
}

impl Made {
    pub fn sealed(&self, sha256: bool, crc64: bool) -> Sealed {
        Sealed {
            tags: Secret::of(&self.tags),
            keystream: Secret::of(&self.keystream),
            digests: Digests {
                sha256: self.digests.sha256.clone().filter(|_| sha256),
                crc64: self.digests.crc64.clone().filter(|_| crc64),
            },
        }
    }
}

type Key = (usize, Range<usize>, How);

thread_local! {
    static MADE: RefCell<HashMap<Key, (Rc<Vec<u8>>, Made)>> = RefCell::default();
}

/// A stretch, made once.
pub fn make(of: &Slice, how: How) -> Made {
    let (memory, range) = of.place();
    // Short ones are made anew: what is kept here is kept for good, with the memory that names it.
    let is_long = of.is_worth_keeping();
    let key = (Rc::as_ptr(&memory) as usize, range, how);
    if let Some(made) = is_long
        .then(|| MADE.with_borrow(|all| all.get(&key).map(|(_, made)| made.clone())))
        .flatten()
    {
        return made;
    }
    let made = make_new(of.bytes(), &key.2);
    if is_long {
        MADE.with_borrow_mut(|all| all.insert(key, (memory, made.clone())));
    }
    made
}

fn make_new(bytes: &[u8], how: &How) -> Made {
    let (mut out, mut tags, mut keystream) = (Vec::with_capacity(bytes.len()), Vec::new(), Vec::new());
    let mut is_refused = false;
    match how {
        How::Read => out = bytes.to_vec(),
        How::Calls { key, ivs } => {
            let cipher = AesGcm::<Aes256, U16>::new_from_slice(key).unwrap();
            for (segment, iv) in bytes.chunks(SEGMENT).zip(ivs.chunks(16)) {
                let iv: [u8; 16] = iv.try_into().unwrap();
                let mut sealed = cipher.encrypt(&iv.into(), segment).unwrap();
                tags.extend(sealed.split_off(segment.len()));
                let mut last = [0; 16];
                if segment.len().is_multiple_of(16) {
                    let at = segment.len() - 16;
                    let both = segment[at..].iter().zip(&sealed[at..]);
                    last.iter_mut().zip(both).for_each(|(last, (a, b))| *last = a ^ b);
                }
                keystream.extend(last);
                out.extend(sealed);
            }
        }
        How::Open { key, counters, hash_iv } => {
            for (segment, counter) in bytes.chunks(SEGMENT).zip(counters.chunks(16)) {
                out.extend(apply_ctr(key, counter.try_into().unwrap(), segment));
                tags.extend(gcm(key, hash_iv, segment, &[]));
            }
        }
        How::Cbc { key, iv, is_last } => {
            tags = bytes[bytes.len() - 16..].to_vec();
            match open_cbc(key, iv, *is_last, bytes) {
                Some(plaintext) => out = plaintext,
                None => is_refused = true,
            }
        }
        How::Soft {
            key,
            ctr,
            counters,
            encrypts,
        } => {
            let ghash = GhashKey::new(match ctr {
                Some(_) => key[..].try_into().unwrap(),
                None => hash_key(key),
            });
            for (segment, counter) in bytes.chunks(SEGMENT).zip(counters.chunks(16)) {
                let made = apply_ctr(ctr.as_ref().unwrap_or(key), counter.try_into().unwrap(), segment);
                tags.extend(ghash.share(if *encrypts { &made } else { segment }).0);
                out.extend(made);
            }
        }
    }
    Made {
        digests: digests(&out),
        bytes: Rc::new(out),
        tags,
        keystream,
        is_refused,
    }
}

fn open_cbc(key: &[u8], iv: &[u8; 16], is_last: bool, bytes: &[u8]) -> Option<Vec<u8>> {
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, iv).unwrap();
    match is_last {
        true => cipher.decrypt_padded_vec::<Pkcs7>(bytes).ok(),
        false => cipher.decrypt_padded_vec::<NoPadding>(bytes).ok(),
    }
}

pub fn digests(bytes: &[u8]) -> Digests {
    let mut crc = Crc64Hasher::default();
    crc.update(bytes);
    Digests {
        sha256: Some(Sha256::digest(bytes).to_vec()),
        crc64: Some(crc.finish().0.to_be_bytes().to_vec()),
    }
}

type Piece = (Option<(usize, Range<usize>)>, Vec<u8>);

thread_local! {
    static DIGESTS: RefCell<HashMap<Vec<Piece>, Digests>> = RefCell::default();
}

/// Of a buffer whose long pieces are kept for good, made once.
pub fn digests_of(buffer: &Buffer) -> Digests {
    let pieces = buffer.slices().iter().map(|slice| match slice.is_worth_keeping() {
        true => {
            let (memory, range) = slice.place();
            (Some((Rc::as_ptr(&memory) as usize, range)), Vec::new())
        }
        false => (None, slice.bytes().to_vec()),
    });
    let pieces: Vec<Piece> = pieces.collect();
    if !pieces.iter().any(|(place, _)| place.is_some()) {
        return digests(&buffer.to_vec());
    }
    DIGESTS.with_borrow_mut(|all| all.entry(pieces).or_insert_with(|| digests(&buffer.to_vec())).clone())
}

/// `E_K(0)`.
fn hash_key(key: &[u8]) -> [u8; 16] {
    let mut block = [0; 16].into();
    Aes256::new_from_slice(key).unwrap().encrypt_block(&mut block);
    block.into()
}

/// What `extras` make, as far as anybody here needs them.
pub fn extra(primitive: Primitive, key: &[u8], with: &[u8], data: &[u8]) -> Vec<u8> {
    match primitive {
        Primitive::HashKey => hash_key(key).to_vec(),
        Primitive::EncryptSegment => {
            let made = apply_ctr(key, with.try_into().unwrap(), data);
            let share = GhashKey::new(hash_key(key)).share(&made);
            [share.0.to_vec(), made].concat()
        }
        Primitive::EcbDecrypt => data.chunks(16).flat_map(|block| ecb(key, block)).collect(),
        other => panic!("nobody needs {other:?}"),
    }
}

fn ecb(key: &[u8], block: &[u8]) -> [u8; 16] {
    let block: [u8; 16] = block.try_into().unwrap();
    let mut block = block.into();
    Aes256::new_from_slice(key).unwrap().decrypt_block(&mut block);
    block.into()
}

fn gcm(key: &[u8], iv: &[u8], aad: &[u8], msg: &[u8]) -> Vec<u8> {
    let payload = Payload { msg, aad };
    match iv.len() {
        12 => {
            let iv: [u8; 12] = iv.try_into().unwrap();
            let cipher = AesGcm::<Aes256, U12>::new_from_slice(key).unwrap();
            cipher.encrypt(&iv.into(), payload).unwrap()
        }
        _ => {
            let iv: [u8; 16] = iv.try_into().unwrap();
            let cipher = AesGcm::<Aes256, U16>::new_from_slice(key).unwrap();
            cipher.encrypt(&iv.into(), payload).unwrap()
        }
    }
}

fn apply_ctr(key: &[u8], counter: [u8; 16], data: &[u8]) -> Vec<u8> {
    let cipher = Aes256::new_from_slice(key).unwrap();
    let first = u32::from_be_bytes(counter[12..].try_into().unwrap());
    let mut out = data.to_vec();
    for (index, chunk) in out.chunks_mut(16).enumerate() {
        let mut block = counter;
        block[12..].copy_from_slice(&first.wrapping_add(index as u32).to_be_bytes());
        let mut block = block.into();
        cipher.encrypt_block(&mut block);
        chunk.iter_mut().zip(block).for_each(|(byte, key)| *byte ^= key);
    }
    out
}

/// `None` for what WebCrypto refuses.
pub fn encrypt(key: &[u8], cipher: &Cipher, data: &[u8], takes_long_ivs: bool) -> Option<Vec<u8>> {
    match cipher {
        Cipher::Gcm { iv, .. } if iv.expose().len() != 12 && !takes_long_ivs => None,
        Cipher::Gcm { iv, additional_data } => Some(gcm(key, iv.expose(), additional_data, data)),
        Cipher::Ctr { counter } => Some(apply_ctr(key, *counter, data)),
        // RSA is a mask, which another key does not take off.
        Cipher::RsaOaep => {
            let masked = data.iter().map(|byte| byte ^ key[0]);
            Some(std::iter::once(key[0]).chain(masked).collect())
        }
    }
}

/// The same.
pub fn decrypt(key: &[u8], cipher: &Cipher, data: &[u8]) -> Option<Vec<u8>> {
    let Cipher::Gcm { iv, additional_data } = cipher else {
        let (mask, masked) = data.split_first()?;
        return (*mask == key[0]).then(|| masked.iter().map(|byte| byte ^ mask).collect());
    };
    let iv: [u8; 12] = iv.expose().try_into().ok()?;
    let payload = Payload {
        msg: data,
        aad: additional_data,
    };
    AesGcm::<Aes256, U12>::new_from_slice(key)
        .unwrap()
        .decrypt(&iv.into(), payload)
        .ok()
}

/// The message that a data key's content is, in one shot.
pub fn one_shot(parameters: &Parameters, plaintext: &[u8]) -> Vec<u8> {
    gcm(
        parameters.key.expose(),
        &parameters.iv,
        parameters.suite.additional_data(),
        plaintext,
    )
}

/// A key of WebCrypto's.
#[derive(Clone)]
pub struct CryptoKey {
    pub bytes: Vec<u8>,
    pub what_for: KeyUse,
}
