//! The reference of the API, from its declarations.

use std::time::Duration;

use anyhow::{Result, bail};

use super::context::{Log, TestContext};
use super::counts::Counts;
use crate::process::{self, Output};
use crate::setup::Setup;

/// TypeDoc takes another compiler than the tests of the types, and has its own directory therefore.
const DIRECTORY: &str = "tests/reference";
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// As a step of `cargo xtask test`: no warning, and so nothing exported that is not explained, and no link that leads nowhere.
pub fn step(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let dir = context.directory(DIRECTORY)?;
    context.node_modules(&dir, log)?;
    let mut npm = context.setup.native("npm");
    npm.current_dir(dir).args(["run", "--silent", "check"]);
    log.check(&mut npm)
}

/// `cargo xtask reference`: the pages, and where they are.
pub fn run(setup: &Setup<'_>) -> Result<bool> {
    let context = TestContext::new(setup);
    let log = Log::create(&setup.places.scratch("logs")?, "reference")?;
    let dir = context.directory(DIRECTORY)?;
    if let Err(error) = context.node_modules(&dir, &log) {
        bail!("{error:#}\n(more in {})", log.path.display());
    }
    let out = setup.places.target.join("reference");
    let mut npm = setup.native("npm");
    npm.current_dir(dir)
        .args(["run", "--silent", "build", "--", "--out"])
        .arg(&out);
    Ok(process::run(&mut npm, &Output::Terminal, LIMIT).is_ok())
}
