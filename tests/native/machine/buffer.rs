//! Bytes outside: slices of memory that many schedules share, so that content of real sizes costs a schedule nothing.

use std::{cell::RefCell, collections::HashMap, ops::Range, rc::Rc};

#[derive(Clone)]
pub struct Slice {
    bytes: Rc<Vec<u8>>,
    range: Range<usize>,
    /// Whether other schedules have that memory too.
    is_shared: bool,
}

/// One behind the other.
#[derive(Clone, Default)]
pub struct Buffer(Vec<Slice>);

thread_local! {
    /// Slices that were compared, and what they were equal to. Those keep their memory, so that its place names it.
    static EQUAL: RefCell<HashMap<(usize, usize, usize, usize, usize), (Rc<Vec<u8>>, Rc<Vec<u8>>, bool)>> = RefCell::default();
}

/// Shorter ones are compared each time.
const LONG: usize = 4096;

impl Slice {
    pub fn of(bytes: &Rc<Vec<u8>>, range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end && range.end <= bytes.len(),
            "no bytes {range:?}"
        );
        let bytes = Rc::clone(bytes);
        let is_shared = true;
        Self {
            bytes,
            range,
            is_shared,
        }
    }

    fn own(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self {
            bytes: Rc::new(bytes),
            range,
            is_shared: false,
        }
    }

    /// Whether it is long, and so is not to be made anew for each schedule.
    pub fn is_worth_keeping(&self) -> bool {
        self.is_shared && self.len() > LONG
    }

    fn part(&self, range: Range<usize>) -> Self {
        let start = self.range.start;
        Self {
            range: start + range.start..start + range.end,
            ..self.clone()
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    pub fn len(&self) -> usize {
        self.range.len()
    }

    pub fn place(&self) -> (Rc<Vec<u8>>, Range<usize>) {
        (Rc::clone(&self.bytes), self.range.clone())
    }

    fn is(&self, other: &Rc<Vec<u8>>, at: usize) -> bool {
        let Some(expected) = other.get(at..at + self.len()) else {
            return false;
        };
        if Rc::ptr_eq(&self.bytes, other) && self.range.start == at {
            return true;
        }
        if !self.is_worth_keeping() {
            return self.bytes() == expected;
        }
        let places = (Rc::as_ptr(&self.bytes) as usize, Rc::as_ptr(other) as usize);
        let key = (places.0, self.range.start, self.range.end, places.1, at);
        EQUAL.with_borrow_mut(|known| {
            let compare = || (Rc::clone(&self.bytes), Rc::clone(other), self.bytes() == expected);
            known.entry(key).or_insert_with(compare).2
        })
    }
}

impl Buffer {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(vec![Slice::own(bytes)])
    }

    pub fn shared(bytes: &Rc<Vec<u8>>) -> Self {
        Self(vec![Slice::of(bytes, 0..bytes.len())])
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(Slice::len).sum()
    }

    pub fn append(&mut self, other: Self) {
        for slice in other.0 {
            match self.0.last_mut() {
                // What was cut in two.
                Some(last) if Rc::ptr_eq(&last.bytes, &slice.bytes) && last.range.end == slice.range.start => {
                    last.range.end = slice.range.end;
                }
                _ => self.0.push(slice),
            }
        }
    }

    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut at = 0;
        let mut out = Vec::new();
        for slice in &self.0 {
            let (start, end) = (range.start.max(at), range.end.min(at + slice.len()));
            if start < end {
                out.push(slice.part(start - at..end - at));
            }
            at += slice.len();
        }
        Self(out)
    }

    pub fn to_vec(&self) -> Vec<u8> {
        self.0.iter().flat_map(|slice| slice.bytes().iter().copied()).collect()
    }

    /// In one piece.
    pub fn whole(&self) -> Slice {
        match &self.0[..] {
            [one] => one.clone(),
            _ => Slice::own(self.to_vec()),
        }
    }

    /// Whether it is that, from there on.
    pub fn is_at(&self, expected: &Rc<Vec<u8>>, mut at: usize) -> bool {
        self.0.iter().all(|slice| {
            let is = slice.is(expected, at);
            at += slice.len();
            is
        })
    }

    pub fn is(&self, expected: &Rc<Vec<u8>>) -> bool {
        self.len() == expected.len() && self.is_at(expected, 0)
    }

    pub fn slices(&self) -> &[Slice] {
        &self.0
    }

    /// Whether two are the same bytes.
    pub fn equals(&self, other: &Self) -> bool {
        let lengths = |buffer: &Self| buffer.0.iter().map(Slice::len).collect::<Vec<_>>();
        match lengths(self) == lengths(other) {
            true => self
                .0
                .iter()
                .zip(&other.0)
                .all(|(one, other)| one.is(&other.bytes, other.range.start)),
            false => self.len() == other.len() && self.to_vec() == other.to_vec(),
        }
    }
}
