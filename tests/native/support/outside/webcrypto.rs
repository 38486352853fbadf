//! A WebCrypto that knows nothing but software.

use pollster::block_on;
use presealed::{
    AlgorithmSuite,
    content::{Message, Parameters, SoftwareEngine},
    keyring::raw_aes::{IV_BYTES, WrappingCipher},
    machine::{Answer, Call, Cipher, Id, KeyRef, Primitive, Secret, Thrown},
    secret::WrappingKey,
};

use super::{super::content::content_key, Outside, Thing};

pub(super) fn software(key: &[u8], iv: [u8; 12]) -> SoftwareEngine {
    SoftwareEngine::new(Parameters {
        key: content_key(key),
        iv,
        suite: AlgorithmSuite::AesGcmIv12Tag16NoKdf,
    })
}

fn nonce(iv: &Secret) -> [u8; IV_BYTES] {
    iv.expose().try_into().unwrap()
}

impl Outside {
    pub(super) fn call(&mut self, id: Id, call: Call) -> Answer {
        match call {
            Call::Import { key, .. } | Call::Soften { key, .. } => {
                self.things.insert(id, Thing::Key(key));
                Answer::Held
            }
            Call::Extra {
                primitive: Primitive::HashKey,
                key,
                ..
            } => Answer::Secret(Secret::of(&software(key.expose(), [0; 12]).ghash().hash_key())),
            // The mask of a tag, with no share before it that anybody reads.
            Call::Extra {
                primitive: Primitive::EncryptSegment,
                key,
                with,
                ..
            } => {
                let (iv, counter) = with.split_at(12);
                assert_eq!(counter, [0, 0, 0, 1]);
                let mask = software(key.expose(), iv.try_into().unwrap()).tag_mask();
                Answer::Secret(Secret::of(&[[0; 16], mask].concat()))
            }
            // RSA is a mask of the key's number, which another one does not take off.
            Call::Encrypt {
                key: KeyRef::Kept(key),
                cipher: Cipher::RsaOaep,
                data,
            } => {
                let mask = key.number() as u8;
                let masked = data.expose().iter().map(|byte| byte ^ mask);
                Answer::Secret(Secret::of(&std::iter::once(mask).chain(masked).collect::<Vec<_>>()))
            }
            Call::Decrypt {
                key: KeyRef::Kept(key),
                cipher: Cipher::RsaOaep,
                data,
            } => match data.expose().split_first() {
                Some((mask, masked)) if u32::from(*mask) == key.number() => {
                    Answer::Secret(Secret::of(&masked.iter().map(|byte| byte ^ mask).collect::<Vec<_>>()))
                }
                _ => Answer::Failed(Thrown::default()),
            },
            Call::Encrypt {
                key: KeyRef::Held(key),
                cipher: Cipher::Gcm { iv, additional_data },
                data,
            } if iv.expose().len() == IV_BYTES => {
                let sealed = block_on(
                    self.wrapping_key(key)
                        .seal(&nonce(&iv), &additional_data, data.expose()),
                );
                Answer::Secret(Secret::of(&sealed.unwrap()))
            }
            Call::Decrypt {
                key: KeyRef::Held(key),
                cipher: Cipher::Gcm { iv, additional_data },
                data,
            } => match block_on(
                self.wrapping_key(key)
                    .open(&nonce(&iv), &additional_data, data.expose()),
            ) {
                Ok(opened) => Answer::Secret(Secret::new(opened)),
                Err(_) => Answer::Failed(Thrown::default()),
            },
            // The engine's test fails, so that one in software is made.
            Call::Encrypt { .. } => Answer::Secret(Secret::default()),
            call => panic!("{call:?} is not for these journeys"),
        }
    }

    fn wrapping_key(&self, id: Id) -> WrappingKey {
        match self.things.get(&id) {
            Some(Thing::Key(key)) => WrappingKey::from_bytes(key.expose().to_vec()).unwrap(),
            _ => panic!("no key {id}"),
        }
    }
}
