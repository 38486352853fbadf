//! Uploads in parts.

use super::{
    Condition, Store,
    at_rest::Key,
    digest::{Sums, combine, composite},
    kept_sums::KeptSums,
    now,
    piece::Written,
    record::{Object, PartRecord, Record, SumKind, Upload, UploadRecord},
    seal,
};
use crate::{
    encoding::{hex, random},
    files::write_json,
};
use md5::{Digest, Md5};
use s3s::{S3Error, S3Result, s3_error};
use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

/// All parts but the last are at least this long.
const LEAST_PART: u64 = 5 * 1024 * 1024;

impl Store {
    /// Opens an upload; the record's id and time are filled in here.
    pub fn create_upload(&self, bucket: &str, mut record: UploadRecord) -> S3Result<String> {
        record.id = hex(&random::<24>().map_err(S3Error::internal_error)?);
        record.initiated = now();
        let folder = self.upload_folder(bucket, &record.id);
        self.with(bucket, |state| {
            fs::create_dir_all(&folder).map_err(S3Error::internal_error)?;
            write_json(&folder.join("upload.json"), &record).map_err(S3Error::internal_error)?;
            let id = record.id.clone();
            state.uploads.insert(
                id.clone(),
                Upload {
                    record,
                    parts: BTreeMap::new(),
                },
            );
            Ok(id)
        })
    }

    /// Looks at an open upload.
    pub fn upload<T>(&self, bucket: &str, key: &str, id: &str, look: impl FnOnce(&Upload) -> T) -> S3Result<T> {
        self.with(bucket, |state| match state.uploads.get(id) {
            Some(upload) if upload.record.key == key => Ok(look(upload)),
            _ => Err(no_such_upload()),
        })
    }

    /// All open uploads of a bucket, by key and id.
    pub fn open_uploads(&self, bucket: &str) -> S3Result<Vec<UploadRecord>> {
        let mut out: Vec<UploadRecord> = self.with(bucket, |state| {
            Ok(state.uploads.values().map(|upload| upload.record.clone()).collect())
        })?;
        out.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
        Ok(out)
    }

    /// Records a part, replacing one of the same number. `keys`: those that its bytes are under.
    pub fn put_part(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        number: u16,
        written: Written,
        keys: &[Key],
    ) -> S3Result<PartRecord> {
        let sealed = self.upload(bucket, key, id, |upload| upload.record.sealed.clone())?;
        let piece = Arc::new(written.piece);
        let part = PartRecord {
            number,
            etag: seal::etag(sealed.as_ref(), &written.md5)?,
            modified: now(),
            sums: KeptSums::keep(written.sums, keys)?,
            piece: piece.info.clone(),
        };
        let path = self.upload_folder(bucket, id).join(format!("{number}.json"));
        self.with(bucket, |state| {
            let upload = state.uploads.get_mut(id).filter(|upload| upload.record.key == key);
            let upload = upload.ok_or_else(no_such_upload)?;
            write_json(&path, &part).map_err(S3Error::internal_error)?;
            piece.keep(true);
            if let Some((_, replaced)) = upload.parts.insert(number, (part.clone(), piece)) {
                replaced.keep(false);
            }
            Ok(part)
        })
    }

    /// Throws an upload away.
    pub fn abort(&self, bucket: &str, key: &str, id: &str) -> S3Result<()> {
        self.upload(bucket, key, id, |_| ())?;
        self.with(bucket, |state| {
            let upload = state.uploads.remove(id).ok_or_else(no_such_upload)?;
            upload.parts.values().for_each(|(_, piece)| piece.keep(false));
            fs::remove_dir_all(self.upload_folder(bucket, id)).map_err(S3Error::internal_error)
        })
    }

    /// Makes an object of the named parts. Asked again after a lost answer, it gives the same answer again.
    pub fn complete(&self, bucket: &str, key: &str, id: &str, named: &Named) -> S3Result<Arc<Object>> {
        self.with(bucket, |state| {
            let Some(upload) = state.uploads.get(id).filter(|upload| upload.record.key == key) else {
                let done = state.objects.get(key);
                let done = done.filter(|object| object.record.upload_id.as_deref() == Some(id));
                return done.cloned().ok_or_else(no_such_upload);
            };
            let object = assemble(upload, named)?;
            let object = self.publish_into(bucket, state, object, &named.condition)?;
            if let Some(upload) = state.uploads.remove(id) {
                let used = |id: &str| object.record.pieces.iter().any(|piece| piece.id == id);
                let unused = upload.parts.values().filter(|(part, _)| !used(&part.piece.id));
                unused.for_each(|(_, piece)| piece.keep(false));
            }
            // Were this to break off, the next start would finish it.
            fs::remove_dir_all(self.upload_folder(bucket, id)).map_err(S3Error::internal_error)?;
            Ok(object)
        })
    }

