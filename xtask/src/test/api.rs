//! The tests of the API, which are the same files in every runtime.

use anyhow::Result;

use super::context::{Log, TestContext};
use super::counts::Counts;
use super::journeys::for_browser;
use crate::build;
use crate::config::Browser;
use crate::setup::browsers;

const DIRECTORY: &str = "tests/api";

pub fn in_node(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let dir = context.directory(DIRECTORY)?;
    context.package(log)?;
    let mut npm = context.setup.native("npm");
    npm.current_dir(dir)
        .args(["test", "--silent"])
        .env("PRESEALED_PKG", build::out_dir(context.setup));
    log.tests(&mut npm)
}

pub fn in_page(context: &TestContext<'_>, log: &Log, browser: Browser) -> Result<Counts> {
    let dir = context.directory(DIRECTORY)?;
    let ready = browsers::ensure(context.setup, browser)?;
    context.package(log)?;
    let mut node = context.setup.native("node");
    node.current_dir(dir)
        .arg("in-browser.js")
        .env("PRESEALED_PKG", build::out_dir(context.setup))
        .env("PRESEALED_WEBDRIVER_JSON", &ready.webdriver_json);
    for_browser(&mut node, browser, &ready);
    log.tests(&mut node)
}
