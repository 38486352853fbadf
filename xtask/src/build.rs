//! The npm package.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process::{self, Output};
use crate::setup::Setup;
use crate::size;

const LIMIT: Duration = Duration::from_secs(15 * 60);

pub fn out_dir(setup: &Setup<'_>) -> PathBuf {
    setup.places.root.join(&setup.config.build.out_dir)
}

/// Makes the package as it is published: optimised, in `pkg/`.
pub fn package(setup: &Setup<'_>, output: &Output) -> Result<()> {
    let build = &setup.config.build;
    let mut command = setup.wasm_pack()?;
    command
        .args(["build", "--mode", "no-install", "--target", &build.module])
        .args(["--out-dir", &build.out_dir]);
    match build.profile.as_str() {
        "release" => command.arg("--release"),
        profile => command.args(["--profile", profile]),
    };
    if !setup.has_wasm_opt()? {
        command.arg("--no-opt");
    }
    process::run(&mut command, output, LIMIT)?;
    add_worker(setup)
}

/// Puts the worker's modules beside what wasm-pack has made, and tells npm of them.
fn add_worker(setup: &Setup<'_>) -> Result<()> {
    let out_dir = out_dir(setup);
    let manifest = out_dir.join("package.json");
    let mut package: Value = serde_json::from_slice(&fs::read(&manifest)?)?;
    let files = package.get_mut("files").and_then(Value::as_array_mut);
    let files = files.context("package.json names no files")?;
    let modules: BTreeSet<_> = fs::read_dir(setup.places.root.join("src/worker"))?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<_, _>>()?;
    for name in modules {
        fs::copy(setup.places.root.join("src/worker").join(&name), out_dir.join(&name))?;
        files.push(name.to_string_lossy().into());
    }
    fs::write(&manifest, serde_json::to_string_pretty(&package)?)?;
    Ok(())
}

/// `cargo xtask build`: false if the package is larger than it may be.
pub fn release(setup: &Setup<'_>) -> Result<bool> {
    package(setup, &Output::Terminal)?;
    let report = size::measure(&out_dir(setup), setup.config.size.gzip_bytes)?;
    print!("{report}");
    Ok(report.within_budget())
}
