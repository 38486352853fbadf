//! The npm package in other people's tools, from the tarball that npm would publish.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::context::{Log, TestContext};
use super::counts::Counts;
use super::journeys::for_browser;
use crate::build;
use crate::config::Browser;
use crate::process::{self, Output};
use crate::server::{self, Server};
use crate::setup::{Setup, browsers};

const DIRECTORY: &str = "tests/packaging";
/// Of `cargo xtask packaging`, which may install every tool.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// As a step of `cargo xtask test`: the rows that are quick.
pub fn step(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let (mut node, _server) = prepared(context, log, "quick")?;
    log.tests(&mut node)
}

/// `cargo xtask packaging`: the rows of these names, or all. True if nothing has failed.
pub fn run(setup: &Setup<'_>, rows: &[String]) -> Result<bool> {
    let context = TestContext::new(setup);
    let log = Log::create(&setup.places.scratch("logs")?, "packaging")?;
    let (mut node, _server) = match prepared(&context, &log, &rows.join(" ")) {
        Ok(ready) => ready,
        Err(error) => bail!("{error:#}\n(more in {})", log.path.display()),
    };
    Ok(process::run(&mut node, &Output::Terminal, LIMIT).is_ok())
}

/// The command that runs the rows, and the server that it needs for as long as it runs.
fn prepared(context: &TestContext<'_>, log: &Log, rows: &str) -> Result<(Command, Server)> {
    let dir = context.directory(DIRECTORY)?;
    let ready = browsers::ensure(context.setup, Browser::Chromium)?;
    context.package(log)?;
    let binary = context.server(log)?;
    // Its browser is theirs too.
    context.node_modules(&context.directory("tests/e2e")?, log)?;
    context.node_modules(&dir, log)?;
    let tarball = packed(context, log)?;
    let server = server::start(context.setup, &binary, "packaging")?;
    let mut node = context.setup.native("node");
    node.current_dir(&dir)
        .args(["--test", "--test-reporter=spec", "packaging.test.js", "gates.test.js"]);
    for_browser(&mut node, Browser::Chromium, &ready);
    server.tell(&mut node);
    node.env("PRESEALED_ROWS", rows)
        .env("PRESEALED_SCRATCH", context.setup.places.scratch("packaging")?)
        .env("PRESEALED_TARBALL", tarball);
    Ok((node, server))
}

fn packed(context: &TestContext<'_>, log: &Log) -> Result<PathBuf> {
    let to = context.setup.places.scratch("packed")?;
    let mut npm = context.setup.native("npm");
    npm.args(["pack", "--ignore-scripts", "--pack-destination"])
        .arg(&to)
        .arg(build::out_dir(context.setup));
    log.run(&mut npm)?;
    Ok(to.join(format!("presealed-{}.tgz", env!("CARGO_PKG_VERSION"))))
}
