//! The options objects of the API, parsed once.

use js_sys::Function;
use wasm_bindgen::JsValue;

use crate::browser::{
    EngineKind, Failure,
    content::protection::Protection,
    js::{
        abort::Abort,
        progress::Progress,
        properties::{Properties, byte_array},
    },
    keyrings::browser_keyring::BrowserKeyring,
    store::{
        instruction_file::InstructionFileSource,
        presign::{Headers, Presigner, read_headers},
    },
};
use crate::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Error,
    decrypt::ReadPolicy,
    encryption_context::StringMap,
    envelope::instruction_file,
    s3::{CustomerKey, ServerSideEncryption, put::Precondition},
};

/// Every option that a call may have; each call asks for what it needs.
pub(crate) struct Options {
    key: Option<String>,
    presign: Option<Function>,
    keyring: JsValue,
    new_keyring: JsValue,
    new_encryption_context: Option<StringMap>,
    new_suffix: Option<String>,
    enforce_rotation: Option<bool>,
    client_side_encryption: Option<String>,
    encryption_context: Option<StringMap>,
    commitment_policy: Option<String>,
    algorithm_suite: Option<String>,
    engine: Option<String>,
    server_side_encryption: JsValue,
    pub(crate) content_type: Option<String>,
    pub(crate) metadata: Option<StringMap>,
    if_none_match: Option<String>,
    enable_legacy_unauthenticated_modes: Option<bool>,
    instruction_file: JsValue,
    envelope_in: Option<String>,
    pub(crate) range: JsValue,
    pub(crate) checksum: Option<String>,
    pub(crate) multipart: JsValue,
    pub(crate) ranges: JsValue,
    pub(crate) resume: JsValue,
    pub(crate) on_checkpoint: Option<Function>,
    signal: JsValue,
    on_progress: Option<Function>,
}

/// Where a writer puts the envelope.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvelopeIn {
    Metadata,
    InstructionFile,
    /// Only if the object's metadata would exceed what S3 takes.
    InstructionFileIfNeeded,
}

/// How the content is protected in the page.
pub(crate) enum ClientSide {
    /// Under a keyring.
    Encrypted(Protection),
    /// Not at all; the caller said so by name.
    None,
}

/// Who else may open an object, and through which instruction file.
pub(crate) struct Rewrapping {
    pub(crate) keyring: BrowserKeyring,
    pub(crate) encryption_context: EncryptionContext,
    /// Of the file that is read.
    pub(crate) suffix: String,
    /// Of a file beside it; without one, the file that is read is replaced.
    pub(crate) new_suffix: Option<String>,
    pub(crate) enforce: bool,
}

impl Options {
    pub(crate) fn parse(options: JsValue) -> Result<Self, Failure> {
        let given = Properties::parse(options, "options")?;
        let options = Self {
            key: given.string("key")?,
            presign: given.function("presign")?,
            keyring: given.value("keyring")?,
            new_keyring: given.value("newKeyring")?,
            new_encryption_context: given.string_map("newEncryptionContext")?,
            new_suffix: given.string("newSuffix")?,
            enforce_rotation: given.flag("enforceRotation")?,
            client_side_encryption: given.string("clientSideEncryption")?,
            encryption_context: given.string_map("encryptionContext")?,
            commitment_policy: given.string("commitmentPolicy")?,
            algorithm_suite: given.string("algorithmSuite")?,
            engine: given.string("engine")?,
            server_side_encryption: given.value("serverSideEncryption")?,
            content_type: given.string("contentType")?,
            metadata: given.string_map("metadata")?,
            if_none_match: given.string("ifNoneMatch")?,
            enable_legacy_unauthenticated_modes: given.flag("enableLegacyUnauthenticatedModes")?,
            instruction_file: given.value("instructionFile")?,
            envelope_in: given.string("envelopeIn")?,
            range: given.value("range")?,
            checksum: given.string("checksum")?,
            multipart: given.value("multipart")?,
            ranges: given.value("ranges")?,
            resume: given.value("resume")?,
            on_checkpoint: given.function("onCheckpoint")?,
            signal: given.value("signal")?,
            on_progress: given.function("onProgress")?,
        };
        given.no_others()?;
        Ok(options)
    }

    /// The object's key.
    pub(crate) fn object_key(&self) -> Result<&str, Failure> {
        match self.key.as_deref() {
            // S3 takes up to 1024 bytes.
            Some(key) if (1..=1024).contains(&key.len()) => Ok(key),
            _ => Err(Error::misuse("key is missing, empty or longer than 1024 bytes").into()),
        }
    }

    pub(crate) fn presigner(&self) -> Result<Presigner, Failure> {
        match &self.presign {
            Some(presign) => Ok(Presigner::new(presign.clone())),
            None => Err(Error::misuse("presign is missing").into()),
        }
    }

    pub(crate) fn abort(&self) -> Result<Abort, Failure> {
        Abort::new(&self.signal)
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress::new(self.on_progress.clone())
    }

