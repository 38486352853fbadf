//! What encrypts the content of one object, and which kind of engine a platform gets.

use std::cell::{Cell, RefCell};

use litemap::LiteMap;
use zeroize::Zeroize;

use super::extras::{extra, load};
use crate::{
    AlgorithmSuite, Error,
    content::{
        EngineKind, Message, Parameters,
        ghash::{GhashKey, counter_block, data_counter},
    },
    machine::{Answer, Call, Cipher, Desk, Failure, Hold, KeyRef, KeyUse, Primitive, Secret, Step, Thrown},
};

/// Bytes of one WebCrypto call. In Chromium 156 bare calls of 256 KiB reach 1300 MiB/s, of 512 KiB 1390, of 1 MiB 580: those get
/// fresh memory each time.
pub const SEGMENT_BYTES: u32 = 512 << 10;

/// The kind that was asked for, where it gives the known answers here and now; else the fastest that does. That is found once, unless a faster
/// one failed in passing: what is `remembered` is that of the realm.
///
/// # Errors
/// [`Error::UnsupportedBrowser`] without WebCrypto, where keys are not safe, and for a kind that was asked for and is not to be had: there is
/// no falling back from it.
pub async fn choose_engine(
    wanted: Option<EngineKind>,
    remembered: &Cell<Option<EngineKind>>,
    desk: &Desk,
) -> Result<EngineKind, Failure> {
    if let (None, Some(kind)) = (wanted, remembered.get()) {
        return Ok(kind);
    }
    let tried = Test::run(desk).await?;
    let chosen = match wanted {
        Some(wanted) if tried.gives(wanted) => return Ok(wanted),
        Some(_) => return Err(Error::UnsupportedBrowser("the engine that was named").into()),
        None if tried.gives(EngineKind::Stitched) => EngineKind::Stitched,
        None if tried.gives(EngineKind::CtrGhash) => EngineKind::CtrGhash,
        None => EngineKind::Software,
    };
    // What failed in passing is tried again at the next call: in software, content keys are in wasm's memory.
    if tried.for_good || chosen == EngineKind::Stitched {
        remembered.set(Some(chosen));
    }
    Ok(chosen)
}

/// What a platform answers to calls under a public key, which protects nothing.
struct Test {
    stitched: bool,
    counts: bool,
    /// Whether the next time would be no better.
    for_good: bool,
}

impl Test {
    async fn run(desk: &Desk) -> Result<Self, Failure> {
        let key: Vec<u8> = (0..32).collect();
        let key = || Secret::of(&key);
        let (gcm, ctr) = (import(KeyUse::AesGcm, key(), desk), import(KeyUse::AesCtr, key(), desk));
        let (gcm, ctr) = match (gcm.await, ctr.await) {
            (Ok(gcm), Ok(ctr)) => (gcm, ctr),
            (Err(failure), _) | (_, Err(failure)) if failure.is(is_for_good) || failure.is(is_passing) => {
                return Ok(Self {
                    stitched: false,
                    counts: false,
                    for_good: !failure.is(is_passing),
                });
            }
            (Err(failure), _) | (_, Err(failure)) => return Err(failure),
        };
        let data: Vec<u8> = (0..21).collect();
        let call = |key: &Hold, cipher, data: &[u8]| {
            let key = KeyRef::Held(key.id());
            let data = Secret::of(data);
            desk.ask(Step::Secret(Call::Encrypt { key, cipher, data }))
        };
        let gcm_of = |iv: &[u8], additional_data: &[u8]| Cipher::Gcm {
            iv: Secret::of(iv),
            additional_data: additional_data.to_vec(),
        };
        let counter = counter_block(&[7; 12], u32::from_be_bytes([0, 1, 0, 2]));
        let counted = call(&ctr, Cipher::Ctr { counter }, &data);
        let hashed = call(&gcm, gcm_of(&[7; 12], &data), &[]);
        let stitched = call(&gcm, gcm_of(&KNOWN_IV, &[]), &data);
        let mut for_good = true;
        let mut gives = |answer: Answer, known: &[u8]| match answer {
            Answer::Secret(given) => given.expose() == known,
            Answer::Failed(cause) => {
                for_good &= is_missing(&cause);
                false
            }
            _ => false,
        };
        let (ciphertext, _) = KNOWN_SEALED.split_at(data.len());
        let counts = gives(counted.await?.0, ciphertext);
        let stitched = gives(stitched.await?.0, &KNOWN_SEALED) & gives(hashed.await?.0, &KNOWN_TAG) & counts;
        Ok(Self {
            stitched,
            counts,
            for_good,
        })
    }

    const fn gives(&self, kind: EngineKind) -> bool {
        match kind {
            EngineKind::Stitched => self.stitched,
            EngineKind::CtrGhash => self.counts,
            EngineKind::Software => true,
        }
    }
}

