//! The embedded account: its credentials, its store and its KMS, all in one data directory.

use crate::{
    config::Credentials,
    encoding::{base64, from_base64, hex, random},
    files::{read_json, write_json},
    kms::{self, Keys},
    store::{Store, at_rest::Key},
};
use std::{fs, io, path::Path, sync::Arc};
use zeroize::Zeroizing;

/// The name of the key that the demo uses.
const DEMO_KEY: &str = "alias/presealed-demo";

/// Everything that the data directory holds.
pub struct Embedded {
    pub credentials: Credentials,
    pub store: Arc<Store>,
    pub keys: Arc<Keys>,
    pub kms_key_id: String,
    /// Held as long as the store is open: two servers on one directory would not see each other's writes.
    _lock: fs::File,
}

impl Embedded {
    /// Opens the data directory, or makes it.
    pub fn open(data_dir: &Path, given: Option<Credentials>, bucket: &str, region: &str) -> io::Result<Self> {
        fs::create_dir_all(data_dir)?;
        #[cfg(unix)]
        fs::set_permissions(data_dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let lock = fs::File::create(data_dir.join("lock"))?;
        lock.try_lock()
            .map_err(|_| io::Error::other("another server has this data directory open"))?;
        let credentials = match given {
            Some(credentials) => credentials,
            None => own_credentials(data_dir)?,
        };
        let keys = Arc::new(Keys::load(kms::file(data_dir), region)?);
        let store = Arc::new(Store::open(data_dir, master(data_dir)?, keys.clone())?);
        let failed = |error: s3s::S3Error| io::Error::other(error.to_string());
        store.create_bucket(bucket, false).map_err(failed)?;
        let kms_key_id = keys.with_alias(DEMO_KEY, "The demo's customer managed key", false);
        let kms_key_id = kms_key_id.map_err(|error| io::Error::other(error.message))?;
        Ok(Self {
            credentials,
            store,
            keys,
            kms_key_id,
            _lock: lock,
        })
    }
}

fn own_credentials(data_dir: &Path) -> io::Result<Credentials> {
    let path = data_dir.join("credentials.json");
    let (access_key, secret_key) = match read_json(&path)? {
        Some(pair) => pair,
        None => {
            let pair = (
                format!("PSLD{}", hex(&random::<8>()?).to_uppercase()),
                hex(&random::<20>()?),
            );
            write_json(&path, &pair)?;
            pair
        }
    };
    Ok(Credentials {
        access_key,
        secret_key,
        session_token: None,
    })
}

fn master(data_dir: &Path) -> io::Result<Key> {
    let path = data_dir.join("store-key.json");
    if let Some(text) = read_json::<String>(&path)?.map(Zeroizing::new) {
        let bytes = from_base64(&text).and_then(|bytes| bytes.try_into().ok());
        return bytes
            .map(Zeroizing::new)
            .ok_or_else(|| io::Error::other("store-key.json is damaged"));
    }
    let key = Zeroizing::new(random::<32>()?);
    write_json(&path, &base64(&*key))?;
    Ok(key)
}
