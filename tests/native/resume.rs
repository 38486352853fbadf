//! Uploads that are gone on with: whatever is resumed, when and how often, no part ever leaves with two contents.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::strategies::config;
use presealed::{
    Error,
    checkpoint::{Age, Checkpoint, PartRecord, SourceFacts, Upload, ledger::Ledger},
    commitment::fingerprint,
    encryption_context::StringMap,
    s3::{
        checksum::{ChecksumAlgorithm, Crc64},
        multipart::ListedPart,
        part_plan::PartPlan,
    },
    secret::{ContentKey, DataKey},
};
use proptest::prelude::*;

const MIB: u64 = 1 << 20;

proptest! {
    #![proptest_config(config(20_000))]

    #[test]
    fn no_part_ever_leaves_with_two_contents(
        (setting, schedule) in setting().prop_flat_map(|setting| {
            (Just(setting), proptest::collection::vec(event(setting), 1..60))
        })
    ) {
        let mut world = World::new(setting);
        for event in schedule {
            world.happens(event);
            for (number, contents) in &world.left {
                prop_assert!(contents.len() <= 1, "part {} left as {:?}", number, contents);
            }
        }
    }
}

/// What the platform and the caller have. In each of these no key stream is used twice; where there is neither a lock nor the realm of
/// before, a stale checkpoint of a file whose date was forged is beyond what can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// Web Locks and two tabs. A file's date changes with it, and reading it fails once it has.
    Dated,
    /// The same, for content without a time.
    Fingerprinted,
    /// Web Locks, two tabs and the newest checkpoint, but content that changes unseen at any moment.
    Newest,
    /// One realm, which outlives all calls, and content that changes unseen.
    Realm,
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    CrashBeforeKeeping,
    CrashBeforeSending,
    CrashBeforeAnswer,
    AnswerLost,
    Stored,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// Of one of the calls that are under way.
    Send(usize, u16, Fate),
    Ends(usize),
    /// A tab is closed or reloaded, with all that it remembers.
    Reload(usize),
    /// A call in that tab goes on from the newest checkpoint, or from so many before it.
    Resume {
        tab: usize,
        behind: usize,
    },
    ChangeContent(u16),
    StoreLoses(u16),
    /// Whether the store tells of the parts that it has.
    StoreTells(bool),
}

fn setting() -> impl Strategy<Value = Setting> {
    prop_oneof![
        Just(Setting::Dated),
        Just(Setting::Fingerprinted),
        Just(Setting::Newest),
        Just(Setting::Realm)
    ]
}

fn event(setting: Setting) -> impl Strategy<Value = Event> {
    let number = || 1..=3_u16;
    let fate = prop_oneof![
        1 => Just(Fate::CrashBeforeKeeping),
        1 => Just(Fate::CrashBeforeSending),
        2 => Just(Fate::CrashBeforeAnswer),
        2 => Just(Fate::AnswerLost),
        3 => Just(Fate::Stored),
    ];
    let (tabs, most_behind): (usize, usize) = match setting {
        Setting::Newest => (2, 1),
        Setting::Realm => (1, 4),
        _ => (2, 4),
    };
    prop_oneof![
        8 => (0..3_usize, number(), fate).prop_map(|(call, number, fate)| Event::Send(call, number, fate)),
        2 => (0..3_usize).prop_map(Event::Ends),
        1 => (0..2_usize).prop_map(Event::Reload),
        6 => (0..tabs, 0..most_behind).prop_map(|(tab, behind)| Event::Resume { tab, behind }),
        2 => number().prop_map(Event::ChangeContent),
        1 => number().prop_map(Event::StoreLoses),
        1 => any::<bool>().prop_map(Event::StoreTells),
    ]
}

