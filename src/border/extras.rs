//! The second module: primitives that WebCrypto lacks. The shell instantiates it; keys are copied into it here, and wiped on both sides.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::machine::Primitive;

#[wasm_bindgen]
extern "C" {
    /// The module's exports; see `extras/src/abi.rs`.
    #[derive(Clone)]
    pub(super) type Extras;

    #[wasm_bindgen(method)]
    fn room(this: &Extras, bytes: u32) -> u32;

    #[wasm_bindgen(method)]
    fn run(this: &Extras, operation: u32, first: u32, second: u32) -> i32;

    #[wasm_bindgen(method)]
    fn output(this: &Extras) -> u32;

    #[wasm_bindgen(method)]
    fn wipe(this: &Extras);

    #[wasm_bindgen(method, getter)]
    fn memory(this: &Extras) -> JsValue;

    type Memory;

    #[wasm_bindgen(method, getter)]
    fn buffer(this: &Memory) -> JsValue;
}

thread_local! {
    static EXTRAS: RefCell<Option<Extras>> = const { RefCell::new(None) };
}

/// Takes the module's exports, once it is there.
#[wasm_bindgen(js_name = takeExtras, skip_typescript)]
pub fn take_extras(exports: JsValue) {
    EXTRAS.replace(Some(exports.unchecked_into()));
}

pub(super) fn extras() -> Option<Extras> {
    EXTRAS.with_borrow(Clone::clone)
}

const NO_MEMORY: i32 = -2;

impl Extras {
    /// The output; `None` if the operation says no, and an error if there is no memory for it.
    pub(super) fn run_here(
        &self,
        primitive: Primitive,
        key: &[u8],
        with: &[u8],
        data: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, ()> {
        let data = Data::Here(data);
        self.with_output(primitive, key, with, &data, |output| Zeroizing::new(output.to_vec()))
    }

    /// The same of bytes outside of this module, and to them.
    pub(super) fn run_outside(
        &self,
        primitive: Primitive,
        key: &[u8],
        with: &[u8],
        data: &Uint8Array,
    ) -> Result<Uint8Array, ()> {
        let made = self.with_output(primitive, key, with, &Data::Outside(data), |output| {
            output.slice(0, output.length())
        });
        made?.ok_or(())
    }

    fn with_output<T>(
        &self,
        primitive: Primitive,
        key: &[u8],
        with: &[u8],
        data: &Data<'_>,
        take: impl FnOnce(&Uint8Array) -> T,
    ) -> Result<Option<T>, ()> {
        let length = |bytes: usize| u32::try_from(bytes).map_err(drop);
        let (first, second) = (length(key.len())?, length(with.len())?);
        let fields = first.saturating_add(second);
        let all = fields.checked_add(data.length()?).ok_or(())?;
        let at = self.room(all);
        if at == 0 && all > 0 {
            return Err(());
        }
        let room = self.view(at, all);
        room.subarray(0, first).copy_from(key);
        room.subarray(first, fields).copy_from(with);
        match data {
            Data::Here(bytes) => room.subarray(fields, all).copy_from(bytes),
            Data::Outside(bytes) => room.set(bytes, fields),
        }
        let made = match self.run(primitive as u32, first, second) {
            NO_MEMORY => Err(()),
            bytes => Ok(u32::try_from(bytes)
                .ok()
                .map(|bytes| take(&self.view(self.output(), bytes)))),
        };
        self.wipe();
        made
    }

    /// Memory moves when it grows.
    fn view(&self, at: u32, bytes: u32) -> Uint8Array {
        let buffer = self.memory().unchecked_ref::<Memory>().buffer();
        Uint8Array::new_with_byte_offset_and_length(&buffer, at, bytes)
    }
}

enum Data<'a> {
    Here(&'a [u8]),
    Outside(&'a Uint8Array),
}

impl Data<'_> {
    fn length(&self) -> Result<u32, ()> {
        match self {
            Self::Here(bytes) => u32::try_from(bytes.len()).map_err(drop),
            Self::Outside(bytes) => Ok(bytes.length()),
        }
    }
}
