//! Object Lock, as far as a store without versions has it: a bucket with a default retention takes no bytes without a
//! digest. Deletion is as elsewhere, since S3 too answers it with 204 and then 404; what S3 keeps is an older version.

use super::{Out, Req, Res, refuse};
use crate::store::{
    ObjectLock, Retention, Store,
    digest::{Algorithm, Expected},
};
use s3s::{S3Result, dto::*, s3_error};

/// Refuses a body that nothing vouches for. `what`: S3's name for the request.
pub(super) fn wants_digest(
    store: &Store,
    bucket: &str,
    what: &str,
    expected: &Expected,
    announced: Option<Algorithm>,
) -> S3Result<()> {
    let retains = store
        .bucket(bucket)?
        .object_lock
        .is_some_and(|lock| lock.retention.is_some());
    match retains && expected.md5.is_none() && expected.sums.is_empty() && announced.is_none() {
        true => Err(s3_error!(
            InvalidRequest,
            "Content-MD5 OR x-amz-checksum- HTTP header is required for {what} requests with Object Lock parameters"
        )),
        false => Ok(()),
    }
}

pub(super) fn put(store: &Store, req: Req<PutObjectLockConfigurationInput>) -> Out<PutObjectLockConfigurationOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    if store.bucket(&req.input.bucket)?.object_lock.is_none() {
        return Err(s3_error!(
            InvalidBucketState,
            "Object Lock configuration cannot be enabled on existing buckets"
        ));
    }
    let malformed = || {
        s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        )
    };
    let rule = req.input.object_lock_configuration.and_then(|said| said.rule);
    let retention = match rule
        .map(|rule| rule.default_retention.ok_or_else(malformed))
        .transpose()?
    {
        Some(said) => Some(retention(said).ok_or_else(malformed)?),
        None => None,
    };
    store.set_object_lock(&req.input.bucket, ObjectLock { retention })?;
    Ok(Res::new(PutObjectLockConfigurationOutput::default()))
}

fn retention(said: DefaultRetention) -> Option<Retention> {
    let mode = said.mode?.as_str().to_string();
    let known = matches!(mode.as_str(), "GOVERNANCE" | "COMPLIANCE");
    let once = matches!((said.days, said.years), (Some(1..), None) | (None, Some(1..)));
    (known && once).then_some(Retention {
        mode,
        days: said.days,
        years: said.years,
    })
}

pub(super) fn get(store: &Store, req: Req<GetObjectLockConfigurationInput>) -> Out<GetObjectLockConfigurationOutput> {
    refuse::unknown_headers(&req.headers, &req.uri)?;
    let Some(lock) = store.bucket(&req.input.bucket)?.object_lock else {
        return Err(s3_error!(
            ObjectLockConfigurationNotFoundError,
            "Object Lock configuration does not exist for this bucket"
        ));
    };
    let rule = lock.retention.map(|retention| ObjectLockRule {
        default_retention: Some(DefaultRetention {
            mode: Some(retention.mode.into()),
            days: retention.days,
            years: retention.years,
        }),
    });
    Ok(Res::new(GetObjectLockConfigurationOutput {
        object_lock_configuration: Some(ObjectLockConfiguration {
            object_lock_enabled: Some(ObjectLockEnabled::from_static(ObjectLockEnabled::ENABLED)),
            rule,
        }),
    }))
}
