//! WebCrypto, `extras` and the key service, as machines ask them.

use std::collections::BTreeMap;

use presealed::machine::{Answer, Call, Cipher, Id, KeyRef, KeyUse, Secret, SoftKeys};

use super::{
    outside::Outside,
    run::Thing,
    webcrypto::{self, CryptoKey, How},
};

/// What no step may show to anybody but WebCrypto and the key service.
pub const CANARY: [u8; 32] = *b"the canary is the key of all da\x00";

impl Outside {
    pub fn secret(&mut self, id: Id, call: &Call, things: &mut BTreeMap<Id, Thing>) -> Answer {
        if self.choices.yes(self.faults.platform) {
            return match self.choices.below(3) {
                0 => self.failed("OperationError"),
                1 => self.failed("NotSupportedError"),
                _ => self.failed("TypeError"),
            };
        }
        let key_of = |key: &KeyRef, things: &BTreeMap<Id, Thing>, what_for| match key {
            KeyRef::Held(id) => key_at(things, *id, what_for),
            KeyRef::Kept(_) => self.wrapping_key.to_vec(),
        };
        let what_for = |cipher: &Cipher| match cipher {
            Cipher::Ctr { .. } => KeyUse::AesCtr,
            _ => KeyUse::AesGcm,
        };
        let answer = match call {
            Call::Import { cipher, key } => {
                let bytes = key.expose().to_vec();
                let what_for = *cipher;
                things.insert(id, Thing::Key(CryptoKey { bytes, what_for }));
                Some(Answer::Held)
            }
            Call::Soften { key, .. } => {
                things.insert(id, Thing::Engine(key.expose().to_vec()));
                Some(Answer::Held)
            }
            Call::Extra {
                primitive,
                key,
                with,
                data,
            } => {
                let made = webcrypto::extra(*primitive, key.expose(), with, data.expose());
                Some(Answer::Secret(Secret::of(&made)))
            }
            Call::Adopt { .. } => None,
            Call::Encrypt { key, cipher, data } => {
                let key = key_of(key, things, what_for(cipher));
                let made = webcrypto::encrypt(&key, cipher, data.expose(), self.takes_long_ivs);
                made.map(|made| Answer::Secret(Secret::of(&made)))
            }
            Call::Decrypt { key, cipher, data } => {
                let key = key_of(key, things, what_for(cipher));
                webcrypto::decrypt(&key, cipher, data.expose()).map(|made| Answer::Secret(Secret::of(&made)))
            }
            Call::GenerateDataKey { .. } => {
                let number = self.data_keys.len() as u8;
                let mut key = CANARY;
                key[31] = number;
                self.data_keys.push(key);
                Some(Answer::DataKey {
                    plaintext: Secret::of(&key),
                    ciphertext: vec![b'w', number],
                })
            }
            Call::DecryptDataKey { ciphertext, .. } => {
                let key = ciphertext
                    .get(1)
                    .and_then(|number| self.data_keys.get(usize::from(*number)));
                key.map(|key| Answer::Secret(Secret::of(key)))
            }
            Call::Wrap { .. } | Call::Unwrap { .. } => None,
        };
        answer.unwrap_or_else(|| self.failed("OperationError"))
    }
}

pub fn key_at(things: &BTreeMap<Id, Thing>, id: Id, what_for: KeyUse) -> Vec<u8> {
    match things.get(&id) {
        Some(Thing::Key(key)) if key.what_for == what_for || key.what_for == KeyUse::Wrapping => key.bytes.clone(),
        _ => panic!("{id} is no key for that"),
    }
}

pub fn soft(things: &BTreeMap<Id, Thing>, keys: &SoftKeys, encrypts: bool) -> How {
    let Some(Thing::Engine(key)) = things.get(&keys.engine) else {
        panic!("{} is no engine", keys.engine);
    };
    How::Soft {
        key: key.clone(),
        ctr: keys.ctr.map(|id| key_at(things, id, KeyUse::AesCtr)),
        counters: keys.counters.expose().to_vec(),
        encrypts,
    }
}
