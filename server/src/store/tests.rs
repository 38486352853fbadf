#![allow(clippy::unwrap_used)]
use super::{
    digest::Digests,
    kept_sums::KeptSums,
    piece::PieceWriter,
    record::{Description, SumKind, UploadRecord},
    *,
};
use crate::{encoding::random, kms::Keys};
use zeroize::Zeroizing;

/// A data directory for as long as this lives.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(hex(&random::<12>().unwrap()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn open(&self) -> Store {
        let keys = Keys::load(self.0.join("kms.json"), "us-east-1").unwrap();
        Store::open(&self.0, Zeroizing::new([9; 32]), Arc::new(keys)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn object(store: &Store, key: &str, bytes: &[u8]) -> Object {
    let mut writer = PieceWriter::new(&store.data_folder("b"), &[], Digests::new([])).unwrap();
    writer.write(bytes).unwrap();
    let written = writer.finish().unwrap();
    let record = Record {
        key: key.into(),
        size: bytes.len() as u64,
        etag: hex(&written.md5),
        modified: now(),
        description: Description::default(),
        sums: KeptSums::keep(written.sums, &[]).unwrap(),
        sum_kind: SumKind::FullObject,
        sealed: None,
        pieces: vec![written.piece.info.clone()],
        upload_id: None,
    };
    Object {
        record,
        pieces: vec![Arc::new(written.piece)],
    }
}

#[test]
fn of_concurrent_writers_with_if_none_match_exactly_one_wins() {
    let folder = Folder::new();
    let store = folder.open();
    store.create_bucket("b", false).unwrap();
    let won: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..16u8)
            .map(|n| {
                let store = &store;
                scope.spawn(move || {
                    let begun = Begun {
                        condition: Condition::Absent,
                        deletions: None,
                    };
                    store.publish("b", object(store, "k", &[n]), &begun).is_ok()
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| usize::from(writer.join().unwrap()))
            .sum()
    });
    assert_eq!(won, 1);
    assert_eq!(
        fs::read_dir(store.data_folder("b")).unwrap().count(),
        1,
        "the losers leave nothing"
    );
}

#[test]
fn a_restart_keeps_everything_and_sweeps_what_nobody_names() {
    let folder = Folder::new();
    let store = folder.open();
    store.create_bucket("b", false).unwrap();
    store
        .set_cors(
            "b",
            vec![CorsRule {
                id: Some("one".into()),
                ..CorsRule::default()
            }],
        )
        .unwrap();
    let begun = store.begin("b", "dir/ü", Condition::None).unwrap();
    store.publish("b", object(&store, "dir/ü", b"bytes"), &begun).unwrap();
    let upload = UploadRecord {
        id: String::new(),
        key: "up".into(),
        initiated: 0,
        description: Description::default(),
        algorithm: None,
        sum_kind: SumKind::FullObject,
        sealed: None,
    };
    let id = store.create_upload("b", upload).unwrap();
    let writer = PieceWriter::new(&store.data_folder("b"), &[], Digests::new([])).unwrap();
    let part = store
        .put_part("b", "up", &id, 1, writer.finish().unwrap(), &[])
        .unwrap();
    fs::write(store.data_folder("b").join("left-over"), b"x").unwrap();
    drop(store);

    let store = folder.open();
    assert!(!store.data_folder("b").join("left-over").exists());
    assert_eq!(store.bucket("b").unwrap().cors[0].id.as_deref(), Some("one"));
    assert_eq!(store.object("b", "dir/ü").unwrap().record.size, 5);
    let named = uploads::Named {
        parts: vec![(1, part.etag, Default::default())],
        ..Default::default()
    };
    let done = store.complete("b", "up", &id, &named).unwrap();
    assert!(done.record.etag.ends_with("-1"));
    let again = store.complete("b", "up", &id, &named).unwrap();
    assert_eq!(
        again.record.etag, done.record.etag,
        "the answer to a repeated Complete is the same"
    );
    drop((store, done, again));
    assert_eq!(folder.open().object("b", "up").unwrap().record.size, 0);
}
