//! The store on disk. What is known is held in memory and written through, one small JSON file per bucket, object,
//! open upload and part; the renaming of an object's record is the moment at which it becomes visible.
//!
//! `buckets/NAME/{bucket.json, objects/HASH.json, uploads/ID/{upload.json, N.json}, data/PIECE}`, `store-key.json`.

pub mod at_rest;
pub mod digest;
pub mod kept_sums;
mod load;
pub mod piece;
pub mod record;
pub mod seal;
pub mod transfer;
pub mod uploads;

use crate::{encoding::hex, files::write_json};
use at_rest::Key;
use record::{Object, Record, Upload};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use seal::Sealer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

/// One CORS rule, as `PutBucketCors` gave it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CorsRule {
    pub id: Option<String>,
    pub allowed_origins: Vec<String>,
    pub allowed_methods: Vec<String>,
    pub allowed_headers: Vec<String>,
    pub expose_headers: Vec<String>,
    pub max_age_seconds: Option<i32>,
}

/// A bucket's own record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BucketRecord {
    /// Milliseconds since 1970.
    pub created: u64,
    /// In the order in which they are tried.
    pub cors: Vec<CorsRule>,
    /// `None`: made without Object Lock.
    #[serde(default)]
    pub object_lock: Option<ObjectLock>,
}

/// Object Lock, which is there for as long as the bucket is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ObjectLock {
    /// What new objects get.
    pub retention: Option<Retention>,
}

/// A default retention. The store keeps what it was told; it has no versions that it could keep back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retention {
    /// GOVERNANCE or COMPLIANCE.
    pub mode: String,
    /// Either these,
    pub days: Option<i32>,
    /// or these.
    pub years: Option<i32>,
}

struct Bucket {
    record: BucketRecord,
    objects: BTreeMap<String, Arc<Object>>,
    /// How often each key was deleted since the start.
    deletions: BTreeMap<String, u64>,
    uploads: BTreeMap<String, Upload>,
}

/// What must hold of the object that is there, for a write to happen.
#[derive(Clone, Debug, Default)]
pub enum Condition {
    /// Nothing.
    #[default]
    None,
    /// `If-None-Match: *`.
    Absent,
    /// `If-Match`, without quotes; `*` is any.
    Matches(String),
}

/// A write whose bytes are on their way.
pub struct Begun {
    condition: Condition,
    deletions: Option<u64>,
}

