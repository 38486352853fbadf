//! One object at a time.

use super::{Out, Req, Res, checksums, lock, refuse, xml};
use crate::{
    customer, echo_sse, set_sums,
    store::{
        Condition, Store,
        digest::Expected,
        kept_sums::KeptSums,
        now,
        record::{Description, Object, Record, SumKind},
        seal,
        transfer::{self, Incoming},
    },
    sums_of, wish,
};
use http::HeaderValue;
use s3s::{S3Error, S3Result, dto::*, s3_error};
use std::{sync::Arc, time::Duration, time::UNIX_EPOCH};

/// Keys and values of user metadata together.
const METADATA_LIMIT: usize = 2048;

/// What the client says of its object, from the fields of an input.
macro_rules! description {
    ($input:expr) => {
        $crate::s3::objects::checked(Description {
            content_type: $input.content_type.clone(),
            content_encoding: $input.content_encoding.clone(),
            content_language: $input.content_language.clone(),
            content_disposition: $input.content_disposition.clone(),
            cache_control: $input.cache_control.clone(),
            expires: $input.expires.clone(),
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
        })?
    };
}
pub(super) use description;

pub(super) fn checked(mut description: Description) -> S3Result<Description> {
    let size: usize = description
        .metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > METADATA_LIMIT {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    // A form's field holds what no header can give back.
    let fields = [
        &description.content_type,
        &description.content_encoding,
        &description.content_language,
        &description.content_disposition,
        &description.cache_control,
        &description.expires,
    ];
    if fields
        .into_iter()
        .flatten()
        .any(|value| HeaderValue::from_str(value).is_err())
    {
        return Err(s3_error!(
            InvalidArgument,
            "A field of the object holds a control character."
        ));
    }
    // The transfer's encoding, not the object's.
    if let Some(encoding) = description.content_encoding.take() {
        let kept: Vec<_> = encoding
            .split(',')
            .map(str::trim)
            .filter(|name| *name != "aws-chunked")
            .collect();
        description.content_encoding = (!kept.is_empty()).then(|| kept.join(","));
    }
    Ok(description)
}

pub(super) fn condition(none_match: Option<&ETagCondition>, matches: Option<&ETagCondition>) -> S3Result<Condition> {
    match (none_match, matches) {
        (None, None) => Ok(Condition::None),
        (Some(ETagCondition::Any), None) => Ok(Condition::Absent),
        (None, Some(ETagCondition::Any)) => Ok(Condition::Matches("*".into())),
        (None, Some(ETagCondition::ETag(etag))) => Ok(Condition::Matches(strong(etag))),
        _ => Err(s3_error!(
            NotImplemented,
            "A write takes If-None-Match: * or If-Match with an ETag."
        )),
    }
}

/// A weak ETag, which a proxy makes when it changes bytes, is that of no object here.
pub(super) fn strong(etag: &ETag) -> String {
    match etag {
        ETag::Strong(value) => value.clone(),
        ETag::Weak(value) => format!("W/{value}"),
    }
}

pub(super) fn timestamp(millis: u64) -> Timestamp {
    (UNIX_EPOCH + Duration::from_millis(millis)).into()
}

pub(super) fn length(length: Option<i64>) -> S3Result<u64> {
    match length.map(u64::try_from) {
        Some(Ok(length)) => Ok(length),
        _ => Err(s3_error!(
            MissingContentLength,
            "You must provide the Content-Length HTTP header."
        )),
    }
}

pub(super) async fn put(store: &Store, req: Req<PutObjectInput>) -> Out<PutObjectOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let mut input = req.input;
    refuse::present("tagging", input.tagging.as_ref())?;
    refuse::present("object lock", input.object_lock_mode.as_ref())?;
    refuse::present("website redirects", input.website_redirect_location.as_ref())?;
    refuse::present("appending", input.write_offset_bytes.as_ref())?;
    refuse::present("grants", input.acl.as_ref().filter(|acl| acl.as_str() != "private"))?;
    refuse::present(
        "storage classes",
        input
            .storage_class
            .as_ref()
            .filter(|class| class.as_str() != "STANDARD"),
    )?;
    // A form says how long its file is by ending it.
    let length = match req.method == http::Method::POST {
        true => None,
        false => Some(length(input.content_length)?),
    };
    let description = description!(input);
    let condition = condition(input.if_none_match.as_ref(), input.if_match.as_ref())?;
    let expected = Expected {
        md5: input.content_md5.clone(),
        sums: sums_of!(input),
    };
    let announced = checksums::announced(&req.headers);
    lock::wants_digest(store, &input.bucket, "Put Object", &expected, announced)?;
    let begun = store.begin(&input.bucket, &input.key, condition)?;
    let (keys, sealed) = match wish!(input) {
        Some(wish) => store
            .sealer
            .seal(wish, &input.bucket, &input.key)
            .map(|(keys, sealed)| (keys, Some(sealed)))?,
        None => (Vec::new(), None),
    };
    let incoming = Incoming {
        body: input.body.take(),
        expected,
        trailer: req.trailing_headers,
        wanted: announced.into_iter().collect(),
        length,
    };
    let written = transfer::receive(store.data_folder(&input.bucket), keys.clone(), incoming).await?;
    let record = Record {
        key: input.key.clone(),
        size: written.piece.info.size,
        etag: seal::etag(sealed.as_ref(), &written.md5)?,
        modified: now(),
        description,
        sums: KeptSums::keep(written.sums.clone(), &keys)?,
        sum_kind: SumKind::FullObject,
        sealed,
        pieces: vec![written.piece.info.clone()],
        upload_id: None,
    };
    let object = Object {
        record,
        pieces: vec![Arc::new(written.piece)],
    };
    let object = store.publish(&input.bucket, object, &begun)?;
    let mut out = PutObjectOutput {
        e_tag: Some(ETag::Strong(object.record.etag.clone())),
        ..Default::default()
    };
    set_sums!(out, &written.sums);
    out.checksum_type = Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT));
    echo_sse!(out, object.record.sealed.as_ref(), input.sse_customer_key_md5);
    Ok(Res::new(out))
}

