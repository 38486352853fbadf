//! The tests of the API, which are the same files in every runtime.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::context::{Log, TestContext};
use super::counts::Counts;
use super::journeys::for_browser;
use crate::build;
use crate::config::Browser;
use crate::setup::{Missing, browsers};

const DIRECTORY: &str = "tests/api";
/// Where npm installs the other runtimes: each for this machine alone, as an optional dependency.
const RUNTIMES: &str = "tests/runtimes";

pub fn in_node(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut npm = context.setup.native("npm");
    npm.args(["test", "--silent"]);
    run(context, log, npm)
}

pub fn in_deno(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut deno = context.setup.native(runtime(context, log, "@deno", "deno")?);
    deno.args(["run", "--allow-all", "--no-config", "in-process.js"]);
    run(context, log, deno)
}

pub fn in_bun(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut bun = context.setup.native(runtime(context, log, "@oven", "bin/bun")?);
    bun.arg("in-process.js");
    run(context, log, bun)
}

pub fn in_workerd(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let workerd = runtime(context, log, "@cloudflare", "bin/workerd")?;
    let mut node = context.setup.native("node");
    node.arg("in-workerd.js").env("PRESEALED_WORKERD", workerd);
    run(context, log, node)
}

/// The program of a runtime, from the one package of that scope that is made for this machine.
fn runtime(context: &TestContext<'_>, log: &Log, scope: &str, program: &str) -> Result<PathBuf> {
    let dir = context.directory(RUNTIMES)?;
    context.node_modules(&dir, log)?;
    let packages = fs::read_dir(dir.join("node_modules").join(scope));
    let mut programs = packages.into_iter().flatten().flatten();
    let found = programs.find_map(|package| Some(package.path().join(program)).filter(|path| path.is_file()));
    Ok(found.ok_or_else(|| Missing(format!("no package of {scope} in {RUNTIMES} is for this machine")))?)
}

fn run(context: &TestContext<'_>, log: &Log, mut command: Command) -> Result<Counts> {
    context.package(log)?;
    command
        .current_dir(context.directory(DIRECTORY)?)
        .env("PRESEALED_PKG", build::out_dir(context.setup));
    log.tests(&mut command)
}

pub fn in_page(context: &TestContext<'_>, log: &Log, browser: Browser) -> Result<Counts> {
    in_browser(context, log, browser, "page")
}

pub fn in_service_worker(context: &TestContext<'_>, log: &Log, browser: Browser) -> Result<Counts> {
    in_browser(context, log, browser, "service-worker")
}

fn in_browser(context: &TestContext<'_>, log: &Log, browser: Browser, realm: &str) -> Result<Counts> {
    let ready = browsers::ensure(context.setup, browser)?;
    let mut node = context.setup.native("node");
    node.arg("in-browser.js")
        .env("PRESEALED_API_IN", realm)
        .env("PRESEALED_WEBDRIVER_JSON", &ready.webdriver_json);
    for_browser(&mut node, browser, &ready);
    run(context, log, node)
}
