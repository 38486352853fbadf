//! Encrypting into the browser's blob store.

use web_sys::Blob;

use crate::browser::{
    Failure,
    content::{
        seal::seal,
        sealing::Sealing,
        sink::{BlobSink, Sink},
        source::Source,
    },
    js::{abort::Abort, progress::Progress},
};

/// The sealed content in the browser's blob store.
pub(crate) async fn seal_blob(
    source: &Source,
    sealing: &Sealing,
    abort: &Abort,
    progress: &Progress,
) -> Result<Blob, Failure> {
    let mut sink = BlobSink::default();
    seal(
        source,
        sealing.encryptor(source)?,
        abort,
        progress,
        Sink::Blob(&mut sink),
    )
    .await?;
    sink.into_blob()
}
