//! A range of an object's content. The formats authenticate whole objects only, so nothing vouches for a range: whoever can write to the bucket
//! can turn its bits. What is verified is that the data key is the object's (format V3).

use std::{cell::Cell, ops::Range, rc::Rc};

use crate::{
    AlgorithmSuite, Envelope, Error,
    cipher::{Decipherer, Opener, Protection},
    content::EngineKind,
    envelope::Located,
    machine::{Answer, Desk, Failure, Hold, SinkKind, Step},
    s3::{answer::Operation, etag::strong, object_key::ObjectKey, range::PlaintextRange, request::Request},
    store::{
        Store,
        body::{Arrived, Body},
        origin::is_range,
    },
};

/// A range is held in memory.
const MAX_BYTES: u64 = 256 << 20;
/// Bytes that are fetched and decrypted at a time: whole segments.
const STRETCH_BYTES: u64 = 8 << 20;

/// Plaintext that nothing vouches for.
pub struct UnauthenticatedRange {
    /// Which bytes of the content.
    pub range: Range<u64>,
    /// Bytes of all of it.
    pub content_bytes: u64,
    /// The object's.
    pub envelope: Envelope,
    /// The plaintext.
    pub blob: Hold,
}

/// Reads that range of the content of the object at that key. `file`: the key of its instruction file, if the caller wants one read. The engine
/// that was found is `remembered`.
///
/// # Errors
/// What is wrong with the object, with the way to it or with the range; what `protection` refuses.
pub async fn read_range(
    store: Store,
    key: ObjectKey,
    file: Option<ObjectKey>,
    wanted: PlaintextRange,
    protection: Protection,
    remembered: &Cell<Option<EngineKind>>,
) -> Result<UnauthenticatedRange, Failure> {
    let desk = store.desk();
    let head = Request::new(Operation::HeadObject, &key, store.read_headers());
    let object = store.fetch(&head).await?;
    let stored_bytes = object.content_length()?;
    let envelope = match Envelope::locate(&object.metadata()?)? {
        Located::InMetadata(envelope) => envelope,
        Located::InInstructionFile(incomplete) => store.complete(incomplete, file.as_ref()).await?,
    };
    if !envelope.suite().is_authenticated() {
        return Err(Error::UnsupportedFormat("a range of AES-CBC content").into());
    }
    let content_bytes = AlgorithmSuite::content_bytes(stored_bytes)?;
    let range = wanted.resolve(content_bytes)?;
    if range.end.saturating_sub(range.start) > MAX_BYTES {
        return Err(Error::misuse("a range may have 256 MiB at most, since it is held in memory").into());
    }
    let blocks = PlaintextRange::blocks(&range, content_bytes);
    let Decipherer::Authenticated(engine) = protection.decrypt(&envelope, remembered, desk).await? else {
        return Err(Error::Unreachable("suite and cipher differ").into());
    };
    let opener = Opener::new(engine, content_bytes)?;

    let mut headers = store.read_headers();
    let last = blocks.end.saturating_sub(1);
    headers.insert("range".into(), format!("bytes={}-{last}", blocks.start));
    // The object may have been replaced meanwhile. Where the page may not see the ETag, the commitment or garbage tells.
    if let Some(e_tag) = strong(object.header("etag").map(Into::into)) {
        headers.insert("if-match".into(), e_tag);
    }
    drop(object);
    let part = store.fetch(&Request::new(Operation::GetObject, &key, headers)).await?;
    let is_it = is_range(&part, &blocks, stored_bytes);
    let Some(stream) = part.into_body().filter(|_| is_it) else {
        return Err(Error::UnsupportedFormat("an answer that is not the range that was asked for").into());
    };
    // Of no origin: the object is not asked for again. No byte counts for progress.
    let arrived = Rc::new(Arrived::new(desk, 0, stored_bytes));
    let body = Body::new(stream, None, blocks.clone(), &arrived);
    let blob = open_into_blob(&opener, body, &blocks, &range, desk).await?;
    Ok(UnauthenticatedRange {
        range,
        content_bytes,
        envelope,
        blob,
    })
}

/// The plaintext of `range`, of an answer that has the `blocks` around it.
async fn open_into_blob(
    opener: &Opener,
    mut body: Body,
    blocks: &Range<u64>,
    range: &Range<u64>,
    desk: &Desk,
) -> Result<Hold, Failure> {
    let sink = held(desk.ask(Step::Sink(SinkKind::Memory)).await?)?;
    let mut start = blocks.start;
    while start < blocks.end {
        let end = start.saturating_add(STRETCH_BYTES).min(blocks.end);
        let bytes = end.saturating_sub(start) as u32;
        let Some(ciphertext) = body.fill(bytes).await? else {
            return Err(Error::Unreachable("no bytes for a stretch").into());
        };
        let plaintext = opener.open(&ciphertext, 0..bytes, start).await?;
        drop(ciphertext);
        // By name: the caller has asked for what nothing verifies.
        let buffer = plaintext.release_before_verification();
        let within = |position: u64| position.clamp(start, end).saturating_sub(start) as u32;
        let kept = within(range.start)..within(range.end);
        if kept != (0..bytes) {
            let buffer = buffer.id();
            desk.ask(Step::Cut { buffer, range: kept }).await?;
        }
        let (sink, buffer) = (sink.id(), buffer.id());
        if let (Answer::Failed(cause), _) = desk.ask(Step::Write { sink, buffer }).await? {
            return Err(Failure::caused(NO_ROOM, cause));
        }
        start = end;
    }
    if body.has_more().await? {
        return Err(Error::AuthenticationFailed.into());
    }
    held(desk.ask(Step::Commit(sink.id())).await?)
}

const NO_ROOM: Error = Error::UnsupportedBrowser("room for the file");

/// Of the platform's memory, or a Blob in it.
fn held(answer: (Answer, Option<Hold>)) -> Result<Hold, Failure> {
    match answer {
        (Answer::Failed(cause), _) => Err(Failure::caused(NO_ROOM, cause)),
        (_, Some(hold)) => Ok(hold),
        _ => Err(NO_ROOM.into()),
    }
}
