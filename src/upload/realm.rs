//! What all calls of a realm share, and the upload that a call has to itself.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::{
    Error,
    checkpoint::ledger::Ledger,
    content::EngineKind,
    machine::{Answer, Desk, Failure, Hold, Step},
};

/// One for all calls of a page or worker.
#[derive(Default)]
pub struct Realm {
    /// What has been encrypted.
    pub ledger: RefCell<Ledger>,
    /// The engine that was found.
    pub engine: Cell<Option<EngineKind>>,
    /// Bytes of the parts that are under way.
    pub(super) part_bytes: Cell<u64>,
    /// The uploads that calls are at.
    held: RefCell<Vec<String>>,
}

/// An upload that one call has to itself until this is dropped: in this realm, and in the origin where the platform has locks.
pub struct Held {
    upload_id: String,
    realm: Rc<Realm>,
    lock: Option<Hold>,
}

impl Held {
    /// The upload's id.
    pub fn upload_id(&self) -> &str {
        &self.upload_id
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.lock.take());
        self.realm.let_go(&self.upload_id);
    }
}

impl Realm {
    /// Enters that a call is at this upload; false if another one is.
    pub fn take(&self, upload_id: &str) -> bool {
        let mut held = self.held.borrow_mut();
        let is_free = !held.iter().any(|id| id == upload_id);
        if is_free {
            held.push(upload_id.to_owned());
        }
        is_free
    }

    /// Enters that the call has ended.
    pub fn let_go(&self, upload_id: &str) {
        self.held.borrow_mut().retain(|id| id != upload_id);
    }

    /// The upload, unless another call has it.
    ///
    /// # Errors
    /// [`Error::UploadInUse`].
    pub async fn hold(self: &Rc<Self>, upload_id: &str, desk: &Desk) -> Result<Held, Failure> {
        if !self.take(upload_id) {
            return Err(Error::UploadInUse.into());
        }
        let mut held = Held {
            upload_id: upload_id.to_owned(),
            realm: Rc::clone(self),
            lock: None,
        };
        let name = format!("presealed upload {upload_id}");
        match desk.ask(Step::Lock { name }).await? {
            (Answer::Held, lock) => held.lock = lock,
            (Answer::Refused, _) => return Err(Error::UploadInUse.into()),
            _ => {}
        }
        Ok(held)
    }
}
