//! A Rust toolchain that can compile to wasm32: the caller's own, else one made of Debian's packages.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Missing, Setup, debian, say};
use crate::process::{self, Output};

/// rustup's server may be out of reach, and then does not answer at all.
const RUSTUP_LIMIT: Duration = Duration::from_secs(90);

pub enum Toolchain {
    /// The caller's, as it is.
    Callers,
    /// A sysroot of our own, around Debian's compiler.
    Private(PathBuf),
}

impl Toolchain {
    pub fn private_sysroot(&self) -> Option<&Path> {
        match self {
            Toolchain::Callers => None,
            Toolchain::Private(dir) => Some(dir),
        }
    }

    /// Makes `cargo` and `rustc` mean this toolchain in the command and its children.
    pub fn apply(&self, command: &mut Command) -> Result<()> {
        let Toolchain::Private(dir) = self else {
            return Ok(());
        };
        if process::find_program("rustup").is_some() {
            // rustup takes a directory for a toolchain's name; nothing of its own changes.
            command.env("RUSTUP_TOOLCHAIN", dir);
        } else {
            process::put_on_path(command, &[dir.join("bin")])?;
        }
        Ok(())
    }
}

pub fn ensure(setup: &Setup<'_>) -> Result<Toolchain> {
    let choice = env::var("PRESEALED_TOOLCHAIN").unwrap_or_default();
    let private = setup.places.state.join("toolchain");
    let target = &setup.config.build.target;
    let (rustup, debian) = match choice.as_str() {
        "" | "auto" => (true, true),
        "rustup" => (true, false),
        "debian" => (false, true),
        _ => bail!("PRESEALED_TOOLCHAIN is `{choice}`: auto, rustup or debian"),
    };
    if rustup {
        if has_target(setup) {
            return Ok(Toolchain::Callers);
        }
        // What an earlier run has built says that rustup could not.
        let built = debian && private.join("stamp").is_file();
        if !built && rustup_adds(setup) && has_target(setup) {
            return Ok(Toolchain::Callers);
        }
    }
    if debian && setup.apt.is_here() {
        debian::ensure(setup, &private).context("Debian's toolchain for wasm32")?;
        return Ok(Toolchain::Private(private));
    }
    let text = format!("missing: the {target} target; run `rustup target add {target}`");
    Err(Missing(text).into())
}

fn has_target(setup: &Setup<'_>) -> bool {
    let mut query = setup.native("rustc");
    query.args(["--print", "target-libdir", "--target", &setup.config.build.target]);
    process::answer(query).is_some_and(|dir| has_std(Path::new(&dir)))
}

pub fn has_std(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
    })
}

fn rustup_adds(setup: &Setup<'_>) -> bool {
    if process::find_program("rustup").is_none() {
        return false;
    }
    let target = &setup.config.build.target;
    say(format!("rustup target add {target} (seconds)"));
    let mut command = setup.native("rustup");
    command.args(["target", "add", target]);
    let output = Output::File(setup.log("rustup"));
    let added = process::run(&mut command, &output, RUSTUP_LIMIT).is_ok();
    if !added {
        say("rustup could not add it");
    }
    added
}
