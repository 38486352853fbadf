//! The street holds: who may import whom, which room has heard of JavaScript, and how large files may grow.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::support::source::{Source, all, all_of};

pub const LEAVES: &[&str] = &[
    "error",
    "algorithm_suite",
    "secret",
    "encryption_context",
    "encrypted_data_key",
];

/// Room, and what it may import: rooms, or single items of a room.
pub const MAY_IMPORT: &[(&str, &[&[&str]])] = &[
    ("error", &[]),
    ("algorithm_suite", &[&["error"]]),
    ("secret", &[&["error"]]),
    ("json", &[]),
    ("encryption_context", &[&["error", "json"]]),
    ("encrypted_data_key", &[&["error", "encryption_context"]]),
    ("commitment", &[LEAVES]),
    ("keyring", &[LEAVES]),
    // Of secrets it knows nothing.
    (
        "envelope",
        &[&[
            "error",
            "algorithm_suite",
            "encryption_context",
            "encrypted_data_key",
            "json",
        ]],
    ),
    ("content", &[LEAVES, &["commitment"]]),
    ("encrypt", &[LEAVES, &["keyring", "envelope", "content", "commitment"]]),
    ("decrypt", &[LEAVES, &["keyring", "envelope", "content", "commitment"]]),
    ("rewrap", &[LEAVES, &["keyring", "envelope", "commitment", "decrypt"]]),
    // It counts, orders and hashes ciphertext.
    (
        "s3",
        &[&[
            "error",
            "algorithm_suite",
            "encryption_context",
            "encrypted_data_key",
            "envelope",
        ]],
    ),
    ("checkpoint", &[&["error", "encryption_context", "s3"]]),
    // Of `content` and `keyring` a name each.
    ("machine", &[LEAVES, &["checkpoint", "content", "keyring", "s3"]]),
    ("store", &[LEAVES, &["envelope", "machine", "s3"]]),
    (
        "cipher",
        &[
            LEAVES,
            &["content", "decrypt", "encrypt", "envelope", "keyring", "machine"],
        ],
    ),
    (
        "upload",
        &[
            LEAVES,
            &[
                "checkpoint",
                "cipher",
                "commitment",
                "content",
                "decrypt",
                "encrypt",
                "envelope",
                "keyring",
                "machine",
                "s3",
                "store",
            ],
        ],
    ),
    (
        "download",
        &[
            LEAVES,
            &[
                "cipher", "content", "decrypt", "envelope", "keyring", "machine", "rewrap", "s3", "store",
            ],
        ],
    ),
    (
        "border",
        &[
            LEAVES,
            &[
                "checkpoint",
                "cipher",
                "commitment",
                "content",
                "decrypt",
                "download",
                "encrypt",
                "envelope",
                "keyring",
                "machine",
                "rewrap",
                "s3",
                "store",
                "upload",
            ],
        ],
    ),
];

/// The packages through which a crate meets JavaScript, and what would give a pure room I/O, time or randomness.
const BROWSER_ONLY: &[&str] = &[
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "js_sys",
    "web_sys",
    "getrandom",
    "serde_wasm_bindgen",
    "console_error_panic_hook",
];
const IMPURE_STD: &[&str] = &["fs", "net", "time", "env", "process", "thread", "io"];

/// The packages that this project set out to be built with. Each is to do its work in the code: a dependency that is
/// declared, and used for nothing, would say otherwise.
const MADE_WITH: &[&str] = &[
    "wasm_bindgen",
    "js_sys",
    "web_sys",
    "getrandom",
    "aes_gcm",
    "hkdf",
    "serde_wasm_bindgen",
    "console_error_panic_hook",
];

/// Which room each name at the crate's root comes from: modules are their own, re-exports are their module's.
fn rooms_by_name(sources: &[Source]) -> BTreeMap<String, String> {
    let lib = sources.iter().find(|source| source.name == "lib.rs").expect("lib.rs");
    let text = lib.tokens.join(" ");
    let mut rooms = BTreeMap::new();
    for declared in text.split("mod ").skip(1) {
        let name = declared.split(' ').next().unwrap().to_string();
        rooms.insert(name.clone(), name);
    }
    for exported in text.split("pub use ").skip(1) {
        let (room, names) = exported.split_once(" :: ").expect("a re-export of a module's");
        let names = names.split(';').next().unwrap();
        for name in names.split([' ', '{', '}', ',']).filter(|name| !name.is_empty()) {
            rooms.insert(name.to_string(), room.to_string());
        }
    }
    rooms
}

/// What a file may not import, as text.
fn trespasses(source: &Source, rooms: &BTreeMap<String, String>) -> Vec<String> {
    let room = source.room();
    let (_, allowed) = MAY_IMPORT
        .iter()
        .find(|(name, _)| *name == room)
        .unwrap_or_else(|| panic!("{room} is not in the table of rooms"));
    let may = |path: &[String]| {
        let Some(to) = path.first().and_then(|name| rooms.get(name)) else {
            // The crate's root itself, or a name that it does not have.
            return false;
        };
        let item = format!("{to}::{}", path.get(1).map_or("", String::as_str));
        to == room
            || allowed
                .iter()
                .any(|group| group.contains(&to.as_str()) || group.contains(&item.as_str()))
    };
    let paths = source.paths().into_iter();
    paths
        .filter(|path| !may(path))
        .map(|path| format!("{}: crate::{}", source.name, path.join("::")))
        .collect()
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let sources = all();
    let rooms = rooms_by_name(&sources);
    let mut paths = 0;
    let mut trespassing = Vec::new();
    for source in sources.iter().filter(|source| source.name != "lib.rs") {
        paths += source.paths().len();
        trespassing.extend(trespasses(source, &rooms));
    }
    assert_eq!(trespassing, Vec::<String>::new());
    assert!(
        paths > 50,
        "only {paths} paths were found: the reader of source is blind"
    );
    for (room, _) in MAY_IMPORT {
        let declared = rooms.get(*room).is_some_and(|own| own == room);
        assert!(declared, "{room} is in the table, but not in lib.rs");
    }
}

