//! An object that is stored with one request.

use std::rc::Rc;

use super::{
    content::{Extent, encrypt_into_blob},
    digest,
    put::Storing,
    sealing::Sealing,
};
use crate::{
    machine::{Body, Failure, Phase},
    s3::{
        answer::{self, Answer, Operation},
        checksum::{Checksum, ChecksumAlgorithm},
        request::{Headers, Request},
    },
    store::confirm::{Claim, Stored},
};

impl Storing {
    /// With one request.
    pub(super) async fn whole(&self, sealing: Option<&Sealing>) -> Result<Stored, Failure> {
        let options = &self.options;
        // What the store would refuse fails here, before the work.
        let (mut headers, file) = self.headers(sealing, options.condition.precondition())?;
        let engine = sealing.map(|sealing| &sealing.engine);
        // What every attempt sends.
        let blob = match engine.is_some() || self.source.is_stream() {
            true => {
                let content = Extent {
                    bytes: options.source.bytes,
                    is_in_memory: false,
                };
                Some(encrypt_into_blob(engine, &self.source, content, self.store.desk()).await?)
            }
            false => None,
        };
        let body = match &blob {
            Some(blob) => Body::Held(blob.id()),
            None => Body::Source,
        };
        if let Checksum::Of(algorithm) = options.checksum {
            self.check(algorithm, &body, &mut headers).await?;
        }
        if let Some(file) = &file {
            file.put_before_object(&self.store).await?;
        }
        let mut stored = self.put_body(&headers, &body).await;
        // But there are buckets that take nothing without.
        if options.checksum == Checksum::Default
            && stored.as_ref().is_err_and(|failure| failure.is(answer::wants_checksum))
        {
            self.check(ChecksumAlgorithm::Crc64Nvme, &body, &mut headers).await?;
            stored = self.put_body(&headers, &body).await;
        }
        match (stored, sealing) {
            // Stored by an attempt whose answer was lost, perhaps.
            (Err(failure), Some(sealing)) if failure.is(answer::may_be_done) => {
                let claim = Claim {
                    key: &options.key,
                    envelope: &sealing.entries()?,
                    stored_bytes: self.stored_bytes()?,
                };
                self.store.confirm(&claim).await?.ok_or(failure)
            }
            (stored, _) => Ok(stored?.into()),
        }
    }

    /// A pass of its own over the body, which nobody gets unasked.
    async fn check(&self, algorithm: ChecksumAlgorithm, body: &Body, headers: &mut Headers) -> Result<(), Failure> {
        let value = digest::checksum(algorithm, body, self.stored_bytes()?, self.store.desk()).await?;
        headers.insert(algorithm.header().into(), value);
        Ok(())
    }

    /// One PutObject. Every attempt sends the same bytes.
    async fn put_body(&self, headers: &Headers, body: &Body) -> Result<Answer, Failure> {
        let total = self.stored_bytes()?;
        let request = Request {
            content_length: Some(total),
            ..Request::new(Operation::PutObject, &self.options.key, headers.clone())
        };
        let desk = self.store.desk().clone();
        let sent = Rc::new(move |done| desk.report(Phase::Upload, done, total));
        let answer = self.store.send(&request, body.clone(), Some(sent)).await?;
        self.store.desk().report(Phase::Upload, total, total);
        Ok(answer)
    }
}
