//! The npm package.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

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
    process::run(&mut command, output, LIMIT)
}

/// `cargo xtask build`: false if the package is larger than it may be.
pub fn release(setup: &Setup<'_>) -> Result<bool> {
    package(setup, &Output::Terminal)?;
    let report = size::measure(&out_dir(setup), setup.config.size.gzip_bytes)?;
    print!("{report}");
    Ok(report.within_budget())
}
