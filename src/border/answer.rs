//! What the shell hands in, told whole and unjudged.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::Url as PlatformUrl;

use super::{checkpoint, given::bytes, journey::Journey, properties::Properties, secret::taken};
use crate::{
    encryption_context::StringMap,
    machine::{Answer, Digests, Ending, Head, Loaded, Sealed, Url},
};

#[wasm_bindgen]
impl Journey {
    /// It is done.
    pub fn done(&self, id: u32) {
        self.hand_in(id, Answer::Done);
    }

    /// What was asked for is there, under the step's number.
    pub fn held(&self, id: u32) {
        self.hand_in(id, Answer::Held);
    }

    /// The same, and it may show at once what it gets.
    pub fn showing(&self, id: u32) {
        self.hand_in(id, Answer::Showing);
    }

    /// Somebody else has it.
    pub fn refused(&self, id: u32) {
        self.hand_in(id, Answer::Refused);
    }

    /// The platform has no such thing.
    pub fn missing(&self, id: u32) {
        self.hand_in(id, Answer::Missing);
    }

    /// The caller's code or the platform threw.
    pub fn failed(&self, id: u32, cause: JsValue, online: bool) {
        let thrown = self.thrown(cause, online);
        self.hand_in(id, Answer::Failed(thrown));
    }

    /// The signer's answer, whatever it is.
    pub fn presigned(&self, id: u32, answer: JsValue) {
        let parsed = parse(answer).and_then(|(url, headers)| Some((platform_url(&url)?, headers)));
        self.hand_in(
            id,
            match parsed {
                Some((url, headers)) => Answer::Presigned { url, headers },
                None => Answer::Missing,
            },
        );
    }

    /// The store's answer: headers as pairs with names in lower case.
    #[allow(clippy::too_many_arguments)] // what begins an answer, each a value of the platform's
    pub fn head(&self, id: u32, status: u16, headers: Array, is_cors: bool, is_open: bool, text: String, is_cut: bool) {
        let headers: StringMap = headers
            .iter()
            .filter_map(|pair| {
                let pair: Array = wasm_bindgen::JsCast::dyn_into(pair).ok()?;
                Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
            })
            .collect();
        self.hand_in(
            id,
            Answer::Head(Head {
                status,
                headers,
                is_cors,
                is_open,
                text,
                is_cut,
            }),
        );
    }

    /// There was no answer.
    #[wasm_bindgen(js_name = noAnswer)]
    pub fn no_answer(&self, id: u32, online: bool) {
        self.hand_in(id, Answer::NoAnswer { online });
    }

    /// Bytes of a body in a buffer under the step's number, and whether more may come.
    pub fn filled(&self, id: u32, bytes: u32, ended: bool) {
        let end = ended.then_some(Ending::End);
        self.hand_in(id, Answer::Filled { bytes, end });
    }

    /// The same, of a connection that broke.
    #[wasm_bindgen(js_name = filledAndBroken)]
    pub fn filled_and_broken(&self, id: u32, bytes: u32, cause: JsValue, online: bool) {
        let end = Some(Ending::Broken(self.thrown(cause, online)));
        self.hand_in(id, Answer::Filled { bytes, end });
    }

    /// Content that was encrypted or read: its segments' tags and last key stream blocks, which are wiped, and digests.
    pub fn sealed(&self, id: u32, tags: Uint8Array, keystream: Uint8Array, sha256: JsValue, crc64: JsValue) {
        let digests = digests(&sha256, &crc64);
        let (tags, keystream) = (taken(&tags), taken(&keystream));
        self.hand_in(
            id,
            Answer::Sealed(Sealed {
                tags,
                keystream,
                digests,
            }),
        );
    }

    /// Content that was read, and that the platform did not encrypt.
    pub fn unsealed(&self, id: u32, cause: JsValue, online: bool) {
        let thrown = self.thrown(cause, online);
        self.hand_in(id, Answer::Unsealed(thrown));
    }

    /// A buffer that was decrypted: its segments' tags, which are wiped.
    pub fn opened(&self, id: u32, tags: Uint8Array) {
        let tags = taken(&tags);
        self.hand_in(id, Answer::Opened { tags });
    }

    /// Digests, as far as they were asked for.
    pub fn digests(&self, id: u32, sha256: JsValue, crc64: JsValue) {
        self.hand_in(id, Answer::Digests(digests(&sha256, &crc64)));
    }

    /// What the caller has kept, whatever it is.
    pub fn loaded(&self, id: u32, checkpoint: JsValue) {
        let loaded = match checkpoint.is_undefined() || checkpoint.is_null() {
            true => Loaded::Nothing,
            false => checkpoint::parse(checkpoint).map_or(Loaded::Unreadable, |checkpoint| {
                Loaded::Checkpoint(Box::new(checkpoint))
            }),
        };
        self.hand_in(id, Answer::Loaded(loaded));
    }

    /// Bytes of a body in pieces, and whether more may come.
    pub fn pulled(&self, id: u32, pieces: Array, ended: bool) {
        self.hand_in(
            id,
            Answer::Pulled {
                bytes: joined(&pieces),
                end: ended.then_some(Ending::End),
            },
        );
    }

    /// The same, of a connection that broke.
    pub fn broken(&self, id: u32, pieces: Array, cause: JsValue, online: bool) {
        let thrown = self.thrown(cause, online);
        self.hand_in(
            id,
            Answer::Pulled {
                bytes: joined(&pieces),
                end: Some(Ending::Broken(thrown)),
            },
        );
    }
}

fn digests(sha256: &JsValue, crc64: &JsValue) -> Digests {
    let given = |value: &JsValue| bytes(value).map(|bytes| bytes.to_vec());
    Digests {
        sha256: given(sha256),
        crc64: given(crc64),
    }
}

fn joined(pieces: &Array) -> Vec<u8> {
    let pieces = pieces.iter().map(|piece| Uint8Array::new(&piece).to_vec());
    pieces.collect::<Vec<_>>().concat()
}

fn platform_url(url: &str) -> Option<Url> {
    let url = PlatformUrl::new(url).ok()?;
    Some(Url {
        href: url.href(),
        protocol: url.protocol(),
        origin: url.origin(),
        has_user: !url.username().is_empty() || !url.password().is_empty(),
    })
}

fn parse(answer: JsValue) -> Option<(String, StringMap)> {
    let answer = Properties::parse(answer, "the answer").ok()?;
    let headers = answer.string_map("headers").ok()?;
    Some((answer.string("url").ok()??, headers.unwrap_or_default()))
}
