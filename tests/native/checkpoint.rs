//! What goes on with an upload, and with what it does not: checkpoints, the facts of a source, and what a realm remembers. That no part leaves with
//! two contents, whatever is resumed, is `machine::put`'s.

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

const MIB: u64 = 1 << 20;

/// Of three parts, the last of which is the tag.
fn begun(source: SourceFacts, checksum: ChecksumAlgorithm) -> Upload {
    let plan = PartPlan::new(2 * 5 * MIB + 16, 5 * MIB).unwrap();
    let envelope = StringMap::from_iter([("x-amz-i".to_string(), "a message id".to_string())]);
    Upload::begin("key", "id".into(), source, Some(envelope), false, plan, Some(checksum))
}

fn plain_facts() -> SourceFacts {
    SourceFacts {
        bytes: 2 * 5 * MIB,
        name: Some("file".into()),
        last_modified: Some(3),
        fingerprint: None,
    }
}

fn first_listed() -> ListedPart {
    ListedPart {
        number: 1,
        e_tag: "e".into(),
        bytes: 5 * MIB,
    }
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
    Upload::resume(checkpoint.clone(), age, "key", source, &[first_listed()], ledger)
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
