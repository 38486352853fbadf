//! The npm package.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process::{self, Output};
use crate::setup::Setup;
use crate::size;

const LIMIT: Duration = Duration::from_secs(15 * 60);
/// What the README, which wasm-pack copies, leads to, at the same paths; and the licences, which
/// wasm-pack copies too, but into a new `pkg/` only after it has listed what npm sends.
const DOCUMENTS: &[&str] = &[
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "SECURITY.md",
    "tests/bench/speed.svg",
];

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
    // wasm-pack leaves those of earlier sources there.
    match fs::remove_dir_all(out_dir(setup).join("snippets")) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    process::run(&mut command, output, LIMIT)?;
    complete(&setup.places.root, &out_dir(setup))
}

/// Puts the worker's modules and the documents beside what wasm-pack has made, and tells npm of them.
fn complete(root: &Path, out_dir: &Path) -> Result<()> {
    let manifest = out_dir.join("package.json");
    let mut package: Value = serde_json::from_slice(&fs::read(&manifest)?)?;
    let files = package.get_mut("files").and_then(Value::as_array_mut);
    let files = files.context("package.json names no files")?;
    let mut add = |from: PathBuf, name: &str| -> Result<()> {
        let to = out_dir.join(name);
        fs::create_dir_all(to.parent().context("a file without a directory")?)?;
        fs::copy(&from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
        if !files.iter().any(|listed| listed == name) {
            files.push(name.into());
        }
        Ok(())
    };
    let modules: BTreeSet<_> = fs::read_dir(root.join("src/worker"))?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<_, _>>()?;
    for name in modules {
        let name = name.to_string_lossy();
        add(root.join("src/worker").join(&*name), &name)?;
    }
    for name in DOCUMENTS {
        add(root.join(name), name)?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_package_has_its_worker_and_its_documents() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let dir = std::env::temp_dir().join(format!("presealed-package-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        fs::write(
            dir.join("package.json"),
            r#"{ "files": ["presealed.js", "LICENSE-MIT"] }"#,
        )
        .unwrap();
        complete(root, &dir).unwrap();
        let package: Value = serde_json::from_slice(&fs::read(dir.join("package.json")).unwrap()).unwrap();
        let files: Vec<_> = package["files"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let there = files[1..].iter().all(|name| dir.join(name).is_file());
        let once = files.iter().collect::<BTreeSet<_>>().len() == files.len();
        fs::remove_dir_all(&dir).unwrap();

        assert!(there && once, "{files:?}");
        assert_eq!(files[0], "presealed.js");
        for name in ["worker.js", "SECURITY.md", "LICENSE-APACHE"] {
            assert!(files.contains(&name), "{files:?}");
        }
    }
}