/// A call under way, and what its source was when it began.
struct Call {
    tab: usize,
    upload: Upload,
    content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Content {
    parts: [u32; 3],
    changes: u64,
}

impl Content {
    /// The last part has the tag, which depends on all.
    fn of(&self, number: u16) -> u32 {
        match number {
            3 => self.parts.iter().fold(0, |all, part| all * 1000 + part),
            _ => self.parts[usize::from(number) - 1],
        }
    }
}

struct World {
    setting: Setting,
    content: Content,
    tabs: [Ledger; 2],
    calls: Vec<Call>,
    /// Every checkpoint that was kept, the newest last.
    kept: Vec<Checkpoint>,
    left: BTreeMap<u16, BTreeSet<u32>>,
    at_store: BTreeMap<u16, u32>,
    store_tells: bool,
}

impl World {
    fn new(setting: Setting) -> Self {
        let content = Content {
            parts: [10, 20, 30],
            changes: 0,
        };
        let upload = begun(facts(setting, content), ChecksumAlgorithm::Sha256);
        Self {
            setting,
            content,
            tabs: Default::default(),
            calls: vec![Call {
                tab: 0,
                upload,
                content,
            }],
            kept: Vec::new(),
            left: BTreeMap::new(),
            at_store: BTreeMap::new(),
            store_tells: true,
        }
    }

    fn listed(&self) -> Vec<ListedPart> {
        self.at_store.iter().filter(|_| self.store_tells).map(listed).collect()
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Send(call, number, fate) if call < self.calls.len() => self.send(call, number, fate),
            Event::Ends(call) if call < self.calls.len() => drop(self.calls.remove(call)),
            Event::Reload(tab) if self.setting != Setting::Realm => {
                self.calls.retain(|call| call.tab != tab);
                self.tabs[tab] = Ledger::new();
            }
            Event::Resume { tab, behind } => self.resume(tab, behind),
            Event::ChangeContent(number) => {
                self.content.parts[usize::from(number) - 1] += 1;
                self.content.changes += 1;
            }
            Event::StoreLoses(number) => drop(self.at_store.remove(&number)),
            Event::StoreTells(tells) => self.store_tells = tells,
            _ => {}
        }
    }

    /// The order of steps is that of `browser::upload::multipart`.
    fn resume(&mut self, tab: usize, behind: usize) {
        // The upload's lock. Where there are none, the calls of a realm may go on side by side.
        if self.setting != Setting::Realm && !self.calls.is_empty() || self.calls.len() == 3 {
            return;
        }
        let newest = self.kept.len().checked_sub(1 + behind);
        let Some(kept) = newest.and_then(|index| self.kept.get(index)) else {
            return;
        };
        let age = match self.setting {
            Setting::Newest => Age::Newest,
            _ => Age::Unknown,
        };
        let content = self.content;
        let (now, listed) = (facts(self.setting, content), self.listed());
        let ledger = &mut self.tabs[tab];
        let resumed = Upload::resume(kept.clone(), age, "key", &now, &listed, ledger);
        let Ok(mut upload) = resumed else { return };
        let known: Vec<_> = (1..=3).filter(|number| upload.digest(*number).is_some()).collect();
        for number in known {
            match upload.seal(number, record(content.of(number)), ledger) {
                Ok(true) => self.kept.push(upload.checkpoint().clone()),
                Ok(false) => {}
                Err(error) => return assert_eq!(error, Error::FileChanged),
            }
        }
        self.calls.push(Call { tab, upload, content });
    }

