//! Encrypting the content of one object, stretch by stretch.

use std::ops::Range;

use zeroize::Zeroizing;

use super::engine::{ContentEngine, Keys, OTHER, SEGMENT_BYTES, refused};
use crate::{
    AlgorithmSuite, Error,
    content::{Encryptor, Message, field::Element},
    machine::{
        Answer, Body, Checks, Desk, Digests, Encryption, Failure, Hold, LOST_WORKER, Sealing, Secret, SegmentKeys,
        SoftKeys, Step,
    },
};

/// One pass over the content of one object, under one key; or over content that is not encrypted here.
pub struct Sealer<'a> {
    desk: Desk,
    encryptor: Option<Encryptor<&'a ContentEngine>>,
}

/// A stretch that was made.
pub struct Stretch {
    /// Its bytes, where they are.
    pub buffer: Hold,
    /// As far as they were asked for.
    pub digests: Digests,
}

impl<'a> Sealer<'a> {
    /// A pass over so many bytes of content, which `engine` encrypts, if there is one.
    ///
    /// # Errors
    /// [`Error::ContentTooLarge`] above the suite's limit.
    pub fn new(engine: Option<&'a ContentEngine>, content_bytes: u64, desk: &Desk) -> Result<Self, Error> {
        let encryptor = match engine {
            Some(engine) => Some(Encryptor::new(engine, engine.suite(), content_bytes)?),
            None => None,
        };
        let desk = desk.clone();
        Ok(Self { desk, encryptor })
    }

    /// Encrypts those bytes of the content, in whole segments but for the last. No counter is ever used twice: a range that was asked for is
    /// refused ever after.
    ///
    /// `of`: the source, or a buffer that holds them and is used up. `by_worker` lets a worker do it.
    ///
    /// # Errors
    /// [`Error::ReadFailed`], [`Error::FileChanged`] where the source has fewer bytes than it had; [`Error::UnsupportedBrowser`].
    pub async fn seal(&self, range: Range<u64>, of: Body, checks: Checks, by_worker: bool) -> Result<Stretch, Failure> {
        let mut claims = Vec::new();
        let mut encryption = None;
        if let Some(encryptor) = &self.encryptor {
            let engine = encryptor.engine();
            let starts = range.clone().step_by(SEGMENT_BYTES as usize);
            // With room for all: growing would leave secrets behind.
            let mut blocks = Zeroizing::new(Vec::with_capacity(starts.clone().count().saturating_mul(16)));
            for start in starts {
                let bytes = range.end.saturating_sub(start).min(SEGMENT_BYTES.into());
                let first_block = start.div_euclid(AlgorithmSuite::BLOCK_BYTES);
                claims.push((first_block, bytes, encryptor.claim(first_block, bytes)?));
                match &engine.keys {
                    Keys::Stitched { .. } => {
                        blocks.extend(engine.ghash().segment_iv(engine.block_before(first_block)?));
                    }
                    Keys::Soft { .. } => blocks.extend(engine.counter(first_block)?),
                }
            }
            let blocks = Secret::new(blocks);
            encryption = Some(match &engine.keys {
                Keys::Stitched { gcm, ctr } => Encryption::Calls(SegmentKeys {
                    gcm: gcm.id(),
                    ctr: ctr.id(),
                    ivs: blocks,
                    hash_iv: Secret::default(),
                    segment_bytes: SEGMENT_BYTES,
                }),
                Keys::Soft { engine, ctr } => Encryption::Soft(SoftKeys {
                    engine: engine.id(),
                    ctr: ctr.as_ref().map(Hold::id),
                    counters: blocks,
                    segment_bytes: SEGMENT_BYTES,
                }),
            });
        }
        let is_soft = matches!(encryption, Some(Encryption::Soft(_)));
        let range = match of {
            Body::Source => range,
            _ => 0..range.end.saturating_sub(range.start),
        };
        let step = Step::Seal(Sealing {
            of,
            range,
            encryption,
            checks,
            by_worker: by_worker && !is_soft,
        });
        let (sealed, buffer) = match self.desk.ask(step).await? {
            (Answer::Sealed(sealed), Some(buffer)) => (sealed, buffer),
            (Answer::Failed(cause), _) if cause.is_refusal() => return Err(refused(cause)),
            (Answer::Failed(cause), _) if cause.is_lost_worker() => return Err(Failure::caused(LOST_WORKER, cause)),
            (Answer::Failed(cause), _) => return Err(Failure::caused(Error::ReadFailed, cause)),
            (Answer::Unsealed(cause), _) => return Err(refused(cause)),
            // It has fewer bytes.
            (Answer::Missing, _) => return Err(Error::FileChanged.into()),
            _ => return Err(OTHER.into()),
        };
        if let Some(encryptor) = &self.encryptor {
            let engine = encryptor.engine();
            let tags = blocks(&sealed.tags, claims.len())?;
            match &engine.keys {
                Keys::Soft { .. } => {
                    for ((_, _, claim), share) in claims.into_iter().zip(tags.iter()) {
                        encryptor.add(claim, Element(*share));
                    }
                }
                Keys::Stitched { ctr, .. } => {
                    let keystream = blocks(&sealed.keystream, claims.len())?;
                    let mut mask: Option<[u8; 16]> = None;
                    for ((first_block, bytes, claim), (tag, last)) in
                        claims.into_iter().zip(tags.iter().zip(keystream.iter()))
                    {
                        let mask_of = match mask {
                            Some(mask) => mask,
                            None => **engine.mask(first_block, ctr).await?,
                        };
                        encryptor.add(claim, engine.ghash().share_of_sealed(*tag, mask_of, bytes));
                        mask = Some(*last);
                    }
                }
            }
        }
        let digests = sealed.digests;
        Ok(Stretch { buffer, digests })
    }

    /// The tag, which follows the ciphertext; nothing where nothing is encrypted.
    ///
    /// # Errors
    /// [`Error::Truncated`] if a stretch is missing.
    pub fn finish(&self) -> Result<Vec<u8>, Error> {
        match &self.encryptor {
            Some(encryptor) => Ok(encryptor.finish()?.to_vec()),
            None => Ok(Vec::new()),
        }
    }
}

/// Secret blocks.
pub(super) fn blocks(bytes: &Secret, count: usize) -> Result<Zeroizing<Vec<[u8; 16]>>, Error> {
    let (blocks, rest) = bytes.expose().as_chunks();
    match blocks.len() == count && rest.is_empty() {
        true => Ok(Zeroizing::new(blocks.to_vec())),
        false => Err(Error::Unreachable("another number of tags than of segments")),
    }
}
