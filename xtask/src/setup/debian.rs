//! Debian's compiler with a wasm32 standard library of our own making, for machines that reach
//! package registries but not rustup's server.
//!
//! Debian ships rustc and the source of the standard library with everything it depends on, but no
//! current build of it for wasm32. It is built once, offline, into a private sysroot.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::toolchain::has_std;
use super::{Setup, apt, say};
use crate::process;

const CARGO: &str = "/usr/bin/cargo";
const LIBRARY: &str = "/usr/lib/rustlib/src/rust/library";
const RUSTC: &str = "/usr/bin/rustc";
const SOURCE: &str = "/usr/lib/rustlib/src";

/// Where and for what the standard library is built.
struct Recipe<'a> {
    host: String,
    linker: PathBuf,
    sysroot: &'a Path,
    target: &'a str,
}

pub fn ensure(setup: &Setup<'_>, sysroot: &Path) -> Result<()> {
    let packages = ["rustc-web", "cargo-web", "rust-web-src"];
    setup.apt.need(&packages, "half a minute")?;
    let compiler = compiler()?;
    let linker_package = format!("lld-{}", compiler.llvm);
    setup.apt.need(&[&linker_package], "seconds")?;
    let linker = PathBuf::from(format!("/usr/lib/llvm-{}/bin/lld", compiler.llvm));
    ensure!(linker.is_file(), "there is no {}", linker.display());
    let version = same_version()?;

    let stamp = format!(
        "recipe-1 {version} {linker_package} {} {}",
        compiler.host,
        setup.places.state.display()
    );
    let stamp_file = sysroot.join("stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|text| text.trim() == stamp) {
        return Ok(());
    }
    say("building the standard library for wasm32 (about a minute)");
    let recipe = Recipe {
        host: compiler.host,
        linker,
        sysroot,
        target: &setup.config.build.target,
    };
    let work = setup.places.state.join("std-build");
    remove(&work)?;
    remove(sysroot)?;
    let built = recipe.build(setup, &work)?;
    recipe.assemble(&built)?;
    remove(&work)?;
    // Last, so that a set-up that was cut off starts again.
    fs::write(stamp_file, stamp + "\n")?;
    Ok(())
}

struct Compiler {
    host: String,
    llvm: String,
}

fn compiler() -> Result<Compiler> {
    let mut query = process::command(RUSTC);
    query.arg("-vV");
    let text = process::answer(query).with_context(|| format!("{RUSTC} does not run"))?;
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .with_context(|| format!("`{RUSTC} -vV` says no {name}"))
    };
    let llvm = field("LLVM version: ")?;
    Ok(Compiler {
        host: field("host: ")?.to_owned(),
        llvm: llvm.split('.').next().unwrap_or(llvm).to_owned(),
    })
}

/// A compiler accepts only the standard library of its own release.
fn same_version() -> Result<String> {
    let version = apt::package_version("rustc-web").context("rustc-web has no version")?;
    if apt::package_version("rust-web-src").as_ref() != Some(&version) {
        bail!("rustc-web and rust-web-src differ: `apt-get install rustc-web rust-web-src`");
    }
    Ok(version)
}

impl Recipe<'_> {
    /// Builds the libraries and answers with the directory that they lie in.
    fn build(&self, setup: &Setup<'_>, work: &Path) -> Result<PathBuf> {
        fs::create_dir_all(work)?;
        fs::write(work.join("Cargo.toml"), manifest())?;
        fs::write(work.join("lib.rs"), "#![no_std]\n")?;
        let lock = Path::new(LIBRARY).join("Cargo.lock");
        fs::copy(&lock, work.join("Cargo.lock")).context("rust-web-src has no Cargo.lock")?;
        let target_dir = work.join("target");

        let mut cargo = process::command(CARGO);
        super::tools::unset_flags(&mut cargo);
        cargo
            .current_dir(work)
            .env_remove("RUSTUP_TOOLCHAIN")
            .env("CARGO_HOME", work.join("cargo-home"))
            .env("CARGO_TARGET_DIR", &target_dir)
            .env("RUSTC", RUSTC)
            // The standard library may use what is unstable; it is also told from a crate by this.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("__CARGO_DEFAULT_LIB_METADATA", "stablestd")
            // Bitcode, for a project that is built with `lto = true`.
            .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes")
            .args(["build", "--release", "--offline", "-p", "sysroot"])
            .args(["--target", self.target])
            .args(["--config", "source.crates-io.replace-with='vendored'"])
            .args(["--config", &format!("source.vendored.directory='{LIBRARY}/vendor'")]);
        setup.logged("std", &mut cargo)?;
        Ok(target_dir.join(self.target).join("release/deps"))
    }

    #[cfg(unix)]
    fn assemble(&self, built: &Path) -> Result<()> {
        use std::os::unix::fs::symlink;

        let rustlib = self.sysroot.join("lib/rustlib");
        let libraries = rustlib.join(self.target).join("lib");
        let host = rustlib.join(&self.host);
        let bin = self.sysroot.join("bin");
        for dir in [&libraries, &host.join("bin/gcc-ld"), &bin] {
            fs::create_dir_all(dir)?;
        }
        for entry in fs::read_dir(built)? {
            let path = entry?.path();
            if let Some(name) = path.file_name()
                && path.extension().is_some_and(|extension| extension == "rlib")
            {
                fs::copy(&path, libraries.join(name))?;
            }
        }
        ensure!(has_std(&libraries), "no standard library in {}", built.display());
        // Build scripts and macros run on the host.
        symlink(format!("/usr/lib/rustlib/{}/lib", self.host), host.join("lib"))?;
        symlink(SOURCE, rustlib.join("src"))?;
        symlink(&self.linker, host.join("bin/rust-lld"))?;
        symlink(&self.linker, host.join("bin/gcc-ld/wasm-ld"))?;
        symlink(CARGO, bin.join("cargo"))?;
        // Not links: rustc takes the sysroot from where its library really lies.
        for program in ["rustc", "rustdoc"] {
            let sysroot = self.sysroot.display();
            let script = format!("#!/bin/sh\nexec /usr/bin/{program} --sysroot \"{sysroot}\" \"$@\"\n");
            write_program(&bin.join(program), &script)?;
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn assemble(&self, _: &Path) -> Result<()> {
        bail!("Debian's toolchain is for Debian");
    }
}

#[cfg(unix)]
fn write_program(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A crate around the `sysroot` crate: the library's own workspace wants development dependencies,
/// which Debian leaves out.
fn manifest() -> String {
    format!(
        r#"[package]
name = "std-for-wasm32"
version = "0.0.0"
edition = "2021"
publish = false

[lib]
path = "lib.rs"

[dependencies.sysroot]
path = "{LIBRARY}/sysroot"
features = ["backtrace", "compiler-builtins-mem", "panic-unwind"]

[patch.crates-io]
rustc-std-workspace-alloc = {{ path = "{LIBRARY}/rustc-std-workspace-alloc" }}
rustc-std-workspace-core = {{ path = "{LIBRARY}/rustc-std-workspace-core" }}
rustc-std-workspace-std = {{ path = "{LIBRARY}/rustc-std-workspace-std" }}

[profile.release]
codegen-units = 1

[profile.release.package.compiler_builtins]
codegen-units = 10000

[workspace]
"#
    )
}
