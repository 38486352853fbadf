//! Re-wrapping: at every moment the object opens with its instruction file, by the old key or a new one; what the file is, somebody has put
//! there whole; and nobody's rotation is overwritten unseen.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use presealed::{
    AlgorithmSuite, EncryptionContext, Envelope,
    cipher::{AesKey, AnyKeyring},
    decrypt::{ContentCipher, decrypt},
    download::rewrap::{Rewrapped, Rewrapping, rewrap_instruction_file},
    encryption_context::StringMap,
    envelope::{Located, Metadata, instruction_file},
    machine::{Answer, Failure, Kept, Step},
    rewrap::{Party, rewrap},
    s3::{answer::Operation, checksum::ChecksumAlgorithm, object_key::ObjectKey},
    secret::WrappingKey,
    store::{Access, Store},
};

use super::{
    buffer::Buffer,
    choices::{Choices, in_every_schedule, reached},
    encrypt::READS_ALL,
    objects::{Bytes, Kind, Object, described, object, raw_keyring, reader},
    run::Happening,
    secrets::CANARY,
    store::Object as Stored,
    world::World,
};
use crate::support::{entropy::CountingEntropy, keyrings::KeyringOfOneDataKey};

const FILE: &str = "k.instruction";
const BESIDE: &str = "k.partner";

/// To whom a run re-wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// A key of its own.
    New,
    /// The old key, under another description.
    Same,
    /// A new key under the old description.
    SameDescription,
    /// Somebody's RSA key, beside the file.
    Beside,
    /// A new key beside the file, which is for RSA only.
    AesBeside,
}

/// A run's.
#[derive(Debug, Clone, Copy)]
struct Plan {
    to: To,
    enforce: bool,
    number: usize,
}

impl Plan {
    fn key(self) -> [u8; 32] {
        match self.to {
            To::Same => CANARY,
            _ => [b'A' + self.number as u8; 32],
        }
    }

    fn description(self) -> String {
        match self.to {
            To::SameDescription => String::new(),
            _ => format!("new {}", self.number),
        }
    }

    fn keyring(self) -> AnyKeyring {
        let description = described(&self.description());
        match self.to {
            To::Beside => AnyKeyring::RawRsa {
                public: Some(Kept::new(3, |_| {})),
                private: None,
                description,
            },
            _ => AnyKeyring::RawAes {
                key: AesKey::Bytes(Rc::new(WrappingKey::from_bytes(self.key().to_vec()).unwrap())),
                description,
                legacy: false,
            },
        }
    }

    /// Whether nothing may be stored, whatever the others do.
    fn is_refused(self, all: &[Self]) -> bool {
        match self.to {
            To::AesBeside => true,
            // Another one may have changed the description before, and left the key.
            To::SameDescription => all.iter().all(|other| other.to != To::Same),
            To::Same => self.enforce,
            To::New | To::Beside => false,
        }
    }

    fn rewrapping(self) -> Rewrapping {
        let key = ObjectKey::parse("k".into()).unwrap();
        Rewrapping {
            keyring: self.keyring().wrapping().expect("it wraps"),
            encryption_context: EncryptionContext::default(),
            file: key.with_suffix(".instruction").unwrap(),
            suffix: ".instruction".into(),
            new_suffix: matches!(self.to, To::Beside | To::AesBeside).then(|| ".partner".into()),
            enforce: self.enforce,
            server_side: None,
            checksum: Some(ChecksumAlgorithm::Sha256),
        }
    }
}

/// The object's envelope with that file.
fn completed(object: &Object, file: &[u8]) -> Option<Envelope> {
    let headers = object.headers.iter();
    let metadata = Metadata::from_headers(headers.map(|(name, value)| (name.as_str(), value.as_str()))).unwrap();
    match Envelope::locate(&metadata) {
        Ok(Located::InInstructionFile(incomplete)) => incomplete.complete(file).ok(),
        _ => None,
    }
}

/// Whether the envelope opens by that key, or by what its RSA wrap hides, to the key of the object's content.
fn opens(object: &Object, file: &[u8], key: Option<&[u8; 32]>) -> bool {
    let Some(envelope) = completed(object, file) else {
        return false;
    };
    let none = EncryptionContext::default();
    let content_key = |envelope: &Envelope, key: Option<&[u8; 32]>| {
        let opened = match key {
            Some(key) => pollster::block_on(decrypt(&raw_keyring(key, ""), READS_ALL, &none, envelope)),
            None => {
                // The mask, a length, the data key.
                let wrapped = &envelope.encrypted_data_key().ciphertext;
                let data_key = wrapped[2..34].iter().map(|byte| byte ^ wrapped[0]).collect();
                pollster::block_on(decrypt(&KeyringOfOneDataKey::new(data_key), READS_ALL, &none, envelope))
            }
        };
        match opened {
            Ok(ContentCipher::Authenticated(parameters)) => Some((parameters.key.expose().to_vec(), parameters.iv)),
            _ => None,
        }
    };
    let found = content_key(&envelope, key);
    found.is_some() && found == content_key(&object.envelope, Some(&CANARY))
}

