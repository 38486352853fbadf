//! Content through the public door: whole, in segments, and in segments out of order.

use std::ops::Range;

use presealed::{
    AlgorithmSuite, Error,
    content::{Decryptor, Encryptor, Parameters, SoftwareEngine},
    secret::{ContentKey, DataKey},
};

pub fn content_key(bytes: &[u8]) -> ContentKey {
    ContentKey::from_data_key(&DataKey::from_bytes(bytes).expect("32 bytes"))
}

/// Segments of `blocks` blocks each, in order.
pub fn segments(content_bytes: usize, blocks: usize) -> Vec<Range<usize>> {
    let starts = (0..content_bytes).step_by(blocks * 16);
    starts
        .map(|start| start..content_bytes.min(start + blocks * 16))
        .collect()
}

/// The same ranges in an order that the seed decides.
pub fn shuffled(mut ranges: Vec<Range<usize>>, seed: u64) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| {
        let mixed = (range.start as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    });
    ranges
}

/// Ciphertext and tag.
pub async fn seal(parameters: Parameters, plaintext: &[u8], order: &[Range<usize>]) -> Result<Vec<u8>, Error> {
    let suite = parameters.suite;
    let encryptor = Encryptor::new(SoftwareEngine::new(parameters), suite, plaintext.len() as u64)?;
    let mut body = vec![0; plaintext.len()];
    for range in order {
        let first_block = range.start as u64 / 16;
        let sealed = encryptor
            .encrypt(first_block, plaintext[range.clone()].to_vec())
            .await?;
        body[range.clone()].copy_from_slice(&sealed);
    }
    body.extend(encryptor.finish()?);
    Ok(body)
}

/// The plaintext of a body that ends with its tag, handed out only once it is verified.
pub async fn open(parameters: Parameters, body: &[u8], order: &[Range<usize>]) -> Result<Vec<u8>, Error> {
    let suite = parameters.suite;
    let content_bytes = AlgorithmSuite::content_bytes(body.len() as u64)?;
    let (ciphertext, tag) = body.split_at(content_bytes as usize);
    let decryptor = Decryptor::new(SoftwareEngine::new(parameters), suite, content_bytes)?;
    let mut plaintext = vec![0; ciphertext.len()];
    for range in order {
        let first_block = range.start as u64 / 16;
        let opened = decryptor
            .decrypt(first_block, ciphertext[range.clone()].to_vec())
            .await?;
        plaintext[range.clone()].copy_from_slice(&opened.release_before_verification());
    }
    decryptor.finish(tag.try_into().expect("16 bytes"))?;
    Ok(plaintext)
}

/// [`open`] in one segment.
pub async fn open_whole(parameters: Parameters, body: &[u8]) -> Result<Vec<u8>, Error> {
    let content_bytes = AlgorithmSuite::content_bytes(body.len() as u64)? as usize;
    open(parameters, body, &segments(content_bytes, 1 << 20)).await
}
