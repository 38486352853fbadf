//! Another keyring for an object that is stored, by its instruction file alone: rotated in place, or shared beside.
//!
//! In place, the new file replaces the very one that was read (`If-Match`, where the page sees its ETag), so two rotations
//! at once cannot overwrite each other unseen. Beside it, a new file replaces none (`If-None-Match: *`).

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::browser::{
    Failure,
    api::options::{Options, check_suffix},
    content::protection::Protection,
    js::{
        abort::Abort,
        entropy::BrowserEntropy,
        summary::{EnvelopeSummary, to_js},
    },
    keyrings::browser_keyring::BrowserKeyring,
    promise,
    store::{
        fetch::fetch,
        instruction_file::{InstructionFile, fetch_file},
        presign::{PresignRequest, Presigner, read_headers},
    },
};
use crate::{
    EncryptionContext, Envelope, Error, WrapAlgorithm,
    envelope::{Located, instruction_file},
    rewrap::{Party, rewrap},
    s3::{ServerSideEncryption, checksum::ChecksumAlgorithm, object_key::ObjectKey},
};

/// Lets another keyring open an object whose envelope is in an instruction file, without touching the object.
#[wasm_bindgen(js_name = rewrapInstructionFile, unchecked_return_type = "Promise<RewrappedInstructionFile>")]
pub fn rewrap_instruction_file(#[wasm_bindgen(unchecked_param_type = "RewrapOptions")] options: JsValue) -> Promise {
    let given = Given::parse(options);
    promise(async move { change(given?).await })
}

struct Given {
    key: ObjectKey,
    presigner: Presigner,
    abort: Abort,
    /// Opens the object now.
    protection: Protection,
    to: Rewrapping,
    server_side: Option<ServerSideEncryption>,
    checksum: Option<ChecksumAlgorithm>,
}

/// Who will open it, and through which instruction file.
struct Rewrapping {
    keyring: BrowserKeyring,
    encryption_context: EncryptionContext,
    /// Of the file that is read.
    suffix: String,
    /// Of a file beside it; without one, the file that is read is replaced.
    new_suffix: Option<String>,
    enforce: bool,
}

impl Given {
    fn parse(options: JsValue) -> Result<Self, Failure> {
        Options::read(options, |options| {
            let server_side = options.server_side()?;
            let given = Self {
                key: options.object_key()?,
                presigner: options.presigner()?.with(server_side.as_ref()),
                abort: options.abort()?,
                protection: options.unwrapping()?,
                to: Rewrapping::parse(options)?,
                server_side,
                checksum: options.checksum()?.unwrap_or(Some(ChecksumAlgorithm::Sha256)),
            };
            for suffix in [Some(&given.to.suffix), given.to.new_suffix.as_ref()]
                .into_iter()
                .flatten()
            {
                given.key.with_suffix(suffix)?;
            }
            Ok(given)
        })
    }
}

impl Rewrapping {
    fn parse(options: &Options) -> Result<Self, Failure> {
        let new_keyring = options.value("newKeyring")?;
        if !new_keyring.is_object() {
            return Err(Error::misuse("newKeyring is missing").into());
        }
        let (suffix, new_suffix) = (options.instruction_file_suffix()?, options.string("newSuffix")?);
        if let Some(new) = &new_suffix {
            check_suffix(new)?;
            if *new == suffix {
                return Err(
                    Error::misuse("newSuffix is that of the file to be read: leave it out to replace it").into(),
                );
            }
        }
        Ok(Self {
            keyring: BrowserKeyring::from_js(&new_keyring)?,
            encryption_context: options.encryption_context("newEncryptionContext")?,
            suffix,
            new_suffix,
            enforce: options.flag("enforceRotation")?,
        })
    }
}

async fn change(given: Given) -> Result<JsValue, Failure> {
    let Given {
        key,
        presigner,
        abort,
        protection,
        to,
        server_side,
        checksum,
    } = given;
    let key = &*key;
    let headers = read_headers(server_side.as_ref());

    let object = fetch(
        &presigner,
        &PresignRequest::HeadObject { key, headers: &headers },
        &abort,
    )
    .await?;
    let incomplete = match Envelope::locate(&object.metadata()?)? {
        Located::InInstructionFile(incomplete) => incomplete,
        Located::InMetadata(_) => return Err(Error::UnsupportedFormat(IN_METADATA).into()),
    };
    let file_key = format!("{key}{}", to.suffix);
    let (file, e_tag) = fetch_file(&presigner, &file_key, &headers, &incomplete, &abort).await?;
    let previous = incomplete.clone().complete(&file)?;

    let from = Party {
        keyring: &protection.keyring,
        encryption_context: &protection.encryption_context,
    };
    let receiver = Party {
        keyring: &to.keyring,
        encryption_context: &to.encryption_context,
    };
    let mut entropy = BrowserEntropy;
    let envelope = abort
        .race(rewrap(
            &previous,
            protection.policy,
            from,
            receiver,
            to.enforce,
            &mut entropy,
        ))
        .await??;
    if to.new_suffix.is_some() && envelope.encrypted_data_key().wrap_algorithm != WrapAlgorithm::RsaOaepSha1 {
        return Err(Error::misuse("newSuffix is for an RSA newKeyring only").into());
    }

    let (_, json) = instruction_file::split(&envelope.encode()?)?;
    let suffix = to.new_suffix.as_deref().unwrap_or(&to.suffix);
    let new_file = InstructionFile {
        object_key: key,
        suffix,
        json,
        server_side: server_side.as_ref(),
        checksum,
    };
    match to.new_suffix {
        Some(_) => new_file.put_beside(&presigner, &abort).await?,
        None => new_file.put_in_place_of(&file, e_tag, &presigner, &abort).await?,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Rewrapped<'a> {
        key: &'a str,
        instruction_file_key: String,
        envelope: EnvelopeSummary<'a>,
        previous: EnvelopeSummary<'a>,
    }
    to_js(&Rewrapped {
        key,
        instruction_file_key: format!("{key}{suffix}"),
        envelope: EnvelopeSummary::from(&envelope),
        previous: EnvelopeSummary::from(&previous),
    })
}

const IN_METADATA: &str = "re-wrapping an envelope in the object's metadata, which S3 changes only together with the \
                           object; get the object and put it again, with envelopeIn: \"instruction-file\"";
