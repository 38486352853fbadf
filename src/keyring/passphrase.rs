//! Passphrase keyring: a raw AES keyring whose key is Argon2id of the passphrase.
//!
//! Salt and cost travel in the material description, which nobody authenticates: a changed salt or cost derives another
//! key, and the unwrap fails. A reader caps the cost, since whoever writes to the bucket chooses it. Any S3 Encryption
//! Client that derives the same 32 bytes opens the object with them as its raw AES key.

use std::cell::RefCell;
use std::rc::Rc;

use base64ct::{Base64, Encoding};

use super::{
    Failure, Keyring, WrapRequest, WrappingKeyring, generate_and_wrap,
    raw_aes::{RawAesKeyring, WrappingCipher},
    refuse_context,
};
use crate::{
    EncryptedDataKey, Error, MaterialDescription, WrapAlgorithm,
    secret::{DataKey, Entropy, Passphrase, WrappingKey, random},
};

/// Cost of Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes; computed one after the other here.
    pub parallelism: u32,
}

impl Default for Cost {
    /// RFC 9106's second recommendation with one lane, as a page has one thread: 64 MiB, 3 passes.
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            iterations: 3,
            parallelism: 1,
        }
    }
}

impl Cost {
    /// What a reader is willing to spend: an object can ask for at most four times the default memory, and sixteen
    /// times its work.
    const MAX: Self = Self {
        memory_kib: 256 * 1024,
        iterations: 64,
        parallelism: 16,
    };
    const MAX_MEMORY_PASSES_KIB: u64 = 16 * 3 * 64 * 1024;
    /// OWASP's floor; a weaker derivation is refused on writing.
    const MIN_WRITE: Self = Self {
        memory_kib: 19 * 1024,
        iterations: 2,
        parallelism: 1,
    };

    /// Whether a reader takes it; and whether it is one of Argon2id's at all, which wants 8 KiB for each lane.
    fn check(self) -> Result<(), Error> {
        let passes = u64::from(self.memory_kib).saturating_mul(u64::from(self.iterations));
        if self.memory_kib > Self::MAX.memory_kib
            || self.iterations > Self::MAX.iterations
            || self.parallelism > Self::MAX.parallelism
            || passes > Self::MAX_MEMORY_PASSES_KIB
        {
            return Err(Error::EnvelopeInvalid(
                "the passphrase cost exceeds what a reader accepts",
            ));
        }
        let is_argon2id =
            self.iterations > 0 && self.parallelism > 0 && self.memory_kib >= self.parallelism.saturating_mul(8);
        match is_argon2id {
            true => Ok(()),
            false => Err(Error::EnvelopeInvalid("the passphrase cost is none of Argon2id's")),
        }
    }
}

/// A passphrase and what was derived from it. It outlasts calls.
pub struct Passphrased {
    passphrase: Passphrase,
    cost: Cost,
    /// The derivation behind all objects that are written with it, since one takes about a second. Its salt is the
    /// keyring's own: one that came with an object is never written with.
    writing: RefCell<Option<Rc<Derived>>>,
    /// The derivation of the object read last.
    reading: RefCell<Option<Rc<Derived>>>,
}

/// A key and what it was derived with.
struct Derived {
    salt: [u8; SALT_BYTES],
    cost: Cost,
    key: Rc<WrappingKey>,
}

/// What derives keys, and wraps under them.
#[allow(async_fn_in_trait)]
pub trait Stretch {
    /// [`Error`], or a wider one.
    type Failure: Failure;
    /// AES-GCM under a derived key.
    type Cipher: WrappingCipher<Failure = Self::Failure>;

    /// Argon2id at a cost that was checked.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] where there is not so much memory; [`Error::Misuse`] for a passphrase that is too long.
    async fn argon2id(
        &self,
        passphrase: &Passphrase,
        salt: &[u8; SALT_BYTES],
        cost: Cost,
    ) -> Result<WrappingKey, Self::Failure>;

    /// What wraps under that key.
    fn cipher(&self, key: Rc<WrappingKey>) -> Self::Cipher;
}

impl Passphrased {
    /// A passphrase that writes at that cost.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a cost below OWASP's minimum or above what a reader accepts.
    pub fn new(passphrase: Passphrase, cost: Cost) -> Result<Self, Error> {
        let minimum = Cost::MIN_WRITE;
        if cost.memory_kib < minimum.memory_kib || cost.iterations < minimum.iterations {
            return Err(Error::misuse("the passphrase cost is below 19456 KiB and 2 iterations"));
        }
        cost.check()
            .map_err(|_| Error::misuse("the passphrase cost is more than readers accept"))?;
        Ok(Self {
            passphrase,
            cost,
            writing: RefCell::new(None),
            reading: RefCell::new(None),
        })
    }
}

