//! The bytes of one part, sealed: in a worker that owns them, or in this thread. A part is one buffer: its digest and its request want it
//! whole.

use std::ops::Range;

use futures_util::TryStreamExt;
use js_sys::Uint8Array;
use zeroize::Zeroizing;

use crate::browser::{
    BrowserEngine, Failure,
    content::{
        seal::{SEGMENT_BYTES, segments},
        source::Source,
    },
    crypto::{
        stretch::room,
        webcrypto::{WebCryptoEngine, free, wipe},
    },
    js::abort::Abort,
    store::part_worker::{Calls, PartWorker, PartWorkers, Sealed},
    upload::checksum::{base64, crc64, sha256},
};
use crate::{
    AlgorithmSuite, Error,
    checkpoint::PartRecord,
    content::Encryptor,
    s3::{
        checksum::{ChecksumAlgorithm, Crc64},
        part_plan::PartPlan,
    },
};

/// One pass over the source, each byte at most once.
pub(crate) struct PartSealer<'a> {
    pub(crate) source: &'a Source,
    pub(crate) plan: PartPlan,
    /// Missing where the content is not encrypted here.
    pub(crate) encryptor: Option<Encryptor<&'a BrowserEngine>>,
    /// What the store checks.
    pub(crate) checksum: Option<ChecksumAlgorithm>,
    /// Missing where workers cannot be had.
    pub(crate) workers: Option<&'a PartWorkers>,
    pub(crate) abort: &'a Abort,
}

/// A part that waits to be sent, or to be let go.
pub(crate) enum Part {
    /// In this thread.
    Here(Uint8Array),
    /// Where it was sealed, with what is recorded of it.
    InWorker(PartWorker, PartRecord),
}

impl PartSealer<'_> {
    fn content_bytes(&self) -> u64 {
        self.source.bytes()
    }

    /// Whether a part holds some of the tag, and so waits for all others. Two may: the tag can lie across their boundary.
    pub(crate) fn holds_tag(&self, number: u16) -> bool {
        self.plan.range(number).end > self.content_bytes()
    }

    /// The part; room is left where the tag goes.
    pub(crate) async fn seal(&self, number: u16) -> Result<Part, Failure> {
        let range = self.plan.range(number);
        let encryption = match &self.encryptor {
            None => None,
            Some(encryptor) => match encryptor.engine().stitched() {
                Some(engine) => Some((encryptor, engine)),
                None => return self.seal_here(range).await,
            },
        };
        let (Some(workers), Source::Blob(blob), false) = (self.workers, self.source, self.holds_tag(number)) else {
            return self.seal_here(range).await;
        };
        let Some(worker) = workers.take(self.abort).await? else {
            return self.seal_here(range).await;
        };
        let sealed = match encryption {
            Some((encryptor, engine)) => self.encrypt_in(&worker, blob, range, encryptor, engine).await?,
            None => worker.seal(blob, range, None, self.with_crc(), self.abort).await?,
        };
        let crc = match &sealed.crc {
            Some(crc) => Some(Crc64::from_bytes(&crc.to_vec()).ok_or(Error::Unreachable("a CRC of another length"))?),
            None => None,
        };
        let digest = base64(&sealed.digest.to_vec());
        Ok(Part::InWorker(worker, PartRecord { digest, crc }))
    }

    fn with_crc(&self) -> bool {
        self.checksum == Some(ChecksumAlgorithm::Crc64Nvme)
    }

    /// What is recorded of a part that is whole.
    pub(crate) async fn record(&self, part: &Part) -> Result<PartRecord, Failure> {
        let bytes = match part {
            Part::Here(bytes) => bytes,
            Part::InWorker(_, record) => return Ok(record.clone()),
        };
        Ok(PartRecord {
            digest: sha256(bytes, self.abort).await?,
            crc: self.with_crc().then(|| crc64(bytes)),
        })
    }

    async fn seal_here(&self, range: Range<u64>) -> Result<Part, Failure> {
        let content = range.start..range.end.min(self.content_bytes());
        let part = room(length(&range)?)?;
        let Some(encryptor) = &self.encryptor else {
            part.set(&self.source.read(content, self.abort).await?.bytes, 0);
            return Ok(Part::Here(part));
        };
        let mut position = 0_u32;
        let mut segments = std::pin::pin!(segments(self.source, content, encryptor, self.abort));
        while let Some(segment) = segments.try_next().await? {
            part.set(&segment, position);
            position = position.saturating_add(segment.length());
            free(&segment);
        }
        Ok(Part::Here(part))
    }

    /// Has the worker make the calls; what they mean for the message is worked out here.
    async fn encrypt_in(
        &self,
        worker: &PartWorker,
        blob: &web_sys::Blob,
        range: Range<u64>,
        encryptor: &Encryptor<&BrowserEngine>,
        engine: &WebCryptoEngine,
    ) -> Result<Sealed, Failure> {
        let starts = range.clone().step_by(SEGMENT_BYTES as usize);
        let mut claims = Vec::new();
        // With room for all: growing would leave secrets behind.
        let mut ivs = Zeroizing::new(Vec::with_capacity(starts.clone().count().saturating_mul(16)));
        for start in starts {
            let bytes = range.end.saturating_sub(start).min(SEGMENT_BYTES);
            let first_block = start.div_euclid(AlgorithmSuite::BLOCK_BYTES);
            claims.push((first_block, bytes, encryptor.claim(first_block, bytes)?));
            ivs.extend(engine.segment_iv(first_block)?);
        }
        let calls = Calls {
            key: engine.gcm_key(),
            ivs,
            segment_bytes: SEGMENT_BYTES,
        };
        let sealed = worker
            .seal(blob, range, Some(&calls), self.with_crc(), self.abort)
            .await?;
        let tags = blocks(&sealed.tags, claims.len())?;
        let keystream = blocks(&sealed.keystream, claims.len())?;
        let mut mask = None;
        for ((first_block, bytes, claim), (tag, last)) in claims.into_iter().zip(tags.iter().zip(keystream.iter())) {
            encryptor.add(claim, engine.share(first_block, *tag, mask, bytes).await?);
            mask = Some(*last);
        }
        Ok(sealed)
    }

    /// Puts the tag into the parts that [`holds_tag`](Self::holds_tag) names.
    pub(crate) fn finish(&self, tail: &[(u16, Part)]) -> Result<(), Failure> {
        let content_bytes = self.content_bytes();
        let Some(encryptor) = &self.encryptor else {
            return Ok(());
        };
        let tag = encryptor.finish()?;
        for (number, part) in tail {
            let Part::Here(part) = part else {
                return Err(Error::Unreachable("a tag's part in a worker").into());
            };
            let range = self.plan.range(*number);
            for (position, byte) in (content_bytes..).zip(tag) {
                if range.contains(&position) {
                    part.set_index(position.saturating_sub(range.start) as u32, byte);
                }
            }
        }
        Ok(())
    }
}

fn length(range: &Range<u64>) -> Result<u32, Error> {
    u32::try_from(range.end.saturating_sub(range.start)).map_err(|_| Error::Unreachable("a part of more than 4 GiB"))
}

/// Secret blocks, wiped where they were.
fn blocks(bytes: &Uint8Array, count: usize) -> Result<Zeroizing<Vec<[u8; 16]>>, Error> {
    let copy = Zeroizing::new(bytes.to_vec());
    wipe(bytes);
    let (blocks, rest) = copy.as_chunks();
    match blocks.len() == count && rest.is_empty() {
        true => Ok(Zeroizing::new(blocks.to_vec())),
        false => Err(Error::Unreachable("a worker that gave another number of tags")),
    }
}
