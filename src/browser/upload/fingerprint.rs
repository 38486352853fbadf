//! What content without a time is told by when its upload is resumed.

use crate::browser::{Failure, content::source::Source, js::abort::Abort, store::checksum::sha256};

/// Bytes that are read and hashed at once.
const STRETCH_BYTES: u64 = 8 << 20;

/// A digest of the whole content, in one pass: SHA-256 of each stretch, one behind the other. Only what is made of it under the content key is
/// kept.
pub(crate) async fn digest(source: &Source, abort: &Abort) -> Result<String, Failure> {
    let (bytes, mut digests) = (source.bytes(), String::new());
    for start in (0..bytes).step_by(STRETCH_BYTES as usize) {
        let end = start.saturating_add(STRETCH_BYTES).min(bytes);
        let stretch = source.read(start..end, abort).await?;
        digests.push_str(&sha256(&stretch.bytes, abort).await?);
    }
    Ok(digests)
}
