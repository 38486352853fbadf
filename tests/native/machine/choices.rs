//! What a schedule chooses, one number after another; none left, or zero, is what goes well, in order. So schedules shrink to quiet ones.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

use proptest::{
    prelude::*,
    test_runner::{RngSeed, TestCaseError, TestRunner},
};

/// Schedules of each property. Fewer where `PRESEALED_SCHEDULES` says so.
const SCHEDULES: u32 = 100_000;

pub struct Choices {
    list: Vec<u16>,
    at: usize,
}

impl Choices {
    pub fn new(list: &[u16]) -> Self {
        let list = list.to_vec();
        Self { list, at: 0 }
    }

    pub fn next(&mut self) -> u16 {
        let next = self.list.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        next
    }

    /// One of that many, the first where nothing is chosen.
    pub fn below(&mut self, count: usize) -> usize {
        match count {
            0 | 1 => 0,
            _ => usize::from(self.next()) % count,
        }
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Yes with that probability, in thousandths.
    pub fn yes(&mut self, thousandths: u16) -> bool {
        thousandths > 0
            && u32::from(u16::MAX - self.next()) * 1000 < u32::from(thousandths) * 0x1_0000
            && !self.is_over()
    }

    fn is_over(&self) -> bool {
        self.at > self.list.len()
    }
}

static HOOKED: Once = Once::new();

thread_local! {
    /// Whether a panic of this thread is one of many, of which the smallest is told.
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static REACHED: RefCell<BTreeMap<&'static str, u32>> = const { RefCell::new(BTreeMap::new()) };
}

fn hold_panics_back() {
    HOOKED.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |info| {
            if !QUIET.get() {
                hook(info);
            }
        }));
    });
}

/// Checks a property in schedules of at most that many choices, and shows the smallest of which it does not hold. One in five hundred, at least,
/// reaches each of `ends`: else the property says little. Of few schedules that cannot be told.
pub fn in_every_schedule(choices: usize, ends: &[&'static str], property: fn(&mut Choices)) {
    REACHED.with_borrow_mut(BTreeMap::clear);
    let cases = schedules();
    in_schedules(cases, choices, property);
    REACHED.with_borrow(|reached| {
        for end in ends {
            let count = reached.get(end).copied().unwrap_or(0);
            assert!(
                count >= cases / 500 || cases < 10_000,
                "{end}: {count} of {cases} schedules, of {reached:?}"
            );
        }
    });
}

/// Counts what schedules come to.
pub fn reached(end: &'static str) {
    REACHED.with_borrow_mut(|reached| *reached.entry(end).or_default() += 1);
}

pub fn schedules() -> u32 {
    let fewer = std::env::var("PRESEALED_SCHEDULES").ok();
    fewer.map_or(SCHEDULES, |text| text.parse().expect("PRESEALED_SCHEDULES is a number"))
}

pub fn in_schedules(cases: u32, choices: usize, property: fn(&mut Choices)) {
    if let Some(why) = broken_in(cases, choices, property) {
        panic!("{why}");
    }
}

/// Why the property does not hold, if it does not.
pub fn broken_in(cases: u32, choices: usize, property: fn(&mut Choices)) -> Option<String> {
    hold_panics_back();
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5ea1),
        ..ProptestConfig::default()
    };
    QUIET.set(true);
    let outcome = TestRunner::new(config).run(&proptest::collection::vec(any::<u16>(), 0..choices), |list| {
        let held = catch_unwind(AssertUnwindSafe(|| property(&mut Choices::new(&list))));
        held.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
            TestCaseError::fail(text.unwrap_or_default())
        })
    });
    QUIET.set(false);
    outcome.err().map(|error| error.to_string())
}