    pub(crate) fn put_precondition(&self) -> Result<Precondition<'static>, Failure> {
        match self.if_none_match.as_deref() {
            None => Ok(Precondition::None),
            Some("*") => Ok(Precondition::Absent),
            Some(_) => Err(Error::misuse("ifNoneMatch must be \"*\"").into()),
        }
    }

    /// Plaintext leaves the page only if the caller says so by name: a missing keyring is an error.
    pub(crate) fn client_side(&self) -> Result<ClientSide, Failure> {
        let keyring_given = !self.keyring.is_undefined();
        match self.client_side_encryption.as_deref() {
            None => self.protection().map(ClientSide::Encrypted),
            Some("none") if !keyring_given => Ok(ClientSide::None),
            Some("none") => {
                Err(Error::misuse("a keyring was given together with clientSideEncryption: \"none\"").into())
            }
            Some(_) => Err(Error::misuse("clientSideEncryption must be \"none\" or absent").into()),
        }
    }

    /// Keyring, context, policy and suite.
    pub(crate) fn protection(&self) -> Result<Protection, Failure> {
        let commitment = match self.commitment_policy.as_deref() {
            None => CommitmentPolicy::default(),
            Some(name) => CommitmentPolicy::from_name(name)
                .ok_or_else(|| Error::misuse(format!("unknown commitmentPolicy \"{name}\"")))?,
        };
        let suite = match self.algorithm_suite.as_deref() {
            None => commitment.suite(),
            Some(name) => AlgorithmSuite::from_name(name)
                .ok_or_else(|| Error::misuse(format!("unknown algorithmSuite \"{name}\"")))?,
        };
        if suite != commitment.suite() {
            return Err(Error::misuse("the commitmentPolicy does not write this algorithmSuite").into());
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
                Some(name) => Some(
                    EngineKind::from_name(name).ok_or_else(|| Error::misuse(format!("unknown engine \"{name}\"")))?,
                ),
            },
        })
    }

    /// What S3 has to be told on reading.
    pub(crate) fn read_headers(&self) -> Result<Headers, Failure> {
        match self.server_side()? {
            None => Ok(Headers::new()),
            customer @ Some(ServerSideEncryption::Customer(_)) => Ok(read_headers(customer.as_ref())),
            Some(_) => Err(Error::misuse("for reading, serverSideEncryption must be SSE-C or absent").into()),
        }
    }

    /// The instruction file of that object, if the caller wants one read.
    pub(crate) fn instruction_file<'a>(
        &self,
        presigner: &'a Presigner,
        key: &str,
        headers: &'a Headers,
    ) -> Result<InstructionFileSource<'a>, Failure> {
        let (fetch, suffix) = self.where_the_file_is()?;
        if !fetch {
            return Ok(InstructionFileSource::Nowhere);
        }
        Ok(InstructionFileSource::Store {
            presigner,
            key: format!("{key}{suffix}"),
            headers,
        })
    }

    /// Whether to fetch it, and its suffix.
    fn where_the_file_is(&self) -> Result<(bool, String), Failure> {
        let given = Properties::optional(self.instruction_file.clone(), "instructionFile")?;
        let suffix = given
            .string("suffix")?
            .unwrap_or_else(|| instruction_file::DEFAULT_SUFFIX.into());
        check_suffix(&suffix)?;
        let fetch = given.flag("fetch")?.unwrap_or(true);
        given.no_others()?;
        Ok((fetch, suffix))
    }

    /// What a re-wrap needs besides [`protection`](Self::protection).
    pub(crate) fn rewrapping(&self) -> Result<Rewrapping, Failure> {
        if !self.new_keyring.is_object() {
            return Err(Error::misuse("newKeyring is missing").into());
        }
        let (_, suffix) = self.where_the_file_is()?;
        if let Some(new) = &self.new_suffix {
            check_suffix(new)?;
            if *new == suffix {
                return Err(
                    Error::misuse("newSuffix is that of the file to be read: leave it out to replace it").into(),
                );
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
    pub(crate) fn given_instruction_file(&self) -> Result<InstructionFileSource<'static>, Failure> {
        Ok(match self.instruction_file.is_undefined() {
            true => InstructionFileSource::Nowhere,
            false => InstructionFileSource::Given(self.instruction_file.clone()),
        })
    }

    pub(crate) fn envelope_in(&self) -> Result<EnvelopeIn, Failure> {
        Ok(match self.envelope_in.as_deref() {
            None | Some("metadata") => EnvelopeIn::Metadata,
            Some("instruction-file") => EnvelopeIn::InstructionFile,
            Some("instruction-file-if-needed") => EnvelopeIn::InstructionFileIfNeeded,
            Some(_) => {
                return Err(Error::misuse(
                    "envelopeIn must be metadata, instruction-file or instruction-file-if-needed",
                )
                .into());
            }
        })
    }

    pub(crate) fn server_side(&self) -> Result<Option<ServerSideEncryption>, Failure> {
        if self.server_side_encryption.is_undefined() {
            return Ok(None);
        }
        let given = Properties::parse(self.server_side_encryption.clone(), "serverSideEncryption")?;
        let mode = given.string("mode")?.unwrap_or_default();
        let server_side = match mode.as_str() {
            "SSE-S3" => ServerSideEncryption::S3,
            "SSE-KMS" | "DSSE-KMS" => ServerSideEncryption::Kms {
                dual_layer: mode == "DSSE-KMS",
                key_id: given.string("keyId")?,
                encryption_context: EncryptionContext(given.string_map("encryptionContext")?.unwrap_or_default()),
                bucket_key: given.flag("bucketKeyEnabled")?,
            },
            "SSE-C" => ServerSideEncryption::Customer(CustomerKey::from_bytes(&byte_array(&given.value("key")?)?)?),
            _ => {
                return Err(
                    Error::misuse("serverSideEncryption.mode must be SSE-S3, SSE-KMS, DSSE-KMS or SSE-C").into(),
                );
            }
        };
        given.no_others()?;
        Ok(Some(server_side))
    }
}

fn check_suffix(suffix: &str) -> Result<(), Failure> {
    match suffix.strip_prefix('.') {
        Some(rest) if (1..=64).contains(&rest.len()) => Ok(()),
        _ => Err(Error::misuse("an instruction file suffix must start with a full stop and have 2 to 65 bytes").into()),
    }
}
