//! Content on its way to a Blob, in a file of the origin's private file system, so that memory does not limit it.
//!
//! A file is there for as long as the page or worker that wrote it: a Web Lock of the file's name says that it lives, and whoever
//! comes next removes the files that nobody holds.

use std::cell::RefCell;

use js_sys::{AsyncIterator, Promise};
use litemap::LiteMap;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, Crypto, File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemWritableFileStream, ReadableStream, StorageManager, TransformStream,
};

use crate::Error;
use crate::browser::{
    Failure,
    js::{
        given::{has_method, is_file},
        lock::{Asked, Lock},
        reflect::{of_navigator, property},
    },
    promise,
};

/// Bytes of content above which a Blob is a file on disk, where that can be had.
pub(crate) const SPOOL_BYTES: u64 = 64 << 20;
/// Stored bytes above which it has to be: elsewhere the browser would hold it in memory.
pub(crate) const MEMORY_BYTES: u64 = 1 << 30;

const DIRECTORY: &str = "presealed";
const PREFIX: &str = "presealed-";

thread_local! {
    /// The locks of this page's files.
    static HELD: RefCell<LiteMap<String, Lock>> = RefCell::default();
}

/// A file that nobody else knows of.
pub(crate) struct Spool {
    handle: FileSystemFileHandle,
    name: String,
}

impl Spool {
    /// For that many bytes. `None` where the browser has no private file system that can be written so, none for this page, or no room in it.
    pub(crate) async fn create(bytes: u64) -> Option<Self> {
        Self::try_create(bytes).await.ok()
    }

    async fn try_create(bytes: u64) -> Result<Self, JsValue> {
        let directory = directory(true).await?;
        sweep(&directory).await?;
        if !has_room(bytes).await? {
            return Err(JsValue::UNDEFINED);
        }
        let crypto: Crypto = property(&js_sys::global(), "crypto").unchecked_into();
        let name = format!("{PREFIX}{}", crypto.random_uuid());
        hold(&name).await?;
        let handle = Self::handle(&directory, &name).await;
        if handle.is_err() {
            let_go(&name);
        }
        Ok(Self { handle: handle?, name })
    }

    async fn handle(directory: &FileSystemDirectoryHandle, name: &str) -> Result<FileSystemFileHandle, JsValue> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let handle = JsFuture::from(directory.get_file_handle_with_options(name, &options)).await?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        // Older Safari has the handle and not the method.
        match has_method(&handle, "createWritable") {
            true => Ok(handle),
            false => Err(JsValue::UNDEFINED),
        }
    }

    /// Shows nothing of what is written before it is closed.
    pub(crate) async fn writable(&self) -> Result<FileSystemWritableFileStream, Failure> {
        let failed = |cause| Failure::caused(Error::WriteFailed, cause);
        let stream = JsFuture::from(self.handle.create_writable()).await.map_err(failed)?;
        Ok(stream.unchecked_into())
    }

    pub(crate) async fn into_blob(self) -> Result<Blob, Failure> {
        match JsFuture::from(self.handle.get_file()).await {
            Ok(file) => Ok(file.unchecked_into()),
            Err(cause) => {
                self.discard().await;
                Err(Failure::caused(Error::WriteFailed, cause))
            }
        }
    }

    pub(crate) async fn discard(self) {
        if remove(&self.name).await.is_err() {
            let_go(&self.name);
        }
    }
}

/// Removes the file behind a Blob that `blob()` has given, if there is one; without a Blob, the files of pages that have gone.
#[wasm_bindgen(js_name = releaseBlob, unchecked_return_type = "Promise<void>")]
pub fn release_blob(#[wasm_bindgen(unchecked_optional_param_type = "Blob")] blob: JsValue) -> Promise {
    let name = file_name(&blob);
    promise(async move {
        let failed = |cause| Failure::caused(Error::WriteFailed, cause);
        if blob.is_undefined() {
            // Where there is no such directory, there are no files.
            if let Ok(directory) = directory(false).await {
                sweep(&directory).await.map_err(failed)?;
            }
        } else if let Some(name) = name {
            remove(&name).await.map_err(failed)?;
        }
        Ok(JsValue::UNDEFINED)
    })
}

/// The name of the file behind a Blob of ours, if there is one.
fn file_name(blob: &JsValue) -> Option<String> {
    let name = is_file(blob).then(|| blob.unchecked_ref::<File>().name())?;
    name.starts_with(PREFIX).then_some(name)
}

/// What is in a Blob, whose file goes once it is read or no longer wanted: nobody has it to release it.
pub(crate) fn stream(blob: &Blob) -> Result<ReadableStream, Failure> {
    let Some(name) = file_name(blob) else {
        return Ok(blob.stream());
    };
    let pipe =
        TransformStream::new().map_err(|cause| Failure::caused(Error::UnsupportedBrowser("TransformStream"), cause))?;
    let piped = blob.stream().pipe_to(&pipe.writable());
    spawn_local(async move {
        // Either way it is over; and a file that stays is for whoever comes next.
        let _ = JsFuture::from(piped).await;
        let _ = remove(&name).await;
    });
    Ok(pipe.readable())
}

fn storage() -> Result<StorageManager, JsValue> {
    let storage = of_navigator("storage");
    match storage.is_object() {
        true => Ok(storage.unchecked_into()),
        false => Err(JsValue::UNDEFINED),
    }
}

/// Whether the origin may store so much more, as far as the browser tells.
async fn has_room(bytes: u64) -> Result<bool, JsValue> {
    let storage = storage()?;
    if !has_method(&storage, "estimate") {
        return Ok(true);
    }
    let estimate = JsFuture::from(storage.estimate()?).await?;
    let number = |name| property(&estimate, name).as_f64();
    Ok(match (number("quota"), number("usage")) {
        (Some(quota), Some(usage)) => quota - usage >= bytes as f64,
        _ => true,
    })
}

async fn directory(create: bool) -> Result<FileSystemDirectoryHandle, JsValue> {
    let root = JsFuture::from(storage()?.get_directory()).await?;
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    let root: FileSystemDirectoryHandle = root.dyn_into()?;
    let directory = JsFuture::from(root.get_directory_handle_with_options(DIRECTORY, &options)).await?;
    directory.dyn_into()
}

/// Takes the lock of a file that is to be, until it is removed or the page goes.
async fn hold(name: &str) -> Result<(), JsValue> {
    let lock = Lock::take(name).await.ok_or(JsValue::UNDEFINED)?;
    HELD.with_borrow_mut(|all| all.insert(name.to_owned(), lock));
    Ok(())
}

async fn remove(name: &str) -> Result<(), JsValue> {
    JsFuture::from(directory(false).await?.remove_entry(name)).await?;
    let_go(name);
    Ok(())
}

/// Ends the lock of a file; whoever comes next removes the file, should it be there.
fn let_go(name: &str) {
    drop(HELD.with_borrow_mut(|all| all.remove(name)));
}

/// Removes the files whose pages have gone.
async fn sweep(directory: &FileSystemDirectoryHandle) -> Result<(), JsValue> {
    let names = directory.keys();
    while let Some(name) = next(&names).await? {
        match Lock::try_take(&name).await {
            // A file that cannot be removed now is tried again another time.
            Asked::Held(_lock) => drop(JsFuture::from(directory.remove_entry(&name)).await),
            Asked::Taken => {}
            Asked::NoLocks => return Err(JsValue::UNDEFINED),
        }
    }
    Ok(())
}

async fn next(names: &AsyncIterator) -> Result<Option<String>, JsValue> {
    let step = JsFuture::from(names.next()?).await?;
    Ok(property(&step, "value").as_string())
}