    fn send(&mut self, call: usize, number: u16, fate: Fate) {
        let now = self.content;
        let ends = |world: &mut Self| drop(world.calls.remove(call));
        if self.setting == Setting::Dated && now != self.calls[call].content {
            return ends(self);
        }
        let Call { tab, upload, content } = &mut self.calls[call];
        let content = match self.setting {
            Setting::Newest | Setting::Realm => now.of(number),
            _ => content.of(number),
        };
        let Ok(is_new) = upload.seal(number, record(content), &mut self.tabs[*tab]) else {
            return ends(self);
        };
        if is_new {
            if matches!(fate, Fate::CrashBeforeKeeping) {
                return ends(self);
            }
            self.kept.push(upload.checkpoint().clone());
        }
        if upload.is_stored(number) {
            return;
        }
        if matches!(fate, Fate::CrashBeforeSending) {
            return ends(self);
        }
        self.left.entry(number).or_default().insert(content);
        match fate {
            Fate::CrashBeforeAnswer => ends(self),
            Fate::AnswerLost => drop(self.at_store.insert(number, content)),
            _ => {
                self.at_store.insert(number, content);
                self.calls[call].upload.store(number, "e".into());
            }
        }
    }
}

fn listed((number, _): (&u16, &u32)) -> ListedPart {
    ListedPart {
        number: *number,
        e_tag: "e".into(),
        bytes: if *number == 3 { 16 } else { 5 * MIB },
    }
}

fn facts(setting: Setting, content: Content) -> SourceFacts {
    let facts = SourceFacts {
        bytes: 2 * 5 * MIB,
        name: Some("file".into()),
        last_modified: Some(3),
        fingerprint: None,
    };
    match setting {
        Setting::Dated => SourceFacts {
            last_modified: Some(content.changes),
            ..facts
        },
        Setting::Fingerprinted => SourceFacts {
            name: None,
            last_modified: None,
            fingerprint: Some(format!("{:?}", content.parts)),
            ..facts
        },
        _ => facts,
    }
}

/// Of three parts, the last of which is the tag.
fn begun(source: SourceFacts, checksum: ChecksumAlgorithm) -> Upload {
    let plan = PartPlan::new(2 * 5 * MIB + 16, 5 * MIB).unwrap();
    let envelope = StringMap::from_iter([("x-amz-i".to_string(), "a message id".to_string())]);
    Upload::begin("key", "id".into(), source, Some(envelope), false, plan, Some(checksum))
}

fn plain_facts() -> SourceFacts {
    facts(
        Setting::Newest,
        Content {
            parts: [0; 3],
            changes: 0,
        },
    )
}

fn record(content: u32) -> PartRecord {
    PartRecord {
        digest: format!("{content:0>44}"),
        crc: None,
    }
}

/// An upload of which the first part has left, and what was kept of it.
fn kept() -> (Checkpoint, Ledger) {
    let (mut upload, mut ledger) = (begun(plain_facts(), ChecksumAlgorithm::Sha256), Ledger::new());
    assert_eq!(upload.seal(1, record(1), &mut ledger), Ok(true));
    (upload.checkpoint().clone(), ledger)
}

fn resumed(checkpoint: &Checkpoint, age: Age, source: &SourceFacts, ledger: &Ledger) -> Result<Upload, Error> {
    Upload::resume(checkpoint.clone(), age, "key", source, &[listed((&1, &1))], ledger)
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let (kept, _) = kept();
    let resume =
        |checkpoint: &Checkpoint| resumed(checkpoint, Age::Unknown, &plain_facts(), &Ledger::new()).map(|_| ());
    assert_eq!(resume(&kept), Ok(()));
    let changes: [fn(&mut Checkpoint); 7] = [
        |checkpoint| checkpoint.key = "other".into(),
        |checkpoint| checkpoint.version = 1,
        |checkpoint| checkpoint.part_bytes = 17,
        |checkpoint| checkpoint.stored_bytes = 1,
        |checkpoint| checkpoint.digests[0] = "short".into(),
        |checkpoint| checkpoint.checksum = Some(ChecksumAlgorithm::Crc64Nvme),
        |checkpoint| checkpoint.crcs = vec![String::new(); 3],
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = kept.clone();
        change(&mut changed);
        assert!(matches!(resume(&changed), Err(Error::Misuse(_))), "{index}");
    }
    // An older one, of before the part left, would let it leave again as something else.
    let mut older = kept;
    older.digests.fill(String::new());
    assert!(matches!(resume(&older), Err(Error::Misuse(_))));
}

