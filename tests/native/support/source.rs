//! Reads source of ours, just well enough to say which paths it names.

use std::{fs, path::Path};

/// One file of `src`.
pub struct Source {
    /// Path below `src`, with slashes.
    pub name: String,
    pub lines: usize,
    /// Its modules from the crate down: `content/shares.rs` is `content`, `shares`.
    pub modules: Vec<String>,
    /// Identifiers and punctuation; comments, strings and the unit tests at the end left out.
    pub tokens: Vec<String>,
}

/// Every Rust file of `src`.
pub fn all() -> Vec<Source> {
    all_of("src")
}

/// Every Rust file of a crate's folder of source.
pub fn all_of(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.push(Source::new(name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

impl Source {
    pub fn new(name: String, text: &str) -> Self {
        let parts = name.trim_end_matches(".rs").split('/');
        let modules = parts
            .filter(|part| !["mod", "lib"].contains(part))
            .map(str::to_string)
            .collect();
        let mut tokens = tokens(text);
        let tests = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
        if let Some(start) = tokens.windows(tests.len()).position(|window| window == tests) {
            tokens.truncate(start);
        }
        Self {
            modules,
            lines: text.lines().count(),
            name,
            tokens,
        }
    }

    /// The room it belongs to: the first module, or the crate itself.
    pub fn room(&self) -> &str {
        self.modules.first().map_or("lib", String::as_str)
    }

    /// Every path of this crate that it names, from the crate down, without the leading `crate`.
    pub fn paths(&self) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let starts = ["crate", "super"].contains(&self.tokens[at].as_str())
                && self.tokens.get(at + 1).is_some_and(|token| token == "::")
                && (at == 0 || self.tokens[at - 1] != "::");
            if !starts {
                at += 1;
                continue;
            }
            let from = if self.tokens[at] == "super" {
                self.modules.clone()
            } else {
                at += 2;
                Vec::new()
            };
            at = self.tree(at, from, &mut paths);
        }
        paths
    }

    /// Reads a path, or a tree of paths in braces, from `at` on, and returns where it ends.
    fn tree(&self, mut at: usize, mut path: Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
        loop {
            match self.tokens.get(at).map(String::as_str) {
                Some("{") => {
                    at += 1;
                    while self.tokens.get(at).is_some_and(|token| token != "}") {
                        at = self.tree(at, path.clone(), paths);
                        // A comma, or a new name for what is imported.
                        while self.tokens.get(at).is_some_and(|token| token != "}" && token != ",") {
                            at += 1;
                        }
                        if self.tokens.get(at).is_some_and(|token| token == ",") {
                            at += 1;
                        }
                    }
                    return at + 1;
                }
                Some("super") => {
                    path.pop();
                    at += 1;
                }
                Some(name) if name == "*" || name.starts_with(|first: char| first.is_alphabetic() || first == '_') => {
                    path.push(name.to_string());
                    at += 1;
                }
                _ => {}
            }
            if self.tokens.get(at).is_none_or(|token| token != "::") {
                paths.push(path);
                return at;
            }
            at += 1;
        }
    }
}

/// Identifiers, `::` and single characters of punctuation.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
        } else if let Some((hashes, after)) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            rest = after.split_once(end.as_str()).map_or("", |(_, after)| after);
        } else if first == '"' {
            rest = after_string(&rest[1..]);
        } else if first == '\'' {
            rest = after_char(rest);
        } else if rest.starts_with("::") {
            tokens.push("::".to_string());
            rest = &rest[2..];
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest
                .find(|next: char| !next.is_alphanumeric() && next != '_')
                .unwrap_or(rest.len());
            tokens.push(rest[..end].to_string());
            rest = &rest[end..];
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// `r"`, `r#"` and so on: how many hashes, and what follows the quote.
fn raw_string(text: &str) -> Option<(usize, &str)> {
    let after = text.strip_prefix("br").or(text.strip_prefix('r'))?;
    let unhashed = after.trim_start_matches('#');
    Some((after.len() - unhashed.len(), unhashed.strip_prefix('"')?))
}

fn after_string(text: &str) -> &str {
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        match next {
            '"' if !escaped => return &text[at + 1..],
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    ""
}

/// What follows a character literal, or the quote of a lifetime.
fn after_char(text: &str) -> &str {
    let inner = &text[1..];
    if let Some(escape) = inner.strip_prefix('\\') {
        let escaped = escape.chars().next().map_or(0, char::len_utf8);
        return escape[escaped..].split_once('\'').map_or("", |(_, after)| after);
    }
    let first = inner.chars().next().map_or(0, char::len_utf8);
    inner[first..].strip_prefix('\'').unwrap_or(inner)
}
