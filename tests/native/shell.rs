//! The shell in `src/js` waits and carries bytes, and decides nothing: what a status, a header or an error means, when to try again and which
//! options may be, is the machines'.

use std::{fs, path::Path};

/// Lines of one file, and of all, but for those that only say types.
const MOST_LINES: usize = 300;
const MOST_LINES_OF_ALL: usize = 2_500;

/// What no machine can say or ask, since it is about wasm itself or a thread without: file, code or member, and why.
const OWN_WORDS: &[(&str, &str, &str)] = &[
    (
        "checkpoints.js",
        "unsupported-browser",
        "it is made before any call, and maybe before the start",
    ),
    ("drive.js", "unreachable", "wasm has trapped"),
    ("files.js", ".ok", "the package's own file either comes or does not"),
    (
        "in-worker.js",
        "unsupported-browser",
        "this thread has no wasm, and no worker to have it",
    ),
    (
        "presealed.js",
        "misuse",
        "wasm has not started, or its object was freed",
    ),
    ("start.js", "misuse", "wasm has not started"),
    ("start.js", "unsupported-browser", "wasm cannot start"),
    ("in-worker.js", "unreachable", "the thread that has wasm is gone"),
    (
        "wire.js",
        "unsupported-browser",
        "a stream does not get to the thread that has wasm",
    ),
    (
        "workers.js",
        "unsupported-browser",
        "a worker is gone, with the part that it had",
    ),
];

/// How names of headers begin that somebody might look at.
const HEADERS: &[&str] = &[
    "x-amz",
    "etag",
    "content-",
    "range",
    "if-",
    "retry-after",
    "authorization",
    "last-modified",
    "accept-ranges",
];

const COMPARISONS: &[&str] = &["===", "!==", "==", "!=", "<", ">", "<=", ">="];

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(String),
}

/// Words, strings and marks of a module, without its comments and regular expressions.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let from = |start: usize, end: usize| chars[start..end.min(chars.len())].iter().collect::<String>();
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    while at < chars.len() {
        let (c, next) = (chars[at], chars.get(at + 1).copied().unwrap_or(' '));
        let start = at;
        match c {
            '/' if next == '/' => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1
                }
            }
            '/' if next == '*' => {
                at += 2;
                while at < chars.len() && !(chars[at] == '*' && chars.get(at + 1) == Some(&'/')) {
                    at += 1;
                }
                at += 2;
            }
            '"' | '\'' | '`' => {
                at += 1;
                while at < chars.len() && chars[at] != c {
                    at += if chars[at] == '\\' { 2 } else { 1 };
                }
                at += 1;
                tokens.push(Token::Text(from(start + 1, at - 1)));
            }
            '/' if matches!(tokens.last(), None | Some(Token::Mark(_)))
                && !matches!(tokens.last(), Some(Token::Mark(mark)) if [")", "]"].contains(&mark.as_str())) =>
            {
                at += 1;
                let mut in_class = false;
                while at < chars.len() && (in_class || chars[at] != '/') {
                    match chars[at] {
                        '\\' => at += 1,
                        '[' => in_class = true,
                        ']' => in_class = false,
                        _ => {}
                    }
                    at += 1;
                }
                at += 1;
            }
            c if word(c) => {
                while at < chars.len() && word(chars[at]) {
                    at += 1;
                }
                tokens.push(Token::Word(from(start, at)));
            }
            c if c.is_whitespace() => at += 1,
            '=' | '!' | '<' | '>' => {
                while at < chars.len() && matches!(chars[at], '=' | '!' | '<' | '>') {
                    at += 1;
                }
                tokens.push(Token::Mark(from(start, at)));
            }
            _ => {
                at += 1;
                tokens.push(Token::Mark(from(start, at)));
            }
        }
    }
    tokens
}

/// The codes of errors, as `error.rs` has them.
fn codes() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/error.rs")).unwrap();
    let (_, body) = text.split_once("fn code(").expect("the codes");
    let (body, _) = body.split_once("\n    }\n").expect("its end");
    let codes: Vec<String> = body.split('"').skip(1).step_by(2).map(Into::into).collect();
    assert!(codes.len() > 30, "only {codes:?}");
    codes
}

