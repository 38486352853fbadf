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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod tests {
    use super::{ecb_decrypt, gcm_open, gcm_seal, key_unwrap};

    /// RFC 3394, 4.6: 256 bits of key data with a 256-bit key.
    #[test]
    fn rfc_3394() {
        let key: Vec<u8> = (0..32).collect();
        let wrapped = [
            0x28, 0xc9, 0xf4, 0x04, 0xc4, 0xb8, 0x10, 0xf4, 0xcb, 0xcc, 0xb3, 0x5c, 0xfb, 0x87, 0xf8, 0x26, 0x3f, 0x57,
            0x86, 0xe2, 0xd8, 0x0e, 0xd3, 0x26, 0xcb, 0xc7, 0xf0, 0xe7, 0x1a, 0x99, 0xf4, 0x3b, 0xfb, 0x98, 0x8b, 0x9b,
            0x7a, 0x02, 0xdd, 0x21,
        ];
        let data = [
            0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x01,
            0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
        ];
        assert_eq!(key_unwrap(&key, &wrapped).unwrap().as_slice(), data);
        let mut changed = wrapped;
        changed[0] ^= 1;
        assert!(key_unwrap(&key, &changed).is_none());
        assert!(key_unwrap(&key[..31], &wrapped).is_none());
    }

    /// FIPS 197, appendix C: one block under each length of key.
    #[test]
    fn fips_197() {
        let key: Vec<u8> = (0..32).collect();
        let plaintext: Vec<u8> = (0..16).map(|i| i * 0x11).collect();
        for (bytes, block) in [
            (16, 0x69c4_e0d8_6a7b_0430_d8cd_b780_70b4_c55a_u128),
            (24, 0xdda9_7ca4_864c_dfe0_6eaf_70a0_ec0d_7191),
            (32, 0x8ea2_b7ca_5167_45bf_eafc_4990_4b49_6089),
        ] {
            let opened = ecb_decrypt(&key[..bytes], &block.to_be_bytes()).unwrap();
            assert_eq!(opened.as_slice(), plaintext);
        }
        assert!(ecb_decrypt(&key, &[0; 15]).is_none());
    }

    #[test]
    fn a_changed_seal_is_not_opened_whatever_the_key_is_long() {
        let key = [7; 32];
        for bytes in [16, 24, 32] {
            let mut sealed = gcm_seal(&key[..bytes], &[1; 12], b"about", b"data").unwrap();
            assert_eq!(
                gcm_open(&key[..bytes], &[1; 12], b"about", &sealed).unwrap().as_slice(),
                b"data"
            );
            assert!(gcm_open(&key[..bytes], &[1; 12], b"other", &sealed).is_none());
            sealed[0] ^= 1;
            assert!(gcm_open(&key[..bytes], &[1; 12], b"about", &sealed).is_none());
        }
        assert!(gcm_seal(&key[..20], &[1; 12], b"", b"").is_none());
    }
}
