//! From a response's body to plaintext in a sink, verified at the end.

use std::{cell::RefCell, pin::pin};

use futures_util::{Stream, TryStreamExt, stream};
use js_sys::{ArrayBuffer, Uint8Array};

use super::{
    BrowserEngine, Failure,
    body::Body,
    progress::{Phase, Progress},
    seal::{SEGMENT_BYTES, SEGMENTS_IN_FLIGHT},
    sink::Sink,
};
use crate::{
    AlgorithmSuite, Error,
    content::{BLOCK_BYTES, Decryptor},
};

/// What a body is made of.
enum Piece<T> {
    Segment(u64, T),
    Tag([u8; AlgorithmSuite::TAG_BYTES]),
}

/// Buffers for ciphertext that are used again: fresh memory costs more than decrypting does.
#[derive(Default)]
struct Spare(RefCell<Vec<ArrayBuffer>>);

impl Spare {
    fn take(&self) -> Uint8Array {
        let used = self.0.borrow_mut().pop();
        let buffer = used.unwrap_or_else(|| ArrayBuffer::new(SEGMENT_BYTES as u32));
        Uint8Array::new(&buffer)
    }

    fn give_back(&self, segment: Uint8Array) {
        self.0.borrow_mut().push(segment.buffer());
    }
}

/// The segments of the body, then its tag, then its end.
fn pieces<'a>(
    body: Body<'a>,
    content_bytes: u64,
    spare: &'a Spare,
) -> impl Stream<Item = Result<Piece<Uint8Array>, Failure>> + 'a {
    stream::try_unfold(Some((body, 0)), move |state| async move {
        let Some((mut body, position)) = state else {
            return Ok(None);
        };
        let bytes = SEGMENT_BYTES.min(content_bytes.saturating_sub(position));
        if bytes > 0 {
            let segment = spare.take().subarray(0, bytes as u32);
            body.fill(&segment).await?;
            let segment = Piece::Segment(position.div_euclid(BLOCK_BYTES), segment);
            return Ok(Some((segment, Some((body, position.saturating_add(bytes))))));
        }
        let mut tag = [0; AlgorithmSuite::TAG_BYTES];
        body.take(AlgorithmSuite::TAG_BYTES as u32).await?.copy_to(&mut tag);
        body.expect_end().await?;
        Ok(Some((Piece::Tag(tag), None)))
    })
}

/// Decrypts into the sink and verifies. On an error the caller discards the sink.
pub(super) async fn decrypt(
    body: Body<'_>,
    decryptor: Decryptor<BrowserEngine>,
    stored_bytes: u64,
    sink: &mut impl Sink,
    progress: &Progress,
) -> Result<(), Failure> {
    let (total, content_bytes) = (stored_bytes, AlgorithmSuite::content_bytes(stored_bytes)?);
    let (mut tag, spare) = (None, Spare::default());
    {
        let (decryptor, spare) = (&decryptor, &spare);
        let opened = pieces(body, content_bytes, spare)
            .map_ok(|piece| async move {
                Ok::<_, Failure>(match piece {
                    Piece::Segment(first_block, ciphertext) => {
                        let plaintext = decryptor.decrypt(first_block, ciphertext.clone()).await?;
                        spare.give_back(ciphertext);
                        Piece::Segment(first_block, plaintext)
                    }
                    Piece::Tag(tag) => Piece::Tag(tag),
                })
            })
            .try_buffered(SEGMENTS_IN_FLIGHT);
        let mut opened = pin!(opened);
        let mut done: u64 = 0;
        while let Some(piece) = opened.try_next().await? {
            match piece {
                Piece::Segment(_, plaintext) => {
                    let plaintext = plaintext.release_before_verification();
                    done = done.saturating_add(plaintext.length().into());
                    sink.write(plaintext.into()).await?;
                    progress.report(Phase::Download, done, total);
                }
                Piece::Tag(stored) => tag = Some(stored),
            }
        }
    }
    decryptor.finish(&tag.ok_or(Error::Truncated)?)?;
    progress.report(Phase::Download, total, total);
    Ok(())
}

/// Copies an object that is not client-side encrypted.
pub(super) async fn copy(
    mut body: Body<'_>,
    total: u64,
    sink: &mut impl Sink,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut done: u64 = 0;
    while let Some(chunk) = body.next().await? {
        done = done.saturating_add(chunk.length().into());
        sink.write(chunk.into()).await?;
        progress.report(Phase::Download, done, total);
    }
    if done != total {
        return Err(Error::Truncated.into());
    }
    Ok(())
}
