//! What the store checks of what it receives: a checksum of the stored bytes, which it computes too.
//!
//! Of an object in parts, S3 keeps with SHA-256 the digest of the parts' digests, and with CRC64NVME the checksum of the whole object, which
//! is worked out here from those of the parts: a CRC is linear. Neither keeps anything from being changed on purpose; the tag does.
//!
//! Source: Amazon S3 User Guide, "Checking object integrity in Amazon S3"; CRC-64/NVME in the catalogue of parametrised CRC algorithms.

use base64ct::{Base64, Encoding};
use serde::Serialize;

/// What is computed, by S3's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ChecksumAlgorithm {
    /// Of each request's body.
    #[serde(rename = "SHA256")]
    Sha256,
    /// Of each request's body, and of the whole object.
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
}

impl ChecksumAlgorithm {
    /// By the name that S3 gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Crc64Nvme]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// As the value of `x-amz-checksum-algorithm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA256",
            Self::Crc64Nvme => "CRC64NVME",
        }
    }

    /// The header that carries it.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Sha256 => "x-amz-checksum-sha256",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
        }
    }
}

/// What the store is asked to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// The caller does not say.
    Default,
    /// The caller wants none.
    None,
    /// The caller's choice.
    Of(ChecksumAlgorithm),
}

impl Checksum {
    /// Of bytes whose SHA-256 is known anyway, that is the default.
    pub const fn or_sha256(self) -> Option<ChecksumAlgorithm> {
        match self {
            Self::Default => Some(ChecksumAlgorithm::Sha256),
            Self::None => None,
            Self::Of(algorithm) => Some(algorithm),
        }
    }
}

/// CRC-64/NVME of some bytes; at first, of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crc64(pub u64);

/// The polynomial, x^0 in the highest bit.
const POLYNOMIAL: u64 = 0x9a6c_9329_ac4b_c9b5;
/// The polynomial 1.
const ONE: u64 = 1 << 63;

impl Crc64 {
    /// From eight bytes, big-endian.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(u64::from_be_bytes(bytes.try_into().ok()?)))
    }

    /// From what [`to_base64`](Self::to_base64) gives.
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_bytes(Base64::decode(text, &mut [0; 8]).ok()?)
    }

    /// As headers carry it: big-endian.
    pub fn to_base64(self) -> String {
        Base64::encode_string(&self.0.to_be_bytes())
    }

    /// Of these bytes and so many others behind them, whose checksum is `next`.
    #[must_use]
    pub fn followed_by(self, next: Self, bytes: u64) -> Self {
        // x^(8 * bytes), by squaring x^8.
        let (mut power, mut square, mut left) = (ONE, ONE >> 8, bytes);
        while left > 0 {
            if left & 1 == 1 {
                power = product(power, square);
            }
            square = product(square, square);
            left >>= 1;
        }
        Self(product(self.0, power) ^ next.0)
    }
}

/// Of two polynomials, modulo the third.
fn product(left: u64, mut right: u64) -> u64 {
    let mut sum = 0;
    for bit in (0..64).rev() {
        if left >> bit & 1 == 1 {
            sum ^= right;
        }
        right = times_x(right);
    }
    sum
}

const fn times_x(polynomial: u64) -> u64 {
    polynomial >> 1 ^ if polynomial & 1 == 1 { POLYNOMIAL } else { 0 }
}

/// Eight bytes a step: what each of them is by the end of the step.
struct Tables([[u64; 256]; 8]);

/// Computes a CRC-64/NVME over pieces.
pub struct Crc64Hasher {
    tables: Box<Tables>,
    /// The register, whose bits go in and out inverted.
    register: u64,
}

impl Default for Crc64Hasher {
    fn default() -> Self {
        let mut tables = Box::new(Tables([[0; 256]; 8]));
        let [first, rest @ ..] = &mut tables.0;
        for (byte, here) in (0_u64..).zip(first.iter_mut()) {
            *here = (0..8).fold(byte, |register, _| times_x(register));
        }
        let mut before = &*first;
        for table in rest {
            for (here, previous) in table.iter_mut().zip(before) {
                *here = previous >> 8 ^ entry(first, *previous as u8);
            }
            before = table;
        }
        Self { tables, register: !0 }
    }
}

impl Crc64Hasher {
    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let Tables([last, ..]) = &*self.tables;
        let (words, rest) = bytes.as_chunks();
        for word in words {
            let word = (self.register ^ u64::from_le_bytes(*word)).to_le_bytes();
            let terms = self.tables.0.iter().rev().zip(word);
            self.register = terms.fold(0, |sum, (table, byte)| sum ^ entry(table, byte));
        }
        for byte in rest {
            self.register = self.register >> 8 ^ entry(last, self.register as u8 ^ byte);
        }
    }

    /// Of all bytes.
    pub fn finish(self) -> Crc64 {
        Crc64(!self.register)
    }
}

fn entry(table: &[u64; 256], byte: u8) -> u64 {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}