    fn upload_folder(&self, bucket: &str, id: &str) -> PathBuf {
        self.folder(bucket).join("uploads").join(id)
    }
}

/// What `CompleteMultipartUpload` says.
#[derive(Default)]
pub struct Named {
    /// Numbers, ETags without quotes and checksums.
    pub parts: Vec<(u16, String, Sums)>,
    /// The object's own checksum, if it was given.
    pub sums: Sums,
    /// `x-amz-mp-object-size`.
    pub size: Option<u64>,
    /// On the object that is there.
    pub condition: Condition,
    /// Those that the bytes are under; `None`: the client, which has the key, did not send it.
    pub keys: Option<Vec<Key>>,
}

impl Named {
    /// Are there checksums to compare?
    pub fn has_sums(&self) -> bool {
        !self.sums.is_empty() || self.parts.iter().any(|(_, _, sums)| !sums.is_empty())
    }
}

fn assemble(upload: &Upload, named: &Named) -> S3Result<Object> {
    if named.parts.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    if named.parts.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order."
        ));
    }
    let (mut chosen, mut sums_of_parts) = (Vec::new(), Vec::new());
    for (number, etag, sums) in &named.parts {
        let missing = || s3_error!(InvalidPart, "One or more of the specified parts could not be found.");
        let found = upload.parts.get(number).filter(|(part, _)| part.etag == *etag);
        let found = found.ok_or_else(missing)?;
        let kept = named.keys.as_ref().map(|keys| found.0.sums.open(keys));
        let kept = kept.transpose()?.unwrap_or_default();
        if sums.iter().any(|(algorithm, text)| kept.get(algorithm) != Some(text)) {
            return Err(missing());
        }
        sums_of_parts.push((kept, found.0.piece.size));
        chosen.push(found);
    }
    if chosen
        .iter()
        .rev()
        .skip(1)
        .any(|(part, _)| part.piece.size < LEAST_PART)
    {
        return Err(s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size"
        ));
    }
    let size = chosen.iter().map(|(part, _)| part.piece.size).sum();
    if let Some(announced) = named.size.filter(|announced| *announced != size) {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header value {announced} does not match what was computed: {size}"
        ));
    }
    let parts: Vec<&PartRecord> = chosen.iter().map(|(part, _)| part).collect();
    let sums = object_sums(upload, &sums_of_parts, &named.sums)?;
    let keys = named.keys.as_deref().unwrap_or_default();
    let mut md5 = Md5::new();
    for part in &parts {
        md5.update(u128::from_str_radix(&part.etag, 16).unwrap_or_default().to_be_bytes());
    }
    let record = Record {
        key: upload.record.key.clone(),
        size,
        etag: format!("{}-{}", hex(&md5.finalize()), parts.len()),
        modified: now(),
        description: upload.record.description.clone(),
        sums: KeptSums::keep(sums, keys)?,
        sum_kind: upload.record.sum_kind,
        sealed: upload.record.sealed.clone(),
        pieces: parts.iter().map(|part| part.piece.clone()).collect(),
        upload_id: Some(upload.record.id.clone()),
    };
    Ok(Object {
        record,
        pieces: chosen.iter().map(|(_, piece)| piece.clone()).collect(),
    })
}

/// `parts`: their checksums and sizes.
fn object_sums(upload: &Upload, parts: &[(Sums, u64)], announced: &Sums) -> S3Result<Sums> {
    use super::digest::Algorithm::Crc64nvme;
    let algorithm = upload.record.algorithm.unwrap_or(Crc64nvme);
    let whole = |algorithm| combine(algorithm, parts.iter().map(|(sums, size)| (sums, *size)));
    let composite = |algorithm| composite(algorithm, parts.iter().map(|(sums, _)| sums));
    for (algorithm, text) in announced {
        let computed = [whole(*algorithm), composite(*algorithm)];
        if !computed.iter().flatten().any(|computed| computed == text) {
            return Err(s3_error!(
                BadDigest,
                "The checksum you specified did not match that of the object."
            ));
        }
    }
    let sum = match upload.record.sum_kind {
        SumKind::FullObject => whole(algorithm),
        SumKind::Composite => composite(algorithm),
    };
    Ok(sum.map(|sum| (algorithm, sum)).into_iter().collect())
}

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}
