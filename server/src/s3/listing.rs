//! Buckets, and what is in them.

use super::{Out, Req, Res, objects::timestamp, refuse, xml};
use crate::{
    encoding::{base64, from_base64, percent},
    store::Store,
};
use s3s::{S3Result, dto::*, s3_error};

struct Page {
    contents: Vec<Object>,
    prefixes: Vec<String>,
    /// Where the next page begins, if there is one.
    next: Option<String>,
}

fn page(store: &Store, bucket: &str, prefix: &str, delimiter: &str, after: &str, most: usize) -> S3Result<Page> {
    let mut page = Page {
        contents: Vec::new(),
        prefixes: Vec::new(),
        next: None,
    };
    let mut last = String::new();
    // A common prefix that was listed is not listed again, whatever follows it.
    let listed = |key: &str| {
        !delimiter.is_empty() && after.ends_with(delimiter) && key.starts_with(after) && after.len() > prefix.len()
    };
    store.objects(bucket, after, |record| {
        let Some(rest) = record.key.strip_prefix(prefix) else {
            return record.key.as_str() < prefix;
        };
        if listed(&record.key) {
            return true;
        }
        let common = match delimiter.is_empty() {
            true => None,
            false => rest
                .find(delimiter)
                .map(|at| &record.key[..prefix.len() + at + delimiter.len()]),
        };
        if common.is_some() && page.prefixes.last().map(String::as_str) == common {
            return true;
        }
        if page.contents.len() + page.prefixes.len() == most {
            page.next = Some(last.clone());
            return false;
        }
        match common {
            Some(common) => page.prefixes.push(common.into()),
            None => page.contents.push(Object {
                key: Some(record.key.clone()),
                size: Some(record.size as i64),
                e_tag: Some(ETag::Strong(record.etag.clone())),
                last_modified: Some(timestamp(record.modified)),
                storage_class: Some(ObjectStorageClass::from_static("STANDARD")),
                ..Default::default()
            }),
        }
        last = common.map_or_else(|| record.key.clone(), str::to_string);
        true
    })?;
    Ok(page)
}

fn most(max_keys: Option<i32>) -> usize {
    max_keys.unwrap_or(1000).clamp(0, 1000) as usize
}

/// How a listing writes keys.
pub(super) fn encoder(encoding: Option<&EncodingType>) -> impl Fn(String) -> String + use<> {
    let url = encoding.is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
    move |text| match url {
        true => percent(&text, true),
        false => xml::text(text),
    }
}

fn named(page: &mut Page, encode: impl Fn(String) -> String) -> Vec<CommonPrefix> {
    for object in &mut page.contents {
        object.key = object.key.take().map(&encode);
    }
    page.prefixes
        .drain(..)
        .map(|prefix| CommonPrefix {
            prefix: Some(encode(prefix)),
        })
        .collect()
}

pub(super) fn list_v2(store: &Store, req: Req<ListObjectsV2Input>) -> Out<ListObjectsV2Output> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let input = req.input;
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = input.delimiter.clone().unwrap_or_default();
    let after = match &input.continuation_token {
        Some(token) => {
            let text = from_base64(token).and_then(|bytes| String::from_utf8(bytes).ok());
            text.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))?
        }
        None => input.start_after.clone().unwrap_or_default(),
    };
    let mut page = page(store, &input.bucket, &prefix, &delimiter, &after, most(input.max_keys))?;
    let encode = encoder(input.encoding_type.as_ref());
    let prefixes = named(&mut page, &encode);
    Ok(Res::new(ListObjectsV2Output {
        key_count: Some((page.contents.len() + prefixes.len()) as i32),
        contents: Some(page.contents),
        common_prefixes: Some(prefixes),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.map(|key| base64(key.as_bytes())),
        max_keys: Some(most(input.max_keys) as i32),
        name: Some(input.bucket),
        prefix: Some(encode(prefix)),
        delimiter: input.delimiter.map(&encode),
        start_after: input.start_after.map(&encode),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        ..Default::default()
    }))
}

pub(super) fn list_v1(store: &Store, req: Req<ListObjectsInput>) -> Out<ListObjectsOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let input = req.input;
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = input.delimiter.clone().unwrap_or_default();
    let after = input.marker.clone().unwrap_or_default();
    let mut page = page(store, &input.bucket, &prefix, &delimiter, &after, most(input.max_keys))?;
    let encode = encoder(input.encoding_type.as_ref());
    let prefixes = named(&mut page, &encode);
    Ok(Res::new(ListObjectsOutput {
        contents: Some(page.contents),
        common_prefixes: Some(prefixes),
        is_truncated: Some(page.next.is_some()),
        next_marker: page.next.map(&encode),
        max_keys: Some(most(input.max_keys) as i32),
        name: Some(input.bucket),
        prefix: Some(encode(prefix)),
        delimiter: input.delimiter.map(&encode),
        marker: input.marker.map(&encode),
        encoding_type: input.encoding_type,
        ..Default::default()
    }))
}

pub(super) fn buckets(store: &Store, req: Req<ListBucketsInput>) -> Out<ListBucketsOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let prefix = req.input.prefix.clone().unwrap_or_default();
    let buckets = store
        .buckets()
        .into_iter()
        .filter(|(name, _)| name.starts_with(&prefix));
    let buckets = buckets.map(|(name, created)| Bucket {
        name: Some(name),
        creation_date: Some(timestamp(created)),
        ..Default::default()
    });
    Ok(Res::new(ListBucketsOutput {
        buckets: Some(buckets.collect()),
        prefix: req.input.prefix.map(xml::text),
        ..Default::default()
    }))
}

pub(super) fn create_bucket(store: &Store, region: &str, req: Req<CreateBucketInput>) -> Out<CreateBucketOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let input = req.input;
    let asked = input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint);
    if asked.is_some_and(|asked| asked.as_str() != region) {
        return Err(s3_error!(
            IllegalLocationConstraintException,
            "This store has one region, {region}."
        ));
    }
    let object_lock = input.object_lock_enabled_for_bucket == Some(true);
    match store.create_bucket(&input.bucket, object_lock)? {
        true => Ok(Res::new(CreateBucketOutput {
            location: Some(format!("/{}", input.bucket)),
            ..Default::default()
        })),
        false => Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it."
        )),
    }
}
