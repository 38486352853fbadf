//! Keys and what they do: AES-256-GCM, with the key's ARN and the encryption context as additional data.

use crate::{
    encoding::{base64, from_base64, hex, random},
    files::{read_json, write_json},
};
use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead, aead::Payload};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};
use zeroize::{Zeroize, Zeroizing};

/// An encryption context; ordered, so that it has one encoding.
pub type Context = BTreeMap<String, String>;

/// KMS's own error: the name of its exception, and a sentence.
#[derive(Debug)]
pub struct KmsError {
    /// Such as `NotFoundException`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl KmsError {
    /// An error by name.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl From<io::Error> for KmsError {
    fn from(error: io::Error) -> Self {
        Self::new("KMSInternalException", error.to_string())
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub struct MasterKey {
    pub id: String,
    pub arn: String,
    pub description: String,
    pub enabled: bool,
    pub aws_managed: bool,
    pub created: u64,
    pub aliases: Vec<String>,
    material: String,
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.material.zeroize();
    }
}

/// All keys, and the file that holds them.
pub struct Keys {
    path: PathBuf,
    arn_prefix: String,
    keys: Mutex<Vec<MasterKey>>,
}

const VERSION: u8 = 1;
const HEAD: usize = 1 + 16 + 12;

impl Keys {
    /// Reads the keys, or starts with none.
    pub fn load(path: PathBuf, region: &str) -> io::Result<Self> {
        let keys = read_json(&path)?.unwrap_or_default();
        Ok(Self {
            path,
            arn_prefix: format!("arn:aws:kms:{region}:{ACCOUNT}:"),
            keys: Mutex::new(keys),
        })
    }

    /// Where a key or an alias lies, as AWS writes it.
    pub fn arn(&self, rest: &str) -> String {
        format!("{}{rest}", self.arn_prefix)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<MasterKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, act: impl FnOnce(&mut Vec<MasterKey>) -> Result<T, KmsError>) -> Result<T, KmsError> {
        let mut keys = self.lock();
        let mut changed = keys.clone();
        let answer = act(&mut changed)?;
        write_json(&self.path, &changed)?;
        *keys = changed;
        Ok(answer)
    }

    fn position(&self, keys: &[MasterKey], key_id: &str) -> Result<usize, KmsError> {
        let name = key_id.strip_prefix(&self.arn_prefix).unwrap_or(key_id);
        let name = name.strip_prefix("key/").unwrap_or(name);
        let found = |key: &MasterKey| key.id == name || key.aliases.iter().any(|alias| alias == name);
        keys.iter()
            .position(found)
            .ok_or_else(|| KmsError::new("NotFoundException", format!("Key '{key_id}' does not exist")))
    }

    /// Finds a key by id, ARN or alias.
    pub fn find(&self, key_id: &str) -> Result<MasterKey, KmsError> {
        let keys = self.lock();
        self.position(&keys, key_id).map(|at| keys[at].clone())
    }

    fn usable(&self, key_id: &str) -> Result<MasterKey, KmsError> {
        let key = self.find(key_id)?;
        match key.enabled {
            true => Ok(key),
            false => Err(KmsError::new("DisabledException", format!("{} is disabled.", key.arn))),
        }
    }

    /// All keys.
    pub fn all(&self) -> Vec<MasterKey> {
        self.lock().clone()
    }

    /// A new key.
    pub fn create(&self, description: &str) -> Result<MasterKey, KmsError> {
        let key = self.fresh(description, false)?;
        self.change(|keys| {
            keys.push(key.clone());
            Ok(key)
        })
    }

