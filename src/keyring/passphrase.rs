//! Passphrase keyring: a raw AES keyring whose key is Argon2id of the passphrase.
//!
//! Salt and cost travel in the material description, which nobody authenticates: a changed salt or cost derives another
//! key, and the unwrap fails. A reader caps the cost, since whoever writes to the bucket chooses it. Any S3 Encryption
//! Client that derives the same 32 bytes opens the object with them as its raw AES key.

use std::cell::RefCell;
use std::rc::Rc;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::{Keyring, WrapRequest, raw_aes::RawAesKeyring, refuse_context};
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

    fn check(self) -> Result<Params, Error> {
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
        Params::new(self.memory_kib, self.iterations, self.parallelism, Some(DataKey::BYTES))
            .map_err(|_| Error::EnvelopeInvalid("the passphrase cost is none of Argon2id's"))
    }
}

/// Wraps data keys under a key derived from a passphrase.
pub struct PassphraseKeyring {
    passphrase: Passphrase,
    cost: Cost,
    /// The derivation behind all objects that this keyring writes, since one takes about a second. Its salt is the
    /// keyring's own: one that came with an object is never written with.
    writing: RefCell<Option<Rc<Derived>>>,
    /// The derivation of the object read last.
    reading: RefCell<Option<Rc<Derived>>>,
}

/// A raw AES keyring and what it was derived with.
struct Derived {
    salt: [u8; SALT_BYTES],
    cost: Cost,
    keyring: RawAesKeyring<WrappingKey>,
}

impl PassphraseKeyring {
    /// A keyring of that passphrase, which writes at that cost.
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

    fn writing(&self, entropy: &mut dyn Entropy) -> Result<Rc<Derived>, Error> {
        if let Some(derived) = &*self.writing.borrow() {
            return Ok(Rc::clone(derived));
        }
        let derived = self.derive(random(entropy)?, self.cost)?;
        self.writing.replace(Some(Rc::clone(&derived)));
        Ok(derived)
    }

    fn derive(&self, salt: [u8; SALT_BYTES], cost: Cost) -> Result<Rc<Derived>, Error> {
        let mut key = Zeroizing::new(vec![0; DataKey::BYTES]);
        let parameters = cost.check()?;
        // Its last block is as good as the key.
        let mut memory: Zeroizing<Vec<Block>> = Zeroizing::default();
        let blocks = parameters.block_count();
        memory
            .try_reserve_exact(blocks)
            .map_err(|_| Error::UnsupportedBrowser("the memory that this passphrase's cost asks for"))?;
        memory.resize(blocks, Block::new());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into_with_memory(self.passphrase.expose(), &salt, &mut key, memory.as_mut_slice())
            .map_err(|_| Error::misuse("the passphrase is too long"))?;
        let keyring = RawAesKeyring::new(
            WrappingKey::from_bytes(std::mem::take(&mut *key))?,
            describe(&salt, cost),
        );
        Ok(Rc::new(Derived { salt, cost, keyring }))
    }
}

impl Keyring for PassphraseKeyring {
    type Failure = Error;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        entropy: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Error> {
        refuse_context(request)?;
        self.writing(entropy)?
            .keyring
            .wrap_data_key(request, data_key, entropy)
            .await
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Error> {
        let description = &encrypted_data_key.material_description;
        if encrypted_data_key.wrap_algorithm != WrapAlgorithm::AesGcm
            || description.0.get(KDF).map(String::as_str) != Some(ARGON2ID)
        {
            return Ok(None);
        }
        refuse_context(request)?;
        let (salt, cost) = parse(description)?;
        let kept = [&self.writing, &self.reading]
            .into_iter()
            .filter_map(|cache| cache.borrow().clone())
            .find(|derived| derived.salt == salt && derived.cost == cost);
        let derived = match kept {
            Some(derived) => derived,
            None => {
                let derived = self.derive(salt, cost)?;
                self.reading.replace(Some(Rc::clone(&derived)));
                derived
            }
        };
        derived.keyring.unwrap_data_key(request, encrypted_data_key).await
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

const SALT_BYTES: usize = 16;
const ARGON2ID: &str = "argon2id";
const KDF: &str = "presealed-kdf";
const SALT: &str = "presealed-salt";
const MEMORY: &str = "presealed-memory-kib";
const ITERATIONS: &str = "presealed-iterations";
const PARALLELISM: &str = "presealed-parallelism";
