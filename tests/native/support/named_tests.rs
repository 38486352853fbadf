//! Whether a test of that name exists, by reading the sources of tests.

use std::{fs, path::Path};

/// Asserts that `file::test`, below `tests` (Rust: `tests/native`), is a test: a function with a test's attribute, or a titled test of a script.
pub fn assert_exists(named: &str) {
    let (file, test) = named.split_once("::").expect("file::test");
    let folder = if file.ends_with(".rs") { "tests/native" } else { "tests" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{named}: {error}"));
    assert!(is_in(&text, file, test), "{file} has no test {test}");
}

fn is_in(text: &str, file: &str, test: &str) -> bool {
    if !file.ends_with(".rs") {
        return text.contains(&format!("test(\"{test}"));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_test = |at: usize| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        above.into_iter().any(|line| line.contains("test]"))
    };
    let declared = [format!("fn {test}("), format!("async fn {test}(")];
    lines
        .iter()
        .enumerate()
        .any(|(at, line)| declared.iter().any(|start| line.starts_with(start)) && is_test(at))
}

/// It must be able to say no.
pub fn assert_reader_can_fail() {
    let text = "#[test]\n#[cfg(x)]\nfn one() {}\nfn two() {}\n#[wasm_bindgen_test]\nasync fn three() {\n// fn four()\n";
    let found = ["one", "two", "three", "four", "on"].map(|test| is_in(text, "a.rs", test));
    assert_eq!(found, [true, false, true, false, false]);
    assert!(is_in("test(\"a title, and more\"", "a.test.js", "a title") && !is_in("", "a.test.js", "a title"));
}
