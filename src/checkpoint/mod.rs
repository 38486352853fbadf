//! What a later page needs to go on with a multipart upload, and the account that keeps it from harm.
//!
//! The danger in going on is a file that has changed: its new bytes under the old key stream would give away both. So the
//! digest of a part's ciphertext is recorded before the part's first byte leaves, and a part whose digest is recorded is
//! only ever sent if sealing it again gives the same digest. All recorded parts are compared before anything is sent. A checkpoint
//! that is not the newest lacks some; that is what the realm's [`ledger`] is for, and the facts and fingerprint of the source.
//!
//! The digest is SHA-256: it keeps nothing secret, survives a wrong clock or file name, and is a checksum that S3 takes of a part,
//! so one pass over the bytes serves both. A MAC under a derived key would be faster and could not be sent.

pub mod ledger;

use litemap::LiteMap;
use serde::Serialize;

use crate::{
    Error,
    encryption_context::StringMap,
    s3::{
        checksum::{ChecksumAlgorithm, Crc64},
        multipart::{ListedPart, complete_body},
        part_plan::PartPlan,
    },
};
use ledger::Ledger;

/// Plain data without secrets: the envelope is stored in the clear anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// Of this form; others are refused.
    pub version: u8,
    /// The object's key.
    pub key: String,
    /// S3's name of the upload.
    pub upload_id: String,
    /// What is known of the file without reading it.
    pub source: SourceFacts,
    /// The envelope as metadata; missing where the content is not encrypted here.
    pub envelope: Option<StringMap>,
    /// Whether most of the envelope is in an instruction file, which has to be there when the object appears.
    pub instruction_file: bool,
    /// What else the object is stored with: media type, metadata, the store's own encryption.
    pub stored_with: StringMap,
    /// Bytes as stored.
    pub stored_bytes: u64,
    /// Bytes of each part but the last.
    pub part_bytes: u64,
    /// What the store checks.
    pub checksum: Option<ChecksumAlgorithm>,
    /// Base64 of SHA-256 of each part's stored bytes; empty until the part is sealed.
    pub digests: Vec<String>,
    /// Base64 of CRC64NVME of the same, where the store checks that.
    pub crcs: Vec<String>,
}

/// What is recorded of a part's stored bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// Base64 of SHA-256.
    pub digest: String,
    /// Where the store checks it.
    pub crc: Option<Crc64>,
}

/// What tells a changed source apart, also in parts that a stale checkpoint does not know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceFacts {
    /// Its length in bytes.
    pub bytes: u64,
    /// A file's name; none for a Blob.
    pub name: Option<String>,
    /// A file's time of change, in milliseconds since 1970.
    pub last_modified: Option<u64>,
    /// Of a source without a time: base64 of a digest of the whole content under the content key, which tells nobody else anything.
    pub fingerprint: Option<String>,
}

/// How far a checkpoint can be trusted to know every part that has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Read from the store that every checkpoint goes to before its part leaves, under the upload's lock.
    Newest,
    /// Handed over by a caller, who may have kept an older one.
    Unknown,
}

impl SourceFacts {
    /// Whether this can only be the source of that checkpoint, so that a part that the checkpoint does not know of may be encrypted. Where
    /// nothing is encrypted, the parts that are known decide.
    fn is_of(&self, checkpoint: &Checkpoint, age: Age) -> bool {
        let kept = &checkpoint.source;
        let same = match (&kept.fingerprint, age) {
            (_, Age::Newest) => true,
            (Some(_), _) => self.fingerprint == kept.fingerprint,
            (None, _) => {
                let dated = kept.last_modified.is_some() || checkpoint.envelope.is_none();
                dated && (&self.name, self.last_modified) == (&kept.name, kept.last_modified)
            }
        };
        same && self.bytes == kept.bytes
    }
}

/// A multipart upload under way.
pub struct Upload {
    plan: PartPlan,
    checkpoint: Checkpoint,
    /// ETags of the parts that the store has.
    stored: Vec<Option<String>>,
    /// Digests of parts that this realm has encrypted, of which the checkpoint that was handed over may not know.
    remembered: LiteMap<u16, String>,
}