/// AES-GCM of 21 bytes from block 65536 on, stitched: the IV of the call, and what it gives.
const KNOWN_IV: [u8; 16] = [28, 81, 109, 217, 97, 114, 177, 6, 35, 23, 171, 232, 237, 79, 14, 138];
const KNOWN_SEALED: [u8; 37] = [
    3, 122, 206, 251, 9, 84, 36, 27, 250, 115, 183, 244, 202, 203, 161, 82, 5, 39, 199, 37, 229, 178, 167, 216, 18,
    167, 218, 150, 111, 13, 252, 199, 111, 120, 242, 111, 142,
];
/// What hashing the same 21 bytes as additional data gives.
const KNOWN_TAG: [u8; 16] = [228, 142, 7, 177, 126, 15, 85, 15, 57, 0, 152, 74, 135, 53, 26, 16];

/// Where a platform lacks AES, or some of its parameters, it always will. Anything else may be for want of memory, and pass.
fn is_missing(cause: &Thrown) -> bool {
    cause.name == "NotSupportedError" || cause.name == "TypeError"
}

pub(super) fn refused(cause: Thrown) -> Failure {
    let what = match is_missing(&cause) {
        true => MISSING,
        false => PASSING,
    };
    Failure::caused(Error::UnsupportedBrowser(what), cause)
}

const MISSING: &str = "a WebCrypto that takes these AES calls";
const PASSING: &str = "AES at this moment: WebCrypto failed, for want of memory perhaps; try again";

fn is_for_good(error: &Error) -> bool {
    *error == Error::UnsupportedBrowser(MISSING)
}

fn is_passing(error: &Error) -> bool {
    *error == Error::UnsupportedBrowser(PASSING)
}

pub(super) async fn import(cipher: KeyUse, key: Secret, desk: &Desk) -> Result<Hold, Failure> {
    match desk.ask(Step::Secret(Call::Import { cipher, key })).await? {
        (Answer::Held, Some(key)) => Ok(key),
        (Answer::Failed(cause), _) => Err(refused(cause)),
        (Answer::Missing, _) => {
            Err(Error::UnsupportedBrowser("WebCrypto; serve the page over https or from localhost").into())
        }
        _ => Err(OTHER.into()),
    }
}

pub(super) const OTHER: Error = Error::Unreachable("an answer to something else");

/// The content keys of one message, which WebCrypto holds, and the algebra under them.
pub struct ContentEngine {
    desk: Desk,
    pub(super) keys: Keys,
    pub(super) iv: [u8; AlgorithmSuite::IV_BYTES],
    suite: AlgorithmSuite,
    ghash: GhashKey,
    tag_mask: Block,
    /// The last key stream block of segments that were encrypted, by the block that follows them: the mask of the segment that starts there,
    /// which would be a call of its own otherwise.
    pub(super) masks: RefCell<LiteMap<u64, [u8; 16]>>,
}

/// Who runs the calls.
pub(super) enum Keys {
    /// WebCrypto, each segment in one call that hashes too.
    Stitched { gcm: Hold, ctr: Hold },
    /// `extras`, which give shares, and WebCrypto's AES-CTR where that is to be had.
    Soft { engine: Hold, ctr: Option<Hold> },
}

/// A secret block, in a box that is filled in place: a move copies bytes, and leaves them behind.
pub(super) type Block = Box<zeroize::Zeroizing<[u8; 16]>>;

fn block(bytes: &[u8]) -> Result<Block, Error> {
    let mut out = Block::default();
    match bytes.len() == out.len() {
        true => out.copy_from_slice(bytes),
        false => return Err(Error::Unreachable("a block of another length")),
    }
    Ok(out)
}

impl ContentEngine {
    /// An engine of that kind for one message.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] where WebCrypto is missing or refuses AES.
    pub async fn new(kind: EngineKind, parameters: Parameters, desk: &Desk) -> Result<Self, Failure> {
        let (iv, suite) = (parameters.iv, parameters.suite);
        let key = || Secret::of(parameters.key.expose());
        let (keys, h, tag_mask) = match kind {
            EngineKind::Stitched => {
                let (gcm, ctr) = (import(KeyUse::AesGcm, key(), desk), import(KeyUse::AesCtr, key(), desk));
                let (gcm, ctr) = (gcm.await?, ctr.await?);
                let h = keystream(&ctr, [0; 16], desk).await?;
                let tag_mask = keystream(&ctr, counter_block(&iv, 1), desk).await?;
                (Keys::Stitched { gcm, ctr }, h, tag_mask)
            }
            EngineKind::CtrGhash => {
                let ctr = import(KeyUse::AesCtr, key(), desk).await?;
                let h = keystream(&ctr, [0; 16], desk).await?;
                let tag_mask = keystream(&ctr, counter_block(&iv, 1), desk).await?;
                let engine = soften(kind, Secret::of(h.as_slice()), desk).await?;
                let ctr = Some(ctr);
                (Keys::Soft { engine, ctr }, h, tag_mask)
            }
            EngineKind::Software => {
                let engine = soften(kind, key(), desk).await?;
                let key = parameters.key.expose();
                let h = extra(Primitive::HashKey, key, &[], &[], desk).await?.ok_or(OTHER)?;
                let first = counter_block(&iv, 1);
                let stream = extra(Primitive::EncryptSegment, key, &first, &[0; 16], desk).await?;
                // Behind the share.
                let tag_mask = block(stream.ok_or(OTHER)?.get(16..).unwrap_or_default())?;
                let ctr = None;
                (Keys::Soft { engine, ctr }, block(&h)?, tag_mask)
            }
        };
        Ok(Self {
            desk: desk.clone(),
            keys,
            iv,
            suite,
            ghash: GhashKey::new(**h),
            tag_mask,
            masks: RefCell::default(),
        })
    }

