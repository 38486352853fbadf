//! Storing an object: whole with one PutObject, or in parts.

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::browser::{
    Failure,
    api::{
        options::{ClientSide, Options, Transfer},
        storing::Storing,
    },
    content::{protection::Protection, source::Source},
    js::summary::{EnvelopeSummary, to_js},
    promise,
    store::presign::Presigner,
    upload::{keeper::Keeper, multipart::Settings, resume::Resume},
};
use crate::{
    Error,
    encryption_context::StringMap,
    envelope::instruction_file,
    envelope::placement::EnvelopeIn,
    s3::{
        ServerSideEncryption,
        checksum::ChecksumAlgorithm,
        object_key::ObjectKey,
        put::{Condition, ContentType},
    },
};

/// Encrypts content and stores it with presigned requests: one PutObject, or parts above a threshold.
#[wasm_bindgen(js_name = putObject, unchecked_return_type = "Promise<StoredObject>")]
pub fn put_object(
    #[wasm_bindgen(unchecked_param_type = "Blob | Uint8Array")] source: JsValue,
    #[wasm_bindgen(unchecked_param_type = "PutObjectOptions")] options: JsValue,
) -> Promise {
    let given = Given::parse(&source, options);
    promise(async move { put(given?).await })
}

/// What one call was given, whole.
struct Given {
    /// What is sent again must not have changed.
    source: Source,
    key: ObjectKey,
    client_side: ClientSide<(Protection, EnvelopeIn)>,
    server_side: Option<ServerSideEncryption>,
    content_type: ContentType,
    metadata: StringMap,
    condition: Condition,
    checksum: Option<Option<ChecksumAlgorithm>>,
    settings: Settings,
    resume: Resume,
    keeper: Option<Keeper>,
    presigner: Presigner,
    transfer: Transfer,
}

impl Given {
    fn parse(source: &JsValue, options: JsValue) -> Result<Self, Failure> {
        let given = Options::read(options, |options| {
            let server_side = options.server_side()?;
            let (resume, keeper) = options.resume()?;
            Ok(Self {
                key: options.object_key()?,
                client_side: options.client_side(|options| Ok((options.writing()?, options.envelope_in()?)))?,
                content_type: ContentType::parse(options.string("contentType")?)?,
                metadata: options.metadata()?,
                condition: options.put_condition()?,
                checksum: options.checksum()?,
                settings: options.multipart()?,
                resume,
                keeper,
                presigner: options.presigner()?.with(server_side.as_ref()),
                server_side,
                transfer: options.transfer()?,
                source: Source::Blob(Source::parse(source)?.into_blob()?),
            })
        })?;
        match &given.client_side {
            ClientSide::None if given.server_side.is_none() => {
                return Err(Error::misuse("clientSideEncryption: \"none\" needs a serverSideEncryption").into());
            }
            ClientSide::Encrypted((_, how)) if *how != EnvelopeIn::Metadata => {
                given.key.with_suffix(instruction_file::DEFAULT_SUFFIX)?;
            }
            _ => {}
        }
        Ok(given)
    }
}

async fn put(given: Given) -> Result<JsValue, Failure> {
    let Given {
        source,
        key,
        client_side,
        server_side,
        content_type,
        metadata,
        condition,
        checksum,
        settings,
        mut resume,
        keeper,
        presigner,
        transfer: Transfer { abort, progress },
    } = given;
    let key = &*key;
    source.ensure_there(&abort).await?;
    let envelope_in = match &client_side {
        ClientSide::Encrypted((_, how)) => *how,
        ClientSide::None => EnvelopeIn::Metadata,
    };
    let resumable = resume.find(key, &abort).await?;
    let kept = match &resume {
        Resume::Kept(store) => Some(store),
        _ => None,
    };
    let storing = Storing {
        key,
        source: &source,
        client_side: &client_side,
        envelope_in,
        content_type: &content_type,
        metadata: &metadata,
        server_side: server_side.as_ref(),
        precondition: condition.precondition(),
        checksum,
        settings: &settings,
        keeper: keeper.as_ref(),
        kept,
        presigner: &presigner,
        abort: &abort,
        progress: &progress,
    };
    let gone_on = match resumable {
        Some(resumable) => storing.go_on(resumable).await?,
        None => None,
    };
    let (stored, sealing) = match gone_on {
        Some(done) => done,
        None => storing.begin().await?,
    };
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct StoredObject<'a> {
        key: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        e_tag: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        version_id: Option<String>,
        content_length: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        envelope: Option<EnvelopeSummary<'a>>,
    }
    to_js(&StoredObject {
        key,
        e_tag: stored.e_tag,
        version_id: stored.version_id,
        content_length: storing.stored_bytes()?,
        envelope: sealing.as_ref().map(|sealing| EnvelopeSummary::from(&sealing.envelope)),
    })
}
