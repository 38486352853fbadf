//! Reading the store at start.

use super::{
    Bucket,
    piece::Piece,
    record::{Object, PartRecord, Record, Upload, UploadRecord},
};
use crate::files::read_json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) fn buckets(root: &Path) -> io::Result<BTreeMap<String, Bucket>> {
    let mut out = BTreeMap::new();
    for folder in entries(root)? {
        let Some(record) = read_json(&folder.join("bucket.json"))? else {
            continue;
        };
        let data = folder.join("data");
        let mut named = BTreeSet::new();
        let objects = objects(&folder.join("objects"), &data, &mut named)?;
        let done: BTreeSet<_> = objects
            .values()
            .filter_map(|object| object.record.upload_id.clone())
            .collect();
        let uploads = uploads(&folder.join("uploads"), &data, &done, &mut named)?;
        sweep(&data, &named)?;
        out.insert(
            name(&folder),
            Bucket {
                record,
                objects,
                deletions: BTreeMap::new(),
                uploads,
            },
        );
    }
    Ok(out)
}

fn objects(folder: &Path, data: &Path, named: &mut BTreeSet<String>) -> io::Result<BTreeMap<String, Arc<Object>>> {
    let mut out = BTreeMap::new();
    for path in json(folder)? {
        let Some(record) = read_json::<Record>(&path)? else {
            continue;
        };
        named.extend(record.pieces.iter().map(|piece| piece.id.clone()));
        let pieces = record
            .pieces
            .iter()
            .map(|info| Arc::new(Piece::recorded(data, info.clone())))
            .collect();
        out.insert(record.key.clone(), Arc::new(Object { record, pieces }));
    }
    Ok(out)
}

fn uploads(
    folder: &Path,
    data: &Path,
    done: &BTreeSet<String>,
    named: &mut BTreeSet<String>,
) -> io::Result<BTreeMap<String, Upload>> {
    let mut out = BTreeMap::new();
    for folder in entries(folder)? {
        // Half removed, or an object already, whose bytes are not to be thrown away with the upload.
        let record = read_json::<UploadRecord>(&folder.join("upload.json"))?;
        let Some(record) = record.filter(|record| !done.contains(&record.id)) else {
            fs::remove_dir_all(&folder)?;
            continue;
        };
        let mut parts = BTreeMap::new();
        for path in json(&folder)?.into_iter().filter(|path| name(path) != "upload.json") {
            let Some(part) = read_json::<PartRecord>(&path)? else {
                continue;
            };
            named.insert(part.piece.id.clone());
            let piece = Arc::new(Piece::recorded(data, part.piece.clone()));
            parts.insert(part.number, (part, piece));
        }
        out.insert(record.id.clone(), Upload { record, parts });
    }
    Ok(out)
}

fn sweep(data: &Path, named: &BTreeSet<String>) -> io::Result<()> {
    entries(data)?
        .into_iter()
        .filter(|path| !named.contains(&name(path)))
        .try_for_each(fs::remove_file)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect()
}

fn json(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = entries(folder)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
