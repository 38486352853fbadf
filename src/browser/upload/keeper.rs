//! Where an upload's checkpoints go.

use std::cell::{Cell, RefCell};

use js_sys::Promise;
use wasm_bindgen::JsValue;

use crate::Error;
use crate::browser::{
    Failure,
    js::{abort::Abort, callback::Callback},
};

/// The caller's callback. It is called once its last call has ended: side by side, an older checkpoint could replace a newer one, and
/// what a part was sealed as would be forgotten after the part has left.
pub(crate) struct Keeper {
    callback: Callback,
    /// Ends with the last call.
    before: RefCell<Promise>,
    kept: Cell<bool>,
}

impl Keeper {
    pub(crate) fn new(callback: Callback) -> Self {
        let before = RefCell::new(Promise::resolve(&JsValue::UNDEFINED));
        let kept = Cell::new(false);
        Self { callback, before, kept }
    }

    /// Whether the caller has a checkpoint to go on from.
    pub(crate) fn has_kept(&self) -> bool {
        self.kept.get()
    }

    /// For another upload, which waits for no call of the one before: those that were stopped half-way never end here.
    pub(crate) fn begin_anew(&self) {
        drop(self.before.replace(Promise::resolve(&JsValue::UNDEFINED)));
        self.kept.set(false);
    }

    /// Hands over the checkpoint as it is when its turn comes, and waits until it is kept.
    pub(crate) async fn keep(
        &self,
        checkpoint: impl FnOnce() -> Result<JsValue, Failure>,
        abort: &Abort,
    ) -> Result<(), Failure> {
        let mut end = None;
        let ended = Promise::new(&mut |resolve, _| end = Some(resolve));
        let before = self.before.replace(ended);
        // Fulfilled, or never: a call that fails ends the upload.
        let _ = abort.wait(before).await?;
        let failed = |cause| Failure::caused(Error::CheckpointFailed, cause);
        let kept = self.callback.call(&checkpoint()?).map_err(failed)?;
        // The caller may have kept it, also if the work stops before we hear of it.
        let had_kept = self.kept.replace(true);
        if let Err(cause) = abort.wait(Promise::resolve(&kept)).await? {
            self.kept.set(had_kept);
            return Err(failed(cause));
        }
        if let Some(end) = end {
            end.call0(&JsValue::UNDEFINED).map_err(failed)?;
        }
        Ok(())
    }
}
