//! Ciphers under keys of 16, 24 or 32 bytes. `None`: another length, or what was given is not theirs.

use aes_gcm::{
    Aes128Gcm, Aes256Gcm, AesGcm, KeyInit, Nonce,
    aead::{Aead, Payload, consts::U12},
    aes::{
        Aes128, Aes192, Aes256,
        cipher::{Block, BlockCipherDecrypt},
    },
};
use zeroize::{Zeroize, Zeroizing};

/// AES-GCM with an IV of 12 bytes, the tag behind the ciphertext.
pub fn gcm_seal(key: &[u8], iv: &[u8; 12], additional_data: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: plaintext,
        aad: additional_data,
    };
    let iv = Nonce::from(*iv);
    match key.len() {
        16 => Aes128Gcm::new_from_slice(key).ok()?.encrypt(&iv, payload).ok(),
        24 => AesGcm::<Aes192, U12>::new_from_slice(key)
            .ok()?
            .encrypt(&iv, payload)
            .ok(),
        32 => Aes256Gcm::new_from_slice(key).ok()?.encrypt(&iv, payload).ok(),
        _ => None,
    }
}

/// The plaintext of the same; `None` for another tag.
pub fn gcm_open(key: &[u8], iv: &[u8; 12], additional_data: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let payload = Payload {
        msg: sealed,
        aad: additional_data,
    };
    let iv = Nonce::from(*iv);
    let opened = match key.len() {
        16 => Aes128Gcm::new_from_slice(key).ok()?.decrypt(&iv, payload).ok(),
        24 => AesGcm::<Aes192, U12>::new_from_slice(key)
            .ok()?
            .decrypt(&iv, payload)
            .ok(),
        32 => Aes256Gcm::new_from_slice(key).ok()?.decrypt(&iv, payload).ok(),
        _ => None,
    };
    opened.map(Zeroizing::new)
}

/// RFC 3394: 32 bytes out of 40.
pub fn key_unwrap(key: &[u8], wrapped: &[u8; 40]) -> Option<Zeroizing<Vec<u8>>> {
    let mut opened = Zeroizing::new(vec![0; 32]);
    let is_open = match key.len() {
        16 => aes_kw::KwAes128::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut opened)
            .is_ok(),
        24 => aes_kw::KwAes192::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut opened)
            .is_ok(),
        32 => aes_kw::KwAes256::new_from_slice(key)
            .ok()?
            .unwrap_key(wrapped, &mut opened)
            .is_ok(),
        _ => false,
    };
    is_open.then_some(opened)
}

/// AES-ECB of whole blocks, the padding included.
pub fn ecb_decrypt(key: &[u8], blocks: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut opened = Zeroizing::new(blocks.to_vec());
    let is_whole = match key.len() {
        16 => decrypt_blocks(&Aes128::new_from_slice(key).ok()?, &mut opened),
        24 => decrypt_blocks(&Aes192::new_from_slice(key).ok()?, &mut opened),
        32 => decrypt_blocks(&Aes256::new_from_slice(key).ok()?, &mut opened),
        _ => false,
    };
    if !is_whole {
        opened.zeroize();
    }
    is_whole.then_some(opened)
}

fn decrypt_blocks<C: BlockCipherDecrypt>(cipher: &C, blocks: &mut [u8]) -> bool {
    blocks.chunks_mut(16).all(|block| {
        let block = <&mut Block<C>>::try_from(block);
        block.map(|block| cipher.decrypt_block(block)).is_ok()
    })
}
