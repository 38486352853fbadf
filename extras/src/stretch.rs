//! Keys from passphrases.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

/// Bytes of a derived key.
const KEY_BYTES: usize = 32;

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The cost is none of Argon2id's, or the passphrase is too long.
    Invalid,
    /// There is not so much memory.
    NoMemory,
}

/// Argon2id of RFC 9106: `memory_kib` KiB, so many passes and lanes.
///
/// # Errors
/// [`Refused`].
pub fn argon2id(
    passphrase: &[u8],
    salt: &[u8],
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let parameters = Params::new(memory_kib, iterations, parallelism, Some(KEY_BYTES)).map_err(|_| Refused::Invalid)?;
    // Its last block is as good as the key.
    let mut memory: Zeroizing<Vec<Block>> = Zeroizing::default();
    let blocks = parameters.block_count();
    memory.try_reserve_exact(blocks).map_err(|_| Refused::NoMemory)?;
    memory.resize(blocks, Block::new());
    let mut key = Zeroizing::new(vec![0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into_with_memory(passphrase, salt, &mut key, memory.as_mut_slice())
        .map_err(|_| Refused::Invalid)?;
    Ok(key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod tests {
    use super::{Refused, argon2id};

    #[test]
    fn a_cost_that_is_none_is_refused() {
        assert_eq!(
            argon2id(b"password", b"somesaltsomesalt", 7, 1, 1),
            Err(Refused::Invalid)
        );
        let key = argon2id(b"password", b"somesaltsomesalt", 64, 2, 1).unwrap();
        assert_eq!(key.len(), 32);
        assert_ne!(key, argon2id(b"password", b"somesaltsomesalt", 64, 3, 1).unwrap());
    }
}
