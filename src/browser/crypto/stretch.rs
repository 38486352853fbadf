//! Bytes outside of wasm that are worked on in pieces, and who gets their buffer afterwards.

use std::{cell::RefCell, rc::Rc};

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::Error;
use crate::browser::crypto::webcrypto::free;

/// A stretch of an object's bytes, which is given back with the last that holds it.
pub(crate) struct Stretch {
    pub(crate) bytes: Uint8Array,
    owner: Owner,
}

enum Owner {
    Caller,
    Page,
    Spare(Rc<Spare>),
}

impl Stretch {
    pub(crate) const fn of_the_caller(bytes: Uint8Array) -> Self {
        let owner = Owner::Caller;
        Self { bytes, owner }
    }

    pub(crate) const fn of_the_page(bytes: Uint8Array) -> Self {
        let owner = Owner::Page;
        Self { bytes, owner }
    }

    pub(crate) fn part(&self, start: u32, end: u32) -> Result<Uint8Array, Error> {
        part(&self.bytes, start, end)
    }
}

/// A buffer, which may be more than the browser has.
pub(crate) fn room(bytes: u32) -> Result<Uint8Array, Error> {
    match Room::new(bytes) {
        Ok(buffer) => Ok(buffer.unchecked_into()),
        Err(_) => Err(Error::UnsupportedBrowser("memory for so many bytes at once")),
    }
}

#[wasm_bindgen]
extern "C" {
    type Room;

    /// As in js-sys, but it may throw.
    #[wasm_bindgen(catch, constructor, js_class = "Uint8Array")]
    fn new(bytes: u32) -> Result<Room, JsValue>;
}

/// A view of bytes that may be the caller's, who may have taken them away.
pub(crate) fn part(bytes: &Uint8Array, start: u32, end: u32) -> Result<Uint8Array, Error> {
    if bytes.length() < end {
        return Err(Error::FileChanged);
    }
    Ok(bytes.subarray(start, end))
}

impl Drop for Stretch {
    fn drop(&mut self) {
        match &self.owner {
            Owner::Caller => {}
            Owner::Page => free(&self.bytes),
            Owner::Spare(spare) => spare.buffers.borrow_mut().push(Uint8Array::new(&self.bytes.buffer())),
        }
    }
}

/// Buffers of one size that are used again: fresh memory costs more than decrypting does.
pub(crate) struct Spare {
    size: u32,
    buffers: RefCell<Vec<Uint8Array>>,
}

impl Spare {
    pub(crate) fn new(size: u32) -> Rc<Self> {
        let buffers = RefCell::default();
        Rc::new(Self { size, buffers })
    }

    /// Room for up to the size of the buffers.
    pub(crate) fn take(&self, bytes: u32) -> Result<Uint8Array, Error> {
        let used = self.buffers.borrow_mut().pop();
        let buffer = match used {
            Some(buffer) => buffer,
            None => room(self.size)?,
        };
        Ok(buffer.subarray(0, bytes))
    }

    /// Bytes whose buffer is one of these, or as large.
    pub(crate) fn stretch(self: &Rc<Self>, bytes: Uint8Array) -> Stretch {
        Stretch {
            bytes,
            owner: Owner::Spare(Rc::clone(self)),
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.buffers.take().iter().for_each(free);
    }
}