/// The store.
pub struct Store {
    root: PathBuf,
    /// Wraps and unwraps data keys.
    pub sealer: Sealer,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

impl Store {
    /// Opens the store, sweeping what broken-off uploads left.
    pub fn open(data_dir: &Path, master: Key, keys: Arc<crate::kms::Keys>) -> io::Result<Self> {
        let root = data_dir.join("buckets");
        fs::create_dir_all(&root)?;
        let buckets = load::buckets(&root)?;
        Ok(Self {
            root,
            sealer: Sealer::new(master, keys),
            buckets: Mutex::new(buckets),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, bucket: &str, act: impl FnOnce(&mut Bucket) -> S3Result<T>) -> S3Result<T> {
        match self.lock().get_mut(bucket) {
            Some(bucket) => act(bucket),
            None => Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")),
        }
    }

    fn folder(&self, bucket: &str) -> PathBuf {
        self.root.join(bucket)
    }

    /// Where the bytes of a bucket's objects lie.
    pub fn data_folder(&self, bucket: &str) -> PathBuf {
        self.folder(bucket).join("data")
    }

    /// Makes a bucket; `false` if it is there already.
    pub fn create_bucket(&self, name: &str, object_lock: bool) -> S3Result<bool> {
        let mut buckets = self.lock();
        if buckets.contains_key(name) {
            return Ok(false);
        }
        let folder = self.folder(name);
        for part in ["objects", "uploads", "data"] {
            fs::create_dir_all(folder.join(part)).map_err(S3Error::internal_error)?;
        }
        let record = BucketRecord {
            created: now(),
            cors: Vec::new(),
            object_lock: object_lock.then(ObjectLock::default),
        };
        write_json(&folder.join("bucket.json"), &record).map_err(S3Error::internal_error)?;
        let bucket = Bucket {
            record,
            objects: BTreeMap::new(),
            deletions: BTreeMap::new(),
            uploads: BTreeMap::new(),
        };
        buckets.insert(name.into(), bucket);
        Ok(true)
    }

    /// Removes a bucket, which must be empty.
    pub fn delete_bucket(&self, name: &str) -> S3Result<()> {
        self.with(name, |bucket| {
            match bucket.objects.is_empty() && bucket.uploads.is_empty() {
                true => fs::remove_dir_all(self.folder(name)).map_err(S3Error::internal_error),
                false => Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty")),
            }
        })?;
        self.lock().remove(name);
        Ok(())
    }

    /// Names and times of all buckets.
    pub fn buckets(&self) -> Vec<(String, u64)> {
        self.lock()
            .iter()
            .map(|(name, bucket)| (name.clone(), bucket.record.created))
            .collect()
    }

    /// A bucket's record.
    pub fn bucket(&self, name: &str) -> S3Result<BucketRecord> {
        self.with(name, |bucket| Ok(bucket.record.clone()))
    }

    /// Replaces a bucket's CORS rules.
    pub fn set_cors(&self, name: &str, cors: Vec<CorsRule>) -> S3Result<()> {
        self.change_bucket(name, |record| record.cors = cors)
    }

    /// Replaces a bucket's Object Lock.
    pub fn set_object_lock(&self, name: &str, object_lock: ObjectLock) -> S3Result<()> {
        self.change_bucket(name, |record| record.object_lock = Some(object_lock))
    }

    fn change_bucket(&self, name: &str, change: impl FnOnce(&mut BucketRecord)) -> S3Result<()> {
        self.with(name, |bucket| {
            let mut record = bucket.record.clone();
            change(&mut record);
            write_json(&self.folder(name).join("bucket.json"), &record).map_err(S3Error::internal_error)?;
            bucket.record = record;
            Ok(())
        })
    }

    /// An object that is there.
    pub fn object(&self, bucket: &str, key: &str) -> S3Result<Arc<Object>> {
        self.with(bucket, |bucket| {
            let object = bucket.objects.get(key).cloned();
            object.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
        })
    }

    /// Objects after `after`, in order of their keys, until `take` says no.
    pub fn objects(&self, bucket: &str, after: &str, mut take: impl FnMut(&Record) -> bool) -> S3Result<()> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.with(bucket, |bucket| {
            let mut range = bucket.objects.range::<str, _>((Excluded(after), Unbounded));
            let _ = range.all(|(_, object)| take(&object.record));
            Ok(())
        })
    }

    /// Refuses early what `publish` would refuse; only that one decides.
    pub fn begin(&self, bucket: &str, key: &str, condition: Condition) -> S3Result<Begun> {
        self.with(bucket, |bucket| {
            condition.check(bucket.objects.get(key).map(|object| object.record.etag.as_str()))?;
            let deletions = bucket.deletions.get(key).copied();
            Ok(Begun { condition, deletions })
        })
    }

    /// Makes an object visible, in one step, if the condition still holds.
    pub fn publish(&self, bucket: &str, object: Object, begun: &Begun) -> S3Result<Arc<Object>> {
        self.with(bucket, |state| {
            let deletions = state.deletions.get(&object.record.key).copied();
            // It may have been there meanwhile: S3 does not say that it never was.
            if matches!(begun.condition, Condition::Absent) && deletions != begun.deletions {
                return Err(conflict());
            }
            self.publish_into(bucket, state, object, &begun.condition)
        })
    }

    fn publish_into(
        &self,
        name: &str,
        bucket: &mut Bucket,
        object: Object,
        condition: &Condition,
    ) -> S3Result<Arc<Object>> {
        let key = object.record.key.clone();
        condition.check(bucket.objects.get(&key).map(|object| object.record.etag.as_str()))?;
        write_json(&self.record_path(name, &key), &object.record).map_err(S3Error::internal_error)?;
        object.pieces.iter().for_each(|piece| piece.keep(true));
        let object = Arc::new(object);
        if let Some(replaced) = bucket.objects.insert(key, object.clone()) {
            replaced.pieces.iter().for_each(|piece| piece.keep(false));
        }
        Ok(object)
    }

    /// Removes an object, if there is one.
    pub fn delete(&self, bucket: &str, key: &str, condition: &Condition) -> S3Result<()> {
        self.with(bucket, |state| {
            let Some(object) = state.objects.get(key) else {
                return Ok(());
            };
            condition.check(Some(&object.record.etag))?;
            fs::remove_file(self.record_path(bucket, key)).map_err(S3Error::internal_error)?;
            object.pieces.iter().for_each(|piece| piece.keep(false));
            state.objects.remove(key);
            *state.deletions.entry(key.into()).or_default() += 1;
            Ok(())
        })
    }

    fn record_path(&self, bucket: &str, key: &str) -> PathBuf {
        let name = hex(&Sha256::digest(key.as_bytes()));
        self.folder(bucket).join("objects").join(format!("{name}.json"))
    }
}

impl ObjectLock {
    /// The demo's.
    pub fn of_days(days: i32) -> Self {
        let retention = Retention {
            mode: "GOVERNANCE".into(),
            days: Some(days),
            years: None,
        };
        Self {
            retention: Some(retention),
        }
    }
}

impl Condition {
    fn check(&self, etag: Option<&str>) -> S3Result<()> {
        let holds = match (self, etag) {
            (Self::None, _) | (Self::Absent, None) => true,
            (Self::Matches(wanted), Some(etag)) => wanted == "*" || wanted == etag,
            (Self::Matches(_), None) => return Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
            (Self::Absent, Some(_)) => false,
        };
        match holds {
            true => Ok(()),
            false => Err(s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            )),
        }
    }
}

fn conflict() -> S3Error {
    let code = S3ErrorCode::Custom("ConditionalRequestConflict".into());
    let text = "The conditional request cannot succeed due to a conflicting operation against this resource.";
    let mut error = S3Error::with_message(code, text);
    error.set_status_code(http::StatusCode::CONFLICT);
    error
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as u64
}

#[cfg(test)]
pub mod tests;