#[test]
fn a_source_that_only_may_be_another_is_taken_where_the_checkpoint_is_known_to_be_the_newest() {
    let (kept, ledger) = kept();
    let others = [
        SourceFacts {
            name: None,
            last_modified: None,
            ..plain_facts()
        },
        SourceFacts {
            name: Some("copy of file".into()),
            ..plain_facts()
        },
        SourceFacts {
            last_modified: Some(4),
            ..plain_facts()
        },
    ];
    for other in others {
        assert_eq!(
            resumed(&kept, Age::Unknown, &other, &ledger).err(),
            Some(Error::FileChanged)
        );
        assert!(resumed(&kept, Age::Newest, &other, &ledger).is_ok());
    }
    let longer = SourceFacts {
        bytes: 1,
        ..plain_facts()
    };
    assert_eq!(
        resumed(&kept, Age::Newest, &longer, &ledger).err(),
        Some(Error::FileChanged)
    );
}

#[test]
fn content_without_a_time_goes_on_by_its_fingerprint() {
    let (mut kept, ledger) = kept();
    let timeless = |fingerprint: Option<&str>| SourceFacts {
        name: None,
        last_modified: None,
        fingerprint: fingerprint.map(Into::into),
        ..plain_facts()
    };
    kept.source = timeless(Some("of this"));
    assert!(resumed(&kept, Age::Unknown, &timeless(Some("of this")), &ledger).is_ok());
    // Whatever it is called now.
    let file = SourceFacts {
        fingerprint: Some("of this".into()),
        ..plain_facts()
    };
    assert!(resumed(&kept, Age::Unknown, &file, &ledger).is_ok());
    for other in [timeless(Some("of another")), timeless(None)] {
        assert_eq!(
            resumed(&kept, Age::Unknown, &other, &ledger).err(),
            Some(Error::FileChanged)
        );
    }
    // One that was kept without, by an earlier version, tells nothing; unless nothing is encrypted.
    kept.source = timeless(None);
    assert_eq!(
        resumed(&kept, Age::Unknown, &timeless(None), &ledger).err(),
        Some(Error::FileChanged)
    );
    kept.envelope = None;
    assert!(resumed(&kept, Age::Unknown, &timeless(None), &ledger).is_ok());
}

#[test]
fn a_realm_remembers_what_a_stale_checkpoint_does_not() {
    let (kept, mut ledger) = kept();
    let resume = |ledger: &Ledger| resumed(&kept, Age::Unknown, &plain_facts(), ledger).unwrap();
    let mut first = resume(&ledger);
    assert_eq!(first.seal(2, record(2), &mut ledger), Ok(true));
    let mut second = resume(&ledger);
    // It is compared like a part that was recorded, and recorded before it leaves again.
    assert!(second.digest(2).is_some());
    assert_eq!(second.seal(2, record(9), &mut ledger), Err(Error::FileChanged));
    assert_eq!(second.seal(2, record(2), &mut ledger), Ok(true));
    // Side by side, whoever is later has to agree.
    let mut third = resume(&ledger);
    assert_eq!(second.seal(3, record(3), &mut ledger), Ok(true));
    assert_eq!(third.seal(3, record(4), &mut ledger), Err(Error::FileChanged));
    // Another upload is another key.
    let mut other = begun(plain_facts(), ChecksumAlgorithm::Sha256).checkpoint().clone();
    other.envelope = Some(StringMap::from_iter([("x-amz-i".to_string(), "another".to_string())]));
    let mut other = Upload::resume(other, Age::Unknown, "key", &plain_facts(), &[], &ledger).unwrap();
    assert_eq!(other.seal(2, record(9), &mut ledger), Ok(true));
}

