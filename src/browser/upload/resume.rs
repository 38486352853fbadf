//! The upload that a call goes on with, and the lock that keeps other calls and tabs from it.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

use crate::browser::{
    Failure,
    js::{
        abort::Abort,
        callback::Callback,
        lock::{Asked, Lock},
        summary::to_js,
    },
    upload::{checkpoint, keeper::Keeper},
};
use crate::checkpoint::{Age, Checkpoint};
use crate::{Error, border::realm};

/// Where the checkpoint to go on from comes from.
pub(crate) enum Resume {
    Nothing,
    /// The caller has it at hand.
    From(Checkpoint),
    /// The caller reads it when asked.
    Ask(Function),
    /// The store that has every checkpoint before its part leaves.
    Kept(Checkpoints),
}

/// A store of checkpoints, the package's or the caller's.
pub(crate) struct Checkpoints {
    load: Callback,
    save: Callback,
    remove: Callback,
}

impl Checkpoints {
    pub(crate) fn new(store: &JsValue) -> Result<Self, Failure> {
        let method = |name| {
            Callback::method(store, name)
                .ok_or_else(|| Error::misuse("checkpoints must have the methods load, save and remove"))
        };
        Ok(Self {
            load: method("load")?,
            save: method("save")?,
            remove: method("remove")?,
        })
    }

    pub(crate) fn keeper(&self) -> Keeper {
        Keeper::new(self.save.clone())
    }

    /// The upload is over. What is left there does no harm: the store has forgotten the upload.
    pub(crate) async fn remove(&self, checkpoint: &Checkpoint, abort: &Abort) -> Result<(), Failure> {
        let removed = self.remove.call(&to_js(checkpoint)?).map_err(failed)?;
        abort.wait(Promise::resolve(&removed)).await?.map_err(failed).map(drop)
    }
}

/// An upload to go on with, which nobody else goes on with meanwhile.
pub(crate) struct Resumable {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) age: Age,
    pub(crate) held: Held,
}

impl Resume {
    /// What there is to go on with, if anything. What the caller reads is read once more under the lock: another tab may have gone on, or
    /// have begun another upload.
    pub(crate) async fn find(&mut self, key: &str, abort: &Abort) -> Result<Option<Resumable>, Failure> {
        let age = match self {
            Self::Nothing => return Ok(None),
            Self::From(_) => {
                let Self::From(checkpoint) = std::mem::replace(self, Self::Nothing) else {
                    return Ok(None);
                };
                let held = hold(&checkpoint.upload_id, abort).await?;
                let age = Age::Unknown;
                return Ok(Some(Resumable { checkpoint, age, held }));
            }
            Self::Ask(_) => Age::Unknown,
            Self::Kept(_) => Age::Newest,
        };
        let mut last: Option<Held> = None;
        for _ in 0..READINGS {
            let Some(checkpoint) = self.read(key, abort).await? else {
                return Ok(None);
            };
            match last {
                Some(held) if held.upload_id == checkpoint.upload_id => {
                    return Ok(Some(Resumable { checkpoint, age, held }));
                }
                // Let go before the next is asked for.
                other => drop(other),
            }
            last = Some(hold(&checkpoint.upload_id, abort).await?);
        }
        Err(Error::UploadInUse.into())
    }

    async fn read(&self, key: &str, abort: &Abort) -> Result<Option<Checkpoint>, Failure> {
        let given = match self {
            Self::Ask(read) => read.call1(&JsValue::UNDEFINED, &key.into()),
            Self::Kept(store) => store.load.call(&key.into()),
            Self::Nothing | Self::From(_) => return Ok(None),
        };
        let given = abort
            .wait(Promise::resolve(&given.map_err(failed)?))
            .await?
            .map_err(failed)?;
        if given.is_undefined() || given.is_null() {
            return Ok(None);
        }
        match (checkpoint::parse(given), self) {
            // Of a later version, or of something else: what is begun anew takes its place.
            (None, Self::Kept(_)) => Ok(None),
            (None, _) => Err(Error::misuse(checkpoint::UNREADABLE).into()),
            // That upload is none of this call's.
            (Some(checkpoint), _) if checkpoint.key != key => {
                Err(Error::misuse("the checkpoint that was loaded belongs to another key").into())
            }
            (checkpoint, _) => Ok(checkpoint),
        }
    }
}

/// An upload that one call has to itself, until this is dropped: in this realm, and in the origin where the platform has locks.
pub(crate) struct Held {
    upload_id: String,
    lock: Option<Lock>,
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.lock.take());
        realm().let_go(&self.upload_id);
    }
}

/// The upload, unless another call has it.
pub(crate) async fn hold(upload_id: &str, abort: &Abort) -> Result<Held, Failure> {
    if !realm().take(upload_id) {
        return Err(Error::UploadInUse.into());
    }
    let mut held = Held {
        upload_id: upload_id.to_owned(),
        lock: None,
    };
    // Not raced against the signal: asking does not wait, and what came after all would be held by nobody, for as long as the page lives.
    let asked = Lock::try_take(&format!("presealed upload {upload_id}")).await;
    abort.check()?;
    match asked {
        Asked::Held(lock) => held.lock = Some(lock),
        Asked::Taken => return Err(Error::UploadInUse.into()),
        Asked::NoLocks => {}
    }
    Ok(held)
}

fn failed(cause: JsValue) -> Failure {
    Failure::caused(Error::CheckpointFailed, cause)
}

/// How often the caller's checkpoint is read before another tab must be at it all the time.
const READINGS: usize = 3;
