//! The upload that a call goes on with.

use std::rc::Rc;

use super::realm::{Held, Realm};
use crate::{
    Error,
    checkpoint::{Age, Checkpoint},
    machine::{Answer, Desk, Failure, Loaded, Step},
};

/// What is said of something else.
pub const UNREADABLE: &str = "resume is not a checkpoint that this version can read";

/// How often the caller's checkpoint is read before another tab must be at it all the time.
const READINGS: usize = 3;

/// Where the checkpoint to go on from comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resume {
    /// There is none.
    Nothing,
    /// The caller has it at hand.
    From(Box<Checkpoint>),
    /// The caller reads it when asked.
    Ask,
    /// The store that has every checkpoint before its part leaves.
    Kept,
}

/// An upload to go on with, which nobody else goes on with meanwhile.
pub(super) struct Resumable {
    pub(super) checkpoint: Checkpoint,
    pub(super) age: Age,
    pub(super) held: Held,
}

impl Resume {
    /// What there is to go on with, if anything. What the caller reads is read once more under the lock: another tab may have gone on, or
    /// have begun another upload.
    pub(super) async fn find(&self, key: &str, realm: &Rc<Realm>, desk: &Desk) -> Result<Option<Resumable>, Failure> {
        let age = match self {
            Self::Nothing => return Ok(None),
            Self::From(checkpoint) => {
                let held = realm.hold(&checkpoint.upload_id, desk).await?;
                return Ok(Some(Resumable {
                    checkpoint: Checkpoint::clone(checkpoint),
                    age: Age::Unknown,
                    held,
                }));
            }
            Self::Ask => Age::Unknown,
            Self::Kept => Age::Newest,
        };
        let mut last: Option<Held> = None;
        for _ in 0..READINGS {
            let Some(checkpoint) = self.read(key, desk).await? else {
                return Ok(None);
            };
            match last {
                Some(held) if held.upload_id() == checkpoint.upload_id => {
                    return Ok(Some(Resumable { checkpoint, age, held }));
                }
                // Let go before the next is asked for.
                other => drop(other),
            }
            last = Some(realm.hold(&checkpoint.upload_id, desk).await?);
        }
        Err(Error::UploadInUse.into())
    }

    async fn read(&self, key: &str, desk: &Desk) -> Result<Option<Checkpoint>, Failure> {
        match desk.ask(Step::Load { key: key.into() }).await?.0 {
            Answer::Loaded(Loaded::Nothing) => Ok(None),
            // Of a later version, or of something else: what is begun anew takes its place.
            Answer::Loaded(Loaded::Unreadable) if *self == Self::Kept => Ok(None),
            Answer::Loaded(Loaded::Unreadable) => Err(Error::misuse(UNREADABLE).into()),
            // That upload is none of this call's.
            Answer::Loaded(Loaded::Checkpoint(checkpoint)) if checkpoint.key != key => {
                Err(Error::misuse("the checkpoint that was loaded belongs to another key").into())
            }
            Answer::Loaded(Loaded::Checkpoint(checkpoint)) => Ok(Some(*checkpoint)),
            Answer::Failed(cause) => Err(Failure::caused(Error::CheckpointFailed, cause)),
            _ => Err(Error::Unreachable("an answer to something else").into()),
        }
    }
}

/// Has the caller forget an upload that is over. What is left there does no harm: the store has forgotten the upload.
pub(super) async fn forget(checkpoint: &Checkpoint, desk: &Desk) -> Result<(), Failure> {
    match desk.ask(Step::Forget(Box::new(checkpoint.clone()))).await?.0 {
        Answer::Failed(cause) => Err(Failure::caused(Error::CheckpointFailed, cause)),
        _ => Ok(()),
    }
}
