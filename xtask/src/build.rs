//! The npm package: the crate as one cdylib, its bindings, the modules of `src/js` and what `npm/` adds.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::process::{self, Output};
use crate::setup::Setup;
use crate::size;

const LIMIT: Duration = Duration::from_secs(15 * 60);
const NAME: &str = "presealed";
/// What the README leads to, at the same paths, and the licences.
const DOCUMENTS: &[&str] = &[
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "tests/bench/speed.svg",
];
/// Modules and the package's own files, which go to the package's root.
const FOLDERS: &[&str] = &["src/js", "npm"];

pub fn out_dir(setup: &Setup<'_>) -> PathBuf {
    setup.places.root.join(&setup.config.build.out_dir)
}

/// Makes the package as it is published: optimised, in `pkg/`.
pub fn package(setup: &Setup<'_>, output: &Output) -> Result<()> {
    let out_dir = out_dir(setup);
    match fs::remove_dir_all(&out_dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let wasm = compile(setup, output)?;
    bind(setup, &wasm, &out_dir, output)?;
    extras(setup, &out_dir, output)?;
    complete(&setup.places.root, &out_dir)?;
    minify(setup, &out_dir, output)
}

/// The crate as a cdylib alone: beside an rlib, cargo would leave link-time optimisation out.
fn compile(setup: &Setup<'_>, output: &Output) -> Result<PathBuf> {
    let build = &setup.config.build;
    let mut cargo = setup.wasm_command("cargo")?;
    cargo.args(["rustc", "--lib", "--crate-type", "cdylib"]).args([
        "--profile",
        &build.profile,
        "--target",
        &build.target,
    ]);
    process::run(&mut cargo, output, LIMIT)?;
    let made = setup.places.target.join(&build.target).join(&build.profile);
    Ok(made.join(NAME).with_extension("wasm"))
}

/// The module of primitives, which is called by numbers and needs no bindings.
fn extras(setup: &Setup<'_>, out_dir: &Path, output: &Output) -> Result<()> {
    let build = &setup.config.build;
    let mut cargo = setup.wasm_command("cargo")?;
    cargo
        .args([
            "rustc",
            "--package",
            "presealed-extras",
            "--lib",
            "--crate-type",
            "cdylib",
        ])
        .args(["--profile", &build.profile, "--target", &build.target]);
    process::run(&mut cargo, output, LIMIT)?;
    let made = setup.places.target.join(&build.target).join(&build.profile);
    let module = out_dir.join("presealed_extras.wasm");
    fs::copy(made.join("presealed_extras.wasm"), &module)?;
    if setup.has_optimisers()? {
        optimise(setup, &module, output)?;
    }
    Ok(())
}

fn optimise(setup: &Setup<'_>, module: &Path, output: &Output) -> Result<()> {
    let mut wasm_opt = setup.tool("wasm-opt")?;
    wasm_opt
        .args(&setup.config.build.wasm_opt)
        .arg("--strip-debug")
        .arg(module)
        .arg("-o")
        .arg(module);
    process::run(&mut wasm_opt, output, LIMIT)
}

/// JavaScript's side of the wasm module, and the module made small.
fn bind(setup: &Setup<'_>, wasm: &Path, out_dir: &Path, output: &Output) -> Result<()> {
    let mut bindgen = setup.tool("wasm-bindgen")?;
    bindgen
        .args(["--target", &setup.config.build.module, "--out-name", NAME])
        // The worker of a part is a file of its own: from a data URL it would be of no origin.
        .arg("--split-linked-modules")
        .arg("--out-dir")
        .args([out_dir, wasm]);
    process::run(&mut bindgen, output, LIMIT)?;
    // The package's own entry has that name.
    fs::rename(out_dir.join("presealed.js"), out_dir.join("bindings.js"))?;
    if !setup.has_optimisers()? {
        return Ok(());
    }
    optimise(setup, &out_dir.join("presealed_bg.wasm"), output)
}

/// Puts beside them what is written by hand.
fn complete(root: &Path, out_dir: &Path) -> Result<()> {
    let add = |from: PathBuf, name: &str| -> Result<()> {
        let to = out_dir.join(name);
        fs::create_dir_all(to.parent().context("a file without a directory")?)?;
        fs::copy(&from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
        Ok(())
    };
    for folder in FOLDERS {
        for entry in fs::read_dir(root.join(folder))? {
            let entry = entry?;
            add(entry.path(), &entry.file_name().to_string_lossy())?;
        }
    }
    for name in DOCUMENTS {
        add(root.join(name), name)?;
    }
    Ok(())
}

/// Each module by itself: which there are, and what they export, stays as it is.
fn minify(setup: &Setup<'_>, out_dir: &Path, output: &Output) -> Result<()> {
    if !setup.has_optimisers()? {
        return Ok(());
    }
    let mut modules = BTreeSet::new();
    find_modules(out_dir, &mut modules)?;
    let mut outdir = OsString::from("--outdir=");
    outdir.push(out_dir);
    let mut outbase = OsString::from("--outbase=");
    outbase.push(out_dir);
    let mut esbuild = setup.tool("esbuild")?;
    esbuild
        .args(["--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
        // wasm-bindgen names a module once for each function that is imported of it.
        .args(["--log-override:duplicate-object-key=silent"])
        .args(["--allow-overwrite".into(), outbase, outdir])
        .args(modules);
    process::run(&mut esbuild, output, LIMIT)
}

fn find_modules(dir: &Path, modules: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            find_modules(&path, modules)?;
        } else if path.extension().is_some_and(|kind| kind == "js") {
            modules.insert(path);
        }
    }
    Ok(())
}

/// `cargo xtask build`: false if the package is larger than it may be.
pub fn release(setup: &Setup<'_>) -> Result<bool> {
    package(setup, &Output::Terminal)?;
    let report = size::measure(&out_dir(setup), setup.config.size)?;
    print!("{report}");
    Ok(report.within_budget())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    #[test]
    fn the_package_has_its_modules_and_its_documents() {
        let dir = std::env::temp_dir().join(format!("presealed-package-{}", std::process::id()));
        complete(root(), &dir).unwrap();
        let names = [
            "presealed.js",
            "worker.js",
            "package.json",
            "README.md",
            "SECURITY.md",
            "LICENSE-APACHE",
        ];
        let missing: Vec<_> = names.iter().filter(|name| !dir.join(name).is_file()).collect();
        let mut modules = BTreeSet::new();
        find_modules(&dir, &mut modules).unwrap();
        let found = modules.contains(&dir.join("wire.js"));
        fs::remove_dir_all(&dir).unwrap();

        assert!(missing.is_empty(), "{missing:?}");
        assert!(found && modules.iter().all(|path| path.extension().unwrap() == "js"));
    }

    #[test]
    fn the_package_has_the_crates_version() {
        let package: serde_json::Value =
            serde_json::from_slice(&fs::read(root().join("npm/package.json")).unwrap()).unwrap();
        // Every member has the workspace's.
        assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    }
}