impl Checkpoint {
    const VERSION: u8 = 2;
    const DIGEST_CHARS: usize = 44;

    /// The plan that it was made under.
    ///
    /// # Errors
    /// [`Error::Misuse`] if it is not a checkpoint of ours.
    fn plan(&self) -> Result<PartPlan, Error> {
        let invalid = || Error::misuse("resume is not a checkpoint that this version can read");
        let plan = PartPlan::new(self.stored_bytes, self.part_bytes).map_err(|_| invalid())?;
        let digests_fit = self
            .digests
            .iter()
            .all(|digest| digest.is_empty() || digest.len() == Self::DIGEST_CHARS);
        if self.version != Self::VERSION || self.digests.len() != usize::from(plan.parts()) || !digests_fit {
            return Err(invalid());
        }
        // Of those parts of which there is a digest.
        let crcs_fit = match self.checks_crc() {
            true => {
                self.crcs.len() == self.digests.len()
                    && self.crcs.iter().zip(&self.digests).all(|(crc, digest)| {
                        crc.is_empty() == digest.is_empty() && (crc.is_empty() || Crc64::from_base64(crc).is_some())
                    })
            }
            false => self.crcs.is_empty(),
        };
        crcs_fit.then_some(plan).ok_or_else(invalid)
    }

    fn checks_crc(&self) -> bool {
        self.checksum == Some(ChecksumAlgorithm::Crc64Nvme)
    }
}

impl Upload {
    /// An upload that has just been created.
    pub fn begin(
        key: &str,
        upload_id: String,
        source: SourceFacts,
        envelope: Option<StringMap>,
        instruction_file: bool,
        plan: PartPlan,
        checksum: Option<ChecksumAlgorithm>,
    ) -> Self {
        let parts = usize::from(plan.parts());
        Self {
            plan,
            checkpoint: Checkpoint {
                version: Checkpoint::VERSION,
                key: key.into(),
                upload_id,
                source,
                envelope,
                instruction_file,
                stored_with: StringMap::new(),
                stored_bytes: plan.stored_bytes(),
                part_bytes: plan.part_bytes(),
                digests: vec![String::new(); parts],
                crcs: match checksum {
                    Some(ChecksumAlgorithm::Crc64Nvme) => vec![String::new(); parts],
                    _ => Vec::new(),
                },
                checksum,
            },
            stored: vec![None; parts],
            remembered: LiteMap::new(),
        }
    }

    /// Enters what else the object is stored with.
    pub fn stored_with(mut self, headers: StringMap) -> Self {
        self.checkpoint.stored_with = headers;
        self
    }

    /// An upload of another page, or of this one before a reload.
    ///
    /// # Errors
    /// [`Error::Misuse`] if the checkpoint is none, belongs to another key, or lacks a part that left;
    /// [`Error::FileChanged`] if the source is plainly another one.
    pub fn resume(
        checkpoint: Checkpoint,
        age: Age,
        key: &str,
        source: &SourceFacts,
        listed: &[ListedPart],
        ledger: &Ledger,
    ) -> Result<Self, Error> {
        let plan = checkpoint.plan()?;
        if checkpoint.key != key {
            return Err(Error::misuse("resume belongs to another key"));
        }
        if !source.is_of(&checkpoint, age) {
            return Err(Error::FileChanged);
        }
        let mut upload = Self {
            plan,
            stored: vec![None; checkpoint.digests.len()],
            remembered: checkpoint
                .envelope
                .as_ref()
                .map(|envelope| ledger.of(envelope))
                .unwrap_or_default(),
            checkpoint,
        };
        for part in listed {
            let index = index(part.number);
            if upload.digest(part.number).is_none() {
                return Err(Error::misuse(
                    "resume lacks a part that the store has: it is not the newest checkpoint",
                ));
            }
            // A part of another length is one that a cut left behind: it is sent again.
            if plan.bytes(part.number) == part.bytes
                && let Some(stored) = upload.stored.get_mut(index)
            {
                *stored = Some(part.e_tag.clone());
            }
        }
        Ok(upload)
    }

    /// What to keep.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// How the object is cut.
    pub const fn plan(&self) -> PartPlan {
        self.plan
    }

