//! The steps that need the development server running, or one in its place.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::context::{Log, TestContext};
use super::counts::Counts;
use crate::config::Browser;
use crate::setup::{browsers, venv};
use crate::{build, process, server};

pub fn conformance(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let dir = context.directory("tests/conformance")?;
    context.setup.program("curl")?;
    let bin = venv::ensure(context.setup, "conformance", &dir.join("requirements.txt"))?;
    let server = server::start(context.setup, &context.server(log)?, "conformance")?;
    let mut probe = context.setup.native(bin.join("python3"));
    probe
        .current_dir(&dir)
        .arg("s3-conformance.py")
        .arg(&server.s3)
        .args([&server.access_key, &server.secret_key]);
    log.counted(&mut probe, Counts::in_rows)
}

pub fn page(context: &TestContext<'_>, log: &Log, browser: Browser) -> Result<Counts> {
    let dir = context.directory("tests/e2e")?;
    let ready = browsers::ensure(context.setup, browser)?;
    context.package(log)?;
    let binary = context.server(log)?;
    context.node_modules(&dir, log)?;
    let server = server::start(context.setup, &binary, &format!("journeys-{}", browser.name()))?;
    let mut node = node_tests(context, &dir)?;
    for_browser(&mut node, browser, &ready);
    server.tell(&mut node);
    log.tests(&mut node)
}

/// These tests start their own store, key service and server.
pub fn independent(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let e2e = context.directory("tests/e2e")?;
    let dir = context.directory("tests/e2e/independent")?;
    let requirements = dir.join("requirements.txt");
    ensure!(requirements.is_file(), "there is no {}", requirements.display());
    let bin = venv::ensure_if_packaged(context.setup, "independent", &requirements)?;
    let browser = Browser::Chromium;
    let ready = browsers::ensure(context.setup, browser)?;
    context.package(log)?;
    let binary = context.server(log)?;
    context.node_modules(&e2e, log)?;
    let data = context.setup.places.scratch("data/independent")?;
    let mut node = node_tests(context, &dir)?;
    for_browser(&mut node, browser, &ready);
    process::put_on_path(&mut node, std::slice::from_ref(&bin))?;
    node.env("PRESEALED_INDEPENDENT_BIN", &bin)
        .env("PRESEALED_SERVER", &binary)
        .env("PRESEALED_WWW", context.setup.places.root.join("www"))
        .env("PRESEALED_PKG", build::out_dir(context.setup))
        .env("PRESEALED_DATA_DIR", &data);
    log.tests(&mut node)
}

/// `node --test` on the test files of a directory, but not on those of the suites within it.
fn node_tests(context: &TestContext<'_>, dir: &Path) -> Result<Command> {
    let mut files = test_files(dir)?;
    ensure!(!files.is_empty(), "no test file in {}", dir.display());
    files.sort();
    let mut node = context.setup.native("node");
    node.current_dir(dir)
        .args([
            "--test",
            "--test-force-exit",
            "--test-concurrency=2",
            "--test-reporter=spec",
        ])
        .args(files);
    Ok(node)
}

fn test_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_file() && name.ends_with(".test.js") {
            files.push(path);
        } else if path.is_dir() && name != "node_modules" && name != "independent" {
            files.extend(test_files(&path)?);
        }
    }
    Ok(files)
}

pub fn for_browser(command: &mut Command, browser: Browser, ready: &browsers::Ready) {
    let (program, driver) = match browser {
        Browser::Chromium => ("PRESEALED_CHROMIUM", "PRESEALED_CHROMEDRIVER"),
        Browser::Firefox => ("PRESEALED_FIREFOX", "PRESEALED_GECKODRIVER"),
        // Its driver starts the browser, and wants a display that the tests must give.
        Browser::WebkitGtk => ("PRESEALED_XVFB_RUN", "PRESEALED_WEBKITDRIVER"),
    };
    command
        .env("PRESEALED_BROWSER", browser.name())
        .env(program, &ready.program)
        .env(driver, &ready.driver);
}
