//! What a fresh machine lacks is installed here, once: a second run finds it and goes on.

mod apt;
pub mod browsers;
mod debian;
mod toolchain;
mod tools;
pub mod venv;
mod version;

use std::cell::OnceCell;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};

use crate::config::Config;
use crate::places::Places;
use crate::process::{self, Output};
use toolchain::Toolchain;
use tools::Tools;

const LIMIT: Duration = Duration::from_secs(20 * 60);

pub struct Setup<'a> {
    pub config: &'a Config,
    pub places: &'a Places,
    apt: apt::Apt,
    toolchain: OnceCell<Result<Toolchain, String>>,
    tools: OnceCell<Result<Tools, String>>,
}

/// Why a test cannot run here; outside of CI that is no failure.
#[derive(Debug)]
pub struct Missing(pub String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

pub fn say(text: impl fmt::Display) {
    println!("[set-up] {text}");
}

pub fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

impl<'a> Setup<'a> {
    pub fn new(places: &'a Places, config: &'a Config) -> Setup<'a> {
        Setup {
            config,
            places,
            apt: apt::Apt::default(),
            toolchain: OnceCell::new(),
            tools: OnceCell::new(),
        }
    }

    /// All that `demo`, `build` and `test` need.
    pub fn everything(&self) -> Result<bool> {
        self.tools()?;
        for &browser in &self.config.test.browsers {
            match browsers::ensure(self, browser) {
                Ok(_) => say(format!("{}: ready", browser.name())),
                Err(error) if error.is::<Missing>() && !in_ci() => say(format!("{error}")),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// A toolchain with a standard library for wasm32.
    pub fn toolchain(&self) -> Result<&Toolchain> {
        self.toolchain
            .get_or_init(|| self.alone(toolchain::ensure))
            .as_ref()
            .map_err(|text| anyhow!("{text}"))
    }

    fn tools(&self) -> Result<&Tools> {
        self.toolchain()?;
        self.tools
            .get_or_init(|| self.alone(tools::ensure))
            .as_ref()
            .map_err(|text| anyhow!("{text}"))
    }

    /// One set-up at a time in a state directory.
    fn alone<T>(&self, ensure: fn(&Setup<'_>) -> Result<T>) -> Result<T, String> {
        let install = || {
            let _lock = self.lock("")?;
            ensure(self)
        };
        install().map_err(|error: anyhow::Error| format!("{error:#}"))
    }

    /// Held until it is dropped: checkouts share the state directory.
    fn lock(&self, what: &str) -> Result<File> {
        let lock = File::create(self.places.state.join(format!("{what}.lock")))?;
        if lock.try_lock().is_err() {
            say("waiting for another set-up to end");
            lock.lock()?;
        }
        Ok(lock)
    }

    /// A command that builds for, or tests on, wasm32.
    pub fn wasm_command(&self, program: impl AsRef<OsStr>) -> Result<Command> {
        let mut command = process::command(program);
        self.toolchain()?.apply(&mut command)?;
        // Flags of the caller's would make a build of its own, and take the place of those here.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if self.config.build.simd128 {
            let target = self.config.build.target.to_uppercase().replace('-', "_");
            let flags = "-Ctarget-feature=+simd128";
            command.env(format!("CARGO_TARGET_{target}_RUSTFLAGS"), flags);
        }
        command
            .current_dir(&self.places.root)
            .env("CARGO_TARGET_DIR", &self.places.target);
        Ok(command)
    }

    /// `wasm-pack` with all of its tools on the path, in the versions that we hold to.
    pub fn wasm_pack(&self) -> Result<Command> {
        self.with_tools(&self.tools()?.wasm_pack)
    }

    /// The same, for a browser that needs a display, by way of `xvfb-run`.
    pub fn wasm_pack_with_display(&self, xvfb_run: &Path) -> Result<Command> {
        let mut command = self.with_tools(xvfb_run)?;
        command.arg("-a").arg(&self.tools()?.wasm_pack);
        Ok(command)
    }

    fn with_tools(&self, program: &Path) -> Result<Command> {
        let mut command = self.wasm_command(program)?;
        self.tools()?.apply(&mut command)?;
        Ok(command)
    }

    /// A program that makes the package, in the version that we hold to.
    pub fn tool(&self, name: &str) -> Result<Command> {
        self.with_tools(name.as_ref())
    }

    /// Whether wasm-opt and esbuild are there.
    pub fn has_optimisers(&self) -> Result<bool> {
        Ok(self.tools()?.optimisers)
    }

    /// Clippy for wasm32: Debian keeps it apart from the toolchain.
    pub fn wasm_clippy(&self) -> Result<Command> {
        match self.toolchain()?.private_sysroot() {
            None => self.wasm_command("cargo").map(|mut command| {
                command.arg("clippy");
                command
            }),
            Some(sysroot) => {
                self.apt.need(&["rust-web-clippy"], "seconds")?;
                let mut command = self.wasm_command("/usr/bin/cargo-clippy")?;
                command.env("SYSROOT", sysroot).arg("clippy");
                Ok(command)
            }
        }
    }

    /// A command of the caller's own toolchain, for what is native.
    pub fn native(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = process::command(program);
        command
            .current_dir(&self.places.root)
            .env("CARGO_TARGET_DIR", &self.places.target);
        command
    }

    /// A program that Debian has under its own name.
    pub fn program(&self, name: &str) -> Result<()> {
        match process::find_program(name) {
            Some(_) => Ok(()),
            None => self.apt.need(&[name], "seconds"),
        }
    }

    /// Packages of Debian's that are no program.
    pub fn packages(&self, names: &[&str]) -> Result<()> {
        self.apt.need(names, "seconds")
    }

    fn log(&self, name: &str) -> PathBuf {
        self.places.state.join(format!("{name}.log"))
    }

    /// Runs an installing command; its output is kept in a log, and its end is shown if it fails.
    fn logged(&self, name: &str, command: &mut Command) -> Result<()> {
        let path = self.log(name);
        let _ = fs::remove_file(&path);
        let result = process::run(command, &Output::File(path.clone()), LIMIT);
        let Err(error) = result else { return Ok(()) };
        let text = fs::read_to_string(&path).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(25)..].join("\n");
        bail!("{error}\n{end}\n(all of it: {})", path.display());
    }
}
