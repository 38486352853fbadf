//! What an object says of itself, without any key.

use serde::Serialize;

use crate::{
    Envelope, Error, WrapAlgorithm,
    encryption_context::StringMap,
    envelope::{EnvelopeSummary, Located},
    machine::Failure,
    s3::{answer::Operation, object_key::ObjectKey, request::Request},
    store::Store,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Encrypted,
    NotEncrypted,
    MetadataHidden,
    Invalid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Place {
    Metadata,
    InstructionFile,
}

/// What a reader has to allow.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
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

#[derive(Debug, PartialEq, Eq, Serialize)]
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

/// Whether and how an object is encrypted, and what it takes to open it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    metadata: StringMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope_in: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<EnvelopeSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requires: Option<Requires>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Looks at the object at that key, and at its instruction file where that is needed and the caller wants it read.
///
/// # Errors
/// What is wrong with the way to the object; what is wrong with the object is part of the answer.
pub async fn inspect(store: Store, key: ObjectKey, file: Option<ObjectKey>) -> Result<Inspection, Failure> {
    let head = Request::new(Operation::HeadObject, &key, store.read_headers());
    let object = store.fetch(&head).await?;
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
            match store.complete(incomplete, file.as_ref()).await {
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
    let in_file = place == Place::InstructionFile;
    Ok(Inspection {
        status,
        stored_length: object.content_length().ok(),
        content_type: object.header("content-type").map(Into::into),
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
