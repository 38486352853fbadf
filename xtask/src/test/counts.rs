//! How many tests a runner says have passed.

use std::fmt;
use std::iter::Sum;

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Counts {
    /// For what is one check: a formatter, a linter.
    pub const ONE_PASSED: Counts = Counts {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    pub const ONE_FAILED: Counts = Counts {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    pub const ONE_SKIPPED: Counts = Counts {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    pub fn total(self) -> u64 {
        self.passed + self.failed + self.skipped
    }

    /// Cargo's and wasm-bindgen's `test result:` lines, and the summary of `node --test`.
    pub fn in_text(text: &str) -> Option<Counts> {
        let found: Vec<_> = text
            .lines()
            .map(without_colours)
            .filter_map(|line| cargo(&line).or_else(|| node(&line)))
            .collect();
        (!found.is_empty()).then(|| found.into_iter().sum())
    }

    /// The line that closes the interop matrix.
    pub fn in_interop(text: &str) -> Option<Counts> {
        let (_, numbers) = text.lines().last()?.split_once("interop: ")?;
        let mut counts = numbers.split(", ").map(|part| part.split(' ').next()?.parse().ok());
        Some(Counts {
            passed: counts.next()??,
            failed: counts.next()??,
            skipped: counts.next()??,
        })
    }

    /// The rows of the conformance probe: answered as S3 does, otherwise, or let in what S3 refuses.
    pub fn in_rows(text: &str) -> Option<Counts> {
        let count = |mark: &str| {
            let marked = |line: &&str| line.split_whitespace().next() == Some(mark);
            text.lines().filter(marked).count() as u64
        };
        let counts = Counts {
            passed: count("ok"),
            failed: count("diff") + count("LEAK"),
            skipped: 0,
        };
        (counts.total() > 0).then_some(counts)
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(all: I) -> Counts {
        all.fold(Counts::default(), |a, b| Counts {
            passed: a.passed + b.passed,
            failed: a.failed + b.failed,
            skipped: a.skipped + b.skipped,
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out`
fn cargo(line: &str) -> Option<Counts> {
    let (_, result) = line.trim().split_once("test result: ")?;
    let (_, numbers) = result.split_once(". ")?;
    let mut counts = Counts::default();
    for part in numbers.split(';') {
        let mut words = part.split_whitespace();
        let (Some(number), Some(word)) = (words.next(), words.next()) else {
            continue;
        };
        let number = number.parse().unwrap_or(0);
        match word {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "ignored" => counts.skipped = number,
            _ => {}
        }
    }
    Some(counts)
}

/// `# pass 3` in TAP, `ℹ pass 3` in the spec reporter.
fn node(line: &str) -> Option<Counts> {
    let rest = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
    let (word, number) = rest.trim_end().split_once(' ')?;
    let number = number.parse().ok()?;
    let counts = Counts::default();
    match word {
        "pass" => Some(Counts {
            passed: number,
            ..counts
        }),
        "fail" | "cancelled" => Some(Counts {
            failed: number,
            ..counts
        }),
        "skipped" | "todo" => Some(Counts {
            skipped: number,
            ..counts
        }),
        _ => None,
    }
}

/// Drops `ESC [ ... letter`.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Option<Counts> {
        Some(Counts {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn cargos_results_are_summed() {
        let text = "
running 3 tests
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s
test result: \u{1b}[31mFAILED\u{1b}[0m. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out
";
        assert_eq!(Counts::in_text(text), counts(7, 2, 1));
    }

    #[test]
    fn both_of_nodes_reporters_are_read() {
        let tap =
            "ok 1 - pass 9\n# tests 6\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n# duration_ms 5.1";
        assert_eq!(Counts::in_text(tap), counts(3, 2, 1));
        let spec = "✔ seals (1.2ms)\n\u{1b}[34mℹ tests 1\u{1b}[39m\nℹ pass 1\nℹ fail 0\nℹ skipped 0\nℹ todo 0";
        assert_eq!(Counts::in_text(spec), counts(1, 0, 0));
    }

    #[test]
    fn the_matrix_is_closed_by_its_counts() {
        let text = "ruby node V2 7 0 0\n\ninterop: 212 passed, 1 failed, 30 skipped\n";
        assert_eq!(Counts::in_interop(text), counts(212, 1, 30));
        assert_eq!(Counts::in_interop("interop: none"), None);
    }

    #[test]
    fn silence_is_not_a_pass() {
        assert_eq!(Counts::in_text("no tests to run!"), None);
        assert_eq!(Counts::in_rows("Traceback"), None);
    }

    #[test]
    fn rows_are_counted() {
        let text = "ok   A1   PUT: 200\ndiff A2   HEAD: 204   (AWS: 200)\nLEAK A3   GET: 200   (AWS: 403)\nok   A4   GET: 200\n2 of 4 answers";
        assert_eq!(Counts::in_rows(text), counts(2, 2, 0));
    }
}
