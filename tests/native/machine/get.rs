//! Reading an object: what is shown or given is the plaintext, whole and verified, or nothing is; but for who asked for it before.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use presealed::{
    AlgorithmSuite, EncryptionContext, MaterialDescription,
    cipher::{AesKey, AnyKeyring, Protection},
    content::EngineKind,
    download::{
        Ranges,
        get::{GivenFile, Opened, Wanted, get, open_given},
    },
    encrypt::encrypt,
    encryption_context::StringMap,
    envelope::placement::{EnvelopeIn, place},
    keyring::raw_aes::RawAesKeyring,
    machine::{Desk, Failure, Hold, Kept, Step},
    s3::object_key::ObjectKey,
    secret::WrappingKey,
    store::{Access, Store},
};

use super::{
    buffer::Buffer,
    choices::{Choices, in_every_schedule, reached},
    encrypt::{READS_ALL, file},
    outside::CANARY,
    run::{Happening, Thing},
    store::Reply,
    webcrypto::one_shot,
    world::World,
};
use crate::support::entropy::CountingEntropy;

enum Out {
    Opened(Box<Opened>),
    Blob(Hold),
    Read,
}

/// The last one in two parts that are read in order.
const SIZES: [usize; 5] = [1000, 0, 1, 160, (4 << 20) + 100];

/// What has become of an object's stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Bytes {
    Whole,
    FlippedFirst,
    FlippedLast,
    OneLess,
    OneMore,
    /// Another object's, of the same length.
    Other,
}

const ALL: [Bytes; 6] = [
    Bytes::Whole,
    Bytes::FlippedFirst,
    Bytes::FlippedLast,
    Bytes::OneLess,
    Bytes::OneMore,
    Bytes::Other,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    size: usize,
    commits: bool,
    in_file: bool,
    bytes: Bytes,
}

impl Kind {
    const fn suite(self) -> AlgorithmSuite {
        match self.commits {
            true => AlgorithmSuite::AesGcmHkdfSha512CommitKey,
            false => AlgorithmSuite::AesGcmIv12Tag16NoKdf,
        }
    }
}

#[derive(Clone)]
struct Object {
    headers: StringMap,
    file: Option<Vec<u8>>,
    stored: Rc<Vec<u8>>,
}

thread_local! {
    static OBJECTS: RefCell<HashMap<Kind, Object>> = RefCell::default();
    static PLAINTEXTS: [Rc<Vec<u8>>; SIZES.len()] = SIZES.map(|bytes| Rc::new(file(bytes)));
}

fn sealed(kind: Kind, entropy: u64) -> (StringMap, Option<Vec<u8>>, Vec<u8>) {
    let key = WrappingKey::from_bytes(CANARY.to_vec()).unwrap();
    let keyring = RawAesKeyring::new(key, MaterialDescription::default());
    let (context, mut entropy) = (EncryptionContext::default(), CountingEntropy(entropy));
    let (envelope, parameters) = pollster::block_on(encrypt(&keyring, kind.suite(), &context, &mut entropy)).unwrap();
    let how = match kind.in_file {
        true => EnvelopeIn::InstructionFile,
        false => EnvelopeIn::Metadata,
    };
    let (metadata, file) = place(&envelope, how, &StringMap::new()).unwrap();
    let headers = metadata.headers().map(|(name, value)| (name, value.to_string()));
    let plaintext = PLAINTEXTS.with(|all| Rc::clone(&all[kind.size]));
    (
        headers.collect(),
        file.map(String::into_bytes),
        one_shot(&parameters, &plaintext),
    )
}

fn object(kind: Kind) -> Object {
    let known = OBJECTS.with_borrow(|all| all.get(&kind).cloned());
    known.unwrap_or_else(|| {
        let (headers, file, mut stored) = sealed(kind, 11);
        match kind.bytes {
            Bytes::Whole => {}
            Bytes::FlippedFirst => stored[0] ^= 1,
            Bytes::FlippedLast => *stored.last_mut().unwrap() ^= 1,
            Bytes::OneLess => drop(stored.pop()),
            Bytes::OneMore => stored.push(0),
            Bytes::Other => stored = sealed(kind, 12).2,
        }
        let stored = Rc::new(stored);
        let made = Object { headers, file, stored };
        OBJECTS.with_borrow_mut(|all| all.insert(kind, made.clone()));
        made
    })
}

