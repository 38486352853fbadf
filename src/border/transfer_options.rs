//! The options of how bytes travel: in parts, in ranges, going on from where an earlier page was.

use wasm_bindgen::JsValue;

use super::{checkpoint, given::answered, js_error::Failure, options::Options, properties::Properties};
use crate::{
    AlgorithmSuite, Error,
    download::Ranges,
    s3::{
        checksum::{Checksum, ChecksumAlgorithm},
        part_plan::PartPlan,
        range::PlaintextRange,
    },
    upload::{
        put::Settings,
        resume::{Resume, UNREADABLE},
    },
};

impl Options {
    /// How an upload in parts goes, and above which size there is one.
    pub(crate) fn multipart(&self) -> Result<Settings, Failure> {
        let given = Properties::optional(self.value("multipart")?, "multipart")?;
        let settings = Settings {
            threshold: given.whole_number("threshold")?.unwrap_or(Settings::THRESHOLD),
            part_bytes: given.whole_number("partSize")?.unwrap_or(PartPlan::DEFAULT_PART_BYTES),
            concurrency: concurrency(&given, Settings::CONCURRENCY)?,
        };
        given.no_others()?;
        if settings.threshold > PartPlan::MAX_SINGLE_BYTES {
            return Err(Error::misuse("multipart.threshold: S3 takes at most 5 GiB in one request").into());
        }
        // Also where no part is cut this time.
        PartPlan::check_part_bytes(settings.part_bytes)?;
        Ok(settings)
    }

    /// What the store is to check.
    pub(crate) fn checksum(&self) -> Result<Checksum, Failure> {
        let Some(name) = self.string("checksum")? else {
            return Ok(Checksum::Default);
        };
        match ChecksumAlgorithm::from_name(&name) {
            Some(algorithm) => Ok(Checksum::Of(algorithm)),
            None if name == "none" => Ok(Checksum::None),
            None => Err(Error::misuse("checksum must be \"SHA256\", \"CRC64NVME\" or \"none\"").into()),
        }
    }

    /// How a large object is asked for.
    pub(crate) fn ranges(&self) -> Result<Ranges, Failure> {
        let given = Properties::optional(self.value("ranges")?, "ranges")?;
        let ranges = Ranges {
            range_bytes: given.whole_number("rangeSize")?.unwrap_or(Ranges::RANGE_BYTES),
            concurrency: concurrency(&given, Ranges::CONCURRENCY)?,
        };
        given.no_others()?;
        if !Ranges::RANGE_SIZES.contains(&ranges.range_bytes)
            || !ranges.range_bytes.is_multiple_of(AlgorithmSuite::BLOCK_BYTES)
        {
            return Err(Error::misuse("ranges.rangeSize must be a multiple of 16 from 1 MiB to 64 MiB").into());
        }
        Ok(ranges)
    }

    /// The part of the content that is wanted.
    pub(crate) fn range(&self) -> Result<PlaintextRange, Failure> {
        let given = Properties::optional(self.value("range")?, "range")?;
        let number = |name| given.whole_number(name);
        let bounds = (number("start")?, number("end")?, number("suffix")?);
        given.no_others()?;
        match bounds {
            (Some(start), end, None) => Ok(PlaintextRange::From(start, end)),
            (None, None, Some(bytes)) => Ok(PlaintextRange::Suffix(bytes)),
            _ => Err(Error::misuse("range must be { start, end? } or { suffix }").into()),
        }
    }

    /// The key and id of the upload that nobody goes on with: of any version's checkpoint.
    pub(crate) fn upload_to_abort(&self) -> Result<(String, String), Failure> {
        let given = Properties::parse(self.value("resume")?, "resume")?;
        match (given.string("key")?, given.string("uploadId")?) {
            (Some(key), Some(upload_id)) => Ok((key, upload_id)),
            _ => Err(Error::misuse("resume is not the checkpoint of an upload").into()),
        }
    }

    /// The upload to go on with, and where its checkpoints go.
    pub(crate) fn checkpoints(&self) -> Result<Checkpoints, Failure> {
        let (given, store) = (self.value("resume")?, self.value("checkpoints")?);
        let keep = self.function("onCheckpoint")?;
        if !store.is_undefined() {
            if !given.is_undefined() || keep.is_some() {
                return Err(Error::misuse("checkpoints does what resume and onCheckpoint do: give it alone").into());
            }
            let method = |name| match answered(&store, name) {
                method if method.is_function() => Ok(method),
                _ => Err(Error::misuse("checkpoints must have the methods load, save and remove")),
            };
            return Ok(Checkpoints {
                resume: Resume::Kept,
                keeps: true,
                given: vec![
                    ("load", method("load")?),
                    ("keep", method("save")?),
                    ("forget", method("remove")?),
                    ("checkpoints", store),
                ],
            });
        }
        let resume = match given.is_function() {
            _ if given.is_undefined() => Resume::Nothing,
            true => Resume::Ask,
            false => Resume::From(Box::new(
                checkpoint::parse(given.clone()).ok_or_else(|| Error::misuse(UNREADABLE))?,
            )),
        };
        if resume != Resume::Nothing && keep.is_none() {
            // A part that leaves unrecorded could leave again as something else.
            return Err(Error::misuse(
                "resume needs onCheckpoint, since what is sent from now on has to be recorded too",
            )
            .into());
        }
        Ok(Checkpoints {
            resume,
            keeps: keep.is_some(),
            given: vec![("load", given), ("keep", keep.map(Into::into).unwrap_or_default())],
        })
    }
}

/// Where an upload's checkpoints come from and go.
pub(crate) struct Checkpoints {
    pub(crate) resume: Resume,
    pub(crate) keeps: bool,
    /// What the shell calls.
    pub(crate) given: Vec<(&'static str, JsValue)>,
}

/// How many requests are under way at once.
fn concurrency(given: &Properties, otherwise: usize) -> Result<usize, Failure> {
    match given.whole_number("concurrency")? {
        None => Ok(otherwise),
        Some(number @ 1..=16) => Ok(number as usize),
        Some(_) => Err(Error::misuse("concurrency must be from 1 to 16").into()),
    }
}
