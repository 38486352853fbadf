//! The options objects of the API, parsed once.

use js_sys::{Function, Uint8Array};
use serde::Deserialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

use super::{
    EngineKind, Failure,
    abort::Abort,
    instruction_file::Source,
    keyrings::BrowserKeyring,
    presign::{Headers, Presigner},
    progress::Progress,
};
use crate::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Error,
    decrypt::ReadPolicy,
    encryption_context::StringMap,
    envelope::instruction_file,
    transfer::{CustomerKey, ServerSideEncryption, put::Precondition},
};

/// Every option that a call may have; each call asks for what it needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    key: Option<String>,
    #[serde(default, with = "preserve")]
    presign: JsValue,
    #[serde(default, with = "preserve")]
    keyring: JsValue,
    #[serde(default, with = "preserve")]
    new_keyring: JsValue,
    new_encryption_context: Option<StringMap>,
    new_suffix: Option<String>,
    enforce_rotation: Option<bool>,
    client_side_encryption: Option<String>,
    encryption_context: Option<StringMap>,
    commitment_policy: Option<String>,
    algorithm_suite: Option<String>,
    engine: Option<String>,
    server_side_encryption: Option<ServerSideOptions>,
    pub(super) content_type: Option<String>,
    pub(super) metadata: Option<StringMap>,
    if_none_match: Option<String>,
    enable_legacy_unauthenticated_modes: Option<bool>,
    #[serde(default, with = "preserve")]
    instruction_file: JsValue,
    envelope_in: Option<String>,
    #[serde(default, with = "preserve")]
    pub(super) range: JsValue,
    #[serde(default, with = "preserve")]
    pub(super) multipart: JsValue,
    #[serde(default, with = "preserve")]
    pub(super) ranges: JsValue,
    #[serde(default, with = "preserve")]
    pub(super) resume: JsValue,
    #[serde(default, with = "preserve")]
    pub(super) on_checkpoint: JsValue,
    #[serde(default, with = "preserve")]
    signal: JsValue,
    #[serde(default, with = "preserve")]
    on_progress: JsValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerSideOptions {
    mode: String,
    key_id: Option<String>,
    encryption_context: Option<StringMap>,
    bucket_key_enabled: Option<bool>,
    #[serde(default, with = "preserve")]
    key: JsValue,
}

#[derive(Default, Deserialize)]
struct InstructionFileOptions {
    fetch: Option<bool>,
    suffix: Option<String>,
}

/// Where a writer puts the envelope.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EnvelopeIn {
    Metadata,
    InstructionFile,
    /// Only if the object's metadata would exceed what S3 takes.
    InstructionFileIfNeeded,
}

/// How the content is protected in the page.
pub(super) enum ClientSide {
    /// Under a keyring.
    Encrypted(Protection),
    /// Not at all; the caller said so by name.
    None,
}

/// Keyring, context and policy.
pub(super) struct Protection {
    pub(super) keyring: BrowserKeyring,
    pub(super) encryption_context: EncryptionContext,
    pub(super) policy: ReadPolicy,
    pub(super) suite: AlgorithmSuite,
    /// What the caller wants instead of the fastest.
    engine: Option<EngineKind>,
}

impl Protection {
    pub(super) async fn engine(&self) -> Result<EngineKind, Error> {
        match self.engine {
            Some(kind) => kind.tested().await,
            None => EngineKind::choose().await,
        }
    }
}

/// Who else may open an object, and through which instruction file.
pub(super) struct Rewrapping {
    pub(super) keyring: BrowserKeyring,
    pub(super) encryption_context: EncryptionContext,
    /// Of the file that is read.
    pub(super) suffix: String,
    /// Of a file beside it; without one, the file that is read is replaced.
    pub(super) new_suffix: Option<String>,
    pub(super) enforce: bool,
}

impl Options {
    pub(super) fn parse(options: JsValue) -> Result<Self, Failure> {
        if !options.is_object() {
            return Err(Error::Misuse("options is no object".into()).into());
        }
        serde_wasm_bindgen::from_value(options)
            .map_err(|error| Error::Misuse(format!("an option has the wrong type: {error}")).into())
    }

    /// The object's key.
    pub(super) fn object_key(&self) -> Result<&str, Failure> {
        match self.key.as_deref() {
            // S3 takes up to 1024 bytes.
            Some(key) if (1..=1024).contains(&key.len()) => Ok(key),
            _ => Err(Error::Misuse("key is missing, empty or longer than 1024 bytes".into()).into()),
        }
    }

