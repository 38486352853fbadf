//! Uploads in parts.

use super::{
    Out, Req, Res, checksums,
    listing::encoder,
    lock,
    objects::{condition, description, length, strong, timestamp},
    refuse, xml,
};
use crate::{
    customer, echo_sse,
    encoding::percent,
    set_sums,
    store::{
        Store,
        at_rest::Key,
        digest::{Algorithm, Expected, Sums},
        record::{Description, SumKind, UploadRecord},
        seal::{self, Sealed},
        transfer::{self, Incoming},
        uploads::Named,
    },
    sums_of, wish,
};
use s3s::{S3Result, dto::*, s3_error};

pub(super) fn create(store: &Store, req: Req<CreateMultipartUploadInput>) -> Out<CreateMultipartUploadOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let input = req.input;
    store.bucket(&input.bucket)?;
    let algorithm = match &input.checksum_algorithm {
        Some(name) => Some(
            Algorithm::parse(name.as_str())
                .ok_or_else(|| s3_error!(NotImplemented, "This store does not implement this checksum algorithm."))?,
        ),
        None => None,
    };
    let sum_kind = sum_kind(algorithm, input.checksum_type.as_ref())?;
    let sealed = match wish!(input) {
        Some(wish) => Some(store.sealer.seal(wish, &input.bucket, &input.key)?.1),
        None => None,
    };
    let mut out = CreateMultipartUploadOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(xml::text(&input.key)),
        checksum_algorithm: input.checksum_algorithm.clone(),
        checksum_type: input.checksum_algorithm.as_ref().map(|_| kind_name(sum_kind)),
        ..Default::default()
    };
    echo_sse!(out, sealed.as_ref(), input.sse_customer_key_md5);
    let record = UploadRecord {
        id: String::new(),
        key: input.key.clone(),
        initiated: 0,
        description: description!(input),
        algorithm,
        sum_kind,
        sealed,
    };
    out.upload_id = Some(store.create_upload(&input.bucket, record)?);
    Ok(Res::new(out))
}

fn sum_kind(algorithm: Option<Algorithm>, asked: Option<&ChecksumType>) -> S3Result<SumKind> {
    use Algorithm::{Crc64nvme, Sha1, Sha256};
    let invalid = || {
        s3_error!(
            InvalidRequest,
            "This checksum type cannot be used with this checksum algorithm."
        )
    };
    match (algorithm, asked.map(ChecksumType::as_str)) {
        (Some(Sha1 | Sha256), Some(ChecksumType::FULL_OBJECT)) => Err(invalid()),
        (None | Some(Crc64nvme), Some(ChecksumType::COMPOSITE)) => Err(invalid()),
        (None | Some(Crc64nvme), _) | (_, Some(ChecksumType::FULL_OBJECT)) => Ok(SumKind::FullObject),
        _ => Ok(SumKind::Composite),
    }
}

fn kind_name(kind: SumKind) -> ChecksumType {
    ChecksumType::from_static(match kind {
        SumKind::FullObject => ChecksumType::FULL_OBJECT,
        SumKind::Composite => ChecksumType::COMPOSITE,
    })
}

pub(super) async fn upload_part(store: &Store, req: Req<UploadPartInput>) -> Out<UploadPartOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let mut input = req.input;
    let number = u16::try_from(input.part_number)
        .ok()
        .filter(|number| (1..=10_000).contains(number));
    let number = number.ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        )
    })?;
    let length = length(input.content_length)?;
    let customer = customer!(input);
    let (bucket, key, id) = (&input.bucket, &input.key, &input.upload_id);
    let upload = store.upload(bucket, key, id, |upload| upload.record.clone())?;
    let keys = store
        .sealer
        .open(upload.sealed.as_ref(), customer.as_ref(), bucket, key)?;
    let expected = Expected {
        md5: input.content_md5.clone(),
        sums: sums_of!(input),
    };
    let announced = checksums::announced(&req.headers);
    lock::wants_digest(store, bucket, "Put Part", &expected, announced)?;
    let incoming = Incoming {
        body: input.body.take(),
        expected,
        trailer: req.trailing_headers,
        wanted: announced.into_iter().chain(upload.algorithm).collect(),
        length: Some(length),
    };
    let written = transfer::receive(store.data_folder(bucket), keys.clone(), incoming).await?;
    let sums = written.sums.clone();
    let part = store.put_part(bucket, key, id, number, written, &keys)?;
    let mut out = UploadPartOutput {
        e_tag: Some(ETag::Strong(part.etag)),
        ..Default::default()
    };
    set_sums!(out, &sums);
    echo_sse!(out, upload.sealed.as_ref(), input.sse_customer_key_md5);
    Ok(Res::new(out))
}

