//! What may be written after `cargo xtask`.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, bail};
use lexopt::prelude::*;

use crate::test::{Part, Selection, benchmark, interop};

pub const HELP: &str = "\
cargo xtask demo [--port N] [--data-dir DIR] [-- FLAGS]
    Set up what is missing, build, and serve the page until Ctrl-C.
    FLAGS go to the development server as they are (a real S3 account, for one).
cargo xtask test [PART...] [STEP...]
    Test everything, or only the parts and steps named.
    Parts: --native --wasm --browser --journeys; --list prints the steps of each.
cargo xtask interop [--client NAME]... [--json FILE]
    Amazon's own S3 Encryption Clients against the package, in both directions.
    Clients: python ruby java java-v1 go; FILE gets every row of the table.
cargo xtask bench [--quick] [--mib N] [--only ROW]... [--json FILE] [--firefox]
    The package against its peers in one page, in turns, and encrypted uploads against plain ones.
    Rows: contenders journeys far cpu cold scaling responsiveness.
cargo xtask packaging [ROW...]
    The package in bundlers and frameworks, from its tarball. Rows: the folders of tests/packaging/rows; all of them if none is named.
cargo xtask reference
    Write the reference of the API to target/reference.
cargo xtask build
    Make the npm package in pkg/ and print its size.
cargo xtask release [--dry-run]
    Check that the package may be published: versions, two builds that are the same, no path of this machine; then pack it.
cargo xtask setup
    Install what the others would, and stop.

PRESEALED_TOOLCHAIN  rustup | debian | auto (the default: rustup first, then Debian's packages)
PRESEALED_HOME       where tools are kept, else the user's cache directory
PRESEALED_CHROMIUM, PRESEALED_CHROMEDRIVER, PRESEALED_FIREFOX, PRESEALED_GECKODRIVER
                     a browser or driver to use instead of the one found
";

pub enum Command {
    Bench(benchmark::Options),
    Build,
    Demo(DemoOptions),
    Help,
    Interop(interop::Options),
    Packaging { rows: Vec<String> },
    Reference,
    Release { dry_run: bool },
    Setup,
    Test(Selection),
}

#[derive(Default)]
pub struct DemoOptions {
    pub data_dir: Option<PathBuf>,
    pub port: Option<u16>,
    pub server_flags: Vec<OsString>,
}

pub fn parse(mut parser: lexopt::Parser) -> Result<Command> {
    let name = match parser.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(Value(name)) => name.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    match name.as_str() {
        "bench" => bench(parser),
        "build" => nothing_more(parser, Command::Build),
        "demo" => demo(parser),
        "help" => Ok(Command::Help),
        "interop" => interop(parser),
        "packaging" => packaging(parser),
        "reference" => nothing_more(parser, Command::Reference),
        "release" => release(parser),
        "setup" => nothing_more(parser, Command::Setup),
        "test" => test(parser),
        _ => bail!("there is no command `{name}`\n\n{HELP}"),
    }
}

fn nothing_more(mut parser: lexopt::Parser, command: Command) -> Result<Command> {
    match parser.next()? {
        None => Ok(command),
        Some(Short('h') | Long("help")) => Ok(Command::Help),
        Some(other) => Err(other.unexpected().into()),
    }
}

fn demo(mut parser: lexopt::Parser) -> Result<Command> {
    let mut options = DemoOptions::default();
    loop {
        // lexopt would swallow `--`, after which nothing is ours.
        if let Some(rest) = parser.try_raw_args()
            && rest.peek().is_some_and(|next| next == "--")
        {
            options.server_flags = rest.skip(1).collect();
            return Ok(Command::Demo(options));
        }
        match parser.next()? {
            None => return Ok(Command::Demo(options)),
            Some(Long("port")) => options.port = Some(parser.value()?.parse()?),
            Some(Long("data-dir")) => {
                options.data_dir = Some(std::path::absolute(parser.value()?)?);
            }
            Some(Short('h') | Long("help")) => return Ok(Command::Help),
            Some(other) => return Err(other.unexpected().into()),
        }
    }
}

fn bench(mut parser: lexopt::Parser) -> Result<Command> {
    let mut options = benchmark::Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("firefox") => options.firefox = true,
            Long("json") => options.json = Some(std::path::absolute(parser.value()?)?),
            Long("mib") => options.mib = Some(parser.value()?.parse()?),
            Long("only") => options.only.push(parser.value()?.string()?),
            Long("quick") => options.quick = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Bench(options))
}

