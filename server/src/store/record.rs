//! What the store remembers of an object and of an open upload.

use super::{
    digest::Algorithm,
    kept_sums::KeptSums,
    piece::{Piece, PieceInfo},
    seal::Sealed,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// What a client says of its object, given back as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Description {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    pub cache_control: Option<String>,
    pub expires: Option<String>,
    /// User metadata, without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

/// How the checksum of an upload in parts is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SumKind {
    /// Over the whole object.
    FullObject,
    /// Over the parts' checksums.
    Composite,
}

/// An object, as its record on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The object's key.
    pub key: String,
    /// Plaintext bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// Milliseconds since 1970.
    pub modified: u64,
    /// What the client says of it.
    pub description: Description,
    /// Checksums, as they were given or computed.
    pub sums: KeptSums,
    /// Which kind they are.
    pub sum_kind: SumKind,
    /// How its bytes are encrypted on disk; `None`: not at all.
    pub sealed: Option<Sealed>,
    /// Its bytes, in order.
    pub pieces: Vec<PieceInfo>,
    /// The upload it came from, so that a repeated Complete gets the same answer.
    pub upload_id: Option<String>,
}

/// A record with the files that it names.
#[derive(Debug)]
pub struct Object {
    /// As on disk.
    pub record: Record,
    /// In order.
    pub pieces: Vec<Arc<Piece>>,
}

/// An open upload, as its record on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UploadRecord {
    /// Its id.
    pub id: String,
    /// The key that its object will have.
    pub key: String,
    /// Milliseconds since 1970.
    pub initiated: u64,
    /// What the client says of it.
    pub description: Description,
    /// The checksum that was chosen, if one was.
    pub algorithm: Option<Algorithm>,
    /// Its kind.
    pub sum_kind: SumKind,
    /// How the bytes are encrypted on disk.
    pub sealed: Option<Sealed>,
}

/// One part, as its record on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartRecord {
    /// 1 to 10,000.
    pub number: u16,
    /// 32 hexadecimal digits: the MD5, where S3 gives it.
    pub etag: String,
    /// Milliseconds since 1970.
    pub modified: u64,
    /// Computed as it arrived.
    pub sums: KeptSums,
    /// Its bytes.
    pub piece: PieceInfo,
}

/// An open upload and the parts it has.
#[derive(Debug)]
pub struct Upload {
    /// As on disk.
    pub record: UploadRecord,
    /// By number.
    pub parts: BTreeMap<u16, (PartRecord, Arc<Piece>)>,
}
