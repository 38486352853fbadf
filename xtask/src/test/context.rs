//! What the steps share: builds that several of them need, and a log for each.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, anyhow, bail, ensure};

use super::counts::Counts;
use crate::process::{self, Output};
use crate::setup::{Missing, Setup};
use crate::{build, server};

/// For one command of a step; a browser that hangs must not hang the run.
pub const LIMIT: Duration = Duration::from_secs(15 * 60);

/// How often a page that does not load is opened.
const PAGE_ATTEMPTS: u32 = 3;

pub struct TestContext<'a> {
    pub setup: &'a Setup<'a>,
    package: OnceCell<Result<(), String>>,
    server: OnceCell<Result<PathBuf, String>>,
}

impl<'a> TestContext<'a> {
    pub fn new(setup: &'a Setup<'a>) -> TestContext<'a> {
        TestContext {
            setup,
            package: OnceCell::new(),
            server: OnceCell::new(),
        }
    }

    /// The npm package of the present sources.
    pub fn package(&self, log: &Log) -> Result<()> {
        let build = || build::package(self.setup, &log.output());
        self.package
            .get_or_init(|| build().map_err(|error| format!("{error:#}")))
            .clone()
            .map_err(|text| anyhow!("the package was not built: {text}"))
    }

    /// The server's binary.
    pub fn server(&self, log: &Log) -> Result<PathBuf> {
        let build = || server::build(self.setup, &log.output());
        self.server
            .get_or_init(|| build().map_err(|error| format!("{error:#}")))
            .clone()
            .map_err(|text| anyhow!("the development server was not built: {text}"))
    }

    /// A directory of tests. One that is not there must not pass for one that has no faults.
    pub fn directory(&self, name: &str) -> Result<PathBuf> {
        let dir = self.setup.places.root.join(name);
        ensure!(dir.is_dir(), "there is no {name}");
        Ok(dir)
    }

    /// Installs what `package-lock.json` says, unless it is there.
    pub fn node_modules(&self, dir: &Path, log: &Log) -> Result<()> {
        let lock = dir.join("package-lock.json");
        let wanted = fs::read(&lock).map_err(|error| anyhow!("{} cannot be read: {error}", lock.display()))?;
        let stamp = dir.join("node_modules/.presealed-lock");
        if fs::read(&stamp).is_ok_and(|have| have == wanted) {
            return Ok(());
        }
        let mut npm = self.setup.native("npm");
        npm.current_dir(dir).args(["ci", "--no-audit", "--no-fund"]);
        log.run(&mut npm)?;
        // A package without dependencies gets no directory.
        fs::create_dir_all(dir.join("node_modules"))?;
        fs::write(stamp, wanted)?;
        Ok(())
    }
}

/// One step's own file, in the target directory.
pub struct Log {
    pub path: PathBuf,
}

impl Log {
    pub fn create(dir: &Path, step: &str) -> Result<Log> {
        let path = dir.join(format!("{step}.log"));
        File::create(&path)?;
        Ok(Log { path })
    }

    pub fn output(&self) -> Output {
        Output::File(self.path.clone())
    }

    pub fn run(&self, command: &mut Command) -> Result<()> {
        process::run(command, &self.output(), LIMIT)
    }

    /// A command that needs what may not be to be had: `Missing` if it fails and says one of `unmet`.
    pub fn run_unless(&self, command: &mut Command, unmet: &[&str]) -> Result<()> {
        let (result, text) = self.heard(command)?;
        result.map_err(|error| match line_with(&text, unmet) {
            Some(line) => Missing(format!("{error}: {line}")).into(),
            None => error,
        })
    }

    /// A command that is one check.
    pub fn check(&self, command: &mut Command) -> Result<Counts> {
        self.run(command).map(|()| Counts::ONE_PASSED)
    }

    /// A command that counts its tests.
    pub fn tests(&self, command: &mut Command) -> Result<Counts> {
        self.counted(command, Counts::in_text)
    }

    /// The same, of a page of wasm-bindgen's runner, which is opened again where it never loads: the runner's server (tiny_http 0.12) counts a
    /// thread as idle until it has woken, and leaves a connection without one where a browser opens several at once.
    pub fn tests_of_a_page(&self, command: &mut Command) -> Result<Counts> {
        for _ in 1..PAGE_ATTEMPTS {
            let (result, text) = self.heard(command)?;
            if result.is_ok() || !never_loaded(&text) {
                return self.verdict(result, Counts::in_text(&text));
            }
        }
        self.tests(command)
    }

    pub fn counted(&self, command: &mut Command, count: fn(&str) -> Option<Counts>) -> Result<Counts> {
        let (result, text) = self.heard(command)?;
        self.verdict(result, count(&text))
    }

    fn verdict(&self, result: Result<()>, counts: Option<Counts>) -> Result<Counts> {
        let counts = counts.unwrap_or_default();
        match result {
            Ok(()) if counts.total() == 0 => bail!("no test has run"),
            Ok(()) => Ok(counts),
            Err(_) if counts.failed > 0 => Ok(counts),
            // It broke outside of a test: while compiling, or when a browser went away.
            Err(error) => {
                let mut file = File::options().append(true).open(&self.path)?;
                std::io::Write::write_all(&mut file, format!("{error:#}\n").as_bytes())?;
                Ok([counts, Counts::ONE_FAILED].into_iter().sum())
            }
        }
    }
    /// What became of the command, and what it printed.
    fn heard(&self, command: &mut Command) -> Result<(Result<()>, String)> {
        let before = fs::metadata(&self.path)?.len();
        let result = self.run(command);
        let text = fs::read(&self.path)?;
        let ours = text.get(usize::try_from(before)?..).unwrap_or_default();
        Ok((result, String::from_utf8_lossy(ours).into_owned()))
    }
}

/// Whether the last page that was opened has begun no test.
fn never_loaded(text: &str) -> bool {
    let last = text.rsplit_once("Running headless tests in").map(|(_, last)| last);
    last.is_some_and(|last| !last.lines().any(|line| line.starts_with("running ")))
}

fn line_with<'a>(text: &'a str, marks: &[&str]) -> Option<&'a str> {
    text.lines().find(|line| marks.iter().any(|mark| line.contains(mark)))
}

#[cfg(test)]
mod tests {
    use super::never_loaded;

    #[test]
    fn a_page_that_began_a_test_is_not_opened_again() {
        let opened = "Running headless tests in Chrome on `http://127.0.0.1:1/`\n";
        let passed = "running 2 tests\ntest a ... ok\ntest result: ok. 2 passed; 0 failed\n";
        assert!(never_loaded(&format!(
            "{opened}Loading scripts...\nError: missing field `chunk`\n"
        )));
        assert!(never_loaded(&format!("{opened}{passed}{opened}")));
        assert!(!never_loaded(&format!("{opened}{passed}")));
        assert!(!never_loaded(&format!("{opened}running 2 tests\ntest a ... ")));
        assert!(!never_loaded("error: could not compile `presealed`"));
    }
}
