//! wasm-pack and what it calls, in the versions of wasm-pack.toml and Cargo.lock.
//!
//! One that is on the caller's path in the right version is used; the others are built from
//! crates.io, unoptimised: their output is the same, and the wait a third.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::{Setup, say, version};
use crate::process;

pub struct Tools {
    /// Whether what makes the package small is there.
    pub optimisers: bool,
    pub wasm_pack: PathBuf,
    dirs: Vec<PathBuf>,
}

impl Tools {
    pub fn apply(&self, command: &mut Command) -> Result<()> {
        process::put_on_path(command, &self.dirs)
    }
}

/// A program that a crate installs.
pub struct Tool<'a> {
    pub name: &'a str,
    pub program: &'a str,
    pub version: &'a str,
    /// Another version does not work together with the crate.
    pub exact: bool,
    pub wait: &'a str,
}

pub fn ensure(setup: &Setup<'_>) -> Result<Tools> {
    let versions = &setup.config.tools;
    from_crates(
        setup,
        &Tool {
            name: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version: &versions.wasm_bindgen,
            exact: true,
            wait: "about a minute",
        },
    )?;
    let wasm_pack = from_crates(
        setup,
        &Tool {
            name: "wasm-pack",
            program: "wasm-pack",
            version: &versions.wasm_pack,
            exact: false,
            wait: "a minute or two",
        },
    )?;
    let modules = setup.places.state.join("node_modules").join(".bin");
    Ok(Tools {
        optimisers: from_npm(setup)?,
        wasm_pack,
        dirs: vec![setup.places.state.join("bin"), modules],
    })
}

/// The program, built if it is neither kept nor on the path.
pub fn from_crates(setup: &Setup<'_>, tool: &Tool<'_>) -> Result<PathBuf> {
    let kept = setup.places.state.join("bin").join(tool.program);
    let fits = |have: String| match tool.exact {
        true => have == tool.version,
        false => version::at_least(&have, tool.version),
    };
    if version::of(&kept).is_some_and(fits) {
        return Ok(kept);
    }
    if let Some(path) = process::find_program(tool.program)
        && version::of(&path).is_some_and(fits)
    {
        // Ours comes first on the path, and this one is to be found.
        let _ = fs::remove_file(kept);
        return Ok(path);
    }
    let _lock = setup.lock("tools")?;
    // Whom this waited for may have built it.
    if !version::of(&kept).is_some_and(fits) {
        install(setup, tool)?;
    }
    Ok(kept)
}

fn install(setup: &Setup<'_>, tool: &Tool<'_>) -> Result<()> {
    say(format!("building {} {} ({})", tool.name, tool.version, tool.wait));
    let build = setup.places.state.join("tools-build");
    let mut cargo = process::command("cargo");
    unset_flags(&mut cargo);
    cargo
        // Outside of the repository, whose settings are not the tool's.
        .current_dir(&setup.places.state)
        .env("CARGO_TARGET_DIR", &build)
        .envs([
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
            ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
        ])
        .args(["install", tool.name, "--version", &format!("={}", tool.version)])
        .arg("--root")
        .arg(&setup.places.state)
        .args(["--force", "--locked"]);
    let result = setup.logged(tool.name, &mut cargo);
    let _ = fs::remove_dir_all(build);
    result
}

/// What the caller has set for builds of their own.
pub fn unset_flags(command: &mut Command) {
    for name in [
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC",
        "RUSTC_BOOTSTRAP",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
    ] {
        command.env_remove(name);
    }
}

/// Both run on node alone: npm's binaryen is the program compiled to JavaScript, and npm's esbuild brings its own.
fn from_npm(setup: &Setup<'_>) -> Result<bool> {
    let versions = &setup.config.tools;
    let wanted = [
        ("wasm-opt", "binaryen", &versions.binaryen),
        ("esbuild", "esbuild", &versions.esbuild),
    ];
    let bin = setup.places.state.join("node_modules/.bin");
    let there = wanted.iter().all(|(program, _, version)| {
        version::of(&bin.join(program)).is_some_and(|have| version::at_least(&have, version))
    });
    if there {
        return Ok(true);
    }
    if process::find_program("npm").is_none() {
        say("no npm, so neither wasm-opt nor esbuild: the package will be larger than it need be");
        return Ok(false);
    }
    // In one call: npm removes what it was not asked for.
    let packages = wanted.map(|(_, package, version)| format!("{package}@{version}"));
    say(format!("installing npm's {} (seconds)", packages.join(" and ")));
    let mut npm = process::command("npm");
    npm.args(["install", "--no-save", "--no-package-lock", "--ignore-scripts"])
        .args(["--no-audit", "--no-fund", "--prefix"])
        .arg(&setup.places.state)
        .args(packages);
    setup.logged("npm", &mut npm)?;
    Ok(true)
}