    /// The suite of the message.
    pub const fn suite(&self) -> AlgorithmSuite {
        self.suite
    }

    pub(super) const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// `E_K` of the counter block before that data block.
    pub(super) async fn mask(&self, first_block: u64, ctr: &Hold) -> Result<Block, Failure> {
        if first_block == 0 {
            return Ok(self.tag_mask.clone());
        }
        let known = self.masks.borrow_mut().remove(&first_block);
        match known {
            Some(mask) => Ok(block(&mask)?),
            None => keystream(ctr, self.block_before(first_block)?, &self.desk).await,
        }
    }

    /// The counter block of a data block.
    pub(super) fn counter(&self, first_block: u64) -> Result<[u8; 16], Error> {
        Ok(counter_block(&self.iv, data_counter(first_block)?))
    }

    /// The counter block before a data block's.
    pub(super) fn block_before(&self, first_block: u64) -> Result<[u8; 16], Error> {
        Ok(counter_block(&self.iv, data_counter(first_block)?.wrapping_sub(1)))
    }
}

/// Has a key kept for an engine in software.
async fn soften(kind: EngineKind, key: Secret, desk: &Desk) -> Result<Hold, Failure> {
    load(desk).await?;
    match desk.ask(Step::Secret(Call::Soften { kind, key })).await? {
        (Answer::Held, Some(engine)) => Ok(engine),
        _ => Err(OTHER.into()),
    }
}

async fn keystream(ctr: &Hold, counter: [u8; 16], desk: &Desk) -> Result<Block, Failure> {
    let call = Call::Encrypt {
        key: KeyRef::Held(ctr.id()),
        cipher: Cipher::Ctr { counter },
        data: Secret::of(&[0; 16]),
    };
    match desk.ask(Step::Secret(call)).await?.0 {
        Answer::Secret(stream) => Ok(block(stream.expose())?),
        Answer::Failed(cause) => Err(refused(cause)),
        _ => Err(OTHER.into()),
    }
}

impl Message for ContentEngine {
    fn ghash(&self) -> &GhashKey {
        &self.ghash
    }

    fn tag_mask(&self) -> [u8; 16] {
        **self.tag_mask
    }
}

impl Drop for ContentEngine {
    fn drop(&mut self) {
        self.masks.get_mut().iter_mut().for_each(|(_, mask)| mask.zeroize());
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use aes_gcm::{
        Aes256Gcm, AesGcm, KeyInit,
        aead::{Aead, Payload, consts::U16},
        aes::Aes256,
    };

    use super::{KNOWN_IV, KNOWN_SEALED, KNOWN_TAG};
    use crate::{
        AlgorithmSuite,
        content::{Engine, Message, Parameters, SoftwareEngine, ghash::counter_block},
        secret::{ContentKey, DataKey},
    };

    #[test]
    fn the_known_answers_are_those_of_aes_gcm() {
        let key: Vec<u8> = (0..32).collect();
        let data: Vec<u8> = (0..21).collect();
        let engine = SoftwareEngine::new(Parameters {
            key: ContentKey::from_data_key(&DataKey::from_bytes(&key).unwrap()),
            iv: [7; 12],
            suite: AlgorithmSuite::AesGcmIv12Tag16NoKdf,
        });
        let iv = engine.ghash().segment_iv(counter_block(&[7; 12], 65_537));
        assert_eq!(iv, KNOWN_IV);
        let long = AesGcm::<Aes256, U16>::new_from_slice(&key).unwrap();
        assert_eq!(long.encrypt(&iv.into(), data.as_slice()).unwrap(), KNOWN_SEALED);
        let (ciphertext, _) = pollster::block_on(engine.encrypt(65_536, data.clone())).unwrap();
        assert_eq!(ciphertext, KNOWN_SEALED[..data.len()]);
        let short = Aes256Gcm::new_from_slice(&key).unwrap();
        let hashed = Payload { msg: &[], aad: &data };
        assert_eq!(short.encrypt(&[7; 12].into(), hashed).unwrap(), KNOWN_TAG);
    }
}