    /// The digest of a part that was sealed before.
    pub fn digest(&self, number: u16) -> Option<&str> {
        let kept = self
            .checkpoint
            .digests
            .get(index(number))
            .filter(|digest| !digest.is_empty());
        kept.or_else(|| self.remembered.get(&number)).map(String::as_str)
    }

    /// Enters what a part was sealed to. True if that is news, which has to be kept before the part leaves.
    ///
    /// # Errors
    /// [`Error::FileChanged`] if it was sealed to something else before, by this upload or by another call of the realm: then it must not leave.
    pub fn seal(&mut self, number: u16, part: PartRecord, ledger: &mut Ledger) -> Result<bool, Error> {
        let wrong = Error::Unreachable("a part or a digest that no plan has");
        let checkpoint = &mut self.checkpoint;
        let Some(known) = checkpoint.digests.get_mut(index(number)) else {
            return Err(wrong);
        };
        if part.digest.len() != Checkpoint::DIGEST_CHARS {
            return Err(wrong);
        }
        let is_new = known.is_empty();
        if !is_new && *known != part.digest {
            return Err(Error::FileChanged);
        }
        if let Some(envelope) = &checkpoint.envelope {
            ledger.claim(envelope, number, &part.digest)?;
        }
        // Also of a part that is known: the digest vouches for these bytes, and for no CRC that was kept beside it.
        match (checkpoint.crcs.get_mut(index(number)), part.crc) {
            (Some(known), Some(crc)) => *known = crc.to_base64(),
            (None, None) => {}
            _ => return Err(wrong),
        }
        *known = part.digest;
        Ok(is_new)
    }

    /// What the store checks of a part, and the header's value.
    pub fn checksum(&self, number: u16) -> Option<(ChecksumAlgorithm, &str)> {
        let algorithm = self.checkpoint.checksum?;
        let of_parts = match algorithm {
            ChecksumAlgorithm::Sha256 => &self.checkpoint.digests,
            ChecksumAlgorithm::Crc64Nvme => &self.checkpoint.crcs,
        };
        of_parts
            .get(index(number))
            .filter(|value| !value.is_empty())
            .map(|value| (algorithm, value.as_str()))
    }

    /// The checksum of the whole object, where it follows from those of all parts.
    pub fn whole_checksum(&self) -> Option<Crc64> {
        if !self.checkpoint.checks_crc() {
            return None;
        }
        let mut whole = Crc64::default();
        for (number, crc) in (1..).zip(&self.checkpoint.crcs) {
            whole = whole.followed_by(Crc64::from_base64(crc)?, self.plan.bytes(number));
        }
        Some(whole)
    }

    /// Whether every part was sealed, as it was when the store was asked to complete the upload.
    pub fn is_sealed(&self) -> bool {
        !self.checkpoint.digests.iter().any(String::is_empty)
    }

    /// Whether the store has a part.
    pub fn is_stored(&self, number: u16) -> bool {
        matches!(self.stored.get(index(number)), Some(Some(_)))
    }

    /// Enters that the store has a part.
    pub fn store(&mut self, number: u16, e_tag: String) {
        if let Some(stored) = self.stored.get_mut(index(number)) {
            *stored = Some(e_tag);
        }
    }

    /// The body of CompleteMultipartUpload.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if a part is missing.
    pub fn complete_body(&self) -> Result<String, Error> {
        if self.stored.iter().any(Option::is_none) {
            return Err(Error::Unreachable("an upload completed without all of its parts"));
        }
        let parts = (1..=self.plan.parts()).zip(self.stored.iter().flatten());
        Ok(complete_body(parts.map(|(number, e_tag)| {
            (number, e_tag.as_str(), self.checksum(number))
        })))
    }
}

/// Whether what was found wrong with an upload, before anything was sent, is no reason not to begin anew: with another data key nothing can
/// be used twice. A key that does not open what was begun is one: it may have been mistyped.
pub const fn begins_anew(error: &Error) -> bool {
    matches!(error, Error::FileChanged | Error::UploadGone(_) | Error::Misuse(_))
}

fn index(number: u16) -> usize {
    usize::from(number.wrapping_sub(1))
}
