//! Content encrypted for the caller: whatever is committed or emitted is the one AES-GCM message that RustCrypto makes of the file.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use presealed::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Envelope, Error, MaterialDescription,
    cipher::{AesKey, AnyKeyring, Protection},
    content::EngineKind,
    decrypt::{ContentCipher, ReadPolicy, decrypt},
    envelope::placement::EnvelopeIn,
    keyring::raw_aes::RawAesKeyring,
    machine::{Hold, Kept, Step},
    secret::WrappingKey,
    upload::{
        content::{Encryption, Extent, STRETCH_BYTES},
        realm::Realm,
    },
};

use super::{
    buffer::Buffer,
    choices::{Choices, in_every_schedule, reached},
    run::Thing,
    secrets::CANARY,
    webcrypto::one_shot,
    world::World,
};
use crate::support::keyrings::KeyringOfOneDataKey;

enum Out {
    Begun(Box<Encryption>),
    Blob(Hold),
    Streamed,
}

const SIZES: [usize; 8] = [
    1000,
    0,
    1,
    16,
    (512 << 10) + 7,
    STRETCH_BYTES as usize,
    STRETCH_BYTES as usize + 5,
    2 * STRETCH_BYTES as usize + 37,
];

thread_local! {
    static FILES: [Rc<Vec<u8>>; SIZES.len()] = SIZES.map(|bytes| Rc::new(file(bytes)));
    /// The one message of a file under an envelope.
    static MESSAGES: RefCell<HashMap<(usize, String), Rc<Vec<u8>>>> = RefCell::default();
}

