//! The content engines that run on the browser's own AES.

use std::cell::RefCell;

use js_sys::{Array, Object, Promise, Uint8Array};
use litemap::LiteMap;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, MessageChannel, MessagePort, SubtleCrypto};
use zeroize::{Zeroize, Zeroizing};

use crate::browser::{EngineKind, js::reflect::property};
use crate::{
    AlgorithmSuite, Error,
    content::{
        Engine, Message, Parameters, Segment, SoftwareEngine,
        field::Element,
        ghash::{GhashKey, counter_block, data_counter},
    },
};

impl Segment for Uint8Array {
    fn bytes(&self) -> u64 {
        self.length().into()
    }
}

/// An engine whose segments stay in JavaScript's memory.
pub enum BrowserEngine {
    /// AES in the browser.
    WebCrypto(Box<WebCryptoEngine>),
    /// AES in wasm.
    Software(Box<SoftwareEngine>),
}

/// A secret block, in a box that is filled in place: a move copies bytes, and leaves them behind.
type Block = Box<Zeroizing<[u8; 16]>>;

impl BrowserEngine {
    /// This engine, if its segments may be encrypted by calls in another thread.
    pub(crate) fn stitched(&self) -> Option<&WebCryptoEngine> {
        match self {
            Self::WebCrypto(engine) if engine.kind == EngineKind::Stitched => Some(engine),
            _ => None,
        }
    }

    /// An engine of that kind for one message.
    ///
    /// # Errors
    /// [`Error::UnsupportedBrowser`] where WebCrypto is missing or refuses AES.
    pub async fn new(kind: EngineKind, parameters: Parameters) -> Result<Self, Error> {
        Ok(match kind {
            EngineKind::Software => Self::Software(Box::new(SoftwareEngine::new(parameters))),
            _ => Self::WebCrypto(Box::new(WebCryptoEngine::new(kind, parameters).await?)),
        })
    }
}

/// AES-GCM and AES-CTR calls of WebCrypto under one content key, which it holds non-extractable.
pub struct WebCryptoEngine {
    kind: EngineKind,
    subtle: SubtleCrypto,
    gcm: CryptoKey,
    ctr: CryptoKey,
    iv: [u8; 12],
    ghash: GhashKey,
    tag_mask: Block,
    /// The last keystream block of segments that were encrypted, by the block that follows them: the mask of the segment
    /// that starts there, which would be a call of its own otherwise.
    masks: RefCell<LiteMap<u64, [u8; 16]>>,
}

impl WebCryptoEngine {
    async fn new(kind: EngineKind, parameters: Parameters) -> Result<Self, Error> {
        let subtle = subtle()?;
        let key = Uint8Array::from(parameters.key.expose().as_slice());
        let imports = ["AES-GCM", "AES-CTR"].map(|name| import(&subtle, &key, name, &["encrypt"]));
        wipe(&key);
        let [gcm, ctr] = imports;
        let (gcm, ctr) = (gcm?, ctr?);
        let (gcm, ctr) = (key_of(gcm).await?, key_of(ctr).await?);
        let iv = parameters.iv;
        let hash_key = keystream(&subtle, &ctr, [0; 16])?;
        let tag_mask = keystream(&subtle, &ctr, counter_block(&iv, 1))?;
        let h = block(hash_key).await?;
        Ok(Self {
            kind,
            gcm,
            ctr,
            iv,
            ghash: GhashKey::new(**h),
            tag_mask: block(tag_mask).await?,
            masks: RefCell::default(),
            subtle,
        })
    }

    /// `E_K` of the counter block before a segment's first.
    async fn mask(&self, first_block: u64) -> Result<Block, Error> {
        if first_block == 0 {
            return Ok(self.tag_mask.clone());
        }
        let known = self.masks.borrow_mut().remove(&first_block);
        match known {
            Some(mask) => Ok(boxed(mask)),
            None => block(keystream(&self.subtle, &self.ctr, self.block_before(first_block)?)?).await,
        }
    }

    fn block_before(&self, first_block: u64) -> Result<[u8; 16], Error> {
        Ok(counter_block(&self.iv, data_counter(first_block)?.wrapping_sub(1)))
    }

    fn gcm_call(&self, iv: &[u8], additional_data: Option<&Uint8Array>, data: &Object) -> Result<JsFuture, Error> {
        let iv = Uint8Array::from(iv);
        let parameters = match additional_data {
            Some(additional_data) => gcm(&iv, additional_data),
            None => gcm(&iv, &Uint8Array::new_with_length(0)),
        }?;
        let call = self
            .subtle
            .encrypt_with_object_and_buffer_source(&parameters, &self.gcm, data);
        // WebCrypto has its copy; this one tells the hash key.
        wipe(&iv);
        started(call)
    }

    fn ctr_call(&self, first_block: u64, data: &Uint8Array) -> Result<JsFuture, Error> {
        let counter = counter_block(&self.iv, data_counter(first_block)?);
        ctr_call(&self.subtle, &self.ctr, counter, data)
    }
}

