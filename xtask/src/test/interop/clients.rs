//! The official clients: where each comes from, and how its driver is started.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::super::context::{Log, TestContext};
use crate::process;
use crate::setup::{Missing, venv};

pub struct Client {
    pub name: &'static str,
    /// Skipped, even in CI, where its build tools or their registry are not to be had.
    pub may_be_missing: bool,
    ready: fn(&TestContext<'_>, &Log, &Path) -> Result<Vec<String>>,
}

pub const CLIENTS: &[Client] = &[
    client("python", false, python),
    client("ruby", false, ruby),
    client("java", true, java),
    client("java-v1", true, java),
    client("go", true, go),
];

const fn client(
    name: &'static str,
    may_be_missing: bool,
    ready: fn(&TestContext<'_>, &Log, &Path) -> Result<Vec<String>>,
) -> Client {
    Client {
        name,
        may_be_missing,
        ready,
    }
}

impl Client {
    /// The command that starts its driver, from its own directory below `dir`.
    pub fn ready(&self, context: &TestContext<'_>, log: &Log, dir: &Path) -> Result<Vec<String>> {
        (self.ready)(context, log, &dir.join(self.name))
    }
}

fn python(context: &TestContext<'_>, _: &Log, dir: &Path) -> Result<Vec<String>> {
    let bin = venv::ensure(context.setup, "interop", &dir.join("requirements.txt"))?;
    words([bin.join("python3").as_path(), &dir.join("driver.py")])
}

/// Debian's gems, or those that the machine's own Ruby has.
fn ruby(context: &TestContext<'_>, _: &Log, dir: &Path) -> Result<Vec<String>> {
    let has = || {
        let mut ruby = process::command("ruby");
        ruby.args(["-e", "require 'aws-sdk-s3'; require 'aws-sdk-kms'; puts 1"]);
        process::answer(ruby).is_some()
    };
    if !has() {
        context
            .setup
            .packages(&["ruby", "ruby-aws-sdk-s3", "ruby-aws-sdk-kms"])?;
    }
    // Without the first client's advice to use the second one.
    words([Path::new("ruby"), Path::new("-W0"), &dir.join("driver.rb")])
}

/// What Maven says where the registry does not answer or refuses, and where Java is too old or has no compiler.
/// An artifact that the registry does not have is told in other words: that is a fault of ours.
const NO_MAVEN: &[&str] = &[
    "Could not transfer artifact",
    "No compiler is provided in this environment",
    "release version 17 not supported",
];
/// The same of Go.
const NO_GO: &[&str] = &[": Get \"http", ": reading http", "; GOTOOLCHAIN=local)"];

fn java(context: &TestContext<'_>, log: &Log, dir: &Path) -> Result<Vec<String>> {
    let mut maven = built_with(context, &["mvn", "java"], dir)?;
    maven.args(["--quiet", "--batch-mode", "package"]);
    log.run_unless(&mut maven, NO_MAVEN)
        .context("Maven did not build the driver")?;
    words([Path::new("java"), Path::new("-jar"), &dir.join("target/driver.jar")])
}

fn go(context: &TestContext<'_>, log: &Log, dir: &Path) -> Result<Vec<String>> {
    let mut go = built_with(context, &["go"], dir)?;
    go.args(["build", "-o", "driver", "."]);
    log.run_unless(&mut go, NO_GO).context("Go did not build the driver")?;
    words([dir.join("driver").as_path()])
}

/// The first of the programs, where all of them are.
fn built_with(context: &TestContext<'_>, programs: &[&str], dir: &Path) -> Result<Command> {
    if let Some(program) = programs.iter().find(|name| process::find_program(name).is_none()) {
        return Err(Missing(format!("there is no {program} here")).into());
    }
    let mut command = context.setup.native(programs[0]);
    command.current_dir(dir);
    Ok(command)
}

fn words<const N: usize>(paths: [&Path; N]) -> Result<Vec<String>> {
    let word = |path: &Path| path.to_str().map(str::to_owned).context("a path that is not UTF-8");
    paths.into_iter().map(word).collect()
}
