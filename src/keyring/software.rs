//! Wrapping keys whose bytes are in this process: what native programs use, and what the others are tested against.

use std::rc::Rc;

use aes::cipher::{Block, BlockCipherDecrypt};
use aes_gcm::{
    Aes128Gcm, Aes256Gcm, AesGcm, KeyInit, Nonce,
    aead::{Aead, Payload, consts::U12},
    aes::{Aes128, Aes192, Aes256},
};
use argon2::{Algorithm, Argon2, Block as MemoryBlock, Params, Version};
use zeroize::Zeroizing;

use super::{
    passphrase::{Cost, InProcess, PassphraseKeyring, Passphrased, SALT_BYTES, Stretch},
    raw_aes::{IV_BYTES, WrappingCipher},
};
use crate::{
    Error, WrapAlgorithm,
    secret::{DataKey, Passphrase, WrappingKey},
};

impl WrappingCipher for WrappingKey {
    type Failure = Error;

    async fn seal(&self, iv: &[u8; IV_BYTES], additional_data: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let payload = Payload {
            msg: plaintext,
            aad: additional_data,
        };
        match_cipher(self, |cipher| cipher.seal(iv, payload))
    }

    async fn open(
        &self,
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let payload = Payload {
            msg: sealed,
            aad: additional_data,
        };
        match_cipher(self, |cipher| cipher.open(iv, payload)).map(Zeroizing::new)
    }

    async fn open_legacy(&self, wrap: WrapAlgorithm, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let opened = match wrap {
            WrapAlgorithm::AesKeyWrap => key_unwrap(self.expose(), wrapped),
            _ => ecb_decrypt(self.expose(), wrapped),
        };
        opened.ok_or(Error::LegacyDecryptionFailed)
    }
}

/// AES-GCM of any key length.
trait Gcm {
    fn seal(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error>;
    fn open(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error>;
}

impl<A: Aead<NonceSize = U12>> Gcm for A {
    fn seal(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error> {
        self.encrypt(&Nonce::from(*iv), payload)
            .map_err(|_| Error::Unreachable("AES-GCM refused a data key"))
    }

    fn open(&self, iv: &[u8; IV_BYTES], payload: Payload<'_, '_>) -> Result<Vec<u8>, Error> {
        self.decrypt(&Nonce::from(*iv), payload)
            .map_err(|_| Error::UnwrapFailed)
    }
}

fn match_cipher<T>(key: &WrappingKey, with: impl FnOnce(&dyn Gcm) -> Result<T, Error>) -> Result<T, Error> {
    let bytes = key.expose();
    let wrong = |_| Error::Unreachable("a wrapping key of another length");
    match bytes.len() {
        16 => with(&Aes128Gcm::new_from_slice(bytes).map_err(wrong)?),
        24 => with(&AesGcm::<Aes192, U12>::new_from_slice(bytes).map_err(wrong)?),
        _ => with(&Aes256Gcm::new_from_slice(bytes).map_err(wrong)?),
    }
}

fn key_unwrap(key: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut opened = Zeroizing::new(vec![0; wrapped.len().checked_sub(8)?]);
    let is_open = match key.len() {
        16 => aes_kw::KwAes128::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut opened)
            .is_ok(),
        24 => aes_kw::KwAes192::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut opened)
            .is_ok(),
        _ => aes_kw::KwAes256::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut opened)
            .is_ok(),
    };
    is_open.then_some(opened)
}

fn ecb_decrypt(key: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut opened = Zeroizing::new(wrapped.to_vec());
    match key.len() {
        16 => decrypt_blocks(&Aes128::new_from_slice(key).ok()?, &mut opened),
        24 => decrypt_blocks(&Aes192::new_from_slice(key).ok()?, &mut opened),
        _ => decrypt_blocks(&Aes256::new_from_slice(key).ok()?, &mut opened),
    }
    Some(opened)
}

fn decrypt_blocks<C: BlockCipherDecrypt>(cipher: &C, blocks: &mut [u8]) {
    for block in blocks.chunks_exact_mut(16) {
        if let Ok(block) = <&mut Block<C>>::try_from(block) {
            cipher.decrypt_block(block);
        }
    }
}

impl PassphraseKeyring<InProcess> {
    /// A keyring of that passphrase, which writes at that cost.
    ///
    /// # Errors
    /// As [`Passphrased::new`].
    pub fn new(passphrase: Passphrase, cost: Cost) -> Result<Self, Error> {
        Ok(Self::of(Rc::new(Passphrased::new(passphrase, cost)?), InProcess))
    }
}

impl Stretch for InProcess {
    type Failure = Error;
    type Cipher = Rc<WrappingKey>;

    async fn argon2id(
        &self,
        passphrase: &Passphrase,
        salt: &[u8; SALT_BYTES],
        cost: Cost,
    ) -> Result<WrappingKey, Error> {
        let parameters = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, Some(DataKey::BYTES))
            .map_err(|_| Error::EnvelopeInvalid("the passphrase cost is none of Argon2id's"))?;
        let mut key = Zeroizing::new(vec![0; DataKey::BYTES]);
        // Its last block is as good as the key.
        let mut memory: Zeroizing<Vec<MemoryBlock>> = Zeroizing::default();
        let blocks = parameters.block_count();
        memory
            .try_reserve_exact(blocks)
            .map_err(|_| Error::UnsupportedBrowser("the memory that this passphrase's cost asks for"))?;
        memory.resize(blocks, MemoryBlock::new());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into_with_memory(passphrase.expose(), salt, &mut key, memory.as_mut_slice())
            .map_err(|_| Error::misuse("the passphrase is too long"))?;
        WrappingKey::from_bytes(std::mem::take(&mut *key))
    }

    fn cipher(&self, key: Rc<WrappingKey>) -> Rc<WrappingKey> {
        key
    }
}