#[test]
fn a_fingerprint_depends_on_content_and_key() {
    let key = |byte| ContentKey::from_data_key(&DataKey::from_bytes(&[byte; 32]).unwrap());
    let of_one = fingerprint(&key(1), &[7; 32]).unwrap();
    assert_eq!(of_one, fingerprint(&key(1), &[7; 32]).unwrap());
    assert_ne!(of_one, fingerprint(&key(2), &[7; 32]).unwrap());
    assert_ne!(of_one, fingerprint(&key(1), &[8; 32]).unwrap());
}

#[test]
fn an_upload_is_completed_with_all_parts_only() {
    let (mut upload, mut ledger) = (begun(plain_facts(), ChecksumAlgorithm::Sha256), Ledger::new());
    for number in [2, 1, 3] {
        assert!(upload.complete_body().is_err());
        upload.seal(number, record(number.into()), &mut ledger).unwrap();
        upload.store(number, "e".into());
    }
    let body = upload.complete_body().unwrap();
    assert_eq!(body.matches("<ChecksumSHA256>").count(), 3);
    assert!(body.find("<PartNumber>1<").unwrap() < body.find("<PartNumber>2<").unwrap());
}

#[test]
fn the_checksum_of_the_whole_follows_from_those_of_the_parts() {
    let crcs = [Crc64(1), Crc64(2), Crc64(3)];
    let part = |number: u16| PartRecord {
        crc: Some(crcs[usize::from(number) - 1]),
        ..record(number.into())
    };
    let (mut upload, mut ledger) = (begun(plain_facts(), ChecksumAlgorithm::Crc64Nvme), Ledger::new());
    for number in [3, 1] {
        assert_eq!(upload.seal(number, part(number), &mut ledger), Ok(true));
        assert_eq!(upload.whole_checksum(), None);
    }
    // What the store is to check has to be there.
    assert!(matches!(
        upload.seal(2, record(2), &mut Ledger::new()),
        Err(Error::Unreachable(_))
    ));
    assert_eq!(upload.digest(2), None);

    // The rest by a later page.
    let kept = upload.checkpoint().clone();
    let resume = |checkpoint| Upload::resume(checkpoint, Age::Unknown, "key", &plain_facts(), &[], &Ledger::new());
    let mut upload = resume(kept.clone()).unwrap();
    let mut ledger = Ledger::new();
    assert!(!upload.is_sealed());
    assert_eq!(upload.seal(1, part(1), &mut ledger), Ok(false));
    assert_eq!(upload.seal(2, part(2), &mut ledger), Ok(true));
    let [first, second, third] = crcs;
    let whole = first.followed_by(second, 5 * MIB).followed_by(third, 16);
    assert_eq!(upload.whole_checksum(), Some(whole));
    for number in 1..=3 {
        upload.store(number, "e".into());
    }
    let body = upload.complete_body().unwrap();
    assert!(body.contains("<PartNumber>3</PartNumber><ETag>e</ETag><ChecksumCRC64NVME>AAAAAAAAAAM=<"));

    assert!(upload.is_sealed());
    // A CRC that was kept is not believed.
    let mut forged = kept.clone();
    forged.crcs[0] = "AAAAAAAAA+c=".into();
    let mut upload = resume(forged).unwrap();
    for number in 1..=3 {
        upload.seal(number, part(number), &mut ledger).unwrap();
    }
    assert_eq!(upload.whole_checksum(), Some(whole));

    let changes: [fn(&mut Checkpoint); 4] = [
        |checkpoint| checkpoint.crcs[0] = String::new(),
        |checkpoint| checkpoint.crcs[0] = "AAAAAAAAAAM".into(),
        |checkpoint| checkpoint.crcs[1] = "AAAAAAAAAAM=".into(),
        |checkpoint| checkpoint.crcs.truncate(2),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = kept.clone();
        change(&mut changed);
        assert!(matches!(resume(changed).map(|_| ()), Err(Error::Misuse(_))), "{index}");
    }
}
