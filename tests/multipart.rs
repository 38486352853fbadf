//! Uploads in parts: how an object is cut, the store's documents, and that nothing is ever sealed twice to different bytes.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use presealed::{
    AlgorithmSuite, Error,
    s3::{
        checksum::{ChecksumAlgorithm, Crc64},
        multipart::{ListedPart, Listing, complete_body, completed, listing, upload_id},
        part_plan::PartPlan,
        service_error::ServiceError,
    },
    upload::checkpoint::{Checkpoint, PartRecord, SourceFacts, Upload},
};
use proptest::prelude::*;
use support::strategies::config;

const MIB: u64 = 1 << 20;

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn parts_cover_the_object_once(stored in 0..80 * MIB, part_blocks in (5 * MIB / 16)..(9 * MIB / 16)) {
        let plan = PartPlan::new(stored, part_blocks * 16).unwrap();
        let mut next = 0;
        for number in 1..=plan.parts() {
            let range = plan.range(number);
            prop_assert_eq!(range.start, next);
            prop_assert_eq!(range.start % 16, 0);
            let bytes = range.end - range.start;
            prop_assert!(bytes == plan.part_bytes() || number == plan.parts() && bytes < plan.part_bytes());
            prop_assert!(bytes > 0 || stored == 0);
            next = range.end;
        }
        prop_assert_eq!(next, stored);
    }

    #[test]
    fn no_part_ever_leaves_with_two_contents(schedule in proptest::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        for event in schedule {
            world.happens(event);
            for (number, contents) in &world.left {
                prop_assert!(contents.len() <= 1, "part {} left as {:?}", number, contents);
            }
        }
        for (number, content) in world.completed.iter().flatten() {
            prop_assert!(world.left[number].contains(content));
        }
    }
}

#[test]
fn the_limits_of_s3_hold() {
    let most = AlgorithmSuite::stored_bytes(AlgorithmSuite::MAX_CONTENT_BYTES).unwrap();
    assert_eq!(PartPlan::new(most, PartPlan::DEFAULT_PART_BYTES).unwrap().parts(), 8192);
    assert_eq!(PartPlan::new(most, 7 * MIB).unwrap().parts(), 9363);
    for (stored, part) in [
        (most, 6 * MIB),
        (1, 5 * MIB - 16),
        (1, 5 * MIB + 8),
        (1, 5 * 1024 * MIB + 16),
        (1, 0),
    ] {
        assert!(
            matches!(PartPlan::new(stored, part), Err(Error::Misuse(_))),
            "{stored} in {part}"
        );
    }
    assert_eq!(PartPlan::new(0, 5 * MIB).unwrap().parts(), 1);
}

#[test]
fn documents_are_read() {
    let created = "<?xml version=\"1.0\"?><InitiateMultipartUploadResult xmlns=\"x\"><Bucket>b</Bucket><UploadId>a&amp;b</UploadId></InitiateMultipartUploadResult>";
    assert_eq!(upload_id(created).unwrap(), "a&b");
    for body in ["", "<UploadId></UploadId>", "<html>"] {
        let error = upload_id(body).unwrap_err().to_string();
        assert_eq!(
            error, "the store answered 200 (the answer to CreateMultipartUpload has no UploadId)",
            "{body}"
        );
    }
    let part = |number: u16, e_tag: &str| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>&quot;{e_tag}&quot;</ETag><Size>5</Size></Part>")
    };
    let page = |inner: &str| format!("<ListPartsResult xmlns=\"x\">{inner}</ListPartsResult>");
    let listed = |number, e_tag: &str| ListedPart {
        number,
        e_tag: format!("\"{e_tag}\""),
        bytes: 5,
    };
    let two = page(&format!(
        "<IsTruncated>true</IsTruncated><NextPartNumberMarker>4</NextPartNumberMarker>{}{}",
        part(1, "e"),
        part(4, "f")
    ));
    assert_eq!(
        listing(&two).unwrap(),
        Listing {
            parts: vec![listed(1, "e"), listed(4, "f")],
            next: Some(4)
        }
    );
    let none = Listing {
        parts: Vec::new(),
        next: None,
    };
    assert_eq!(listing(&page("<IsTruncated>false</IsTruncated>")).unwrap(), none);
    for broken in [
        String::new(),
        page("<IsTruncated>true</IsTruncated>"),
        page("<Part><PartNumber>x</PartNumber></Part>"),
        page("<Part><PartNumber>70000</PartNumber><ETag>e</ETag><Size>5</Size></Part>"),
    ] {
        assert!(matches!(listing(&broken), Err(Error::HttpStatus { .. })), "{broken}");
    }
}