    fn fresh(&self, description: &str, aws_managed: bool) -> Result<MasterKey, KmsError> {
        let id = hex(&random::<16>()?);
        let id = [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
        Ok(MasterKey {
            arn: self.arn(&format!("key/{id}")),
            id,
            description: description.into(),
            enabled: true,
            aws_managed,
            created: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs(),
            aliases: Vec::new(),
            material: base64(&*Zeroizing::new(random::<32>()?)),
        })
    }

    /// The ARN of the key with this alias, which is made on demand (`alias/aws/s3`).
    pub fn aws_managed(&self, alias: &str) -> Result<String, KmsError> {
        self.with_alias(alias, "Default key that protects my S3 objects", true)
    }

    /// The ARN of the key with this alias, which is made on demand.
    pub fn with_alias(&self, alias: &str, description: &str, aws_managed: bool) -> Result<String, KmsError> {
        if let Ok(key) = self.find(alias) {
            return Ok(key.arn.clone());
        }
        let mut key = self.fresh(description, aws_managed)?;
        key.aliases.push(alias.into());
        let arn = key.arn.clone();
        self.change(|keys| match self.position(keys, alias) {
            Ok(at) => Ok(keys[at].arn.clone()),
            Err(_) => {
                keys.push(key);
                Ok(arn)
            }
        })
    }

    /// Enables or disables a key.
    pub fn set_enabled(&self, key_id: &str, enabled: bool) -> Result<(), KmsError> {
        self.change(|keys| {
            let at = self.position(keys, key_id)?;
            keys[at].enabled = enabled;
            Ok(())
        })
    }

    /// Gives a key another name, or takes the name away (`key_id` none).
    pub fn set_alias(&self, alias: &str, key_id: Option<&str>) -> Result<(), KmsError> {
        if !alias.starts_with("alias/") || alias.starts_with("alias/aws/") {
            return Err(KmsError::new(
                "ValidationException",
                "An alias begins with alias/ and not with alias/aws/",
            ));
        }
        self.change(|keys| {
            let holder = self.position(keys, alias).ok();
            match (key_id, holder) {
                (Some(_), Some(_)) => {
                    return Err(KmsError::new(
                        "AlreadyExistsException",
                        format!("{alias} already exists"),
                    ));
                }
                (Some(key_id), None) => {
                    let at = self.position(keys, key_id)?;
                    keys[at].aliases.push(alias.into());
                }
                (None, Some(at)) => keys[at].aliases.retain(|name| name != alias),
                (None, None) => return Err(KmsError::new("NotFoundException", format!("{alias} is not found"))),
            }
            Ok(())
        })
    }

    /// The key's ARN and a blob.
    pub fn encrypt(&self, key_id: &str, context: &Context, plaintext: &[u8]) -> Result<(String, Vec<u8>), KmsError> {
        if plaintext.is_empty() || plaintext.len() > 4096 {
            return Err(KmsError::new(
                "ValidationException",
                "Plaintext is 1 to 4096 bytes long",
            ));
        }
        let key = self.usable(key_id)?;
        let nonce = random::<12>()?;
        let aad = additional_data(&key.arn, context);
        let sealed = cipher(&key)?.encrypt(
            &nonce.into(),
            Payload {
                msg: plaintext,
                aad: &aad,
            },
        );
        let sealed = sealed.map_err(|_| KmsError::new("KMSInternalException", "encryption failed"))?;
        Ok((
            key.arn.clone(),
            [&[VERSION][..], &id_bytes(&key.id), &nonce, &sealed].concat(),
        ))
    }

    /// The ARN of the key that opened it, and the plaintext.
    pub fn decrypt(
        &self,
        key_id: Option<&str>,
        context: &Context,
        blob: &[u8],
    ) -> Result<(String, Zeroizing<Vec<u8>>), KmsError> {
        let invalid = || {
            KmsError::new(
                "InvalidCiphertextException",
                "The ciphertext or its context is not valid",
            )
        };
        let (head, sealed) = blob.split_at_checked(HEAD).ok_or_else(invalid)?;
        if head[0] != VERSION {
            return Err(invalid());
        }
        let made_by = self
            .all()
            .into_iter()
            .find(|key| id_bytes(&key.id) == head[1..17])
            .ok_or_else(invalid)?;
        if let Some(key_id) = key_id
            && self.find(key_id)?.id != made_by.id
        {
            return Err(KmsError::new(
                "IncorrectKeyException",
                "The key that was named did not make this ciphertext",
            ));
        }
        let key = self.usable(&made_by.id)?;
        let nonce: [u8; 12] = head[17..].try_into().map_err(|_| invalid())?;
        let aad = additional_data(&key.arn, context);
        let opened = cipher(&key)?.decrypt(&nonce.into(), Payload { msg: sealed, aad: &aad });
        Ok((key.arn.clone(), Zeroizing::new(opened.map_err(|_| invalid())?)))
    }

    /// The key's ARN, a fresh data key, and its blob.
    #[allow(clippy::type_complexity)]
    pub fn generate_data_key(
        &self,
        key_id: &str,
        context: &Context,
        length: usize,
    ) -> Result<(String, Zeroizing<Vec<u8>>, Vec<u8>), KmsError> {
        if !(1..=1024).contains(&length) {
            return Err(KmsError::new("ValidationException", "NumberOfBytes is 1 to 1024"));
        }
        let mut plaintext = Zeroizing::new(vec![0; length]);
        getrandom::fill(&mut plaintext).map_err(io::Error::other)?;
        let (arn, blob) = self.encrypt(key_id, context, &plaintext)?;
        Ok((arn, plaintext, blob))
    }
}

/// The account that the ARNs name.
pub const ACCOUNT: &str = "000000000000";

fn cipher(key: &MasterKey) -> Result<Aes256Gcm, KmsError> {
    let material = from_base64(&key.material).map(Zeroizing::new);
    let cipher = material.and_then(|bytes| Aes256Gcm::new_from_slice(&bytes).ok());
    cipher.ok_or_else(|| KmsError::new("KMSInternalException", "the key file is damaged"))
}

fn id_bytes(id: &str) -> [u8; 16] {
    u128::from_str_radix(&id.replace('-', ""), 16)
        .unwrap_or_default()
        .to_be_bytes()
}

// Every field behind its length: {a: bc} and {ab: c} must not look the same.
fn additional_data(arn: &str, context: &Context) -> Vec<u8> {
    let mut out = Vec::new();
    let fields = context.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    for field in [arn].into_iter().chain(fields) {
        out.extend_from_slice(&(field.len() as u64).to_be_bytes());
        out.extend_from_slice(field.as_bytes());
    }
    out
}

/// The keys' file in a data directory.
pub fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("kms.json")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn context(name: &str, value: &str) -> Context {
        [(name.to_string(), value.to_string())].into()
    }

