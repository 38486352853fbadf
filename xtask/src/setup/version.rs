//! Which version a program says it is.

use std::path::Path;

use crate::process;

pub fn of(program: &Path) -> Option<String> {
    let mut command = process::command(program);
    command.arg("--version");
    in_text(&process::answer(command)?)
}

fn in_text(text: &str) -> Option<String> {
    let word = text
        .lines()
        .next()?
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(word.to_owned())
}

fn numbers(version: &str) -> Vec<u64> {
    version
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|part| part.parse().ok())
        .collect()
}

/// `wanted` is compared as far as `have` goes: wasm-opt calls 132.0.0 just 132.
pub fn at_least(have: &str, wanted: &str) -> bool {
    let (have, mut wanted) = (numbers(have), numbers(wanted));
    wanted.truncate(have.len());
    !have.is_empty() && have >= wanted
}

pub fn major(version: &str) -> Option<u64> {
    numbers(version).first().copied()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn found_in_what_programs_print() {
        for (text, version) in [
            ("wasm-bindgen 0.2.129", "0.2.129"),
            ("wasm-opt version 132 (version_132)", "132"),
            ("ChromeDriver 156.0.8078.79 (abc) built on Debian", "156.0.8078.79"),
            ("Mozilla Firefox 153.7.0esr", "153.7.0esr"),
            ("rustc 1.96.0 (1234 2026-05-28) (built from a source)", "1.96.0"),
        ] {
            assert_eq!(in_text(text).unwrap(), version);
        }
        assert_eq!(in_text("no number"), None);
    }

    #[test]
    fn compared_by_numbers() {
        assert!(at_least("0.15.1", "0.15.1"));
        assert!(at_least("0.16.0", "0.15.1"));
        assert!(at_least("132", "132.0.0"));
        assert!(!at_least("0.9.12", "0.15.1"));
        assert!(!at_least("108", "132.0.0"));
        assert!(!at_least("", "1"));
        assert_eq!(major("156.0.8078.79"), Some(156));
    }
}
