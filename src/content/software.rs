//! The engine in software: RustCrypto's AES-CTR and GHASH. The reference that the others are tested against.

use aes::{
    Aes256,
    cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher},
};
use ctr::Ctr32BE;
use zeroize::Zeroize;

use super::{
    BLOCK_BYTES, Engine, Message, Parameters,
    field::Element,
    ghash::{GhashKey, counter_block, data_counter},
};
use crate::Error;

/// AES-256-GCM in this process.
pub struct SoftwareEngine {
    parameters: Parameters,
    ghash: GhashKey,
    tag_mask: [u8; 16],
}

impl SoftwareEngine {
    /// An engine for one message.
    pub fn new(parameters: Parameters) -> Self {
        let cipher = Aes256::new(parameters.key.expose().into());
        let encrypted = |block: [u8; 16]| {
            let mut block = block.into();
            cipher.encrypt_block(&mut block);
            block.into()
        };
        Self {
            ghash: GhashKey::new(encrypted([0; 16])),
            tag_mask: encrypted(counter_block(&parameters.iv, 1)),
            parameters,
        }
    }

    fn apply_keystream(&self, first_block: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let counter = data_counter(first_block)?;
        // The stream counts from where it starts, so it would not notice that the counter itself wraps.
        let blocks = (bytes.len() as u64).div_ceil(BLOCK_BYTES);
        data_counter(first_block.saturating_add(blocks.saturating_sub(1)))?;
        let block = counter_block(&self.parameters.iv, counter);
        Ctr32BE::<Aes256>::new(self.parameters.key.expose().into(), &block.into())
            .try_apply_keystream(bytes)
            .map_err(|_| Error::Unreachable("the counter would wrap"))
    }
}

impl Engine for SoftwareEngine {
    type Bytes = Vec<u8>;

    async fn encrypt(&self, first_block: u64, mut bytes: Vec<u8>) -> Result<(Vec<u8>, Element), Error> {
        self.apply_keystream(first_block, &mut bytes)?;
        let share = self.ghash.share(&bytes);
        Ok((bytes, share))
    }

    async fn decrypt(&self, first_block: u64, mut bytes: Vec<u8>) -> Result<(Vec<u8>, Element), Error> {
        let share = self.ghash.share(&bytes);
        self.apply_keystream(first_block, &mut bytes)?;
        Ok((bytes, share))
    }
}

impl Message for SoftwareEngine {
    fn ghash(&self) -> &GhashKey {
        &self.ghash
    }

    fn tag_mask(&self) -> [u8; 16] {
        self.tag_mask
    }
}

impl Drop for SoftwareEngine {
    fn drop(&mut self) {
        self.tag_mask.zeroize();
    }
}