/// The customer's key comes again where a checksum algorithm was named.
fn check_customer(upload: &UploadRecord, customer: Option<&Key>) -> S3Result<()> {
    match (upload.algorithm, customer) {
        (None, None) => Ok(()),
        _ => seal::check_customer(upload.sealed.as_ref(), customer),
    }
}

/// The data keys, but for a customer's where its key was not sent.
fn keys(
    store: &Store,
    sealed: Option<&Sealed>,
    customer: Option<&Key>,
    bucket: &str,
    key: &str,
) -> S3Result<Option<Vec<Key>>> {
    match (sealed, customer) {
        (Some(Sealed::Customer { .. }), None) => Ok(None),
        _ => store.sealer.open(sealed, customer, bucket, key).map(Some),
    }
}

pub(super) fn list_parts(store: &Store, req: Req<ListPartsInput>) -> Out<ListPartsOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let input = req.input;
    let after = input.part_number_marker.unwrap_or(0);
    let most = input.max_parts.unwrap_or(1000).clamp(0, 1000) as usize;
    let customer = customer!(input);
    let (mut parts, record) = store.upload(&input.bucket, &input.key, &input.upload_id, |upload| {
        let parts = upload.parts.values().map(|(part, _)| part);
        let parts: Vec<_> = parts
            .filter(|part| i32::from(part.number) > after)
            .take(most + 1)
            .cloned()
            .collect();
        (parts, upload.record.clone())
    })?;
    check_customer(&record, customer.as_ref())?;
    let keys = keys(
        store,
        record.sealed.as_ref(),
        customer.as_ref(),
        &input.bucket,
        &input.key,
    )?;
    let truncated = parts.len() > most;
    parts.truncate(most);
    let next = parts.last().map(|part| i32::from(part.number)).filter(|_| truncated);
    let listed = parts.into_iter().map(|part| {
        let mut out = Part {
            part_number: Some(part.number.into()),
            e_tag: Some(ETag::Strong(part.etag)),
            last_modified: Some(timestamp(part.modified)),
            size: Some(part.piece.size as i64),
            ..Default::default()
        };
        let kept = keys.as_ref().map(|keys| part.sums.open(keys)).transpose()?;
        let sums: Sums = kept
            .unwrap_or_default()
            .into_iter()
            .filter(|(name, _)| record.algorithm.is_none_or(|chosen| chosen == *name))
            .collect();
        set_sums!(out, &sums);
        Ok(out)
    });
    Ok(Res::new(ListPartsOutput {
        parts: Some(listed.collect::<S3Result<_>>()?),
        bucket: Some(input.bucket),
        key: Some(xml::text(input.key)),
        upload_id: Some(input.upload_id),
        is_truncated: Some(truncated),
        max_parts: Some(most as i32),
        part_number_marker: Some(after),
        next_part_number_marker: next,
        ..Default::default()
    }))
}