    pub(super) fn presigner(&self) -> Result<Presigner, Failure> {
        match self.presign.dyn_ref::<Function>() {
            Some(presign) => Ok(Presigner::new(presign.clone())),
            None => Err(Error::Misuse("presign is no function".into()).into()),
        }
    }

    pub(super) fn abort(&self) -> Result<Abort, Failure> {
        Abort::new(&self.signal)
    }

    pub(super) fn progress(&self) -> Result<Progress, Failure> {
        Progress::new(&self.on_progress)
    }

    pub(super) fn put_precondition(&self) -> Result<Precondition<'static>, Failure> {
        match self.if_none_match.as_deref() {
            None => Ok(Precondition::None),
            Some("*") => Ok(Precondition::Absent),
            Some(_) => Err(Error::Misuse("ifNoneMatch takes \"*\" only".into()).into()),
        }
    }

    /// Plaintext leaves the page only if the caller says so by name: a missing keyring is an error.
    pub(super) fn client_side(&self) -> Result<ClientSide, Failure> {
        let keyring_given = !self.keyring.is_undefined() && !self.keyring.is_null();
        match self.client_side_encryption.as_deref() {
            None => self.protection().map(ClientSide::Encrypted),
            Some("none") if !keyring_given => Ok(ClientSide::None),
            Some("none") => Err(Error::Misuse("a keyring together with clientSideEncryption: \"none\"".into()).into()),
            Some(_) => Err(Error::Misuse("clientSideEncryption takes \"none\" only".into()).into()),
        }
    }

    /// Keyring, context, policy and suite.
    pub(super) fn protection(&self) -> Result<Protection, Failure> {
        let commitment = match self.commitment_policy.as_deref() {
            None => CommitmentPolicy::default(),
            Some(name) => CommitmentPolicy::from_name(name)
                .ok_or_else(|| Error::Misuse(format!("unknown commitmentPolicy {name:?}")))?,
        };
        let suite = match self.algorithm_suite.as_deref() {
            None => commitment.suite(),
            Some(name) => AlgorithmSuite::from_name(name)
                .ok_or_else(|| Error::Misuse(format!("unknown algorithmSuite {name:?}")))?,
        };
        if suite != commitment.suite() {
            return Err(Error::Misuse("the commitmentPolicy does not write this algorithmSuite".into()).into());
        }
        Ok(Protection {
            keyring: BrowserKeyring::from_js(&self.keyring)?,
            encryption_context: EncryptionContext(self.encryption_context.clone().unwrap_or_default()),
            policy: ReadPolicy {
                commitment,
                unauthenticated_modes: self.enable_legacy_unauthenticated_modes.unwrap_or(false),
            },
            suite,
            engine: match self.engine.as_deref() {
                None => None,
                Some(name) => {
                    Some(EngineKind::from_name(name).ok_or_else(|| Error::Misuse(format!("unknown engine {name:?}")))?)
                }
            },
        })
    }

    /// What S3 has to be told on reading.
    pub(super) fn read_headers(&self) -> Result<Headers, Failure> {
        match self.server_side()? {
            None => Ok(Headers::new()),
            Some(ServerSideEncryption::Customer(key)) => Ok(key.headers().into_iter().collect()),
            Some(_) => Err(Error::Misuse("on reading, S3 needs to be told of SSE-C only".into()).into()),
        }
    }

    /// The instruction file of that object, if the caller wants one read.
    pub(super) fn instruction_file<'a>(
        &self,
        presigner: &'a Presigner,
        key: &str,
        headers: &'a Headers,
    ) -> Result<Source<'a>, Failure> {
        let (fetch, suffix) = self.where_the_file_is()?;
        if !fetch {
            return Ok(Source::Nowhere);
        }
        Ok(Source::Store {
            presigner,
            key: format!("{key}{suffix}"),
            headers,
        })
    }

    /// Whether to fetch it, and its suffix.
    fn where_the_file_is(&self) -> Result<(bool, String), Failure> {
        let given: InstructionFileOptions = given(self.instruction_file.clone())?;
        let suffix = given.suffix.unwrap_or_else(|| instruction_file::DEFAULT_SUFFIX.into());
        check_suffix(&suffix)?;
        Ok((given.fetch.unwrap_or(true), suffix))
    }

    /// What a re-wrap needs besides [`protection`](Self::protection).
    pub(super) fn rewrapping(&self) -> Result<Rewrapping, Failure> {
        if !self.new_keyring.is_object() {
            return Err(Error::Misuse("newKeyring is missing".into()).into());
        }
        let (_, suffix) = self.where_the_file_is()?;
        if let Some(new) = &self.new_suffix {
            check_suffix(new)?;
            if *new == suffix {
                return Err(Error::Misuse(
                    "newSuffix is that of the file to be read: leave it out to replace it".into(),
                )
                .into());
            }
        }
        Ok(Rewrapping {
            keyring: BrowserKeyring::from_js(&self.new_keyring)?,
            encryption_context: EncryptionContext(self.new_encryption_context.clone().unwrap_or_default()),
            suffix,
            new_suffix: self.new_suffix.clone(),
            enforce: self.enforce_rotation.unwrap_or(false),
        })
    }

    /// The instruction file that the caller fetched.
    pub(super) fn given_instruction_file(&self) -> Result<Source<'static>, Failure> {
        Ok(
            match self.instruction_file.is_undefined() || self.instruction_file.is_null() {
                true => Source::Nowhere,
                false => Source::Given(self.instruction_file.clone()),
            },
        )
    }

    pub(super) fn envelope_in(&self) -> Result<EnvelopeIn, Failure> {
        Ok(match self.envelope_in.as_deref() {
            None | Some("metadata") => EnvelopeIn::Metadata,
            Some("instruction-file") => EnvelopeIn::InstructionFile,
            Some("instruction-file-if-needed") => EnvelopeIn::InstructionFileIfNeeded,
            Some(_) => {
                return Err(Error::Misuse(
                    "envelopeIn: metadata, instruction-file or instruction-file-if-needed".into(),
                )
                .into());
            }
        })
    }

    pub(super) fn server_side(&self) -> Result<Option<ServerSideEncryption>, Failure> {
        self.server_side_encryption
            .as_ref()
            .map(ServerSideOptions::encryption)
            .transpose()
    }
}