fn protection(choices: &mut Choices, suite: AlgorithmSuite) -> Protection {
    let key = match choices.below(2) {
        0 => AesKey::Bytes(Rc::new(WrappingKey::from_bytes(CANARY.to_vec()).unwrap())),
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

#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    Blob,
    /// Into the writable of a handle.
    File,
    /// Into one that shows at once what it gets.
    ForeignFile,
    Delayed,
}

/// What has been shown of an object so far.
struct Shown {
    how: How,
    is_whole: bool,
    plaintext: Rc<Vec<u8>>,
    emitted: Buffer,
    committed: usize,
}

impl Shown {
    fn hear(&mut self, happening: &Happening<'_>) {
        if happening.answer.is_some() {
            return;
        }
        let buffer = |id| match happening.things.get(id) {
            Some(Thing::Buffer(buffer) | Thing::Committed(buffer)) => buffer.clone(),
            _ => panic!("no buffer"),
        };
        match happening.step {
            Step::Emit { buffer: from, verified } => {
                assert!(!verified, "nothing has verified it");
                assert_eq!(self.how, How::Delayed, "nobody asked for it before it is verified");
                self.emitted.append(buffer(from));
            }
            Step::Write { sink, buffer: from } => {
                if let Some(Thing::Sink {
                    shows_at_once: true, ..
                }) = happening.things.get(sink)
                {
                    assert!(
                        self.is_whole && buffer(from).is(&self.plaintext),
                        "it shows what is not verified"
                    );
                }
            }
            Step::Commit(sink) => {
                let Some(Thing::Sink { written, .. }) = happening.things.get(sink) else {
                    panic!("no sink");
                };
                assert!(self.is_whole, "what is not the object's becomes visible");
                assert!(
                    written.is(&self.plaintext),
                    "something else than the plaintext becomes visible"
                );
                self.committed += 1;
            }
            _ => {}
        }
    }
}

fn gives_the_plaintext_or_nothing(choices: &mut Choices) {
    let mut world: World<'_, Out> = World::new(choices);
    let choices = &mut world.outside.choices;
    let kind = Kind {
        size: choices.below(SIZES.len()),
        commits: choices.below(2) == 0,
        in_file: choices.below(4) == 1,
        bytes: choices.of(&[ALL[0], ALL[0], ALL[0], ALL[0], ALL[1], ALL[2], ALL[3], ALL[4], ALL[5]]),
    };
    let how = choices.of(&[How::Blob, How::File, How::ForeignFile, How::Delayed]);
    let is_given = choices.below(4) == 1;
    let protection = protection(choices, kind.suite());
    let ranges = Ranges {
        range_bytes: if kind.size == 4 { 1 << 20 } else { 48 },
        concurrency: 1 + choices.below(3),
    };
    world.outside.takes_long_ivs = world.outside.choices.below(4) != 1 || protection.engine.is_some();
    world.outside.shows_at_once = how == How::ForeignFile;
    let Object { headers, file, stored } = object(kind);
    // One less or more of stored bytes is one of content, where the tag is taken to begin.
    let is_whole = kind.bytes == Bytes::Whole;
    world.outside.store.put("k", headers.clone(), Buffer::shared(&stored));
    if let Some(file) = &file {
        world
            .outside
            .store
            .put("k.instruction", StringMap::new(), Buffer::new(file.clone()));
    }
    let plaintext = PLAINTEXTS.with(|all| Rc::clone(&all[kind.size]));
    let shown = Rc::new(RefCell::new(Shown {
        how,
        is_whole,
        plaintext: Rc::clone(&plaintext),
        emitted: Buffer::default(),
        committed: 0,
    }));
    let witness = Rc::clone(&shown);
    world.watch(move |happening| witness.borrow_mut().hear(happening));
    let faults = world.outside.faults;
    let is_left_alone = world.stops == 0 && world.drops == 0;
    let is_quiet = is_left_alone && (faults.passing, faults.lies, faults.platform) == (0, 0, 0);

    let run = match is_given {
        true => {
            let mut headers = headers;
            headers.insert("content-length".into(), stored.len().to_string());
            world.outside.response = Reply {
                status: 200,
                headers,
                body: Buffer::shared(&stored),
            };
            let file = file.map_or(GivenFile::Nothing, GivenFile::Bytes);
            world.start(|desk| async move {
                let opened = open_given(protection, file, &Cell::default(), &desk).await?;
                Ok(Out::Opened(Box::new(opened)))
            })
        }
        false => {
            let key = ObjectKey::parse("k".into()).unwrap();
            let wanted = Wanted {
                file: Some(key.with_suffix(".instruction").unwrap()),
                key,
                protection: Some(protection),
                ranges,
            };
            world.start(|desk| async move {
                let store = Store::new(desk, Rc::new(Access::default()));
                Ok(Out::Opened(Box::new(get(wanted, store, &Cell::default()).await?)))
            })
        }
    };
    world.to_the_end();
    let end = match world.runs[run].outcome.take().expect("an end") {
        Ok(Out::Opened(opened)) => {
            world.follow(run, |_: Desk| async move {
                match how {
                    How::Blob => opened.into_blob().await.map(Out::Blob),
                    How::File | How::ForeignFile => opened.into_file().await.map(|()| Out::Read),
                    How::Delayed => opened.into_reader().await.map(|()| Out::Read),
                }
            });
            world.to_the_end();
            world.runs[run].outcome.take().expect("an end")
        }
        other => other,
    };
    if let Ok(Out::Blob(blob)) = &end {
        let Some(Thing::Committed(blob)) = world.runs[run].things.get(&blob.id()) else {
            panic!("no Blob");
        };
        assert!(blob.is(&plaintext), "another Blob than the plaintext");
    }
    let end: Result<(), Failure> = end.map(drop);
    world.close_all();
    let shown = shown.borrow();
    if is_whole {
        assert!(
            shown.emitted.is_at(&plaintext, 0),
            "what was emitted is no part of the plaintext"
        );
    }
    match &end {
        Ok(()) => {
            assert!(is_whole, "{:?} was taken for the object", kind.bytes);
            assert!(how != How::Delayed || shown.emitted.is(&plaintext), "not all of it");
            let commits = match how {
                How::Delayed => 0,
                How::ForeignFile => 2,
                _ => 1,
            };
            assert_eq!(shown.committed, commits);
            reached("given");
        }
        Err(failure) => {
            assert!(!is_quiet || !is_whole, "{failure:?}");
            assert!(!is_left_alone || !failure.is_stopped(), "nobody stopped it");
            reached(match failure.is_stopped() {
                true => "stopped",
                false if shown.emitted.len() > 0 => "failed in between",
                false => "failed",
            });
        }
    }
}

#[test]
fn it_gives_the_plaintext_or_nothing() {
    let ends = ["given", "stopped", "failed", "failed in between"];
    in_every_schedule(100, &ends, gives_the_plaintext_or_nothing);
}