/// Somebody else's rotation, by another client.
fn theirs(object: &Object) -> Vec<u8> {
    let none = EncryptionContext::default();
    let (old, new) = (raw_keyring(&CANARY, ""), raw_keyring(&[b'T'; 32], "theirs"));
    let party = |keyring| Party {
        keyring,
        encryption_context: &none,
    };
    let (old, new, mut entropy) = (party(&old), party(&new), CountingEntropy(77));
    let envelope = pollster::block_on(rewrap(&object.envelope, READS_ALL, old, new, true, &mut entropy)).unwrap();
    let (_, file) = instruction_file::split(&envelope.encode().unwrap()).unwrap();
    file.into_bytes()
}

/// What has been at the file's key, who has read what there, and who was about to store something.
struct Witness {
    e_tag: String,
    files: Vec<Vec<u8>>,
    storing: BTreeSet<usize>,
    read: BTreeMap<usize, String>,
    /// A store without conditions, as a lie has it, lets the later of two win.
    is_kept_apart: bool,
}

impl Witness {
    fn hear(&mut self, happening: &Happening<'_>) {
        if let Step::Presign(request) = happening.step
            && request.operation == Operation::PutObject
        {
            self.storing.insert(happening.run);
        }
        let replaced = self.e_tag.clone();
        if self.look(&happening.outside.store.objects) && self.is_kept_apart {
            let read = self.read.get(&happening.run);
            assert_eq!(read, Some(&replaced), "a file was overwritten that nobody had read");
        }
        if let (Step::Send(sending), Some(Answer::Head(head))) = (happening.step, happening.answer) {
            let (request, _) = happening.outside.request_of(sending);
            let e_tag = head.headers.get("etag").filter(|_| head.status == 200);
            if let (Operation::GetObject, FILE, Some(e_tag)) = (request.operation, &*request.key, e_tag) {
                self.read.insert(happening.run, e_tag.clone());
            }
        }
    }

    /// Whether the file is another one now.
    fn look(&mut self, objects: &BTreeMap<String, Stored>) -> bool {
        let now = objects.get(FILE).expect("the file is there");
        let is_another = now.e_tag != self.e_tag;
        if is_another {
            self.e_tag.clone_from(&now.e_tag);
            self.files.push(now.body.to_vec());
        }
        is_another
    }
}

