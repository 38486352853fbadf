//! A range of an object's content. The formats authenticate whole objects only, so nothing vouches for a range: whoever
//! can write to the bucket can turn its bits. What is verified is that the data key is the object's (format V3).

use js_sys::{Array, Promise};
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::Blob;

use crate::browser::{
    BrowserEngine, Failure,
    api::options::Options,
    content::{protection::Protection, seal::SEGMENT_BYTES},
    crypto::webcrypto::free,
    js::{
        abort::Abort,
        blob::new_blob,
        summary::{EnvelopeSummary, to_js},
    },
    promise,
    store::{
        body::Body,
        fetch::fetch,
        instruction_file::InstructionFileSource,
        origin::is_range,
        presign::{Headers, PresignRequest, Presigner},
    },
};
use crate::{
    AlgorithmSuite, Envelope, Error,
    content::Decryptor,
    decrypt::{ContentCipher, decrypt},
    envelope::Located,
    s3::{etag::strong, object_key::ObjectKey, range::PlaintextRange},
};

/// A range is held in memory.
const MAX_BYTES: u64 = 256 << 20;

/// Reads a range of an object's content, which nothing authenticates.
#[wasm_bindgen(js_name = getUnauthenticatedRange, unchecked_return_type = "Promise<UnauthenticatedRange>")]
pub fn get_unauthenticated_range(
    #[wasm_bindgen(unchecked_param_type = "GetRangeOptions")] options: JsValue,
) -> Promise {
    let given = Given::parse(options);
    promise(async move { read(given?).await })
}

struct Given {
    wanted: PlaintextRange,
    key: ObjectKey,
    presigner: Presigner,
    abort: Abort,
    protection: Protection,
    file: Option<ObjectKey>,
    headers: Headers,
}

impl Given {
    fn parse(options: JsValue) -> Result<Self, Failure> {
        Options::read(options, |options| {
            let key = options.object_key()?;
            let (presigner, headers) = options.reader()?;
            Ok(Self {
                wanted: options.range()?,
                presigner,
                abort: options.abort()?,
                protection: options.reading()?,
                file: options.instruction_file_of(&key)?,
                headers,
                key,
            })
        })
    }
}

async fn read(given: Given) -> Result<JsValue, Failure> {
    let Given {
        wanted,
        key,
        presigner,
        abort,
        protection,
        file,
        mut headers,
    } = given;
    let key = &*key;
    let head = PresignRequest::HeadObject { key, headers: &headers };
    let object = fetch(&presigner, &head, &abort).await?;
    let stored_bytes = object.content_length()?;
    let envelope = match Envelope::locate(&object.metadata()?)? {
        Located::InMetadata(envelope) => envelope,
        Located::InInstructionFile(incomplete) => {
            let source = InstructionFileSource::of_the_store(file, &presigner, &headers);
            source.complete(incomplete, &abort).await?
        }
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
    let (keyring, context) = (&protection.keyring, &protection.encryption_context);
    let opened = abort.race(decrypt(keyring, protection.policy, context, &envelope));
    let ContentCipher::Authenticated(parameters) = opened.await?? else {
        return Err(Error::Unreachable("suite and cipher differ").into());
    };
    let engine = BrowserEngine::new(protection.engine().await?, parameters).await?;
    let decryptor = Decryptor::new(engine, envelope.suite(), content_bytes)?;

    let last = blocks.end.saturating_sub(1);
    headers.insert("range".into(), format!("bytes={}-{last}", blocks.start));
    // The object may have been replaced meanwhile. Where the page may not see the ETag, the commitment or garbage tells.
    if let Some(e_tag) = strong(object.header("etag")) {
        headers.insert("if-match".into(), e_tag);
    }
    let request = PresignRequest::GetObject { key, headers: &headers };
    let part = fetch(&presigner, &request, &abort).await?;
    let is_it = is_range(&part, &blocks, stored_bytes);
    let Some(stream) = part.body().filter(|_| is_it) else {
        return Err(Error::UnsupportedFormat("an answer that is not the range that was asked for").into());
    };
    let mut body = Body::new(&stream, None, blocks.clone(), &abort)?;
    let pieces = Array::new();
    let mut position = blocks.start;
    while position < blocks.end {
        let bytes = SEGMENT_BYTES.min(blocks.end.saturating_sub(position));
        let ciphertext = body.take(bytes as u32).await?;
        let plaintext = decryptor
            .decrypt(position.div_euclid(AlgorithmSuite::BLOCK_BYTES), ciphertext)
            .await?;
        let plaintext = plaintext.release_before_verification();
        pieces.push(new_blob(&Array::of1(&plaintext))?.as_ref());
        free(&plaintext);
        position = position.saturating_add(bytes);
    }
    body.expect_end().await?;
    let within = |position: u64| position.saturating_sub(blocks.start) as f64;
    let blob = new_blob(&pieces)?
        .slice_with_f64_and_f64(within(range.start), within(range.end))
        .map_err(|cause| Failure::caused(Error::Unreachable("a Blob that cannot be cut"), cause))?;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct UnauthenticatedRange<'a> {
        #[serde(with = "serde_wasm_bindgen::preserve")]
        blob: Blob,
        start: u64,
        end: u64,
        content_length: u64,
        envelope: EnvelopeSummary<'a>,
    }
    to_js(&UnauthenticatedRange {
        blob,
        start: range.start,
        end: range.end,
        content_length: content_bytes,
        envelope: EnvelopeSummary::from(&envelope),
    })
}
