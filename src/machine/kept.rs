//! What belongs to the caller and outlasts a journey, and bytes that nobody may see.

use std::{fmt, rc::Rc};

use zeroize::Zeroizing;

/// Something of the caller's outside: a key, a key service, a keyring. It is let go when the last clone is dropped.
#[derive(Clone)]
pub struct Kept(Rc<Inner>);

struct Inner {
    number: u32,
    let_go: Box<dyn Fn(u32)>,
}

impl Kept {
    /// What is kept outside under that number.
    pub fn new(number: u32, let_go: impl Fn(u32) + 'static) -> Self {
        let let_go = Box::new(let_go);
        Self(Rc::new(Inner { number, let_go }))
    }

    /// Its number there.
    pub fn number(&self) -> u32 {
        self.0.number
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        (self.let_go)(self.number);
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for Kept {}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({})", self.0.number)
    }
}

/// Bytes that are wiped when dropped, and never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes.
    pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// A copy of the bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The bytes, for the one that they are for.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Takes them out.
    pub fn into_inner(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