impl WebCryptoEngine {
    async fn encrypt(&self, first_block: u64, plaintext: Uint8Array) -> Result<(Uint8Array, Element), Error> {
        if self.kind == EngineKind::CtrGhash {
            let ciphertext = bytes(self.ctr_call(first_block, &plaintext)?).await?;
            let share = self.ghash.share(&ciphertext.to_vec());
            return Ok((ciphertext, share));
        }
        let iv = self.segment_iv(first_block)?;
        let length = plaintext.length();
        let mut keystream = last_block(&plaintext);
        let sealed = bytes(self.gcm_call(&iv, None, &plaintext)?).await?;
        let tag = take_tag(&sealed.subarray(length, sealed.length()))?;
        let ciphertext = sealed.subarray(0, length);
        if let (Some(last), Some(keystream)) = (last_block(&ciphertext), &mut keystream) {
            keystream.iter_mut().zip(last).for_each(|(byte, other)| *byte ^= other);
            let next = first_block.saturating_add(u64::from(length).div_euclid(AlgorithmSuite::BLOCK_BYTES));
            self.masks.borrow_mut().insert(next, *keystream);
        }
        keystream.zeroize();
        let share = self
            .ghash
            .share_of_sealed(**tag, **self.mask(first_block).await?, length.into());
        Ok((ciphertext, share))
    }

    async fn decrypt(&self, first_block: u64, ciphertext: Uint8Array) -> Result<(Uint8Array, Element), Error> {
        let plaintext = self.ctr_call(first_block, &ciphertext)?;
        if self.kind == EngineKind::CtrGhash {
            let share = self.ghash.share(&ciphertext.to_vec());
            return Ok((bytes(plaintext).await?, share));
        }
        let tag = self.gcm_call(&self.iv, Some(&ciphertext), &Uint8Array::new_with_length(0))?;
        let length = ciphertext.length();
        let tag = take_tag(&bytes(tag).await?)?;
        let share = self.ghash.share_of_authenticated(**tag, **self.tag_mask, length.into());
        Ok((bytes(plaintext).await?, share))
    }
}

/// For segments that are encrypted by calls in another thread.
impl WebCryptoEngine {
    /// The key of those calls, which nobody can read.
    pub(crate) const fn gcm_key(&self) -> &CryptoKey {
        &self.gcm
    }

    /// The IV of the call that encrypts a segment.
    pub(crate) fn segment_iv(&self, first_block: u64) -> Result<[u8; 16], Error> {
        Ok(self.ghash.segment_iv(self.block_before(first_block)?))
    }

    /// The share of a segment that such a call has encrypted. `mask` is the key stream block before the segment's first: the last one of the
    /// segment before, where that is known.
    pub(crate) async fn share(
        &self,
        first_block: u64,
        tag: [u8; 16],
        mask: Option<[u8; 16]>,
        bytes: u64,
    ) -> Result<Element, Error> {
        let mask = match mask {
            Some(mask) => boxed(mask),
            None => self.mask(first_block).await?,
        };
        Ok(self.ghash.share_of_sealed(tag, **mask, bytes))
    }
}

impl Drop for WebCryptoEngine {
    fn drop(&mut self) {
        self.masks.get_mut().iter_mut().for_each(|(_, mask)| mask.zeroize());
    }
}

impl Engine for BrowserEngine {
    type Bytes = Uint8Array;

    async fn encrypt(&self, first_block: u64, plaintext: Uint8Array) -> Result<(Uint8Array, Element), Error> {
        match self {
            Self::WebCrypto(engine) => engine.encrypt(first_block, plaintext).await,
            Self::Software(engine) => {
                let (ciphertext, share) = engine.encrypt(first_block, plaintext.to_vec()).await?;
                Ok((Uint8Array::from(ciphertext.as_slice()), share))
            }
        }
    }

    async fn decrypt(&self, first_block: u64, ciphertext: Uint8Array) -> Result<(Uint8Array, Element), Error> {
        match self {
            Self::WebCrypto(engine) => engine.decrypt(first_block, ciphertext).await,
            Self::Software(engine) => {
                let (mut plaintext, share) = engine.decrypt(first_block, ciphertext.to_vec()).await?;
                let out = Uint8Array::from(plaintext.as_slice());
                plaintext.zeroize();
                Ok((out, share))
            }
        }
    }
}

impl Message for BrowserEngine {
    fn ghash(&self) -> &GhashKey {
        match self {
            Self::WebCrypto(engine) => &engine.ghash,
            Self::Software(engine) => engine.ghash(),
        }
    }

    fn tag_mask(&self) -> [u8; 16] {
        match self {
            Self::WebCrypto(engine) => **engine.tag_mask,
            Self::Software(engine) => engine.tag_mask(),
        }
    }
}

/// WebCrypto of the page or the worker.
pub(crate) fn subtle() -> Result<SubtleCrypto, Error> {
    // Outside secure contexts `crypto` is there and `subtle` is not.
    let subtle = property(&property(&js_sys::global(), "crypto"), "subtle");
    match subtle.is_object() {
        true => Ok(subtle.unchecked_into()),
        false => Err(Error::UnsupportedBrowser(
            "WebCrypto; serve the page over https or from localhost",
        )),
    }
}