fn release(mut parser: lexopt::Parser) -> Result<Command> {
    let mut dry_run = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("dry-run") => dry_run = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Release { dry_run })
}

fn packaging(mut parser: lexopt::Parser) -> Result<Command> {
    let mut rows = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(row) => rows.push(row.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Packaging { rows })
}

fn interop(mut parser: lexopt::Parser) -> Result<Command> {
    let mut options = interop::Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("client") => options.clients.push(parser.value()?.string()?),
            Long("json") => options.json = Some(std::path::absolute(parser.value()?)?),
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Interop(options))
}

fn test(mut parser: lexopt::Parser) -> Result<Command> {
    let mut selection = Selection::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("native") => selection.parts.push(Part::Native),
            Long("wasm") => selection.parts.push(Part::Wasm),
            Long("browser") => selection.parts.push(Part::Browser),
            Long("journeys") => selection.parts.push(Part::Journeys),
            Long("list") => selection.list = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(step) => selection.steps.push(step.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Test(selection))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command> {
        parse(lexopt::Parser::from_args(words))
    }

    #[test]
    fn demo_hands_on_what_follows_the_dashes() {
        let Command::Demo(options) = parsed(&["demo", "--port", "9000", "--", "--region", "eu-west-1"]).unwrap() else {
            panic!("not a demo");
        };
        assert_eq!(options.port, Some(9000));
        assert_eq!(options.server_flags, ["--region", "eu-west-1"]);
    }

    #[test]
    fn test_takes_parts_and_steps() {
        let Command::Test(selection) = parsed(&["test", "--native", "wasm-firefox"]).unwrap() else {
            panic!("not a test");
        };
        assert_eq!(selection.parts, [Part::Native]);
        assert_eq!(selection.steps, ["wasm-firefox"]);
    }

    #[test]
    fn packaging_takes_rows() {
        let Command::Packaging { rows } = parsed(&["packaging", "vite-8", "bun"]).unwrap() else {
            panic!("not the packaging tests");
        };
        assert_eq!(rows, ["vite-8", "bun"]);
        assert!(parsed(&["packaging", "--row", "bun"]).is_err());
    }

    fn workflows() -> Vec<(PathBuf, String)> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.github/workflows");
        let files = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
        files
            .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
            .collect()
    }

    #[test]
    fn workflows_call_what_is_there() {
        let mut called = 0;
        for (path, text) in workflows() {
            for words in text.lines().filter_map(|line| line.split_once("cargo xtask ")) {
                for part in ["native", "wasm", "browser", "journeys"] {
                    let words = words.1.replace("${{ matrix.part }}", part);
                    let command = parsed(&words.split_whitespace().collect::<Vec<_>>());
                    assert!(command.is_ok(), "{}: {words}", path.display());
                    called += 1;
                }
            }
        }
        assert!(called > 0);
    }

    /// A tag can be moved to other code, which would then publish under our name.
    #[test]
    fn workflows_use_actions_by_their_commit() {
        let mut used = 0;
        for (path, text) in workflows() {
            for (_, action) in text.lines().filter_map(|line| line.split_once("uses: ")) {
                let commit = action.split(['@', ' ']).nth(1).unwrap_or_default();
                let is_pinned = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(is_pinned || action.starts_with("./"), "{}: {action}", path.display());
                used += 1;
            }
        }
        assert!(used > 0);
    }

    #[test]
    fn unknown_words_are_refused() {
        assert!(parsed(&["dmeo"]).is_err());
        assert!(parsed(&["demo", "--prot", "1"]).is_err());
        assert!(parsed(&["build", "more"]).is_err());
    }
}