/// The reader sees through trees, new names, `super` and paths in expressions, and not into comments and strings.
#[test]
fn the_reader_of_source_sees_every_path() {
    let text = r##"
        //! [`crate::comment`]
        use crate::{A, b::{C as D, self, e::*}, super_like};
        use super::{sibling, super::F};
        pub(crate) fn f<'a>(x: &'a crate::g::H<'a>) -> char { let _ = "crate::string \" crate::x"; '\'' }
        const T: &str = r#"crate::raw " "#;
        fn g() { crate::secret::DataKey::generate(super::super::i::J); ::std::mem::drop('"'); }
        #[cfg(test)] mod tests { use crate::only_in_tests; }
    "##;
    let source = Source::new("room/file.rs".into(), text);
    let mut paths: Vec<String> = source.paths().iter().map(|path| path.join("::")).collect();
    paths.sort();
    let expected = [
        "A",
        "F",
        "b::C",
        "b::e::*",
        "b::self",
        "g::H",
        "i::J",
        "room::sibling",
        "secret::DataKey::generate",
        "super_like",
    ];
    assert_eq!(paths, expected);
}

/// A trespass of every kind is noticed.
#[test]
fn the_table_refuses_what_it_should() {
    let rooms = rooms_by_name(&all());
    for (file, line, refused) in [
        ("keyring/raw_aes.rs", "use crate::Envelope;", true),
        ("keyring/raw_aes.rs", "use crate::content::Parameters;", true),
        ("keyring/raw_aes.rs", "use crate::secret::DataKey;", false),
        ("envelope/v2.rs", "fn f(key: &crate::secret::DataKey) {}", true),
        ("envelope/v2.rs", "use crate::commitment::verify;", true),
        ("envelope/v2.rs", "use crate::algorithm_suite::COMMITMENT_BYTES;", false),
        ("envelope/mod.rs", "use super::keyring::Keyring;", true),
        ("envelope/v2.rs", "use super::super::keyring::Keyring;", true),
        ("envelope/v2.rs", "use super::Metadata;", false),
        ("s3/put.rs", "use crate::{Error, content::Engine};", true),
        ("s3/put.rs", "use crate::*;", true),
        ("content/engine.rs", "use crate::border::Anything;", true),
        ("error.rs", "use crate::AlgorithmSuite;", true),
        ("secret.rs", "use crate::EncryptionContext;", true),
        ("border/mod.rs", "use crate::{s3::put, keyring::Keyring};", false),
    ] {
        let source = Source::new(file.into(), line);
        assert_eq!(!trespasses(&source, &rooms).is_empty(), refused, "{file}: {line}");
    }
}

#[test]
fn only_the_border_has_heard_of_javascript() {
    for source in all().iter().filter(|source| source.room() != "border") {
        for package in BROWSER_ONLY {
            assert!(
                !source.tokens.iter().any(|token| token == package),
                "{} names {package}",
                source.name
            );
        }
        for window in source.tokens.windows(3) {
            let impure = window[0] == "std" && window[1] == "::" && IMPURE_STD.contains(&window[2].as_str());
            assert!(!impure, "{} names std::{}", source.name, window[2]);
        }
    }
    // And the packages are there for wasm alone, so that a native build is the outer wall.
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let (_, native) = manifest.split_once("\n[dependencies]\n").expect("dependencies");
    let native = native.split("\n[").next().unwrap();
    for package in BROWSER_ONLY {
        let package = package.replace('_', "-");
        assert!(
            !native.lines().any(|line| line.starts_with(&package)),
            "{package} is a native dependency"
        );
    }
}

#[test]
fn the_servers_rooms_import_each_other_in_no_circle() {
    let sources = all_of("server/src");
    let mut imports: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in &sources {
        let others = source.paths().into_iter().filter_map(|path| path.into_iter().next());
        let others = others.filter(|name| name != source.room());
        imports.entry(source.room()).or_default().extend(others);
    }
    let rooms: BTreeSet<String> = imports.keys().map(|room| room.to_string()).collect();
    imports
        .values_mut()
        .for_each(|names| names.retain(|name| rooms.contains(name)));
    assert!(imports["page"].contains("store"), "the reader of source is blind");
    // What imports nothing that is left is in no circle.
    while let Some(room) = imports
        .iter()
        .find(|(_, names)| names.is_empty())
        .map(|(room, _)| *room)
    {
        imports.remove(room);
        imports.values_mut().for_each(|names| {
            names.remove(room);
        });
    }
    assert!(imports.is_empty(), "{imports:?}");
}

#[test]
fn files_stay_small() {
    for source in all() {
        let most = if source.name == "lib.rs" { 59 } else { 400 };
        assert!(
            source.lines <= most,
            "{} has {} lines, more than {most}",
            source.name,
            source.lines
        );
    }
}

#[test]
fn what_it_is_said_to_be_made_with_is_used() {
    let sources = all();
    for package in MADE_WITH {
        let used = sources
            .iter()
            .any(|source| source.tokens.iter().any(|token| token == package));
        assert!(used, "{package} is used nowhere in src");
    }
}
