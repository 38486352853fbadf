//! Encrypting for callers who send or keep the result themselves.

use std::{ops::Range, rc::Rc};

use super::{realm::Realm, sealing::Sealing, source::Source};
use crate::{
    AlgorithmSuite, Envelope, Error,
    cipher::{ContentEngine, Protection, Sealer, Stretch},
    encryption_context::StringMap,
    envelope::placement::{EnvelopeIn, place},
    machine::{Answer, Checks, Desk, Failure, Hold, Phase, SinkKind, Step, Window},
};

/// Bytes of one step. In Chromium a file comes at 210 MiB/s in reads of 256 KiB and at 920 in reads of 8 MiB.
pub const STRETCH_BYTES: u64 = 8 << 20;
/// The same of content in memory, which the processor's caches hold until it is read: 64 MiB take 25 ms, and in steps of 8 MiB 33.
pub const MEMORY_STRETCH_BYTES: u64 = 2 << 20;
/// Stretches at once: one is read while the one before it is encrypted.
const STRETCHES: usize = 2;

/// Content that can be encrypted: its envelope exists.
pub struct Encryption {
    /// What travels beside the content.
    pub envelope: Envelope,
    /// The headers of the object.
    pub headers: StringMap,
    /// The body of its instruction file, if it has one.
    pub instruction_file: Option<String>,
    /// Bytes as stored.
    pub stored_bytes: u64,
    content: Extent,
    engine: ContentEngine,
    source: Source,
}

/// How much is encrypted, and where it is.
#[derive(Clone, Copy)]
pub struct Extent {
    /// How long it is.
    pub bytes: u64,
    /// Whether it needs no reading.
    pub is_in_memory: bool,
}

impl Extent {
    const fn stretch_bytes(self) -> u64 {
        match self.is_in_memory {
            true => MEMORY_STRETCH_BYTES,
            false => STRETCH_BYTES,
        }
    }
}

impl Encryption {
    /// Makes the data key, and says what will travel beside the content.
    ///
    /// # Errors
    /// [`Error::ReadFailed`] for a source that is gone, what the keyring returns, and [`Error::MetadataTooLarge`], all before the work.
    pub async fn begin(
        protection: Protection,
        envelope_in: EnvelopeIn,
        content: Extent,
        realm: Rc<Realm>,
        desk: Desk,
    ) -> Result<Self, Failure> {
        let stored_bytes = AlgorithmSuite::stored_bytes(content.bytes)?;
        let source = Source::begin(content.bytes, false, &desk).await?;
        let sealing = Sealing::begin(content.bytes, &protection, None, &realm, &desk).await?;
        let Sealing { envelope, engine, .. } = sealing;
        let (metadata, instruction_file) = place(&envelope, envelope_in, &StringMap::new())?;
        let headers = metadata.headers().map(|(name, value)| (name, value.to_string()));
        Ok(Self {
            headers: headers.collect(),
            instruction_file,
            stored_bytes,
            content,
            engine,
            envelope,
            source,
        })
    }

    /// Encrypts the content into memory, or the platform's store of Blobs.
    ///
    /// # Errors
    /// What reading and encrypting return.
    pub async fn into_blob(self, desk: &Desk) -> Result<Hold, Failure> {
        encrypt_into_blob(Some(&self.engine), &self.source, self.content, desk).await
    }

    /// Encrypts the content as it is asked for.
    ///
    /// # Errors
    /// As [`into_blob`](Self::into_blob).
    pub async fn into_stream(self, desk: Desk) -> Result<(), Failure> {
        let emit = async |buffer: Hold| {
            let step = Step::Emit {
                buffer: buffer.id(),
                verified: true,
            };
            desk.ask(step).await.map(drop)
        };
        encrypt_in_order(Some(&self.engine), &self.source, self.content, &desk, emit).await
    }
}

/// The sealed content as one Blob.
pub(super) async fn encrypt_into_blob(
    engine: Option<&ContentEngine>,
    source: &Source,
    content: Extent,
    desk: &Desk,
) -> Result<Hold, Failure> {
    let no_room = || Error::UnsupportedBrowser("room for the file");
    let (answer, sink) = desk.ask(Step::Sink(SinkKind::Memory)).await?;
    let sink = match (answer, sink) {
        (Answer::Failed(cause), _) => return Err(Failure::caused(no_room(), cause)),
        (_, Some(sink)) => sink,
        _ => return Err(no_room().into()),
    };
    let write = async |buffer: Hold| {
        let step = Step::Write {
            sink: sink.id(),
            buffer: buffer.id(),
        };
        match desk.ask(step).await?.0 {
            Answer::Failed(cause) => Err(Failure::caused(no_room(), cause)),
            _ => Ok(()),
        }
    };
    encrypt_in_order(engine, source, content, desk, write).await?;
    match desk.ask(Step::Commit(sink.id())).await? {
        (_, Some(blob)) => Ok(blob),
        (Answer::Failed(cause), _) => Err(Failure::caused(no_room(), cause)),
        _ => Err(no_room().into()),
    }
}

/// Encrypts stretch after stretch, each while the one before it goes on, and the tag last.
async fn encrypt_in_order(
    engine: Option<&ContentEngine>,
    source: &Source,
    content: Extent,
    desk: &Desk,
    take: impl AsyncFn(Hold) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (content_bytes, stretch_bytes) = (content.bytes, content.stretch_bytes());
    let sealer = &Sealer::new(engine, content_bytes, desk)?;
    let total = match engine {
        Some(_) => AlgorithmSuite::stored_bytes(content_bytes)?,
        None => content_bytes,
    };
    let mut starts = (0..content_bytes.max(1)).step_by(stretch_bytes as usize);
    let stretch = |start: u64| start..start.saturating_add(stretch_bytes).min(content_bytes);
    let mut ahead: Window<'_, (Range<u64>, Result<Stretch, Failure>)> = Window::default();
    let mut waiting = starts.by_ref().map(stretch);
    loop {
        while ahead.len() < STRETCHES
            && let Some(range) = waiting.next()
        {
            ahead.push(async move {
                let sealed = source.seal(sealer, range.clone(), Checks::default(), false).await;
                (range, sealed)
            });
        }
        let Some((range, sealed)) = ahead.next_in_order().await else {
            return Ok(());
        };
        let buffer = sealed?.buffer;
        let mut done = range.end;
        if range.end == content_bytes {
            let append = Step::Append {
                buffer: buffer.id(),
                bytes: sealer.finish()?,
            };
            desk.ask(append).await?;
            done = total;
        }
        take(buffer).await?;
        desk.report(Phase::Encrypt, done, total);
    }
}
