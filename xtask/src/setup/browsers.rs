//! Browsers and their drivers. One that is there is used.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::tools::{self, Tool};
use super::{Missing, Setup, in_ci, version};
use crate::config::Browser;
use crate::process;

/// A browser that tests can drive.
pub struct Ready {
    pub driver: PathBuf,
    pub program: PathBuf,
    /// Settings for wasm-bindgen's test runner.
    pub webdriver_json: PathBuf,
}

const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const FIREFOX: &[&str] = &[
    "firefox-esr",
    "firefox",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
];

pub fn ensure(setup: &Setup<'_>, browser: Browser) -> Result<Ready> {
    let (program, driver) = match browser {
        Browser::Chromium => chromium(setup)?,
        Browser::Firefox => firefox(setup)?,
        Browser::WebkitGtk => webkitgtk(setup)?,
    };
    Ok(Ready {
        webdriver_json: webdriver_json(setup, browser, &program)?,
        driver,
        program,
    })
}

fn chromium(setup: &Setup<'_>) -> Result<(PathBuf, PathBuf)> {
    let look = || {
        let browser = find("PRESEALED_CHROMIUM", CHROMIUM)?;
        let driver = find("PRESEALED_CHROMEDRIVER", &["chromedriver"])?;
        let release = |path: &Path| version::of(path).and_then(|text| version::major(&text));
        // A driver of another release refuses to start the browser.
        let fit = release(&browser).is_some() && release(&browser) == release(&driver);
        fit.then_some((browser, driver))
    };
    let hint = "Chromium or Chrome, and the chromedriver of the same release";
    found_or_installed(setup, look, &["chromium", "chromium-driver"], hint)
}

fn firefox(setup: &Setup<'_>) -> Result<(PathBuf, PathBuf)> {
    let look = || find("PRESEALED_FIREFOX", FIREFOX);
    let browser = found_or_installed(setup, look, &["firefox-esr"], "Firefox")?;
    let driver = match env::var_os("PRESEALED_GECKODRIVER") {
        Some(path) => path.into(),
        None => tools::from_crates(
            setup,
            &Tool {
                name: "geckodriver",
                program: "geckodriver",
                version: &setup.config.tools.geckodriver,
                exact: false,
                wait: "about a minute",
            },
        )?,
    };
    Ok((browser, driver))
}

/// WebKitWebDriver starts its browser by itself, but needs a display.
fn webkitgtk(setup: &Setup<'_>) -> Result<(PathBuf, PathBuf)> {
    let look = || {
        let display = process::find_program("xvfb-run")?;
        process::find_program("xauth")?;
        Some((display, process::find_program("WebKitWebDriver")?))
    };
    let packages = ["webkit2gtk-driver", "xvfb", "xauth"];
    found_or_installed(setup, look, &packages, "WebKitWebDriver and xvfb-run")
}

fn found_or_installed<T>(setup: &Setup<'_>, look: impl Fn() -> Option<T>, packages: &[&str], hint: &str) -> Result<T> {
    if let Some(found) = look() {
        return Ok(found);
    }
    let missing = || Missing(format!("missing: install {hint}"));
    if !setup.apt.is_here() {
        return Err(missing().into());
    }
    setup.apt.need(packages, "half a minute")?;
    Ok(look().ok_or_else(missing)?)
}

/// The one that the caller names, else the first that there is.
fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    names.iter().find_map(|name| match name.contains('/') {
        true => Some(PathBuf::from(name)).filter(|path| path.is_file()),
        false => process::find_program(name),
    })
}

fn webdriver_json(setup: &Setup<'_>, browser: Browser, program: &Path) -> Result<PathBuf> {
    let mut chromium_flags = vec![
        "--headless",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--disable-sync",
        "--no-default-browser-check",
        "--no-first-run",
    ];
    // Chromium's sandbox refuses to run as root, and in most containers.
    if process::is_root() || in_ci() {
        chromium_flags.push("--no-sandbox");
    }
    let mut settings = match browser {
        Browser::Chromium => json!({
            "goog:chromeOptions": { "binary": program, "args": chromium_flags }
        }),
        Browser::Firefox => json!({
            "moz:firefoxOptions": {
                "binary": program,
                "prefs": {
                    "app.update.disabledForTesting": true,
                    "datareporting.policy.dataSubmissionEnabled": false,
                }
            }
        }),
        Browser::WebkitGtk => json!({}),
    };
    // The software engine, compiled without optimisation, may hold the page's thread for longer than the usual 30 s.
    // A page that does not load at all is opened again: see the step that runs these tests.
    settings["timeouts"] = json!({ "script": 300_000, "pageLoad": 60_000 });
    let path = setup
        .places
        .scratch("webdriver")?
        .join(format!("{}.json", browser.name()));
    fs::write(&path, settings.to_string()).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}
