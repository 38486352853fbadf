//! Decrypting the content of one object, buffer by buffer, and verifying it as a whole.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{
    engine::{ContentEngine, Keys, OTHER, SEGMENT_BYTES},
    seal::blocks,
};
use crate::{
    AlgorithmSuite, Error,
    content::{Decryptor, Message, Unverified, field::Element},
    machine::{Answer, Deciphering, Failure, Hold, Opening, Secret, SegmentKeys, SoftKeys, Step},
};

/// One pass over the stored bytes of one object.
pub struct Opener {
    decryptor: Decryptor<ContentEngine>,
}

impl Opener {
    /// A pass over so many bytes of content, the tag not counted.
    ///
    /// # Errors
    /// [`Error::ContentTooLarge`] above the suite's limit.
    pub fn new(engine: ContentEngine, content_bytes: u64) -> Result<Self, Error> {
        let suite = engine.suite();
        Ok(Self {
            decryptor: Decryptor::new(engine, suite, content_bytes)?,
        })
    }

    /// The plaintext of those bytes of a buffer, which begin at that position of the content: whole segments but for the last. The
    /// buffer stays as it is.
    ///
    /// # Errors
    /// [`Error::Unreachable`] for a range that was opened before; [`Error::UnsupportedBrowser`].
    pub async fn open(&self, buffer: &Hold, range: Range<u32>, position: u64) -> Result<Unverified<Hold>, Failure> {
        let engine = self.decryptor.engine();
        let first = position.div_euclid(AlgorithmSuite::BLOCK_BYTES);
        let mut claims = Vec::new();
        let mut counters = Zeroizing::new(Vec::new());
        for start in range.clone().step_by(SEGMENT_BYTES as usize) {
            let bytes = u64::from(range.end.saturating_sub(start).min(SEGMENT_BYTES));
            let within = u64::from(start.saturating_sub(range.start));
            let first_block = first.saturating_add(within.div_euclid(AlgorithmSuite::BLOCK_BYTES));
            claims.push((bytes, self.decryptor.claim(first_block, bytes)?));
            counters.extend(engine.counter(first_block)?);
        }
        let how = match &engine.keys {
            Keys::Stitched { gcm, ctr } => Deciphering::Hashed(SegmentKeys {
                gcm: gcm.id(),
                ctr: ctr.id(),
                ivs: Secret::new(counters),
                hash_iv: Secret::of(&engine.iv),
                segment_bytes: SEGMENT_BYTES,
            }),
            Keys::Soft { engine, ctr } => Deciphering::Soft(SoftKeys {
                engine: engine.id(),
                ctr: ctr.as_ref().map(Hold::id),
                counters: Secret::new(counters),
                segment_bytes: SEGMENT_BYTES,
            }),
        };
        let step = Step::Open(Opening {
            buffer: buffer.id(),
            range,
            how,
        });
        let (tags, plaintext) = match engine.desk().ask(step).await? {
            (Answer::Opened { tags }, Some(plaintext)) => (tags, plaintext),
            (Answer::Failed(cause), _) => {
                let why = "AES at this moment: WebCrypto failed, for want of memory perhaps; try again";
                return Err(Failure::caused(Error::UnsupportedBrowser(why), cause));
            }
            _ => return Err(OTHER.into()),
        };
        let tags = blocks(&tags, claims.len())?;
        let is_soft = matches!(engine.keys, Keys::Soft { .. });
        let shares = claims.into_iter().zip(tags.iter()).map(|((bytes, claim), tag)| {
            let share = match is_soft {
                true => Element(*tag),
                false => engine.ghash().share_of_authenticated(*tag, engine.tag_mask(), bytes),
            };
            (claim, share)
        });
        Ok(self.decryptor.decrypted(plaintext, shares))
    }

    /// Compares the stored tag, in constant time.
    ///
    /// # Errors
    /// [`Error::Truncated`] if something is missing, [`Error::AuthenticationFailed`] for another tag.
    pub fn finish(self, tag: &[u8; AlgorithmSuite::TAG_BYTES]) -> Result<(), Error> {
        self.decryptor.finish(tag)
    }
}
