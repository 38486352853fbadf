//! Objects that the caller hands in, read property by property.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Reflect, try_iter};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use super::{
    given::{bytes, given, text},
    js_error::Failure,
};
use crate::{
    Error,
    encryption_context::{PROTOTYPE, StringMap},
};

/// An object of the caller's. A property that is undefined or null is as good as absent.
pub(crate) struct Properties {
    object: JsValue,
    /// The names that were asked for.
    known: RefCell<Vec<&'static str>>,
}

impl Properties {
    /// `what` names the object in the error.
    pub(crate) fn parse(object: JsValue, what: &str) -> Result<Self, Failure> {
        match object.is_object() {
            true => Ok(Self::of(object)),
            false => Err(Error::misuse(format!("{what} is not an object")).into()),
        }
    }

    fn of(object: JsValue) -> Self {
        let known = RefCell::default();
        Self { object, known }
    }

    /// Refuses properties that nobody has asked for: a misspelt option would be ignored, and what it asks for with it.
    pub(crate) fn no_others(&self) -> Result<(), Failure> {
        let unreadable = |cause| Failure::caused(Error::misuse("the options cannot be read, see the cause"), cause);
        let names = keys(self.object.unchecked_ref()).map_err(unreadable)?;
        for name in names.iter().filter_map(|name| name.as_string()) {
            if !self.known.borrow().contains(&name.as_str()) && !absent(&self.get(&name)?) {
                return Err(Error::misuse(format!("there is no option {name} here; see the package's types")).into());
            }
        }
        Ok(())
    }

    /// An object that may be left out.
    pub(crate) fn optional(object: JsValue, what: &str) -> Result<Self, Failure> {
        match absent(&object) {
            true => Ok(Self::of(Object::new().into())),
            false => Self::parse(object, what),
        }
    }

    /// The property as it is; undefined if it is absent.
    pub(crate) fn value(&self, name: &'static str) -> Result<JsValue, Failure> {
        self.known.borrow_mut().push(name);
        let value = self.get(name)?;
        Ok(if value.is_null() { JsValue::UNDEFINED } else { value })
    }

    fn get(&self, name: &str) -> Result<JsValue, Failure> {
        given(&self.object, name).map_err(|cause| {
            let why = format!("{name} cannot be read, see the cause");
            Failure::caused(Error::misuse(why), cause)
        })
    }

    pub(crate) fn string(&self, name: &'static str) -> Result<Option<String>, Failure> {
        self.read(name, "a well-formed string", text)
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<Option<bool>, Failure> {
        self.read(name, "a boolean", JsValue::as_bool)
    }

    /// A count or a size.
    pub(crate) fn whole_number(&self, name: &'static str) -> Result<Option<u64>, Failure> {
        self.read(name, "a whole number", |value| {
            let number = value.as_f64()?;
            let is_whole = (0.0..=js_sys::Number::MAX_SAFE_INTEGER).contains(&number) && number.fract() == 0.0;
            is_whole.then_some(number as u64)
        })
    }

    pub(crate) fn function(&self, name: &'static str) -> Result<Option<Function>, Failure> {
        self.read(name, "a function", |value| value.dyn_ref().cloned())
    }

    pub(crate) fn strings(&self, name: &'static str) -> Result<Option<Vec<String>>, Failure> {
        self.read(name, "an array of strings", |value| {
            let items = try_iter(value).ok()??;
            items.map(|item| text(&item.ok()?)).collect()
        })
    }

    /// An object whose values are strings, or what gives such pairs, as a `Map` and `Headers` do.
    pub(crate) fn string_map(&self, name: &'static str) -> Result<Option<StringMap>, Failure> {
        self.read(name, "an object of well-formed strings", |value| {
            // Of any realm.
            let object: &Object = value.is_object().then(|| value.unchecked_ref())?;
            let pairs: Vec<JsValue> = match try_iter(object).ok()? {
                Some(pairs) => pairs.collect::<Result<_, _>>().ok()?,
                None => entries(object).ok()?.to_vec(),
            };
            let part = |pair, index| text(&Reflect::get_u32(pair, index).ok()?);
            let map: Option<StringMap> = pairs
                .iter()
                .map(|pair| Some((part(pair, 0)?, part(pair, 1)?)))
                .collect();
            map.filter(|map| !map.contains_key(PROTOTYPE))
        })
    }

    fn read<T>(
        &self,
        name: &'static str,
        kind: &str,
        parse: impl FnOnce(&JsValue) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let value = self.value(name)?;
        if value.is_undefined() {
            return Ok(None);
        }
        match parse(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(Error::misuse(format!("option {name} must be {kind}")).into()),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    // As in js-sys, but a getter or a proxy of the caller's may throw.
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn entries(object: &Object) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Object)]
    fn keys(object: &Object) -> Result<Array, JsValue>;
}

/// A copy of the bytes of a `Uint8Array`.
pub(crate) fn byte_array(value: &JsValue) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match bytes(value) {
        Some(bytes) => Ok(Zeroizing::new(bytes.to_vec())),
        None => Err(Error::misuse("a key is not a Uint8Array").into()),
    }
}

fn absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}
