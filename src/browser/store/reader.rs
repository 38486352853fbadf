//! What reads a stream, and the steps in which it does.

use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::ReadableStream;

use crate::Error;
use crate::browser::{
    Failure,
    js::{abort::Abort, given::bytes},
};

/// Who has a stream to itself.
pub(crate) struct Reader {
    stream: StreamReader,
    /// Whether it fills buffers of ours (BYOB) or gives chunks of its own.
    pub(crate) fills_buffers: bool,
}

impl Reader {
    pub(crate) fn of_chunks(stream: &ReadableStream) -> Result<Self, Failure> {
        Self::new(stream, false)
    }

    /// What fills buffers where the stream is one of bytes, as a response's is. In Chromium 156, over loopback, 256 MiB come at 870 MiB/s
    /// so, and at 660 in chunks that are copied into place: those are fresh memory, each.
    pub(crate) fn into_buffers(stream: &ReadableStream) -> Result<Self, Failure> {
        Self::new(stream, true).or_else(|_| Self::of_chunks(stream))
    }

    fn new(stream: &ReadableStream, fills_buffers: bool) -> Result<Self, Failure> {
        let options = Object::new();
        let mode = match fills_buffers {
            true => "byob".into(),
            // Said too, whatever a page's script has put on the prototype of all objects.
            false => JsValue::UNDEFINED,
        };
        let unsupported = |cause| Failure::caused(Error::UnsupportedBrowser("readable response streams"), cause);
        Reflect::set(&options, &"mode".into(), &mode).map_err(unsupported)?;
        let stream = stream.unchecked_ref::<Stream>().reader(&options).map_err(unsupported)?;
        Ok(Self { stream, fills_buffers })
    }

    pub(crate) fn read(&self) -> Promise {
        match self.fills_buffers {
            true => self.stream.read_into(&Uint8Array::new_with_length(1)),
            false => self.stream.read(),
        }
    }

    /// Of a reader that fills buffers: its room, which goes to the browser meanwhile and comes back with the step.
    pub(crate) fn read_into(&self, room: &Uint8Array) -> Promise {
        self.stream.read_into(room)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Closes the connection of a body that was not read to its end; a no-op otherwise.
        let cancelled = JsFuture::from(self.stream.cancel());
        spawn_local(async move { drop(cancelled.await) });
    }
}

/// The bytes of one read; `None` at the end.
pub(crate) fn step_of(step: JsValue) -> Result<Option<Uint8Array>, Failure> {
    let step: Step = step.unchecked_into();
    match step.done() {
        true => Ok(None),
        false => chunk(step.value()).map(Some),
    }
}

/// The first bytes of a stream, and whether these are all. More are not waited for.
pub(crate) async fn first_bytes(
    stream: &ReadableStream,
    most: usize,
    abort: &Abort,
) -> Result<(Vec<u8>, bool), Failure> {
    let reader = Reader::of_chunks(stream)?;
    let mut bytes = Vec::new();
    loop {
        let Some(chunk) = step_of(abort.wait(reader.read()).await?.map_err(cut)?)? else {
            return Ok((bytes, true));
        };
        let room = most.saturating_sub(bytes.len());
        if chunk.length() as usize > room {
            bytes.extend(chunk.subarray(0, room as u32).to_vec());
            return Ok((bytes, false));
        }
        bytes.extend(chunk.to_vec());
    }
}

/// The bytes of a chunk, which may be of a frame's.
pub(crate) fn chunk(value: JsValue) -> Result<Uint8Array, Failure> {
    value
        .dyn_into()
        .or_else(|value| bytes(&value).ok_or_else(|| cut(value)))
}

/// A connection that broke.
pub(crate) fn cut(cause: JsValue) -> Failure {
    Failure::caused(Error::Network, cause)
}

// What web-sys types less closely: its readers are looked up by string, and its `getReader` does not fail.
#[wasm_bindgen]
extern "C" {
    type Stream;
    type StreamReader;
    pub(crate) type Step;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Stream, options: &Object) -> Result<StreamReader, JsValue>;

    #[wasm_bindgen(method)]
    fn read(this: &StreamReader) -> Promise;

    #[wasm_bindgen(method, js_name = read)]
    fn read_into(this: &StreamReader, view: &Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    fn cancel(this: &StreamReader) -> Promise;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn done(this: &Step) -> bool;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &Step) -> JsValue;
}
