//! Content on its way to a Blob, in a file of the origin's private file system, so that memory does not limit it.
//!
//! A file is there for as long as the page or worker that wrote it: a Web Lock of the file's name says that it lives, and whoever
//! comes next removes the files that nobody holds.

use std::cell::RefCell;

use js_sys::{Array, AsyncIterator, Function, Object, Promise, Reflect};
use litemap::LiteMap;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
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
    /// What ends the locks of this page's files.
    static HELD: RefCell<LiteMap<String, Function>> = RefCell::default();
}

/// A file that nobody else knows of.
pub(crate) struct Spool {
    handle: FileSystemFileHandle,
    name: String,
}

impl Spool {
    /// `None` where the browser has no private file system that can be written so, or none for this page.
    pub(crate) async fn create() -> Option<Self> {
        Self::try_create().await.ok()
    }

    async fn try_create() -> Result<Self, JsValue> {
        let directory = directory(true).await?;
        sweep(&directory).await?;
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

#[wasm_bindgen]
extern "C" {
    /// Web Locks, which web-sys counts among the unstable.
    type Locks;

    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, options: &Object, callback: &JsValue) -> Promise;
}

/// A part of the page's or worker's `navigator`, if it has it.
fn navigators<T: JsCast>(part: &str) -> Result<T, JsValue> {
    let part = of_navigator(part);
    part.is_object()
        .then(|| part.unchecked_into())
        .ok_or(JsValue::UNDEFINED)
}

fn locks() -> Result<Locks, JsValue> {
    navigators("locks")
}

async fn directory(create: bool) -> Result<FileSystemDirectoryHandle, JsValue> {
    let root = JsFuture::from(navigators::<StorageManager>("storage")?.get_directory()).await?;
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    let root: FileSystemDirectoryHandle = root.dyn_into()?;
    let directory = JsFuture::from(root.get_directory_handle_with_options(DIRECTORY, &options)).await?;
    directory.dyn_into()
}

/// Takes the lock of a file that is to be, until it is removed or the page goes.
async fn hold(name: &str) -> Result<(), JsValue> {
    let (mut end, mut granted) = (None, None);
    let held = Promise::new(&mut |resolve, _| end = Some(resolve));
    let ready = Promise::new(&mut |resolve, _| granted = Some(resolve));
    let callback = Closure::once_into_js(move || {
        if let Some(granted) = granted {
            let _ = granted.call0(&JsValue::UNDEFINED);
        }
        held
    });
    // The request ends with the lock, or at once if it is refused.
    let request = locks()?.request(name, &Object::new(), &callback);
    JsFuture::from(Promise::race(&Array::of2(&ready, &request))).await?;
    if let Some(end) = end {
        HELD.with_borrow_mut(|all| all.insert(name.to_owned(), end));
    }
    Ok(())
}

async fn remove(name: &str) -> Result<(), JsValue> {
    JsFuture::from(directory(false).await?.remove_entry(name)).await?;
    let_go(name);
    Ok(())
}

/// Ends the lock of a file; whoever comes next removes the file, should it be there.
fn let_go(name: &str) {
    if let Some(end) = HELD.with_borrow_mut(|all| all.remove(name)) {
        // What resolves a promise does not throw.
        let _ = end.call0(&JsValue::UNDEFINED);
    }
}

/// Removes the files whose pages have gone.
async fn sweep(directory: &FileSystemDirectoryHandle) -> Result<(), JsValue> {
    let (names, locks, options) = (directory.keys(), locks()?, Object::new());
    Reflect::set(&options, &"ifAvailable".into(), &true.into())?;
    while let Some(name) = next(&names).await? {
        let (directory, entry) = (directory.clone(), name.clone());
        let callback = Closure::once_into_js(move |lock: JsValue| match lock.is_null() {
            true => JsValue::UNDEFINED,
            false => directory.remove_entry(&entry).into(),
        });
        // A file that cannot be removed now is tried again another time.
        let _ = JsFuture::from(locks.request(&name, &options, &callback)).await;
    }
    Ok(())
}

async fn next(names: &AsyncIterator) -> Result<Option<String>, JsValue> {
    let step = JsFuture::from(names.next()?).await?;
    Ok(property(&step, "value").as_string())
}