#[test]
fn a_completion_may_fail_after_its_200() {
    let good = "<CompleteMultipartUploadResult><ETag>&quot;x-2&quot;</ETag></CompleteMultipartUploadResult>";
    assert_eq!(completed(good).unwrap().as_deref(), Some("\"x-2\""));
    // As stores written in Go have it.
    assert_eq!(
        completed(&good.replace("&quot;", "&#34;")).unwrap().as_deref(),
        Some("\"x-2\"")
    );
    // What a proxy says of its own is no completion.
    for foreign in ["", "<html>OK</html>"] {
        assert_eq!(completed(foreign).unwrap_err(), ServiceError::default(), "{foreign}");
    }
    let late = "\n\n<Error><Code>InternalError</Code><Message>again</Message></Error>";
    assert_eq!(completed(late).unwrap_err().code, "InternalError");
    let body = complete_body(
        [
            (1, "\"a&<\"", Some((ChecksumAlgorithm::Sha256, "c2hh"))),
            (2, "b", None),
            (3, "c", Some((ChecksumAlgorithm::Crc64Nvme, "Y3Jj"))),
        ]
        .into_iter(),
    );
    assert!(body.contains(
        "<Part><PartNumber>1</PartNumber><ETag>\"a&amp;&lt;\"</ETag><ChecksumSHA256>c2hh</ChecksumSHA256></Part>"
    ));
    assert!(body.contains("<Part><PartNumber>2</PartNumber><ETag>b</ETag></Part>"));
    assert!(body.contains("<ChecksumCRC64NVME>Y3Jj</ChecksumCRC64NVME>"));
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let mut world = World::new();
    world.happens(Event::Send(1, Fate::Stored));
    let kept = world.kept.clone().unwrap();
    let listed = world.listed();
    let resume = |checkpoint: &Checkpoint, key: &str, facts: &SourceFacts| {
        Upload::resume(checkpoint.clone(), key, facts, &listed).map(|_| ())
    };
    assert_eq!(resume(&kept, "key", &facts()), Ok(()));
    assert!(matches!(resume(&kept, "other", &facts()), Err(Error::Misuse(_))));
    for other in [
        SourceFacts { bytes: 1, ..facts() },
        SourceFacts { name: None, ..facts() },
        SourceFacts {
            last_modified: Some(4),
            ..facts()
        },
    ] {
        assert_eq!(resume(&kept, "key", &other), Err(Error::FileChanged));
    }
    let changes: [fn(&mut Checkpoint); 6] = [
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
        assert!(
            matches!(resume(&changed, "key", &facts()), Err(Error::Misuse(_))),
            "{index}"
        );
    }
    // An older one, of before the part left, would let it leave again as something else.
    let mut older = kept;
    older.digests.fill(String::new());
    assert!(matches!(resume(&older, "key", &facts()), Err(Error::Misuse(_))));
}

#[test]
fn an_upload_is_completed_with_all_parts_only() {
    let mut world = World::new();
    for number in [2, 1, 3] {
        assert!(world.upload.as_ref().unwrap().complete_body().is_err());
        world.happens(Event::Send(number, Fate::Stored));
    }
    let body = world.upload.as_ref().unwrap().complete_body().unwrap();
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
    let mut upload = begun(ChecksumAlgorithm::Crc64Nvme);
    for number in [3, 1] {
        assert_eq!(upload.seal(number, part(number)), Ok(true));
        assert_eq!(upload.whole_checksum(), None);
    }
    // What the store is to check has to be there.
    assert!(matches!(upload.seal(2, record(2)), Err(Error::Unreachable(_))));
    assert_eq!(upload.digest(2), None);

    // The rest by a later page.
    let kept = upload.checkpoint().clone();
    let mut upload = Upload::resume(kept.clone(), "key", &facts(), &[]).unwrap();
    assert!(!upload.is_sealed());
    assert_eq!(upload.seal(1, part(1)), Ok(false));
    assert_eq!(upload.seal(2, part(2)), Ok(true));
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
    let mut resumed = Upload::resume(forged, "key", &facts(), &[]).unwrap();
    for number in 1..=3 {
        resumed.seal(number, part(number)).unwrap();
    }
    assert_eq!(resumed.whole_checksum(), Some(whole));

    let changes: [fn(&mut Checkpoint); 4] = [
        |checkpoint| checkpoint.crcs[0] = String::new(),
        |checkpoint| checkpoint.crcs[0] = "AAAAAAAAAAM".into(),
        |checkpoint| checkpoint.crcs[1] = "AAAAAAAAAAM=".into(),
        |checkpoint| checkpoint.crcs.truncate(2),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = kept.clone();
        change(&mut changed);
        let resumed = Upload::resume(changed, "key", &facts(), &[]).map(|_| ());
        assert!(matches!(resumed, Err(Error::Misuse(_))), "{index}");
    }
}

