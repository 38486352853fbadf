//! The options of how bytes travel: in parts, in ranges, going on from where an earlier page was.

use serde::Deserialize;

use super::{
    Failure,
    multipart::Settings,
    options::{Options, given, optional_function},
    ranges::Ranges,
};
use crate::{
    Error,
    content::BLOCK_BYTES,
    transfer::{checkpoint::Checkpoint, part_plan::PartPlan},
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MultipartOptions {
    threshold: Option<u64>,
    part_size: Option<u64>,
    concurrency: Option<usize>,
    checksums: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangesOptions {
    range_size: Option<u64>,
    concurrency: Option<usize>,
}

impl Options {
    /// How an upload in parts goes, and above which size there is one.
    pub(super) fn multipart(&self) -> Result<Settings, Failure> {
        let given: MultipartOptions = given(self.multipart.clone())?;
        let concurrency = given.concurrency.unwrap_or(Settings::CONCURRENCY);
        if !(1..=16).contains(&concurrency) {
            return Err(Error::Misuse("multipart.concurrency: from 1 to 16".into()).into());
        }
        Ok(Settings {
            threshold: given.threshold.unwrap_or(Settings::THRESHOLD),
            part_bytes: given.part_size.unwrap_or(PartPlan::DEFAULT_PART_BYTES),
            concurrency,
            checksums: given.checksums.unwrap_or(true),
            on_checkpoint: optional_function(&self.on_checkpoint, "onCheckpoint is no function")?,
        })
    }

    /// How a large object is asked for.
    pub(super) fn ranges(&self) -> Result<Ranges, Failure> {
        let given: RangesOptions = given(self.ranges.clone())?;
        let ranges = Ranges {
            range_bytes: given.range_size.unwrap_or(Ranges::RANGE_BYTES),
            concurrency: given.concurrency.unwrap_or(Ranges::CONCURRENCY),
        };
        if !(1..=16).contains(&ranges.concurrency) {
            return Err(Error::Misuse("ranges.concurrency: from 1 to 16".into()).into());
        }
        if !Ranges::RANGE_SIZES.contains(&ranges.range_bytes) || !ranges.range_bytes.is_multiple_of(BLOCK_BYTES) {
            return Err(Error::Misuse("ranges.rangeSize: a multiple of 16 from 1 MiB to 64 MiB".into()).into());
        }
        Ok(ranges)
    }

    /// The upload to go on with.
    pub(super) fn resume(&self) -> Result<Option<Checkpoint>, Failure> {
        if self.resume.is_undefined() || self.resume.is_null() {
            return Ok(None);
        }
        serde_wasm_bindgen::from_value(self.resume.clone())
            .map(Some)
            .map_err(|_| Error::Misuse("resume is no checkpoint of this version".into()).into())
    }
}
