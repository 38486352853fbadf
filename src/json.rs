//! The JSON that travels in envelopes: objects of strings, now and then of lengths.

use std::fmt;

use litemap::LiteMap;
use serde::{Deserialize, Deserializer, de};

/// All that may be in it. Anything else is refused, as is a name given twice, which parsers elsewhere resolve differently.
pub(crate) enum Json {
    Text(String),
    Length(u64),
    Object(LiteMap<String, Json>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

/// Refuses in its own words: serde's would bring the formatting of floats into the package, which is 18 KB of code.
struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.into()))
    }

    fn visit_u64<E: de::Error>(self, length: u64) -> Result<Json, E> {
        Ok(Json::Length(length))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut object = LiteMap::new();
        while let Some((name, value)) = access.next_entry()? {
            if object.insert(name, value).is_some() {
                return Err(de::Error::custom("duplicate name"));
            }
        }
        Ok(Json::Object(object))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Json, E> {
        Err(E::custom("a boolean"))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Json, E> {
        Err(E::custom("a negative number"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Json, E> {
        Err(E::custom("a fraction"))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Err(E::custom("null"))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, _: A) -> Result<Json, A::Error> {
        Err(de::Error::custom("an array"))
    }
}
