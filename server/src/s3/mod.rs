//! S3: what s3s has parsed and whose signature it has checked, carried out on the store.

mod answer;
pub mod checksums;
mod cors;
mod drain;
mod http_layer;
mod listing;
mod lock;
mod multipart;
mod objects;
mod refuse;
mod sse;
#[cfg(test)]
mod tests;
mod xml;

pub use cors::open_to_page;
pub use http_layer::{S3State, router};

use crate::{config::Credentials, store::Store};
use s3s::{
    S3, S3Request as Req, S3Response as Res, S3Result,
    access::S3Access,
    auth::{S3Auth, SecretKey},
    dto::*,
    s3_error,
    service::S3ServiceBuilder,
};
use std::sync::Arc;

type Out<T> = S3Result<Res<T>>;

/// The operations; whatever is not here is answered 501 by s3s.
struct Operations {
    store: Arc<Store>,
    region: String,
}

struct Auth(Credentials);

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match access_key == self.0.access_key {
            true => Ok(self.0.secret_key.as_str().into()),
            false => Err(s3_error!(
                InvalidAccessKeyId,
                "The AWS Access Key Id you provided does not exist in our records."
            )),
        }
    }
}

/// Whoever signs may do everything, but for what could not be answered.
struct Access;

#[async_trait::async_trait]
impl S3Access for Access {
    async fn post_object(&self, req: &mut Req<PostObjectInput>) -> S3Result<()> {
        // s3s itself writes the key into this answer.
        match req.input.success_action_status == Some(201) && xml::text(&req.input.key) != req.input.key {
            true => Err(s3_error!(
                NotImplemented,
                "This store does not answer 201 for a key with control characters."
            )),
            false => Ok(()),
        }
    }
}

/// The service, which checks every signature.
pub fn service(store: Arc<Store>, credentials: Credentials, region: &str) -> Result<s3s::service::S3Service, String> {
    let mut builder = S3ServiceBuilder::new(Operations {
        store,
        region: region.into(),
    });
    builder.set_auth(Auth(credentials));
    builder.set_access(Access);
    let mut config = s3s::config::S3Config::default();
    config.expected_region = Some(region.parse().map_err(|error| format!("--region: {error}"))?);
    config.unsigned_amz_header_allowlist = sse::MAY_BE_UNSIGNED.map(str::to_string).into();
    builder.set_config(Arc::new(s3s::config::StaticConfigProvider::new(Arc::new(config))));
    Ok(builder.build())
}

#[async_trait::async_trait]
impl S3 for Operations {
    async fn put_object(&self, req: Req<PutObjectInput>) -> Out<PutObjectOutput> {
        objects::put(&self.store, req).await
    }
    async fn get_object(&self, req: Req<GetObjectInput>) -> Out<GetObjectOutput> {
        objects::get(&self.store, req).await
    }
    async fn head_object(&self, req: Req<HeadObjectInput>) -> Out<HeadObjectOutput> {
        objects::head(&self.store, req)
    }
    async fn delete_object(&self, req: Req<DeleteObjectInput>) -> Out<DeleteObjectOutput> {
        objects::delete(&self.store, req)
    }
    async fn delete_objects(&self, req: Req<DeleteObjectsInput>) -> Out<DeleteObjectsOutput> {
        objects::delete_many(&self.store, req)
    }
    async fn create_multipart_upload(&self, req: Req<CreateMultipartUploadInput>) -> Out<CreateMultipartUploadOutput> {
        multipart::create(&self.store, req)
    }
    async fn upload_part(&self, req: Req<UploadPartInput>) -> Out<UploadPartOutput> {
        multipart::upload_part(&self.store, req).await
    }
    async fn list_parts(&self, req: Req<ListPartsInput>) -> Out<ListPartsOutput> {
        multipart::list_parts(&self.store, req)
    }
    async fn complete_multipart_upload(
        &self,
        req: Req<CompleteMultipartUploadInput>,
    ) -> Out<CompleteMultipartUploadOutput> {
        multipart::complete(&self.store, req)
    }
    async fn abort_multipart_upload(&self, req: Req<AbortMultipartUploadInput>) -> Out<AbortMultipartUploadOutput> {
        multipart::abort(&self.store, req)
    }
    async fn list_multipart_uploads(&self, req: Req<ListMultipartUploadsInput>) -> Out<ListMultipartUploadsOutput> {
        multipart::list_uploads(&self.store, req)
    }
    async fn list_objects_v2(&self, req: Req<ListObjectsV2Input>) -> Out<ListObjectsV2Output> {
        listing::list_v2(&self.store, req)
    }
    async fn list_objects(&self, req: Req<ListObjectsInput>) -> Out<ListObjectsOutput> {
        listing::list_v1(&self.store, req)
    }
    async fn list_buckets(&self, req: Req<ListBucketsInput>) -> Out<ListBucketsOutput> {
        listing::buckets(&self.store, req)
    }
    async fn create_bucket(&self, req: Req<CreateBucketInput>) -> Out<CreateBucketOutput> {
        listing::create_bucket(&self.store, &self.region, req)
    }
    async fn delete_bucket(&self, req: Req<DeleteBucketInput>) -> Out<DeleteBucketOutput> {
        refuse::unknown_headers(&req.headers, &req.uri)?;
        self.store.delete_bucket(&req.input.bucket)?;
        Ok(Res::new(DeleteBucketOutput::default()))
    }
    async fn head_bucket(&self, req: Req<HeadBucketInput>) -> Out<HeadBucketOutput> {
        refuse::unknown_headers(&req.headers, &req.uri)?;
        self.store.bucket(&req.input.bucket)?;
        Ok(Res::new(HeadBucketOutput {
            bucket_region: Some(self.region.clone()),
            ..Default::default()
        }))
    }
    async fn get_bucket_location(&self, req: Req<GetBucketLocationInput>) -> Out<GetBucketLocationOutput> {
        self.store.bucket(&req.input.bucket)?;
        // S3 names us-east-1 by saying nothing.
        let other = (self.region != "us-east-1").then(|| self.region.clone().into());
        Ok(Res::new(GetBucketLocationOutput {
            location_constraint: other,
        }))
    }
    async fn put_object_lock_configuration(
        &self,
        req: Req<PutObjectLockConfigurationInput>,
    ) -> Out<PutObjectLockConfigurationOutput> {
        lock::put(&self.store, req)
    }
    async fn get_object_lock_configuration(
        &self,
        req: Req<GetObjectLockConfigurationInput>,
    ) -> Out<GetObjectLockConfigurationOutput> {
        lock::get(&self.store, req)
    }
    async fn put_bucket_cors(&self, req: Req<PutBucketCorsInput>) -> Out<PutBucketCorsOutput> {
        cors::put(&self.store, req)
    }
    async fn get_bucket_cors(&self, req: Req<GetBucketCorsInput>) -> Out<GetBucketCorsOutput> {
        cors::get(&self.store, req)
    }
    async fn delete_bucket_cors(&self, req: Req<DeleteBucketCorsInput>) -> Out<DeleteBucketCorsOutput> {
        refuse::unknown_headers(&req.headers, &req.uri)?;
        self.store.set_cors(&req.input.bucket, Vec::new())?;
        Ok(Res::new(DeleteBucketCorsOutput::default()))
    }
}