fn import(subtle: &SubtleCrypto, key: &Uint8Array, name: &str, usages: &[&str]) -> Result<JsFuture, Error> {
    let usages: js_sys::Array = usages.iter().map(|usage| JsValue::from(*usage)).collect();
    started(subtle.import_key_with_str("raw", key, name, false, &usages))
}

/// Listened to from now on: of two calls at once that fail, the second would be a rejection that nobody handles.
fn started(call: Result<Promise, JsValue>) -> Result<JsFuture, Error> {
    call.map(JsFuture::from).map_err(refused)
}

async fn key_of(import: JsFuture) -> Result<CryptoKey, Error> {
    import.await.map(JsCast::unchecked_into).map_err(refused)
}

fn ctr_call(subtle: &SubtleCrypto, key: &CryptoKey, counter: [u8; 16], data: &Uint8Array) -> Result<JsFuture, Error> {
    let counter = Uint8Array::from(counter.as_slice());
    let parameters = told([
        ("name", "AES-CTR".into()),
        ("counter", counter.into()),
        ("length", 32.into()),
    ])?;
    started(subtle.encrypt_with_object_and_buffer_source(&parameters, key, data))
}

/// `E_K` of one block.
fn keystream(subtle: &SubtleCrypto, key: &CryptoKey, counter: [u8; 16]) -> Result<JsFuture, Error> {
    ctr_call(subtle, key, counter, &Uint8Array::new_with_length(16))
}

async fn bytes(call: JsFuture) -> Result<Uint8Array, Error> {
    let buffer = call.await.map_err(refused)?;
    Ok(Uint8Array::new(&buffer))
}

async fn block(call: JsFuture) -> Result<Block, Error> {
    take_tag(&bytes(call).await?)
}

/// Sixteen secret bytes, wiped where they were.
fn take_tag(tag: &Uint8Array) -> Result<Block, Error> {
    let mut out = Block::default();
    if tag.length() != 16 {
        return Err(Error::Unreachable("WebCrypto answered another length"));
    }
    tag.copy_to(&mut **out);
    wipe(tag);
    Ok(out)
}

fn boxed(mask: [u8; 16]) -> Block {
    let mut out = Block::default();
    out.copy_from_slice(&mask);
    out
}

/// What a call is told, as own properties, all that there are: a missing one would be read through `Object.prototype`, where a
/// `tagLength` of another script's cuts our tags. Defined, not set, as a setter may be there too.
pub(crate) fn told<const N: usize>(members: [(&str, JsValue); N]) -> Result<Object, Error> {
    let entries = members.map(|(name, value)| Array::of2(&name.into(), &value));
    Object::from_entries(&entries.iter().collect::<Array>()).map_err(|_| Error::Unreachable("no object of entries"))
}

/// AES-GCM with whole tags.
pub(crate) fn gcm(iv: &Uint8Array, additional_data: &Uint8Array) -> Result<Object, Error> {
    told([
        ("name", "AES-GCM".into()),
        ("iv", iv.into()),
        ("additionalData", additional_data.into()),
        ("tagLength", 128.into()),
    ])
}

/// Where a browser lacks AES, or some of its parameters, it always will. Anything else may be for want of memory, and pass.
fn refused(cause: JsValue) -> Error {
    let name = property(&cause, "name");
    Error::UnsupportedBrowser(match name == "NotSupportedError" || name == "TypeError" {
        true => MISSING,
        false => "AES at this moment: WebCrypto failed, for want of memory perhaps; try again",
    })
}

/// Of calls that this browser's WebCrypto will never take.
pub(crate) const MISSING: &str = "a WebCrypto that takes these AES calls";

/// The last block, if the segment ends with a whole one.
fn last_block(segment: &Uint8Array) -> Option<[u8; 16]> {
    let length = segment.length();
    let start = length.checked_sub(16).filter(|_| length.is_multiple_of(16))?;
    let mut last = [0; 16];
    segment.subarray(start, length).copy_to(&mut last);
    Some(last)
}

/// Gives the whole buffer behind a view back now, by whoever owns it, as a message that nobody gets.
///
/// Chromium 156 keeps the memory of a buffer that was detached by `transfer(0)` until its next collection, which it sees no
/// reason for: 512 MiB in calls of 512 KiB grew the process by 447 MiB and took 645 ms, left to the collector 319 MiB and
/// 560 ms, and this way 1 MiB and 403 ms.
pub(crate) fn free(bytes: &Uint8Array) {
    // A buffer that is gone already is refused, and so is one that cannot be moved.
    NOBODY.with(|port| {
        port.as_ref()
            .map(|port| port.post_message_with_transferable(&JsValue::UNDEFINED, &Array::of1(&bytes.buffer())))
    });
}

/// For secret bytes that JavaScript had. Those that a caller transferred away have no length, and filling them would throw.
pub(crate) fn wipe(bytes: &Uint8Array) {
    if bytes.length() > 0 {
        bytes.fill(0, 0, bytes.length());
    }
}

thread_local! {
    static NOBODY: Option<MessagePort> = MessageChannel::new().ok().map(|channel| {
        channel.port2().close();
        channel.port1()
    });
}
