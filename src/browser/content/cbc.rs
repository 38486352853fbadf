//! AES-CBC content of formats V1 and V2, a segment at a time. Nothing authenticates it: the caller asked for it by name.
//!
//! WebCrypto decrypts CBC one-shot and insists on padding. A segment in the middle gets some: the block that encrypts a
//! whole block of padding after the segment's last, which is what encrypting nothing from there yields.

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::browser::{
    Failure,
    content::{seal::SEGMENT_BYTES, sink::Sink},
    crypto::webcrypto::{subtle, told, wipe},
    js::progress::{Phase, Progress},
    store::body::Body,
};
use crate::{AlgorithmSuite, Error, decrypt::CbcParameters};

/// The content key, held by the browser, and the block before the next segment.
pub(crate) struct CbcCipher {
    subtle: SubtleCrypto,
    key: CryptoKey,
    previous: [u8; AlgorithmSuite::CBC_IV_BYTES],
}

impl CbcCipher {
    pub(crate) async fn new(parameters: &CbcParameters) -> Result<Self, Error> {
        let refused = |_: JsValue| Error::UnsupportedBrowser("a WebCrypto with AES-CBC");
        let subtle = subtle()?;
        let key = Uint8Array::from(parameters.key.expose().as_slice());
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        let import = subtle.import_key_with_str("raw", &key, "AES-CBC", false, &usages);
        wipe(&key);
        let key = JsFuture::from(import.map_err(refused)?).await.map_err(refused)?;
        Ok(Self {
            subtle,
            key: key.unchecked_into(),
            previous: parameters.iv,
        })
    }

    async fn segment(&mut self, ciphertext: &Uint8Array, is_last: bool) -> Result<Uint8Array, Error> {
        let mut last = [0; AlgorithmSuite::CBC_IV_BYTES];
        let bytes = ciphertext.length();
        let tail = ciphertext.subarray(bytes.saturating_sub(last.len() as u32), bytes);
        if tail.length() as usize != last.len() {
            return Err(Error::LegacyDecryptionFailed);
        }
        tail.copy_to(&mut last);
        let iv = std::mem::replace(&mut self.previous, last);
        let padded = match is_last {
            true => ciphertext.clone(),
            false => {
                let nothing = Uint8Array::new_with_length(0);
                let call = self
                    .subtle
                    .encrypt_with_object_and_buffer_source(&parameters(&last)?, &self.key, &nothing);
                let padding = outcome(call).await?;
                let padded = Uint8Array::new_with_length(bytes.saturating_add(padding.length()));
                padded.set(ciphertext, 0);
                padded.set(&padding, bytes);
                padded
            }
        };
        let call = self
            .subtle
            .decrypt_with_object_and_buffer_source(&parameters(&iv)?, &self.key, &padded);
        outcome(call).await
    }
}

fn parameters(iv: &[u8]) -> Result<Object, Error> {
    told([("name", "AES-CBC".into()), ("iv", Uint8Array::from(iv).into())])
}

/// Whatever goes wrong is one and the same error, so that nobody can ask about the padding.
async fn outcome(call: Result<js_sys::Promise, JsValue>) -> Result<Uint8Array, Error> {
    let failed = |_| Error::LegacyDecryptionFailed;
    let buffer = JsFuture::from(call.map_err(failed)?).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer))
}

/// Decrypts into the sink. On an error the caller discards the sink.
pub(crate) async fn decrypt(
    mut body: Body<'_>,
    mut cipher: CbcCipher,
    stored_bytes: u64,
    mut sink: Sink<'_>,
    progress: &Progress,
) -> Result<(), Failure> {
    if stored_bytes == 0 || !stored_bytes.is_multiple_of(AlgorithmSuite::BLOCK_BYTES) {
        return Err(Error::LegacyDecryptionFailed.into());
    }
    let mut done: u64 = 0;
    while done < stored_bytes {
        let bytes = SEGMENT_BYTES.min(stored_bytes.saturating_sub(done));
        let ciphertext = body.take(bytes as u32).await?;
        done = done.saturating_add(bytes);
        let plaintext = cipher.segment(&ciphertext, done == stored_bytes).await?;
        sink.write(plaintext).await?;
        progress.report(Phase::Download, done, stored_bytes);
    }
    body.expect_end().await
}
