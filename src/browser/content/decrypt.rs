//! From an object's stored bytes to plaintext in a sink, verified at the end.

use std::{cmp::Ordering, ops::Range, pin::pin, rc::Rc};

use futures_util::{Stream, TryStreamExt, stream};
use js_sys::Uint8Array;

use crate::browser::{
    BrowserEngine, Failure,
    content::{
        seal::{SEGMENT_BYTES, SEGMENTS_IN_FLIGHT},
        sink::Sink,
    },
    crypto::stretch::Stretch,
    js::progress::{Phase, Progress},
    store::body::Body,
};
use crate::{
    AlgorithmSuite, Error,
    content::{Decryptor, Unverified},
    s3::answer::ENCODED,
};

/// What the stored bytes are made of. The tag may lie across two stretches.
enum Piece {
    Segment(u64, Rc<Stretch>, Range<u32>),
    Tag(Vec<u8>),
}

enum Opened {
    Segment(Unverified<Uint8Array>),
    Tag(Vec<u8>),
}

/// The pieces of a stretch that starts there in the object.
fn pieces(start: u64, stretch: Stretch, content_bytes: u64) -> impl Iterator<Item = Piece> {
    let length = stretch.bytes.length();
    let content = content_bytes.saturating_sub(start).min(length.into()) as u32;
    let tag = (content < length).then(|| Piece::Tag(stretch.bytes.subarray(content, length).to_vec()));
    let stretch = Rc::new(stretch);
    (0..content)
        .step_by(SEGMENT_BYTES as usize)
        .map(move |within| {
            let end = within.saturating_add(SEGMENT_BYTES as u32).min(content);
            let first_block = start
                .saturating_add(within.into())
                .div_euclid(AlgorithmSuite::BLOCK_BYTES);
            Piece::Segment(first_block, Rc::clone(&stretch), within..end)
        })
        .chain(tag)
}

/// Decrypts into the sink and verifies. The stretches are the whole object, all but the last in whole blocks. On an error the
/// caller discards the sink.
pub(crate) async fn decrypt(
    stretches: impl Stream<Item = Result<Stretch, Failure>>,
    decryptor: Decryptor<BrowserEngine>,
    content_bytes: u64,
    mut sink: Sink<'_>,
) -> Result<(), Failure> {
    let mut stored_tag = Vec::new();
    {
        let (decryptor, mut position) = (&decryptor, 0_u64);
        let opened = stretches
            .map_ok(move |stretch| {
                let start = position;
                position = position.saturating_add(stretch.bytes.length().into());
                stream::iter(pieces(start, stretch, content_bytes).map(Ok))
            })
            .try_flatten()
            .map_ok(|piece| async move {
                Ok::<_, Failure>(match piece {
                    Piece::Segment(first_block, stretch, within) => {
                        let ciphertext = stretch.part(within.start, within.end)?;
                        Opened::Segment(decryptor.decrypt(first_block, ciphertext).await?)
                    }
                    Piece::Tag(bytes) => Opened::Tag(bytes),
                })
            })
            .try_buffered(SEGMENTS_IN_FLIGHT);
        let mut opened = pin!(opened);
        while let Some(piece) = opened.try_next().await? {
            match piece {
                Opened::Segment(plaintext) => sink.write(plaintext.release_before_verification()).await?,
                Opened::Tag(bytes) => stored_tag.extend(bytes),
            }
        }
    }
    let stored_tag = <[u8; AlgorithmSuite::TAG_BYTES]>::try_from(stored_tag).map_err(|_| Error::Truncated)?;
    Ok(decryptor.finish(&stored_tag)?)
}

/// Copies an object that is not client-side encrypted.
pub(crate) async fn copy(
    mut body: Body<'_>,
    total: u64,
    mut sink: Sink<'_>,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut done: u64 = 0;
    while let Some(chunk) = body.next().await? {
        done = done.saturating_add(chunk.length().into());
        sink.write(chunk).await?;
        progress.report(Phase::Download, done, total);
    }
    match done.cmp(&total) {
        Ordering::Less => Err(Error::Truncated.into()),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(Error::UnexpectedAnswer(ENCODED).into()),
    }
}