/// The conditions of a read, in the order of RFC 9110.
macro_rules! check_conditions {
    ($input:expr, $record:expr) => {{
        let modified = $record.modified / 1000 * 1000;
        let is = |etag: &ETag| etag.value() == $record.etag;
        let held = |condition: &ETagCondition| condition.as_etag().is_none_or(is);
        let held_strongly =
            |condition: &ETagCondition| condition.as_etag().is_none_or(|etag| strong(etag) == $record.etag);
        let failed = || {
            s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            )
        };
        match (&$input.if_match, &$input.if_unmodified_since) {
            (Some(condition), _) if !held_strongly(condition) => return Err(failed()),
            (None, Some(since)) if timestamp(modified) > *since => return Err(failed()),
            _ => {}
        }
        match (&$input.if_none_match, &$input.if_modified_since) {
            (Some(condition), _) if held(condition) => return Err(not_modified($record)),
            (None, Some(since)) if timestamp(modified) <= *since => return Err(not_modified($record)),
            _ => {}
        }
    }};
}

fn not_modified(record: &Record) -> S3Error {
    let mut error = s3_error!(NotModified);
    if let Ok(etag) = ETag::Strong(record.etag.clone()).to_http_header() {
        error.set_headers([(http::header::ETAG, etag)].into_iter().collect());
    }
    error
}

/// The fields that GET and HEAD have in common.
macro_rules! describe {
    ($out:expr, $input:expr, $record:expr, $range:expr, $keys:expr) => {{
        let (record, range): (&Record, &Option<std::ops::Range<u64>>) = ($record, $range);
        $out.accept_ranges = Some("bytes".into());
        $out.e_tag = Some(ETag::Strong(record.etag.clone()));
        $out.last_modified = Some(timestamp(record.modified));
        $out.content_length = Some(range.as_ref().map_or(record.size, |range| range.end - range.start) as i64);
        $out.content_range = range
            .as_ref()
            .map(|range| format!("bytes {}-{}/{}", range.start, range.end - 1, record.size));
        let said = record.description.clone();
        $out.content_type = said.content_type.or_else(|| Some("binary/octet-stream".into()));
        $out.content_encoding = said.content_encoding;
        $out.content_language = said.content_language;
        $out.content_disposition = said.content_disposition;
        $out.cache_control = said.cache_control;
        $out.expires = said.expires;
        $out.metadata = (!said.metadata.is_empty()).then(|| said.metadata.into_iter().collect());
        let whole = range
            .as_ref()
            .is_none_or(|range| range.end - range.start == record.size);
        if $input
            .checksum_mode
            .as_ref()
            .is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
            && whole
        {
            set_sums!($out, &record.sums.open($keys)?);
            $out.checksum_type = Some(ChecksumType::from_static(match record.sum_kind {
                SumKind::FullObject => ChecksumType::FULL_OBJECT,
                SumKind::Composite => ChecksumType::COMPOSITE,
            }));
        }
        echo_sse!($out, record.sealed.as_ref(), $input.sse_customer_key_md5);
    }};
}

