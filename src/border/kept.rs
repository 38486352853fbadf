//! What belongs to callers and outlasts a call: their keys, key services and keyrings.

use std::cell::RefCell;

use litemap::LiteMap;
use wasm_bindgen::JsValue;

use crate::machine::Kept;

thread_local! {
    static KEPT: RefCell<(u32, LiteMap<u32, JsValue>)> = const { RefCell::new((0, LiteMap::new())) };
}

/// Keeps it until nobody needs it any more.
pub(crate) fn keep(value: JsValue) -> Kept {
    let number = KEPT.with_borrow_mut(|(last, all)| {
        *last = last.wrapping_add(1);
        all.insert(*last, value);
        *last
    });
    Kept::new(number, |number| {
        drop(KEPT.with_borrow_mut(|(_, all)| all.remove(&number)));
    })
}

/// Keeps something else in its place.
pub(super) fn replace(kept: &Kept, value: JsValue) {
    KEPT.with_borrow_mut(|(_, all)| all.insert(kept.number(), value));
}

/// What is kept.
pub(super) fn kept(kept: &Kept) -> JsValue {
    KEPT.with_borrow(|(_, all)| all.get(&kept.number()).cloned().unwrap_or_default())
}