pub(super) fn complete(store: &Store, req: Req<CompleteMultipartUploadInput>) -> Out<CompleteMultipartUploadOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let input = req.input;
    let customer = customer!(input);
    let mut named = Named {
        sums: sums_of!(input),
        size: input.mpu_object_size.map(object_size).transpose()?,
        condition: condition(input.if_none_match.as_ref(), input.if_match.as_ref())?,
        ..Named::default()
    };
    for part in input
        .multipart_upload
        .and_then(|upload| upload.parts)
        .unwrap_or_default()
    {
        let number = part.part_number.and_then(|number| u16::try_from(number).ok());
        let (Some(number), Some(etag)) = (number, &part.e_tag) else {
            return Err(s3_error!(MalformedXML, "A part has a number and an ETag."));
        };
        named.parts.push((number, strong(etag), sums_of!(part)));
    }
    // One that is complete already is answered as before.
    let begun = store.upload(&input.bucket, &input.key, &input.upload_id, |upload| {
        upload.record.clone()
    });
    if let Ok(begun) = begun {
        check_customer(&begun, customer.as_ref())?;
        if named.has_sums() {
            seal::check_customer(begun.sealed.as_ref(), customer.as_ref())?;
        }
        named.keys = keys(
            store,
            begun.sealed.as_ref(),
            customer.as_ref(),
            &input.bucket,
            &input.key,
        )?;
    }
    let object = store.complete(&input.bucket, &input.key, &input.upload_id, &named)?;
    let sealed = object.record.sealed.as_ref();
    let keys = keys(store, sealed, customer.as_ref(), &input.bucket, &input.key)?;
    let sums = keys.map(|keys| object.record.sums.open(&keys)).transpose()?;
    let mut out = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, percent(&input.key, true))),
        bucket: Some(input.bucket),
        key: Some(xml::text(input.key)),
        e_tag: Some(ETag::Strong(object.record.etag.clone())),
        checksum_type: Some(kind_name(object.record.sum_kind)),
        ..Default::default()
    };
    set_sums!(out, &sums.unwrap_or_default());
    let echo = super::sse::Echo::of(object.record.sealed.as_ref());
    out.server_side_encryption = echo.mode;
    out.ssekms_key_id = echo.key_id;
    out.bucket_key_enabled = echo.bucket_key;
    Ok(Res::new(out))
}

fn object_size(size: i64) -> S3Result<u64> {
    u64::try_from(size).map_err(|_| {
        s3_error!(
            InvalidRequest,
            "Value for x-amz-mp-object-size header is less than zero: '{size}'"
        )
    })
}

pub(super) fn abort(store: &Store, req: Req<AbortMultipartUploadInput>) -> Out<AbortMultipartUploadOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    store.abort(&req.input.bucket, &req.input.key, &req.input.upload_id)?;
    Ok(Res::new(AbortMultipartUploadOutput::default()))
}

pub(super) fn list_uploads(store: &Store, req: Req<ListMultipartUploadsInput>) -> Out<ListMultipartUploadsOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let input = req.input;
    refuse::present("delimiters here", input.delimiter.as_ref())?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let most = input.max_uploads.unwrap_or(1000).clamp(0, 1000) as usize;
    let after = (
        input.key_marker.clone().unwrap_or_default(),
        input.upload_id_marker.clone(),
    );
    let mut uploads = store.open_uploads(&input.bucket)?;
    uploads.retain(|upload| {
        let past = match &after.1 {
            Some(id) => (&upload.key, &upload.id) > (&after.0, id),
            None => after.0.is_empty() || upload.key > after.0,
        };
        past && upload.key.starts_with(&prefix)
    });
    let truncated = uploads.len() > most;
    uploads.truncate(most);
    let last = uploads
        .last()
        .filter(|_| truncated)
        .map(|upload| (upload.key.clone(), upload.id.clone()));
    let (next_key_marker, next_upload_id_marker) = last.unzip();
    let encode = encoder(input.encoding_type.as_ref());
    let listed = uploads.into_iter().map(|upload| MultipartUpload {
        key: Some(encode(upload.key)),
        upload_id: Some(upload.id),
        initiated: Some(timestamp(upload.initiated)),
        ..Default::default()
    });
    Ok(Res::new(ListMultipartUploadsOutput {
        uploads: Some(listed.collect()),
        bucket: Some(input.bucket),
        prefix: input.prefix.map(&encode),
        key_marker: input.key_marker.map(&encode),
        upload_id_marker: input.upload_id_marker.map(xml::text),
        max_uploads: Some(most as i32),
        is_truncated: Some(truncated),
        next_key_marker: next_key_marker.map(&encode),
        encoding_type: input.encoding_type,
        next_upload_id_marker,
        ..Default::default()
    }))
}