/// Derives keys in this process, in native programs.
pub struct InProcess;

/// Wraps data keys under a key derived from a passphrase.
pub struct PassphraseKeyring<S = InProcess> {
    kept: Rc<Passphrased>,
    stretch: S,
}

impl<S: Stretch> PassphraseKeyring<S> {
    /// The keyring of that passphrase, for whatever derives its keys.
    pub const fn of(kept: Rc<Passphrased>, stretch: S) -> Self {
        Self { kept, stretch }
    }

    async fn writing(&self, entropy: &mut dyn Entropy) -> Result<Rc<Derived>, S::Failure> {
        if let Some(derived) = &*self.kept.writing.borrow() {
            return Ok(Rc::clone(derived));
        }
        let derived = self.derive(random(entropy)?, self.kept.cost).await?;
        self.kept.writing.replace(Some(Rc::clone(&derived)));
        Ok(derived)
    }

    async fn derive(&self, salt: [u8; SALT_BYTES], cost: Cost) -> Result<Rc<Derived>, S::Failure> {
        cost.check()?;
        let key = Rc::new(self.stretch.argon2id(&self.kept.passphrase, &salt, cost).await?);
        Ok(Rc::new(Derived { salt, cost, key }))
    }

    fn keyring(&self, derived: &Derived) -> RawAesKeyring<S::Cipher> {
        let cipher = self.stretch.cipher(Rc::clone(&derived.key));
        RawAesKeyring::new(cipher, describe(&derived.salt, derived.cost))
    }
}

impl<S: Stretch> WrappingKeyring for PassphraseKeyring<S> {
    type Failure = S::Failure;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, S::Failure> {
        refuse_context(request)?;
        let derived = self.writing(entropy).await?;
        self.keyring(&derived).wrap_data_key(request, data_key, entropy).await
    }
}

impl<S: Stretch> Keyring for PassphraseKeyring<S> {
    type Failure = S::Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), S::Failure> {
        generate_and_wrap(self, request, entropy).await
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, S::Failure> {
        let Some(description) = encrypted_data_key.material_description() else {
            return Ok(None);
        };
        if encrypted_data_key.wrap_algorithm != WrapAlgorithm::AesGcm
            || description.0.get(KDF).map(String::as_str) != Some(ARGON2ID)
        {
            return Ok(None);
        }
        refuse_context(request)?;
        let (salt, cost) = parse(description)?;
        let kept = [&self.kept.writing, &self.kept.reading]
            .into_iter()
            .filter_map(|cache| cache.borrow().clone())
            .find(|derived| derived.salt == salt && derived.cost == cost);
        let derived = match kept {
            Some(derived) => derived,
            None => {
                let derived = self.derive(salt, cost).await?;
                self.kept.reading.replace(Some(Rc::clone(&derived)));
                derived
            }
        };
        self.keyring(&derived)
            .unwrap_data_key(request, encrypted_data_key)
            .await
    }
}

fn describe(salt: &[u8; SALT_BYTES], cost: Cost) -> MaterialDescription {
    let entries = [
        (KDF, ARGON2ID.to_string()),
        (SALT, Base64::encode_string(salt)),
        (MEMORY, cost.memory_kib.to_string()),
        (ITERATIONS, cost.iterations.to_string()),
        (PARALLELISM, cost.parallelism.to_string()),
    ];
    MaterialDescription(
        entries
            .map(|(key, value)| (key.to_string(), value))
            .into_iter()
            .collect(),
    )
}

fn parse(description: &MaterialDescription) -> Result<([u8; SALT_BYTES], Cost), Error> {
    let text = |key| description.0.get(key).map(String::as_str);
    let number = |key| {
        text(key)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .ok_or(Error::EnvelopeInvalid("the passphrase cost is missing or no number"))
    };
    let mut salt = [0; SALT_BYTES];
    match text(SALT).map(|salt_text| Base64::decode(salt_text, &mut salt)) {
        Some(Ok(bytes)) if bytes.len() == SALT_BYTES => {}
        _ => return Err(Error::EnvelopeInvalid("the passphrase salt is missing or not 16 bytes")),
    }
    let cost = Cost {
        memory_kib: number(MEMORY)?,
        iterations: number(ITERATIONS)?,
        parallelism: number(PARALLELISM)?,
    };
    cost.check()?;
    Ok((salt, cost))
}

/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;
const ARGON2ID: &str = "argon2id";
const KDF: &str = "presealed-kdf";
const SALT: &str = "presealed-salt";
const MEMORY: &str = "presealed-memory-kib";
const ITERATIONS: &str = "presealed-iterations";
const PARALLELISM: &str = "presealed-parallelism";