pub fn file(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// How the data keys of a schedule are wrapped.
#[derive(Clone, Copy, PartialEq)]
pub enum Keys {
    Kms,
    Bytes,
    Kept,
}

impl Keys {
    pub fn keyring(self) -> AnyKeyring {
        let aes = |key| AnyKeyring::RawAes {
            key,
            description: MaterialDescription::default(),
            legacy: false,
        };
        match self {
            Self::Kms => AnyKeyring::Kms {
                kms: Kept::new(1, |_| {}),
                key_id: Some("alias/a".into()),
                legacy: false,
            },
            Self::Bytes => aes(AesKey::Bytes(Rc::new(wrapping_key()))),
            Self::Kept => aes(AesKey::Kept(Kept::new(2, |_| {}))),
        }
    }
}

fn wrapping_key() -> WrappingKey {
    WrappingKey::from_bytes(CANARY.to_vec()).unwrap()
}

pub const READS_ALL: ReadPolicy = ReadPolicy {
    commitment: CommitmentPolicy::ForbidEncryptAllowDecrypt,
    unauthenticated_modes: false,
    cbc_under_gcm_keys: false,
};

/// The one message of that file under that envelope, made in one shot.
pub fn message(file: &Rc<Vec<u8>>, envelope: &Envelope, keys: Keys, data_keys: &[[u8; 32]]) -> Rc<Vec<u8>> {
    let key = (Rc::as_ptr(file) as usize, format!("{:?}", envelope.encode().unwrap()));
    MESSAGES.with_borrow_mut(|all| {
        let made = || {
            let context = EncryptionContext::default();
            let cipher = pollster::block_on(async {
                match keys {
                    Keys::Kms => {
                        let keyring = KeyringOfOneDataKey::new(data_keys.last().expect("a data key").to_vec());
                        decrypt(&keyring, READS_ALL, &context, envelope).await
                    }
                    _ => {
                        let keyring = RawAesKeyring::new(wrapping_key(), MaterialDescription::default());
                        decrypt(&keyring, READS_ALL, &context, envelope).await
                    }
                }
            });
            match cipher.expect("the envelope opens") {
                ContentCipher::Authenticated(parameters) => Rc::new(one_shot(&parameters, file)),
                ContentCipher::Unauthenticated(_) => panic!("AES-CBC"),
            }
        };
        Rc::clone(all.entry(key).or_insert_with(made))
    })
}

fn protection(choices: &mut Choices, is_long: bool) -> (Protection, Keys) {
    let keys = match is_long {
        // Fewer keys, under which long content is encrypted once.
        true => Keys::Kms,
        false => choices.of(&[Keys::Kms, Keys::Bytes, Keys::Kept]),
    };
    let suites = [
        AlgorithmSuite::AesGcmHkdfSha512CommitKey,
        AlgorithmSuite::AesGcmIv12Tag16NoKdf,
    ];
    let engines = [
        None,
        Some(EngineKind::Stitched),
        Some(EngineKind::CtrGhash),
        Some(EngineKind::Software),
    ];
    let protection = Protection {
        keyring: keys.keyring(),
        encryption_context: EncryptionContext::default(),
        policy: READS_ALL,
        suite: choices.of(&suites),
        engine: choices.of(&engines),
    };
    (protection, keys)
}

/// What the caller's file is once it has changed: gone, or shorter.
fn shorter(file: &Rc<Vec<u8>>) -> Vec<Rc<Vec<u8>>> {
    thread_local! {
        static SHORTER: RefCell<HashMap<usize, Rc<Vec<u8>>>> = RefCell::default();
    }
    match file.len() {
        0 => Vec::new(),
        bytes => SHORTER.with_borrow_mut(|all| {
            let made = || Rc::new(file[1..].iter().map(|byte| !byte).collect());
            vec![Rc::clone(all.entry(bytes).or_insert_with(made))]
        }),
    }
}

fn is_the_message(choices: &mut Choices, as_stream: bool) {
    let shown = RefCell::new(Buffer::default());
    let committed = Cell::new(0);
    let mut world = World::new(choices);
    let index = world.outside.choices.below(SIZES.len());
    let file = FILES.with(|files| Rc::clone(&files[index]));
    world.outside.file.content = Rc::clone(&file);
    world.outside.file.others = shorter(&file);
    world.outside.file.is_watched = true;
    world.outside.takes_long_ivs = world.outside.choices.below(3) != 1;
    let is_in_memory = world.outside.choices.below(2) == 1;
    let (protection, keys) = protection(&mut world.outside.choices, file.len() > 1 << 20);
    let faults = world.outside.faults;
    let only_file_fails = faults.platform == 0 && protection.engine.is_none();
    let is_quiet = only_file_fails && faults.file == 0;
    let is_left_alone = world.stops == 0 && world.drops == 0;
    world.watch(|happening| match (happening.step, happening.answer) {
        (Step::Emit { buffer, verified }, None) => {
            assert!(*verified && as_stream, "what is encrypted may be shown");
            let Some(Thing::Buffer(buffer)) = happening.things.get(buffer) else {
                panic!("no buffer");
            };
            shown.borrow_mut().append(buffer.clone());
        }
        (Step::Commit(sink), None) => {
            assert!(!as_stream);
            committed.set(committed.get() + 1);
            let Some(Thing::Sink { written, .. }) = happening.things.get(sink) else {
                panic!("no sink");
            };
            *shown.borrow_mut() = written.clone();
        }
        _ => {}
    });

    let bytes = file.len() as u64;
    let content = Extent { bytes, is_in_memory };
    let realm = Rc::<Realm>::default();
    let run = world.start(|desk| async move {
        let begun = Encryption::begin(protection, EnvelopeIn::Metadata, content, realm, desk).await?;
        Ok(Out::Begun(Box::new(begun)))
    });
    world.to_the_end();
    let begun = match world.runs[run].outcome.take().expect("an end") {
        Ok(Out::Begun(begun)) => begun,
        Ok(_) => panic!("another end"),
        Err(failure) => {
            assert!(shown.borrow().len() == 0, "shown before anything was begun");
            check_failure(&failure, is_quiet, only_file_fails, is_left_alone);
            world.close_all();
            return;
        }
    };
    assert_eq!(begun.stored_bytes, bytes + 16);
    let expected = message(&file, &begun.envelope, keys, &world.outside.data_keys);
    world.follow(run, |desk| async move {
        match as_stream {
            true => begun.into_stream(desk).await.map(|()| Out::Streamed),
            false => begun.into_blob(&desk).await.map(Out::Blob),
        }
    });
    world.to_the_end();
    // Of a file that has changed, what was shown before anybody noticed is its own.
    let is_same = Rc::ptr_eq(&world.outside.file.content, &file);
    assert!(
        !is_same || shown.borrow().is_at(&expected, 0),
        "what was shown is no part of the message"
    );
    let end = world.runs[run].outcome.take().expect("an end");
    match &end {
        Ok(Out::Blob(blob)) => {
            let Some(Thing::Committed(blob)) = world.runs[run].things.get(&blob.id()) else {
                panic!("no Blob");
            };
            assert!(blob.is(&expected) && committed.get() == 1);
        }
        Ok(_) => assert!(shown.borrow().is(&expected), "not all of the message"),
        Err(failure) => check_failure(failure, is_quiet, only_file_fails, is_left_alone),
    }
    reached(match &end {
        Ok(_) if bytes > 2 * STRETCH_BYTES => "all of three stretches",
        Ok(_) => "all",
        Err(failure) if !failure.is_stopped() => "failed in between",
        Err(_) if shown.borrow().len() > 0 => "stopped in between",
        Err(_) => "stopped",
    });
    drop(end);
    world.close_all();
}

fn check_failure(failure: &presealed::machine::Failure, is_quiet: bool, only_file_fails: bool, is_left_alone: bool) {
    assert!(!is_left_alone || !failure.is_stopped(), "nobody stopped it");
    assert!(!is_quiet || failure.is_stopped(), "{failure:?}");
    if only_file_fails {
        let is_of_the_file = failure.is(|error| matches!(error, Error::FileChanged | Error::ReadFailed));
        assert!(failure.is_stopped() || is_of_the_file, "{failure:?}");
    }
}

const ENDS: [&str; 5] = [
    "stopped in between",
    "all",
    "all of three stretches",
    "failed in between",
    "stopped",
];

#[test]
fn a_blob_is_the_message() {
    in_every_schedule(80, &ENDS[1..], |choices| is_the_message(choices, false));
}

#[test]
fn a_stream_is_the_message() {
    in_every_schedule(80, &ENDS, |choices| is_the_message(choices, true));
}
