//! GF(2^128) as GCM defines it (NIST SP 800-38D, section 6.3), on top of POLYVAL's constant-time arithmetic.

use polyval::hazmat::FieldElement;
use zeroize::Zeroize;

/// An element in GCM's byte order. Secret wherever it depends on the hash key: no `Debug`, no comparison.
#[derive(Clone, Copy, Zeroize)]
pub struct Element(pub [u8; 16]);

impl Element {
    /// The neutral element of addition.
    pub const ZERO: Self = Self([0; 16]);
    /// The neutral element of multiplication: GCM puts the lowest coefficient into the highest bit.
    pub const ONE: Self = Self([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// The length block of GCM: bits of additional data and bits of content.
    pub fn lengths(additional_bytes: u64, content_bytes: u64) -> Self {
        let bits = |bytes: u64| u128::from(bytes).wrapping_shl(3);
        Self((bits(additional_bytes).wrapping_shl(64) | bits(content_bytes)).to_be_bytes())
    }

    /// Sum, which is also the difference.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self((u128::from_ne_bytes(self.0) ^ u128::from_ne_bytes(other.0)).to_ne_bytes())
    }

    /// Product. GCM's is POLYVAL's on byte-reversed elements, one of them times x (RFC 8452, appendix A).
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let left = FieldElement::from(self.0).reverse();
        let right = FieldElement::from(other.0).reverse().mulx();
        #[allow(clippy::arithmetic_side_effects)] // a field has no overflow
        let product = left * right;
        Self(product.reverse().into())
    }

    /// The multiplicative inverse, as the power 2^128 - 2; zero for zero.
    #[must_use]
    pub fn inverse(self) -> Self {
        let mut square = self.times(self);
        let mut product = square;
        for _ in 2..128 {
            square = square.times(square);
            product = product.times(square);
        }
        product
    }
}
