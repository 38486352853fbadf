//! The options of the calls. Each call asks for its own, all of them before it does anything, and whatever else is given is refused.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::{
    given::{is_abort_signal, own_origins},
    js_error::Failure,
    keyrings::keyring_of,
    properties::{Properties, byte_array},
};
use crate::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Error,
    cipher::Protection,
    content::EngineKind,
    decrypt::ReadPolicy,
    encryption_context::StringMap,
    envelope::{Metadata, instruction_file, placement::EnvelopeIn},
    s3::{CustomerKey, ServerSideEncryption, object_key::ObjectKey, put::Condition},
    store::Access,
};

/// What a call was given.
pub(crate) struct Options(Properties);

/// How the content is protected in the page.
pub(crate) enum ClientSide<T> {
    /// Under a keyring.
    Encrypted(T),
    /// Not at all; the caller said so by name.
    None,
}

impl Options {
    /// One call's options, read by `parse`, which leaves none unread.
    pub(crate) fn read<T>(options: JsValue, parse: impl FnOnce(&Self) -> Result<T, Failure>) -> Result<T, Failure> {
        let given = Self(Properties::parse(options, "options")?);
        let parsed = parse(&given)?;
        given.0.no_others()?;
        Ok(parsed)
    }

    /// The option as it is.
    pub(crate) fn value(&self, name: &'static str) -> Result<JsValue, Failure> {
        self.0.value(name)
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Failure> {
        Ok(self.0.flag(name)?.unwrap_or(false))
    }

    pub(crate) fn string(&self, name: &'static str) -> Result<Option<String>, Failure> {
        self.0.string(name)
    }

    pub(crate) fn whole_number(&self, name: &'static str) -> Result<Option<u64>, Failure> {
        self.0.whole_number(name)
    }

    pub(crate) fn function(&self, name: &'static str) -> Result<Option<js_sys::Function>, Failure> {
        self.0.function(name)
    }

    /// The object's key.
    pub(crate) fn object_key(&self) -> Result<ObjectKey, Failure> {
        Ok(ObjectKey::parse(self.0.string("key")?.unwrap_or_default())?)
    }

    /// How the call reaches the store, and the signer to ask.
    pub(crate) fn access(
        &self,
        server_side: Option<&ServerSideEncryption>,
    ) -> Result<(Access, js_sys::Function), Failure> {
        let presign = self
            .0
            .function("presign")?
            .ok_or_else(|| Error::misuse("presign is missing"))?;
        let access = Access {
            own_origins: match self.flag("storeOnPageOrigin")? {
                true => Vec::new(),
                false => own_origins(),
            },
            customer_key: match server_side {
                Some(ServerSideEncryption::Customer(key)) => Some(Rc::clone(key)),
                _ => None,
            },
        };
        Ok((access, presign))
    }

    /// The same, for a call that only reads.
    pub(crate) fn reading_access(&self) -> Result<(Access, js_sys::Function), Failure> {
        match self.server_side()? {
            server_side @ (None | Some(ServerSideEncryption::Customer(_))) => self.access(server_side.as_ref()),
            Some(_) => Err(Error::misuse("for reading, serverSideEncryption must be SSE-C or absent").into()),
        }
    }

    /// The caller's signal, if there is one.
    pub(crate) fn signal(&self) -> Result<JsValue, Failure> {
        let signal = self.0.value("signal")?;
        match signal.is_undefined() || is_abort_signal(&signal) {
            true => Ok(signal),
            false => Err(Error::misuse("signal is not an AbortSignal").into()),
        }
    }

    pub(crate) fn put_condition(&self) -> Result<Condition, Failure> {
        Ok(Condition::parse(
            self.0.string("ifNoneMatch")?.as_deref(),
            self.0.string("ifMatch")?,
        )?)
    }

    /// Plaintext leaves the page only if the caller says so by name: a missing keyring is an error.
    pub(crate) fn client_side<T>(
        &self,
        encrypted: impl FnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<ClientSide<T>, Failure> {
        match self.0.string("clientSideEncryption")?.as_deref() {
            None => encrypted(self).map(ClientSide::Encrypted),
            Some("none") if self.0.value("keyring")?.is_undefined() => Ok(ClientSide::None),
            Some("none") => {
                Err(Error::misuse("a keyring was given together with clientSideEncryption: \"none\"").into())
            }
            Some(_) => Err(Error::misuse("clientSideEncryption must be \"none\" or absent").into()),
        }
    }

    /// What a writer protects content with.
    pub(crate) fn protecting(&self) -> Result<Protection, Failure> {
        let suite = self.0.string("algorithmSuite")?;
        let protection = self.protection(self.engine()?)?;
        match suite.as_deref() {
            Some(name) if AlgorithmSuite::from_name(name) != Some(protection.suite) => Err(Error::misuse(format!(
                "the commitmentPolicy does not write the algorithmSuite \"{name}\""
            ))
            .into()),
            _ => Ok(protection),
        }
    }

    /// What a reader opens content with.
    pub(crate) fn opening(&self) -> Result<Protection, Failure> {
        let engine = self.engine()?;
        let mut protection = self.unwrapping()?;
        protection.engine = engine;
        Ok(protection)
    }

    /// What opens an envelope.
    pub(crate) fn unwrapping(&self) -> Result<Protection, Failure> {
        let mut protection = self.protection(None)?;
        protection.policy.unauthenticated_modes = self.flag("enableLegacyUnauthenticatedModes")?;
        protection.policy.cbc_under_gcm_keys = self.flag("enableLegacyCbcUnderGcmKeys")?;
        Ok(protection)
    }

    fn engine(&self) -> Result<Option<EngineKind>, Failure> {
        let Some(name) = self.0.string("engine")? else {
            return Ok(None);
        };
        match EngineKind::from_name(&name) {
            None => Err(Error::misuse(format!("unknown engine \"{name}\"")).into()),
            kind => Ok(kind),
        }
    }

    fn protection(&self, engine: Option<EngineKind>) -> Result<Protection, Failure> {
        let commitment = match self.0.string("commitmentPolicy")?.as_deref() {
            None => CommitmentPolicy::default(),
            Some(name) => CommitmentPolicy::from_name(name)
                .ok_or_else(|| Error::misuse(format!("unknown commitmentPolicy \"{name}\"")))?,
        };
        let keyring = keyring_of(&self.0.value("keyring")?)?;
        Ok(Protection {
            keyring,
            encryption_context: self.encryption_context("encryptionContext")?,
            policy: ReadPolicy {
                commitment,
                ..ReadPolicy::default()
            },
            suite: commitment.suite(),
            engine,
        })
    }

    pub(crate) fn encryption_context(&self, name: &'static str) -> Result<EncryptionContext, Failure> {
        Ok(EncryptionContext(self.0.string_map(name)?.unwrap_or_default()))
    }

    /// The key of an object's instruction file, if the caller wants one read. One that is longer than S3 takes is not there.
    pub(crate) fn instruction_file_of(&self, key: &ObjectKey) -> Result<Option<ObjectKey>, Failure> {
        let given = Properties::optional(self.0.value("instructionFile")?, "instructionFile")?;
        let suffix = suffix_of(&given)?;
        let fetch = given.flag("fetch")?.unwrap_or(true);
        given.no_others()?;
        Ok(key.with_suffix(&suffix).ok().filter(|_| fetch))
    }

    /// The suffix of the instruction file to be replaced.
    pub(crate) fn instruction_file_suffix(&self) -> Result<String, Failure> {
        let given = Properties::optional(self.0.value("instructionFile")?, "instructionFile")?;
        let suffix = suffix_of(&given)?;
        given.no_others()?;
        Ok(suffix)
    }

    pub(crate) fn envelope_in(&self) -> Result<EnvelopeIn, Failure> {
        match self.0.string("envelopeIn")?.as_deref() {
            None | Some("metadata") => Ok(EnvelopeIn::Metadata),
            Some("instruction-file") => Ok(EnvelopeIn::InstructionFile),
            Some("instruction-file-if-needed") => Ok(EnvelopeIn::InstructionFileIfNeeded),
            Some(_) => {
                Err(Error::misuse("envelopeIn must be metadata, instruction-file or instruction-file-if-needed").into())
            }
        }
    }

    /// User metadata, which the envelope's own entries will join.
    pub(crate) fn metadata(&self) -> Result<StringMap, Failure> {
        let metadata = self.0.string_map("metadata")?.unwrap_or_default();
        let entries = metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Metadata::default().with_user_metadata(entries)?;
        Ok(metadata)
    }

    pub(crate) fn server_side(&self) -> Result<Option<ServerSideEncryption>, Failure> {
        let given = self.0.value("serverSideEncryption")?;
        if given.is_undefined() {
            return Ok(None);
        }
        let given = Properties::parse(given, "serverSideEncryption")?;
        let mode = given.string("mode")?.unwrap_or_default();
        let server_side = match mode.as_str() {
            "SSE-S3" => ServerSideEncryption::S3,
            "SSE-KMS" | "DSSE-KMS" => ServerSideEncryption::Kms {
                dual_layer: mode == "DSSE-KMS",
                key_id: given.string("keyId")?,
                encryption_context: EncryptionContext(given.string_map("encryptionContext")?.unwrap_or_default()),
                bucket_key: given.flag("bucketKeyEnabled")?,
            },
            "SSE-C" => {
                let key = byte_array(&given.value("key")?)?;
                let is_signed = given.flag("signKey")?.unwrap_or(false);
                ServerSideEncryption::Customer(Rc::new(CustomerKey::from_bytes(&key, is_signed)?))
            }
            _ => {
                return Err(
                    Error::misuse("serverSideEncryption.mode must be SSE-S3, SSE-KMS, DSSE-KMS or SSE-C").into(),
                );
            }
        };
        given.no_others()?;
        // What no header takes is refused here.
        server_side.write_headers()?;
        Ok(Some(server_side))
    }
}

fn suffix_of(instruction_file: &Properties) -> Result<String, Failure> {
    let suffix = instruction_file.string("suffix")?;
    let suffix = suffix.unwrap_or_else(|| instruction_file::DEFAULT_SUFFIX.into());
    check_suffix(&suffix)?;
    Ok(suffix)
}

pub(crate) fn check_suffix(suffix: &str) -> Result<(), Failure> {
    match suffix.strip_prefix('.') {
        Some(rest) if (1..=64).contains(&rest.len()) => Ok(()),
        _ => Err(Error::misuse("an instruction file suffix must start with a full stop and have 2 to 65 bytes").into()),
    }
}
