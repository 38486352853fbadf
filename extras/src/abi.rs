//! What JavaScript calls: numbers in, numbers out, and one room for bytes that both sides see.
//!
//! A call writes its input into the room, one field behind the other, runs an operation, and reads the output from the room's beginning. It
//! wipes the room when it is done.
#![allow(unsafe_code)] // an export has to keep its name

use std::cell::RefCell;

use zeroize::{Zeroize, Zeroizing};

use crate::{Refused, argon2id, ecb_decrypt, gcm_open, gcm_seal, ghash, hash_key, key_unwrap, segment};

thread_local! {
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The address of room for so many bytes, all zero.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> usize {
    ROOM.with_borrow_mut(|room| {
        room.zeroize();
        *room = Vec::new();
        if room.try_reserve_exact(bytes).is_err() {
            return 0;
        }
        room.resize(bytes, 0);
        room.as_ptr() as usize
    })
}

/// Overwrites the room and gives it back.
#[unsafe(no_mangle)]
pub extern "C" fn wipe() {
    room(0);
}

/// The room's address now.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> usize {
    ROOM.with_borrow(|room| room.as_ptr() as usize)
}

const FAILED: i32 = -1;
const NO_MEMORY: i32 = -2;

/// Runs an operation on the first `a` bytes of the room (a key or a passphrase), the next `b` and all that follow, and leaves its output there.
/// Answers the output's length, or a number below zero.
///
/// 0: Argon2id of passphrase and salt, with three little-endian numbers for the cost. 1: AES-GCM seal, 2: open, with the IV (12 bytes)
/// and the additional data in the second field. 3: AES key unwrap. 4: AES-ECB. 5: encrypt a segment, 6: decrypt one, with its counter
/// block in the second field; the share comes first. 7: the hash key. 8: GHASH under the first field.
#[unsafe(no_mangle)]
pub extern "C" fn run(operation: u32, a: usize, b: usize) -> i32 {
    ROOM.with_borrow_mut(|room| {
        let made = {
            let Some((first, rest)) = room.split_at_mut_checked(a) else {
                return FAILED;
            };
            let Some((second, third)) = rest.split_at_mut_checked(b) else {
                return FAILED;
            };
            match made(operation, first, second, third) {
                Ok(made) => made,
                Err(why) => return why,
            }
        };
        room.zeroize();
        *room = made;
        i32::try_from(room.len()).unwrap_or(FAILED)
    })
}

fn made(operation: u32, first: &[u8], second: &[u8], third: &mut [u8]) -> Result<Vec<u8>, i32> {
    let out = |made: Zeroizing<Vec<u8>>| -> Vec<u8> { made.to_vec() };
    let done = match operation {
        0 => {
            let (numbers, _) = third.as_chunks::<4>();
            let [memory, iterations, lanes] = numbers else {
                return Err(FAILED);
            };
            let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
            let key = argon2id(first, second, number(memory), number(iterations), number(lanes));
            return key.map(out).map_err(|why| match why {
                Refused::Invalid => FAILED,
                Refused::NoMemory => NO_MEMORY,
            });
        }
        1 | 2 => second
            .split_first_chunk()
            .and_then(|(iv, additional_data)| match operation {
                1 => gcm_seal(first, iv, additional_data, third),
                _ => gcm_open(first, iv, additional_data, third).map(out),
            }),
        3 => <&[u8; 40]>::try_from(&*third)
            .ok()
            .and_then(|wrapped| key_unwrap(first, wrapped))
            .map(out),
        4 => ecb_decrypt(first, third).map(out),
        5 | 6 => <&[u8; 16]>::try_from(second)
            .ok()
            .and_then(|counter| segment(first, counter, third, operation == 5))
            .map(|share| [share.as_slice(), third].concat()),
        7 => hash_key(first).map(|key| key.to_vec()),
        8 => <&[u8; 16]>::try_from(first).ok().map(|key| ghash(key, third).to_vec()),
        _ => None,
    };
    done.ok_or(FAILED)
}
