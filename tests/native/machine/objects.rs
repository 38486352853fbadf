//! Objects that are read: what is stored of them, whole or spoiled, and what a reader may make of it.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use presealed::{
    AlgorithmSuite, EncryptionContext, Envelope, MaterialDescription,
    cipher::{AesKey, AnyKeyring, Protection},
    content::{EngineKind, Parameters},
    encrypt::encrypt,
    encryption_context::StringMap,
    envelope::placement::{EnvelopeIn, place},
    keyring::raw_aes::RawAesKeyring,
    machine::Kept,
    secret::WrappingKey,
};

use super::{
    buffer::Buffer,
    choices::Choices,
    encrypt::{READS_ALL, file},
    secrets::CANARY,
    store::Store,
    webcrypto::one_shot,
};
use crate::support::entropy::CountingEntropy;

/// The fifth in two parts that are read in order, the last in two stretches of a range.
pub const SIZES: [usize; 6] = [1000, 0, 1, 160, (4 << 20) + 100, (8 << 20) + 4099];

/// What has become of an object's stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bytes {
    Whole,
    FlippedFirst,
    FlippedLast,
    OneLess,
    OneMore,
    /// Another object's, of the same length.
    Other,
}

const SPOILED: [Bytes; 5] = [
    Bytes::FlippedFirst,
    Bytes::FlippedLast,
    Bytes::OneLess,
    Bytes::OneMore,
    Bytes::Other,
];

/// Whole in half of all schedules.
pub fn bytes(choices: &mut Choices) -> Bytes {
    let whole = [Bytes::Whole; SPOILED.len()];
    choices.of(&[whole, SPOILED].concat())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    pub size: usize,
    pub commits: bool,
    pub in_file: bool,
    pub bytes: Bytes,
    /// Which of several, each with a data key of its own.
    pub number: u64,
}

impl Kind {
    pub const fn suite(self) -> AlgorithmSuite {
        match self.commits {
            true => AlgorithmSuite::AesGcmHkdfSha512CommitKey,
            false => AlgorithmSuite::AesGcmIv12Tag16NoKdf,
        }
    }
}

#[derive(Clone)]
pub struct Object {
    pub headers: StringMap,
    pub file: Option<Vec<u8>>,
    pub stored: Rc<Vec<u8>>,
    pub envelope: Envelope,
}

impl Object {
    pub fn put(&self, store: &mut Store) {
        store.put("k", self.headers.clone(), Buffer::shared(&self.stored));
        if let Some(file) = &self.file {
            store.put("k.instruction", StringMap::new(), Buffer::new(file.clone()));
        }
    }
}

thread_local! {
    static OBJECTS: RefCell<HashMap<Kind, Object>> = RefCell::default();
    static LEGIBLE: RefCell<HashMap<Kind, Rc<Vec<u8>>>> = RefCell::default();
    static PLAINTEXTS: [Rc<Vec<u8>>; SIZES.len()] = SIZES.map(|bytes| Rc::new(file(bytes)));
}

pub fn plaintext(size: usize) -> Rc<Vec<u8>> {
    PLAINTEXTS.with(|all| Rc::clone(&all[size]))
}

pub fn raw_keyring(key: &[u8], description: &str) -> RawAesKeyring<WrappingKey> {
    let key = WrappingKey::from_bytes(key.to_vec()).unwrap();
    RawAesKeyring::new(key, described(description))
}

pub fn described(text: &str) -> MaterialDescription {
    match text {
        "" => MaterialDescription::default(),
        text => MaterialDescription(StringMap::from_iter([("key".to_string(), text.to_string())])),
    }
}

fn key_of(kind: Kind, number: u64) -> (Envelope, Parameters) {
    let (context, mut entropy) = (EncryptionContext::default(), CountingEntropy(11 + number));
    pollster::block_on(encrypt(&raw_keyring(&CANARY, ""), kind.suite(), &context, &mut entropy)).unwrap()
}

pub fn object(kind: Kind) -> Object {
    let known = OBJECTS.with_borrow(|all| all.get(&kind).cloned());
    known.unwrap_or_else(|| {
        let (envelope, parameters) = key_of(kind, kind.number);
        let how = match kind.in_file {
            true => EnvelopeIn::InstructionFile,
            false => EnvelopeIn::Metadata,
        };
        let (metadata, file) = place(&envelope, how, &StringMap::new()).unwrap();
        let plaintext = plaintext(kind.size);
        let mut stored = one_shot(&parameters, &plaintext);
        match kind.bytes {
            Bytes::Whole => {}
            Bytes::FlippedFirst => stored[0] ^= 1,
            Bytes::FlippedLast => *stored.last_mut().unwrap() ^= 1,
            Bytes::OneLess => drop(stored.pop()),
            Bytes::OneMore => stored.push(0),
            Bytes::Other => stored = one_shot(&key_of(kind, kind.number + 1).1, &plaintext),
        }
        let headers = metadata.headers().map(|(name, value)| (name, value.to_string()));
        let made = Object {
            headers: headers.collect(),
            file: file.map(String::into_bytes),
            stored: Rc::new(stored),
            envelope,
        };
        OBJECTS.with_borrow_mut(|all| all.insert(kind, made.clone()));
        made
    })
}

/// What the stored bytes are under the object's key stream, if nobody looks at the tag, which is taken to be the last 16 of them.
pub fn legible(kind: Kind) -> Rc<Vec<u8>> {
    let known = LEGIBLE.with_borrow(|all| all.get(&kind).cloned());
    known.unwrap_or_else(|| {
        let stored = object(kind).stored;
        let content = &stored[..stored.len().saturating_sub(AlgorithmSuite::TAG_BYTES)];
        let key_stream = one_shot(&key_of(kind, kind.number).1, &vec![0; content.len()]);
        let made = Rc::new(content.iter().zip(key_stream).map(|(byte, key)| byte ^ key).collect());
        LEGIBLE.with_borrow_mut(|all| all.insert(kind, Rc::clone(&made)));
        made
    })
}

/// Of somebody who has that key, or whose WebCrypto has the outside's.
pub fn reader(choices: &mut Choices, suite: AlgorithmSuite, key: [u8; 32]) -> Protection {
    let key = match choices.below(2) {
        0 => AesKey::Bytes(Rc::new(WrappingKey::from_bytes(key.to_vec()).unwrap())),
        _ => AesKey::Kept(Kept::new(2, |_| {})),
    };
    Protection {
        keyring: AnyKeyring::RawAes {
            key,
            description: MaterialDescription::default(),
            legacy: false,
        },
        encryption_context: EncryptionContext::default(),
        policy: READS_ALL,
        suite,
        engine: choices.of(&[None, None, Some(EngineKind::Stitched), Some(EngineKind::Software)]),
    }
}
