//! What the project takes from others: licences, sources, versions, and what is known against them.

use std::process::Command;

use anyhow::Result;

use super::context::{Log, TestContext};
use super::counts::Counts;
use crate::setup::venv;

/// What cargo-deny and git say where the database of advisories cannot be reached.
const NO_DATABASE: &[&str] = &["failed to fetch advisory database"];

/// Whatever needs nobody's word but that of the crates themselves.
pub fn audit(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut deny = cargo_deny(context)?;
    log.check(deny.args(["licenses", "sources", "bans"]))
}

/// Against RustSec's database, as it is today.
pub fn advisories(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut deny = cargo_deny(context)?;
    log.run_unless(deny.arg("advisories"), NO_DATABASE)?;
    Ok(Counts::ONE_PASSED)
}

fn cargo_deny(context: &TestContext<'_>) -> Result<Command> {
    let requirements = context.directory("tests/audit")?.join("requirements.txt");
    let bin = venv::ensure_if_packaged(context.setup, "audit", &requirements)?;
    let mut deny = context.setup.native(bin.join("cargo-deny"));
    // A warning says that something is listed in deny.toml for nothing.
    deny.args(["--workspace", "--locked", "check", "--deny", "warnings"]);
    Ok(deny)
}
