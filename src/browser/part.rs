//! The bytes of one part, sealed. A part is one buffer: its digest and its request want it whole.

use std::ops::Range;

use futures_util::TryStreamExt;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;

use super::{
    BrowserEngine, Failure,
    abort::Abort,
    seal::segments,
    source::Source,
    webcrypto::{free, subtle},
};
use crate::{Error, content::Encryptor, transfer::part_plan::PartPlan};

/// One pass over the source, each byte at most once.
pub(super) struct PartSealer<'a> {
    pub(super) source: &'a Source,
    pub(super) plan: PartPlan,
    /// Missing where the content is not encrypted here.
    pub(super) encryptor: Option<Encryptor<&'a BrowserEngine>>,
    pub(super) abort: &'a Abort,
}

impl PartSealer<'_> {
    fn content_bytes(&self) -> u64 {
        self.source.bytes()
    }

    /// Whether a part holds some of the tag, and so waits for all others. Two may: the tag can lie across their boundary.
    pub(super) fn holds_tag(&self, number: u16) -> bool {
        self.plan.range(number).end > self.content_bytes()
    }

    /// The part; room is left where the tag goes.
    pub(super) async fn seal(&self, number: u16) -> Result<Uint8Array, Failure> {
        let range = self.plan.range(number);
        let content = range.start..range.end.min(self.content_bytes());
        let part = Uint8Array::new_with_length(length(&range)?);
        let mut position = content.start.saturating_sub(range.start) as u32;
        let Some(encryptor) = &self.encryptor else {
            part.set(&self.source.read(content, self.abort).await?.bytes, position);
            return Ok(part);
        };
        let mut segments = std::pin::pin!(segments(self.source, content, encryptor, self.abort));
        while let Some(segment) = segments.try_next().await? {
            part.set(&segment, position);
            position = position.saturating_add(segment.length());
            free(&segment);
        }
        Ok(part)
    }

    /// Puts the tag into the parts that [`holds_tag`](Self::holds_tag) names.
    pub(super) fn finish(&self, tail: &[(u16, Uint8Array)]) -> Result<(), Failure> {
        let content_bytes = self.content_bytes();
        let Some(encryptor) = &self.encryptor else {
            return Ok(());
        };
        let tag = encryptor.finish()?;
        for (number, part) in tail {
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

/// Base64 of SHA-256.
pub(super) async fn digest(bytes: &Uint8Array, abort: &Abort) -> Result<String, Failure> {
    let refused = |cause| Failure::caused(Error::UnsupportedBrowser("SHA-256"), cause);
    let call = subtle()?
        .digest_with_str_and_buffer_source("SHA-256", bytes)
        .map_err(refused)?;
    let digest: ArrayBuffer = abort.wait(call).await?.map_err(refused)?.unchecked_into();
    Ok(base64(&Uint8Array::new(&digest).to_vec()))
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes)
}