impl ServerSideOptions {
    fn encryption(&self) -> Result<ServerSideEncryption, Failure> {
        Ok(match self.mode.as_str() {
            "SSE-S3" => ServerSideEncryption::S3,
            "SSE-KMS" | "DSSE-KMS" => ServerSideEncryption::Kms {
                dual_layer: self.mode == "DSSE-KMS",
                key_id: self.key_id.clone(),
                encryption_context: EncryptionContext(self.encryption_context.clone().unwrap_or_default()),
                bucket_key: self.bucket_key_enabled,
            },
            "SSE-C" => ServerSideEncryption::Customer(CustomerKey::from_bytes(&byte_array(&self.key)?)?),
            _ => {
                return Err(
                    Error::Misuse("serverSideEncryption.mode: SSE-S3, SSE-KMS, DSSE-KMS or SSE-C".into()).into(),
                );
            }
        })
    }
}

/// A copy of the bytes of a `Uint8Array`.
pub(super) fn byte_array(value: &JsValue) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(Zeroizing::new(bytes.to_vec())),
        None => Err(Error::Misuse("a key is no Uint8Array".into()).into()),
    }
}

/// A callback that may be left out.
pub(super) fn optional_function(value: &JsValue, otherwise: &str) -> Result<Option<Function>, Failure> {
    match value.dyn_ref::<Function>() {
        Some(callback) => Ok(Some(callback.clone())),
        None if value.is_undefined() || value.is_null() => Ok(None),
        None => Err(Error::Misuse(otherwise.into()).into()),
    }
}

/// An options object that may be left out.
pub(super) fn given<T: Default + serde::de::DeserializeOwned>(options: JsValue) -> Result<T, Failure> {
    if options.is_undefined() || options.is_null() {
        return Ok(T::default());
    }
    serde_wasm_bindgen::from_value(options)
        .map_err(|error| Error::Misuse(format!("an option has the wrong type: {error}")).into())
}

fn check_suffix(suffix: &str) -> Result<(), Failure> {
    match suffix.strip_prefix('.') {
        Some(rest) if (1..=64).contains(&rest.len()) => Ok(()),
        _ => {
            Err(Error::Misuse("an instruction file suffix starts with a full stop and has 2 to 65 bytes".into()).into())
        }
    }
}
