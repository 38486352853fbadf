//! Throwing away what the store has of an upload in parts that nobody goes on with.

use std::rc::Rc;

use super::realm::{Held, Realm};
use crate::{
    machine::{Body, Either, Failure, race},
    s3::{
        answer::Operation,
        request::{Headers, Request},
    },
    store::Store,
};

/// How long a failed upload waits for it, in milliseconds.
const THROW_AWAY_MS: u32 = 5_000;

/// The call of that name: an upload that a call or another tab has is in use.
///
/// # Errors
/// [`Error::UploadInUse`](crate::Error::UploadInUse), or what the store refuses.
pub async fn abort_upload(store: Store, realm: Rc<Realm>, key: String, upload_id: String) -> Result<(), Failure> {
    let _held = realm.hold(&upload_id, store.desk()).await?;
    abort(&store, &key, &upload_id).await
}

/// For an upload that failed and that nobody can go on with, whose parts would only cost. The caller hears of the failure once the store has been
/// told, or after a while. One who stops does not wait: it is done afterwards, and the upload is held until then.
pub async fn throw_away(store: &Store, key: &str, upload_id: &str, held: Option<&Rc<Held>>) {
    let throwing = || {
        let (store, held) = (store.to_the_end(), held.cloned());
        let (key, upload_id) = (key.to_owned(), upload_id.to_owned());
        async move {
            let late = store.desk().clone();
            drop(race(abort(&store, &key, &upload_id), late.wait(THROW_AWAY_MS)).await);
            drop(held);
        }
    };
    if let Either::First(()) = race(store.desk().stopped(), throwing()).await {
        store.desk().afterwards(throwing());
    }
}

async fn abort(store: &Store, key: &str, upload_id: &str) -> Result<(), Failure> {
    let request = Request::of_upload(Operation::AbortMultipartUpload, key, upload_id, Headers::new());
    store.send(&request, Body::Nothing, None).await.map(drop)
}
