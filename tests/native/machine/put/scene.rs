//! Who calls, from which tab, and with what.

use std::{cell::RefCell, rc::Rc};

use presealed::{
    AlgorithmSuite, EncryptionContext,
    checkpoint::SourceFacts,
    cipher::Protection,
    content::EngineKind,
    encryption_context::StringMap,
    envelope::placement::EnvelopeIn,
    s3::{
        checksum::{Checksum, ChecksumAlgorithm},
        object_key::ObjectKey,
        put::{Condition, ContentType},
    },
    store::{Access, Store},
    upload::{
        put::{PutOptions, Settings, StoredObject, put},
        realm::Realm,
        resume::Resume,
    },
};

use super::{
    super::{
        choices::Choices,
        encrypt::{Keys, READS_ALL, file},
        file::Given,
        world::World,
    },
    witness::Witness,
};

pub const PART: usize = 5 << 20;
/// Parts of 5 MiB, and one of 116 bytes or of the tag alone; and whole.
pub const SIZES: [usize; 3] = [PART + 100, 2 * PART, 1000];

thread_local! {
    /// Each as it is, with another first part, and with another end.
    pub static FILES: [[Rc<Vec<u8>>; 3]; SIZES.len()] = SIZES.map(|bytes| {
        let changed = |at: usize| {
            let mut file = file(bytes);
            file[at] ^= 1;
            Rc::new(file)
        };
        [Rc::new(file(bytes)), changed(7), changed(bytes - 1)]
    });
}

/// What the platform and the caller have. In each of these no key stream is used twice; where there is neither a lock nor the realm of before, a
/// stale checkpoint of a file whose date was forged is beyond what can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Locks and two tabs. A file's date changes with it, and reading it fails once it has.
    Dated,
    /// The same, for content without a time, which nobody changes.
    Fingerprinted,
    /// Locks, two tabs and the newest checkpoint, but content that changes unseen at any moment.
    Newest,
    /// One realm, which outlives all calls, and content that changes unseen.
    Realm,
}

pub const SETTINGS: [Setting; 4] = [Setting::Dated, Setting::Fingerprinted, Setting::Newest, Setting::Realm];
pub struct Scene {
    pub setting: Setting,
    pub keys: Keys,
    pub suite: AlgorithmSuite,
    pub engine: Option<EngineKind>,
    pub envelope_in: EnvelopeIn,
    pub condition: Condition,
    pub checksum: Checksum,
    pub in_parts: bool,
    /// Whether the content comes in streams, each of which is read once.
    pub streams: bool,
    /// How many bytes a stream has more or less than its caller says.
    pub off: i64,
    pub realms: [Rc<Realm>; 2],
    pub tabs: Vec<usize>,
    /// How often the file has changed: its date.
    pub changes: u64,
}

impl Scene {
    pub fn new(choices: &mut Choices) -> Self {
        let suites = [
            AlgorithmSuite::AesGcmHkdfSha512CommitKey,
            AlgorithmSuite::AesGcmIv12Tag16NoKdf,
        ];
        Self {
            setting: choices.of(&SETTINGS),
            keys: Keys::Kms,
            suite: choices.of(&suites),
            engine: choices.of(&[None, None, None, Some(EngineKind::CtrGhash)]),
            envelope_in: choices.of(&[EnvelopeIn::Metadata, EnvelopeIn::Metadata, EnvelopeIn::InstructionFile]),
            condition: match choices.below(3) {
                1 => Condition::Absent,
                _ => Condition::None,
            },
            checksum: choices.of(&[
                Checksum::Default,
                Checksum::Of(ChecksumAlgorithm::Crc64Nvme),
                Checksum::None,
            ]),
            in_parts: true,
            streams: false,
            off: 0,
            realms: Default::default(),
            tabs: Vec::new(),
            changes: 0,
        }
    }

    pub fn facts(&self, content: &[u8]) -> SourceFacts {
        let is_dated = self.setting != Setting::Fingerprinted;
        SourceFacts {
            bytes: content.len() as u64,
            name: is_dated.then(|| "file".into()),
            last_modified: is_dated.then_some(match self.setting {
                Setting::Dated => self.changes,
                _ => 3,
            }),
            fingerprint: None,
        }
    }

    pub fn call(
        &mut self,
        tab: usize,
        resume: Resume,
        keeps: bool,
        world: &mut World<'_, StoredObject>,
        witness: &RefCell<Witness>,
    ) -> usize {
        let number = world.runs.len();
        let content = Rc::clone(&world.outside.file.content);
        let source = self.facts(&content);
        match self.setting {
            Setting::Dated => drop(world.outside.given.insert(number, Given::Dated(content))),
            Setting::Fingerprinted => drop(world.outside.given.insert(number, Given::Own(content))),
            _ => {}
        }
        let options = PutOptions {
            key: ObjectKey::parse("k".into()).unwrap(),
            source: SourceFacts {
                bytes: source.bytes.saturating_add_signed(self.off),
                ..source
            },
            is_stream: self.streams,
            protection: Some((
                Protection {
                    keyring: self.keys.keyring(),
                    encryption_context: EncryptionContext::default(),
                    policy: READS_ALL,
                    suite: self.suite,
                    engine: self.engine,
                },
                self.envelope_in,
            )),
            server_side: None,
            content_type: ContentType::json(),
            metadata: StringMap::new(),
            condition: self.condition.clone(),
            checksum: self.checksum,
            settings: Settings {
                threshold: if self.in_parts { 0 } else { u64::MAX },
                part_bytes: PART as u64,
                concurrency: 1 + world.outside.choices.below(3),
            },
            resume: if self.streams { Resume::Nothing } else { resume },
            keeps: keeps && !self.streams,
        };
        let keeps = options.keeps;
        self.tabs.push(tab);
        witness.borrow_mut().keeps.insert(number, keeps);
        let realm = Rc::clone(&self.realms[tab]);
        world.start(|desk| async move { put(options, Store::new(desk, Rc::new(Access::default())), realm).await })
    }
}
