//! What an object says of itself, without any key.

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::browser::{
    Failure,
    api::options::Options,
    js::{
        abort::Abort,
        summary::{EnvelopeSummary, to_js},
    },
    promise,
    store::{
        fetch::fetch,
        instruction_file::InstructionFileSource,
        presign::{Headers, PresignRequest, Presigner},
    },
};
use crate::{
    Envelope, Error, WrapAlgorithm, encryption_context::StringMap, envelope::Located, s3::object_key::ObjectKey,
};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Encrypted,
    NotEncrypted,
    MetadataHidden,
    Invalid,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Place {
    Metadata,
    InstructionFile,
}

/// What a reader has to allow.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Requires {
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_legacy_wrapping_algorithms: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_legacy_unauthenticated_modes: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_legacy_cbc_under_gcm_keys: Option<bool>,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    message: String,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspection<'a> {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    metadata: StringMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope_in: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<EnvelopeSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requires: Option<Requires>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Says whether and how an object is encrypted, and what it takes to open it.
#[wasm_bindgen(js_name = inspectObject, unchecked_return_type = "Promise<ObjectInspection>")]
pub fn inspect_object(#[wasm_bindgen(unchecked_param_type = "InspectOptions")] options: JsValue) -> Promise {
    let given = Given::parse(options);
    promise(async move { inspect(given?).await })
}

struct Given {
    key: ObjectKey,
    presigner: Presigner,
    abort: Abort,
    headers: Headers,
    file: Option<ObjectKey>,
}

impl Given {
    fn parse(options: JsValue) -> Result<Self, Failure> {
        Options::read(options, |options| {
            let key = options.object_key()?;
            let (presigner, headers) = options.reader()?;
            Ok(Self {
                presigner,
                abort: options.abort()?,
                headers,
                file: options.instruction_file_of(&key)?,
                key,
            })
        })
    }
}

async fn inspect(given: Given) -> Result<JsValue, Failure> {
    let (key, headers, presigner, abort) = (&*given.key, &given.headers, &given.presigner, &given.abort);
    let source = InstructionFileSource::of_the_store(given.file, presigner, headers);
    let object = fetch(presigner, &PresignRequest::HeadObject { key, headers }, abort).await?;
    let (metadata, located) = match object.metadata() {
        Ok(metadata) => (metadata.entries().clone(), Envelope::locate(&metadata)),
        Err(error) => (StringMap::new(), Err(error)),
    };
    let sees_nothing = object.hides_headers();

    let mut place = Place::Metadata;
    let found = match located {
        Ok(Located::InMetadata(envelope)) => Ok(envelope),
        Ok(Located::InInstructionFile(incomplete)) => {
            place = Place::InstructionFile;
            match source.complete(incomplete, abort).await {
                Ok(envelope) => Ok(envelope),
                Err(failure) => Err(failure.into_error_if(is_finding)?),
            }
        }
        Err(error) => Err(error),
    };
    let status = match &found {
        Ok(_) => Status::Encrypted,
        Err(Error::EnvelopeMissing) if sees_nothing => Status::MetadataHidden,
        Err(Error::EnvelopeMissing) => Status::NotEncrypted,
        Err(_) => Status::Invalid,
    };
    let problem = match &found {
        Ok(envelope) => refused(envelope.encrypted_data_key().wrap_algorithm).map(|error| Problem::from(&error)),
        Err(Error::EnvelopeMissing) if !sees_nothing => None,
        Err(error) => Some(Problem::from(error)),
    };
    let envelope = found.as_ref().ok();
    let in_file = matches!(place, Place::InstructionFile);
    to_js(&Inspection {
        status,
        stored_length: object.content_length().ok(),
        content_type: object.header("content-type"),
        metadata,
        envelope_in: envelope.map(|_| place),
        envelope: envelope.map(EnvelopeSummary::from),
        requires: envelope.map(|envelope| requires(envelope, in_file)),
        problem,
    })
}

/// What is wrong with the object, rather than with the way to it.
const fn is_finding(error: &Error) -> bool {
    matches!(
        error,
        Error::EnvelopeMissing
            | Error::InstructionFileMissing
            | Error::EnvelopeInvalid(_)
            | Error::CommitmentMismatch
            | Error::UnsupportedFormat(_)
    )
}

fn requires(envelope: &Envelope, in_file: bool) -> Requires {
    let (suite, wrap) = (envelope.suite(), envelope.encrypted_data_key().wrap_algorithm);
    let yes = |needed: bool| needed.then_some(true);
    Requires {
        commitment_policy: (!suite.is_committing()).then_some("require-encrypt-allow-decrypt"),
        enable_legacy_wrapping_algorithms: yes(wrap.is_legacy()),
        enable_legacy_unauthenticated_modes: yes(!suite.is_authenticated()),
        // Only Java re-wraps the key of such content, and only in files.
        enable_legacy_cbc_under_gcm_keys: yes(in_file && !suite.is_authenticated() && !wrap.is_legacy()),
    }
}

fn refused(wrap: WrapAlgorithm) -> Option<Error> {
    matches!(wrap, WrapAlgorithm::RsaPkcs1 | WrapAlgorithm::RsaOaepSha256)
        .then(|| Error::UnsupportedFormat(wrap.name()))
}
