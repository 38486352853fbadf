//! Bodies to pieces and back, in constant memory: files and ciphers on a thread for blocking work, a short queue between.

use super::{
    at_rest::Key,
    digest::{Digests, Expected, sums_in},
    piece::{PieceWriter, Written},
    record::Object,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream::poll_fn};
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders, dto::StreamingBlob, s3_error};
use std::{io, ops::Range, path::PathBuf, sync::Arc};
use tokio::{sync::mpsc, task::spawn_blocking};

const QUEUE: usize = 4;

/// What to read, and what must be true of it.
pub struct Incoming {
    /// The body.
    pub body: Option<StreamingBlob>,
    /// Digests that must fit, as far as the head of the request names them.
    pub expected: Expected,
    /// Adds what the trailer names.
    pub trailer: Option<TrailingHeaders>,
    /// Algorithms to compute besides.
    pub wanted: Vec<super::digest::Algorithm>,
    /// The body's length, if the request says it.
    pub length: Option<u64>,
}

/// Writes a body to a new piece and checks it.
pub async fn receive(folder: PathBuf, keys: Vec<Key>, mut incoming: Incoming) -> S3Result<Written> {
    incoming.expected.check_form()?;
    let wanted: Vec<_> = incoming.expected.sums.keys().copied().chain(incoming.wanted).collect();
    let (sender, mut receiver) = mpsc::channel::<Bytes>(QUEUE);
    let (done, complete) = tokio::sync::oneshot::channel::<()>();
    let writing = spawn_blocking(move || {
        let mut writer = PieceWriter::new(&folder, &keys, Digests::new(wanted))?;
        while let Some(bytes) = receiver.blocking_recv() {
            writer.write(&bytes)?;
        }
        // Without this word the body broke off, and there is nothing to finish.
        match complete.blocking_recv() {
            Ok(()) => writer.finish().map(Some),
            Err(_) => Ok(None),
        }
    });
    if let Some(mut body) = incoming.body {
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(body_error)?;
            if sender.send(bytes).await.is_err() {
                break;
            }
        }
    }
    drop(sender);
    let _ = done.send(());
    let written = writing
        .await
        .map_err(S3Error::internal_error)?
        .map_err(S3Error::internal_error)?;
    let written = written.ok_or_else(|| s3_error!(IncompleteBody))?;
    if incoming.length.is_some_and(|length| length != written.piece.info.size) {
        return Err(s3_error!(
            IncompleteBody,
            "You did not provide the number of bytes specified by Content-Length"
        ));
    }
    if let Some(headers) = incoming.trailer.and_then(|trailer| trailer.take()) {
        incoming.expected.sums.extend(sums_in(&headers));
    }
    incoming.expected.check(&written.md5, &written.sums)?;
    Ok(written)
}

// The body's own errors carry S3's code: a chunk's signature, a length, a digest.
fn body_error(error: s3s::StdError) -> S3Error {
    match error.downcast::<S3Error>() {
        Ok(error) => *error,
        Err(error) => {
            let text = error.to_string();
            match text.to_ascii_lowercase().contains("mismatch") {
                true => S3Error::with_message(S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()), text),
                false => s3_error!(
                    IncompleteBody,
                    "The body ended before its length, or is not as announced."
                ),
            }
        }
    }
}

/// Streams plaintext bytes `range` of an object. The first buffer is opened before this returns, so that bytes that
/// do not open are an error and not a broken answer.
pub async fn send(object: Arc<Object>, keys: Vec<Key>, range: Range<u64>) -> S3Result<StreamingBlob> {
    let (sender, mut receiver) = mpsc::channel::<io::Result<Bytes>>(QUEUE);
    spawn_blocking(move || {
        if let Err(error) = read(&object, &keys, range, &mut |bytes| {
            sender.blocking_send(Ok(bytes)).is_ok()
        }) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    let first = receiver.recv().await.transpose().map_err(S3Error::internal_error)?;
    let rest = poll_fn(move |context| receiver.poll_recv(context));
    let stream = futures_util::stream::iter(first.map(Ok)).chain(rest);
    Ok(StreamingBlob::wrap(stream))
}

fn read(object: &Object, keys: &[Key], range: Range<u64>, sink: &mut dyn FnMut(Bytes) -> bool) -> io::Result<()> {
    let mut start = 0;
    for piece in &object.pieces {
        let end = start + piece.info.size;
        let from = range.start.max(start);
        let to = range.end.min(end);
        // An empty object is read too: its one empty segment says that nothing was cut off.
        if (from < to || object.record.size == 0) && !piece.read(keys, from - start..to - start, sink)? {
            return Ok(());
        }
        start = end;
    }
    Ok(())
}
