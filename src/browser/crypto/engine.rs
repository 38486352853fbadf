//! Which engine this browser gets: the fastest that gives the known answer.

use std::cell::Cell;

use js_sys::Uint8Array;

use crate::browser::{
    BrowserEngine,
    crypto::webcrypto::{MISSING, subtle},
};
use crate::{
    AlgorithmSuite, Error,
    content::{Engine, Message, Parameters, SoftwareEngine},
    secret::{ContentKey, DataKey},
};

pub use crate::content::EngineKind;

/// Which of them this browser can run.
pub(crate) trait Tested: Sized {
    async fn tested(self) -> Result<Self, Error>;
    async fn choose() -> Result<Self, Error>;
}

impl Tested for EngineKind {
    /// This kind, where it gives the known answer here.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] where it does not; there is no falling back from a kind that was asked for.
    async fn tested(self) -> Result<Self, Error> {
        subtle()?;
        match gives_the_known_answer(self).await {
            Ok(true) => Ok(self),
            _ => Err(Error::UnsupportedBrowser("the engine that was named")),
        }
    }

    /// The first kind that encrypts and decrypts as the software does; found once, unless a faster one failed in passing.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] without WebCrypto: the page is not in a secure context, and keys are not safe there.
    async fn choose() -> Result<Self, Error> {
        if let Some(kind) = CHOSEN.get() {
            return Ok(kind);
        }
        subtle()?;
        let (mut chosen, mut for_good) = (Self::Software, true);
        for kind in [Self::Stitched, Self::CtrGhash] {
            match gives_the_known_answer(kind).await {
                Ok(true) => {
                    chosen = kind;
                    break;
                }
                Err(Error::UnsupportedBrowser(why)) if why != MISSING => for_good = false,
                _ => {}
            }
        }
        // What failed in passing is tried again at the next call: in software, content keys are in wasm's memory.
        if for_good {
            CHOSEN.set(Some(chosen));
        }
        Ok(chosen)
    }
}

async fn gives_the_known_answer(kind: EngineKind) -> Result<bool, Error> {
    let reference = SoftwareEngine::new(test_parameters()?);
    let engine = BrowserEngine::new(kind, test_parameters()?).await?;
    for (first_block, length) in [(0, 32), (1, 16), (65_536, 5)] {
        let plaintext: Vec<u8> = (0..length).collect();
        let (expected, share) = reference.encrypt(first_block, plaintext.clone()).await?;
        let given = Uint8Array::from(plaintext.as_slice());
        let (ciphertext, same_share) = engine.encrypt(first_block, given).await?;
        if ciphertext.to_vec() != expected || share.0 != same_share.0 {
            return Ok(false);
        }
        let (opened, same_share) = engine.decrypt(first_block, ciphertext).await?;
        if opened.to_vec() != plaintext || share.0 != same_share.0 {
            return Ok(false);
        }
    }
    Ok(engine.tag_mask() == reference.tag_mask())
}

/// Public values: this key protects nothing.
fn test_parameters() -> Result<Parameters, Error> {
    let key: Vec<u8> = (0..32).collect();
    let key = DataKey::from_bytes(&key).ok_or(Error::Unreachable("a test key of another length"))?;
    Ok(Parameters {
        key: ContentKey::from_data_key(&key),
        iv: [7; 12],
        suite: AlgorithmSuite::AesGcmIv12Tag16NoKdf,
    })
}

thread_local! {
    static CHOSEN: Cell<Option<EngineKind>> = const { Cell::new(None) };
}