fn range_of(range: Option<Range>, record: &Record) -> S3Result<Option<std::ops::Range<u64>>> {
    let out_of_it = |_| s3_error!(InvalidRange, "The requested range is not satisfiable");
    range
        .map(|range| range.check(record.size).map_err(out_of_it))
        .transpose()
}

macro_rules! refuse_read {
    ($req:expr) => {{
        refuse::unknown_headers(&$req.headers, &$req.uri)?;
        refuse::present("reading by part number", $req.input.part_number.as_ref())?;
        refuse::present("versions", $req.input.version_id.as_ref().filter(|id| *id != "null"))?;
    }};
}

pub(super) async fn get(store: &Store, req: Req<GetObjectInput>) -> Out<GetObjectOutput> {
    refuse_read!(req);
    let input = req.input;
    let customer = customer!(input);
    let object = store.object(&input.bucket, &input.key)?;
    let record = &object.record;
    seal::check_customer(record.sealed.as_ref(), customer.as_ref())?;
    check_conditions!(input, record);
    let range = range_of(input.range, record)?;
    let keys = store
        .sealer
        .open(record.sealed.as_ref(), customer.as_ref(), &input.bucket, &input.key)?;
    let mut out = GetObjectOutput::default();
    describe!(out, input, record, &range, &keys);
    let bytes = range.unwrap_or(0..record.size);
    out.body = Some(transfer::send(object.clone(), keys, bytes).await?);
    Ok(Res::new(out))
}

pub(super) fn head(store: &Store, req: Req<HeadObjectInput>) -> Out<HeadObjectOutput> {
    refuse_read!(req);
    let input = req.input;
    let customer = customer!(input);
    let object = store.object(&input.bucket, &input.key)?;
    let record = &object.record;
    seal::check_customer(record.sealed.as_ref(), customer.as_ref())?;
    check_conditions!(input, record);
    let range = range_of(input.range, record)?;
    // Without checksums it is answered while KMS's key is disabled, too.
    let keys = match input.checksum_mode {
        Some(_) => {
            let sealed = record.sealed.as_ref();
            store
                .sealer
                .open(sealed, customer.as_ref(), &input.bucket, &input.key)?
        }
        None => Vec::new(),
    };
    let mut out = HeadObjectOutput::default();
    describe!(out, input, record, &range, &keys);
    Ok(Res::new(out))
}

pub(super) fn delete(store: &Store, req: Req<DeleteObjectInput>) -> Out<DeleteObjectOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    refuse::present("versions", req.input.version_id.as_ref().filter(|id| *id != "null"))?;
    let condition = condition(None, req.input.if_match.as_ref())?;
    store.delete(&req.input.bucket, &req.input.key, &condition)?;
    Ok(Res::new(DeleteObjectOutput::default()))
}

pub(super) fn delete_many(store: &Store, req: Req<DeleteObjectsInput>) -> Out<DeleteObjectsOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let Delete { objects, quiet } = req.input.delete;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in objects {
        refuse::present("versions", object.version_id.as_ref().filter(|id| *id != "null"))?;
        let condition = object
            .e_tag
            .map_or(Condition::None, |etag| Condition::Matches(strong(&etag)));
        match store.delete(&req.input.bucket, &object.key, &condition) {
            Ok(()) => deleted.push(DeletedObject {
                key: Some(xml::text(object.key)),
                ..Default::default()
            }),
            Err(error) => errors.push(Error {
                key: Some(xml::text(object.key)),
                code: Some(error.code().as_str().into()),
                message: error.message().map(str::to_string),
                ..Default::default()
            }),
        }
    }
    let deleted = (!quiet.unwrap_or(false)).then_some(deleted);
    Ok(Res::new(DeleteObjectsOutput {
        deleted,
        errors: Some(errors),
        ..Default::default()
    }))
}