/// What a module decides, as text.
fn decisions(name: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let is_comparison =
        |token: Option<&Token>| matches!(token, Some(Token::Mark(mark)) if COMPARISONS.contains(&mark.as_str()));
    let is_number = |token: Option<&Token>| matches!(token, Some(Token::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()));
    let is_its_own = |said: &str| OWN_WORDS.iter().any(|(file, own, _)| *file == name && *own == said);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = |back: usize| index.checked_sub(back).and_then(|index| tokens.get(index));
        match token {
            // `status` of a promise that has settled is text.
            Token::Word(word) if word == "status" => {
                let compared = is_comparison(tokens.get(index + 1)) && is_number(tokens.get(index + 2));
                // Up to the beginning of its path.
                let mut start = index;
                while start >= 2 && tokens[start - 1] == Token::Mark(".".into()) {
                    start -= 2;
                }
                let start = start
                    .checked_sub(1)
                    .map(|start| (tokens.get(start), start.checked_sub(1)));
                let compared_before = start.is_some_and(|(mark, number)| {
                    is_comparison(mark) && is_number(number.and_then(|number| tokens.get(number)))
                });
                let switched = matches!((before(1), before(2)), (Some(Token::Mark(open)), Some(Token::Word(word))) if open == "(" && word == "switch");
                if compared || compared_before || switched {
                    found.push("compares a status".into());
                }
            }
            Token::Word(word)
                if ["ok", "statusText"].contains(&word.as_str())
                    && before(1) == Some(&Token::Mark(".".into()))
                    && !is_its_own(&format!(".{word}")) =>
            {
                found.push(format!("asks for .{word}"));
            }
            Token::Word(word) if word == "race" && before(2) == Some(&Token::Word("Promise".into())) => {
                found.push("races promises".into());
            }
            Token::Text(text) => {
                let lower = text.to_ascii_lowercase();
                if HEADERS.iter().any(|header| lower.starts_with(header)) {
                    found.push(format!("names the header {text}"));
                }
                if name != "failure.js" && codes().contains(text) && !is_its_own(text) {
                    found.push(format!("says {text}"));
                }
            }
            _ => {}
        }
    }
    found
}

fn modules() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let modules = entries.filter(|path| path.extension().is_some_and(|extension| extension == "js"));
    let named = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        (name, fs::read_to_string(&path).unwrap())
    };
    modules.map(named).collect()
}

#[test]
fn the_shell_decides_nothing() {
    let modules = modules();
    assert!(modules.len() > 10, "only {} modules", modules.len());
    let decided: Vec<String> = modules
        .iter()
        .flat_map(|(name, text)| {
            decisions(name, text)
                .into_iter()
                .map(move |decision| format!("{name} {decision}"))
        })
        .collect();
    assert_eq!(decided, Vec::<String>::new());
}

#[test]
fn every_word_of_the_shells_own_is_said() {
    let modules = modules();
    for (file, code, why) in OWN_WORDS {
        let wanted = match code.strip_prefix('.') {
            Some(member) => Token::Word(member.into()),
            None => Token::Text(code.to_string()),
        };
        let said = modules
            .iter()
            .any(|(name, text)| name == file && tokens(text).contains(&wanted));
        assert!(said, "{file} does not say {code} any more, because {why}");
    }
}

#[test]
fn the_shell_stays_small() {
    let mut all = 0;
    for (name, text) in modules() {
        let only_types = |line: &&str| ["/** @", "* @"].iter().any(|tag| line.trim_start().starts_with(tag));
        let lines = text.lines().filter(|line| !only_types(line)).count();
        assert!(lines <= MOST_LINES, "{name} has {lines} lines, more than {MOST_LINES}");
        all += lines;
    }
    assert!(all <= MOST_LINES_OF_ALL, "{all} lines, more than {MOST_LINES_OF_ALL}");
}

/// A decision of every kind is noticed, and what is none is not.
#[test]
fn the_reader_of_the_shell_sees_decisions() {
    for (line, decided) in [
        ("if (response.status === 404) {}", true),
        ("if (status >= 500) {}", true),
        ("if (200 <= xhr.status) {}", true),
        ("switch (status) {}", true),
        ("if (!response.ok) {}", true),
        ("headers.get('ETag')", true),
        ("lines['x-amz-version-id']", true),
        ("const wanted = `Content-Range`;", true),
        ("throw failure(\"file-changed\", \"\");", true),
        ("await Promise.race([a, b]);", true),
        ("// status === 404, \"etag\", Promise.race", false),
        ("/* status === 404 */ const ok = 1;", false),
        ("ends.find(({ status }) => status === \"rejected\")", false),
        ("journey.head(id, xhr.status, headers)", false),
        ("line.split(/[\"'](etag)/)", false),
        ("import { range } from \"./content.js\";", false),
    ] {
        let found = decisions("request.js", line);
        assert_eq!(!found.is_empty(), decided, "{line}: {found:?}");
    }
}