fn opens_at_every_moment(choices: &mut Choices) {
    let mut world: World<'_, Rewrapped> = World::new(choices);
    let choices = &mut world.outside.choices;
    let kind = Kind {
        size: 0,
        commits: choices.below(2) == 0,
        in_file: true,
        bytes: Bytes::Whole,
        number: 0,
    };
    let tos = [
        To::New,
        To::New,
        To::New,
        To::New,
        To::Same,
        To::SameDescription,
        To::Beside,
        To::AesBeside,
    ];
    let plans: Vec<Plan> = (0..1 + choices.below(2))
        .map(|number| Plan {
            to: choices.of(&tos),
            enforce: choices.below(2) == 1,
            number,
        })
        .collect();
    let another_writer_after = (choices.below(4) == 1).then(|| choices.below(40));
    let is_bound_otherwise = kind.commits && choices.below(16) == 1;
    let has_neighbour = choices.below(3) == 1;
    // That is no refusal: the file is as it was to be.
    world.outside.loses_answer_to = (choices.below(4) == 1).then_some(Operation::PutObject);
    let mut stored = object(kind);
    if is_bound_otherwise {
        let (name, other) = ("x-amz-meta-x-amz-d", object(Kind { number: 5, ..kind }));
        stored
            .headers
            .insert(name.into(), other.headers.get(name).cloned().unwrap());
    }
    stored.put(&mut world.outside.store);
    if has_neighbour {
        world
            .outside
            .store
            .put(BESIDE, StringMap::new(), Buffer::new(b"{}".to_vec()));
    }
    let (object, suite) = (object(kind), kind.suite());
    let before = world.outside.store.objects.clone();
    let witness = Rc::new(RefCell::new(Witness {
        e_tag: before[FILE].e_tag.clone(),
        files: vec![object.file.clone().expect("a file")],
        storing: BTreeSet::new(),
        read: BTreeMap::new(),
        is_kept_apart: world.outside.faults.lies == 0,
    }));
    let hearing = Rc::clone(&witness);
    world.watch(move |happening| hearing.borrow_mut().hear(happening));
    let (is_left_alone, is_quiet, faults) = (world.is_left_alone(), world.is_quiet(), world.outside.faults);

    for plan in &plans {
        start(&mut world, suite, *plan);
    }
    if let Some(turns) = another_writer_after {
        for _ in 0..turns {
            world.turn();
        }
        // Who looks first, as they do.
        if world.outside.store.objects[FILE].e_tag == before[FILE].e_tag {
            world
                .outside
                .store
                .put(FILE, StringMap::new(), Buffer::new(theirs(&object)));
            witness.borrow_mut().look(&world.outside.store.objects);
        }
    }
    world.to_the_end();
    let ends: Vec<Result<Rewrapped, Failure>> = world
        .runs
        .iter_mut()
        .map(|run| run.outcome.take().expect("an end"))
        .collect();
    world.close_all();

    let objects = &world.outside.store.objects;
    let witness = witness.borrow();
    assert_eq!(objects["k"].e_tag, before["k"].e_tag, "the object was touched");
    let mut keys = vec![CANARY, [b'T'; 32]];
    keys.extend(plans.iter().map(|plan| plan.key()));
    for file in &witness.files {
        let by_any = keys.iter().any(|key| opens(&object, file, Some(key)));
        assert!(by_any, "the object does not open: {:?}", String::from_utf8_lossy(file));
    }
    if has_neighbour {
        assert_eq!(
            objects[BESIDE].e_tag, before[BESIDE].e_tag,
            "another reader's file was replaced"
        );
    } else if let Some(beside) = objects.get(BESIDE) {
        assert!(
            opens(&object, &beside.body.to_vec(), None),
            "the file beside does not open"
        );
    }
    for (plan, end) in plans.iter().zip(&ends) {
        let has_stored = witness.storing.contains(&plan.number);
        // A platform that fails is taken for a key that does not open.
        let is_refused = is_bound_otherwise || plan.is_refused(&plans) && (plan.to != To::Same || faults.platform == 0);
        assert!(!(is_refused && has_stored), "{plan:?} stored what is refused");
        match end {
            Ok(_) if plan.to == To::Beside => {
                assert!(!has_neighbour, "it shared beside a file that was there");
                assert!(objects.contains_key(BESIDE), "it was shared, and is not there");
                reached("shared");
            }
            Ok(_) => {
                let key = plan.key();
                let is_theirs = |file: &&Vec<u8>| **file != witness.files[0] && opens(&object, file, Some(&key));
                let theirs: Vec<_> = witness.files.iter().filter(is_theirs).collect();
                assert!(!theirs.is_empty(), "it was rotated, and never there");
                let old_opens = |file: &&Vec<u8>| opens(&object, file, Some(&CANARY));
                let is_left_open =
                    plan.enforce && faults.platform == 0 && theirs.into_iter().any(|file| old_opens(&file));
                assert!(!is_left_open, "the old key opens what it was to be kept from");
                reached("rotated");
            }
            Err(failure) => {
                assert!(!is_left_alone || !failure.is_stopped(), "nobody stopped it");
                let is_alone = plans.len() == 1 && another_writer_after.is_none() && !has_neighbour;
                assert!(!is_quiet || !is_alone || is_refused, "{failure:?}");
                reached(match failure.is_stopped() {
                    true if has_stored => "stopped while it was stored",
                    true => "stopped",
                    false if is_refused => "refused",
                    false => "failed",
                });
            }
        }
    }
    if witness.files.len() == 1 {
        assert!(opens(&object, &witness.files[0], Some(&CANARY)));
    }
}

fn start(world: &mut World<'_, Rewrapped>, suite: AlgorithmSuite, plan: Plan) {
    let (from, to) = (reader(&mut world.outside.choices, suite, CANARY), plan.rewrapping());
    world.start(|desk| async move {
        let store = Store::new(desk, Rc::new(Access::default()));
        rewrap_instruction_file(store, ObjectKey::parse("k".into()).unwrap(), from, to).await
    });
}

#[test]
fn it_opens_at_every_moment() {
    let ends = [
        "rotated",
        "shared",
        "refused",
        "failed",
        "stopped",
        "stopped while it was stored",
    ];
    in_every_schedule(140, &ends, opens_at_every_moment);
}