/// Where an attempt to send a part ends.
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
    Send(u16, Fate),
    Crash,
    Resume,
    ChangeFile(u16),
    StoreLoses(u16),
    Complete,
}

fn event() -> impl Strategy<Value = Event> {
    let number = || 1..=3_u16;
    let fate = prop_oneof![
        1 => Just(Fate::CrashBeforeKeeping),
        1 => Just(Fate::CrashBeforeSending),
        1 => Just(Fate::CrashBeforeAnswer),
        1 => Just(Fate::AnswerLost),
        3 => Just(Fate::Stored),
    ];
    prop_oneof![
        6 => (number(), fate).prop_map(|(number, fate)| Event::Send(number, fate)),
        1 => Just(Event::Crash),
        4 => Just(Event::Resume),
        1 => number().prop_map(Event::ChangeFile),
        1 => number().prop_map(Event::StoreLoses),
        2 => Just(Event::Complete),
    ]
}

/// A page, its kept checkpoint, the file on disk and the store; the order of steps is that of `browser::multipart`.
struct World {
    file: [u32; 3],
    upload: Option<Upload>,
    kept: Option<Checkpoint>,
    left: BTreeMap<u16, BTreeSet<u32>>,
    at_store: BTreeMap<u16, u32>,
    completed: Option<BTreeMap<u16, u32>>,
}

impl World {
    fn new() -> Self {
        Self {
            file: [10, 20, 30],
            upload: Some(begun(ChecksumAlgorithm::Sha256)),
            kept: None,
            left: BTreeMap::new(),
            at_store: BTreeMap::new(),
            completed: None,
        }
    }

    fn content(&self, number: u16) -> u32 {
        self.file[usize::from(number) - 1]
    }

    fn listed(&self) -> Vec<ListedPart> {
        let part = |(number, _): (&u16, &u32)| ListedPart {
            number: *number,
            e_tag: "e".into(),
            bytes: if *number == 3 { 16 } else { 5 * MIB },
        };
        self.at_store.iter().map(part).collect()
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Send(number, fate) => self.send(number, fate),
            Event::Crash => self.upload = None,
            Event::Resume => self.resume(),
            Event::ChangeFile(number) => self.file[usize::from(number) - 1] += 1,
            Event::StoreLoses(number) => drop(self.at_store.remove(&number)),
            Event::Complete => {
                let whole = self.upload.as_ref().and_then(|upload| upload.complete_body().ok());
                if whole.is_some() && self.at_store.len() == 3 {
                    self.completed = Some(self.at_store.clone());
                    self.upload = None;
                }
            }
        }
    }

    fn resume(&mut self) {
        let Some(kept) = self.kept.clone().filter(|_| self.completed.is_none()) else {
            return;
        };
        let mut upload = Upload::resume(kept, "key", &facts(), &self.listed()).unwrap();
        let sealed_before: Vec<_> = (1..=3).filter(|number| upload.digest(*number).is_some()).collect();
        let unchanged = sealed_before
            .into_iter()
            .all(|number| upload.seal(number, record(self.content(number))) == Ok(false));
        self.upload = unchanged.then_some(upload);
    }

    fn send(&mut self, number: u16, fate: Fate) {
        let content = self.content(number);
        let Some(upload) = &mut self.upload else { return };
        let Ok(is_new) = upload.seal(number, record(content)) else {
            self.upload = None;
            return;
        };
        if is_new {
            if matches!(fate, Fate::CrashBeforeKeeping) {
                self.upload = None;
                return;
            }
            self.kept = Some(upload.checkpoint().clone());
        }
        if upload.is_stored(number) || matches!(fate, Fate::CrashBeforeSending) {
            return;
        }
        self.left.entry(number).or_default().insert(content);
        match fate {
            Fate::CrashBeforeAnswer => self.upload = None,
            Fate::AnswerLost => drop(self.at_store.insert(number, content)),
            _ => {
                self.at_store.insert(number, content);
                upload.store(number, "e".into());
            }
        }
    }
}

/// Of three parts, the last of which is the tag.
fn begun(checksum: ChecksumAlgorithm) -> Upload {
    let plan = PartPlan::new(2 * 5 * MIB + 16, 5 * MIB).unwrap();
    Upload::begin("key", "id".into(), facts(), None, false, plan, Some(checksum))
}

fn facts() -> SourceFacts {
    SourceFacts {
        bytes: 2 * 5 * MIB,
        name: Some("file".into()),
        last_modified: Some(3),
    }
}

fn record(content: u32) -> PartRecord {
    PartRecord {
        digest: digest(content),
        crc: None,
    }
}

fn digest(content: u32) -> String {
    format!("{content:0>44}")
}