    fn keys(name: &str) -> (Keys, PathBuf) {
        let path = std::env::temp_dir().join(format!("{}-{name}.json", hex(&random::<8>().unwrap())));
        (Keys::load(path.clone(), "us-east-1").unwrap(), path)
    }

    #[test]
    fn context_is_bound_without_ambiguity() {
        let (keys, path) = keys("context");
        let id = keys.create("").unwrap().id.clone();
        let (_, blob) = keys.encrypt(&id, &context("a", "bc"), b"x").unwrap();
        assert!(keys.decrypt(None, &context("a", "bc"), &blob).is_ok());
        for other in [context("ab", "c"), context("", "abc"), Context::new()] {
            assert_eq!(
                keys.decrypt(None, &other, &blob).unwrap_err().code,
                "InvalidCiphertextException"
            );
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn another_key_a_disabled_key_and_a_restart() {
        let (keys, path) = keys("restart");
        let (one, two) = (
            keys.create("").unwrap().arn.clone(),
            keys.create("").unwrap().id.clone(),
        );
        let (_, blob) = keys.encrypt(&one, &Context::new(), b"x").unwrap();
        let wrong = keys.decrypt(Some(&two), &Context::new(), &blob).unwrap_err();
        assert_eq!(wrong.code, "IncorrectKeyException");
        keys.set_enabled(&one, false).unwrap();
        let keys = Keys::load(path.clone(), "us-east-1").unwrap();
        assert_eq!(
            keys.decrypt(None, &Context::new(), &blob).unwrap_err().code,
            "DisabledException"
        );
        keys.set_enabled(&one, true).unwrap();
        assert_eq!(*keys.decrypt(Some(&one), &Context::new(), &blob).unwrap().1, b"x");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn aws_managed_key_is_made_once() {
        let (keys, path) = keys("managed");
        assert_eq!(
            keys.aws_managed("alias/aws/s3").unwrap(),
            keys.aws_managed("alias/aws/s3").unwrap()
        );
        std::fs::remove_file(path).unwrap();
    }
}
