//! The npm package: the crate as one cdylib; its bindings and the modules of `src/js`, bundled; what `npm/` adds.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64ct::{Base64, Encoding as _};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::process::{self, Output};
use crate::setup::Setup;
use crate::size;

const LIMIT: Duration = Duration::from_secs(15 * 60);
const NAME: &str = "presealed";
/// What the README leads to beside the pages of its topics, and the licences.
const DOCUMENTS: &[&str] = &[
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
];
/// The pages of the topics, which keep their folder.
const PAGES: &str = "docs";
/// What of the modules is loaded by its name. Each is one file with what it imports: fewer requests, and fewer bytes after compression.
const ENTRIES: &[&str] = &["presealed.js", "in-worker.js", "part-worker.js", "workerd.js"];
/// The entries that fetch no file, from the modules that they are of: for runtimes and bundlers that do not find files beside a module.
const INLINE: &[(&str, &str)] = &[("presealed.js", "inline.js"), ("in-worker.js", "inline-in-worker.js")];
/// What both import, so that who has both has it once: the wasm and the part's worker as text.
const INLINED: &str = "inlined.js";
/// The form control's entries import it. It is one file after bundling, which leaves the entries and their declarations beside it.
const ELEMENT: &str = "upload.js";
const ELEMENT_ENTRIES: &[&str] = &["index.js", "index.d.ts", "inline.js"];
/// It imports the package as it is served, which the browser may have already.
const WORKER: &str = "worker.js";
/// What else the package is made of.
const OTHERS: &[&str] = &[
    "presealed.d.ts",
    "in-worker.d.ts",
    "presealed_bg.wasm",
    "presealed_extras.wasm",
];

pub fn out_dir(setup: &Setup<'_>) -> PathBuf {
    setup.places.root.join(&setup.config.build.out_dir)
}

/// The modules before they are bundled: the tests look into some of them.
pub fn modules_dir(setup: &Setup<'_>) -> PathBuf {
    setup.places.target.join("xtask/modules")
}

/// Makes the package as it is published: optimised, in `pkg/`.
pub fn package(setup: &Setup<'_>, output: &Output) -> Result<()> {
    let (modules, out_dir) = (modules_dir(setup), out_dir(setup));
    for dir in [&modules, &modules.with_file_name("bundled"), &out_dir] {
        match fs::remove_dir_all(dir) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let wasm = compile(setup, output)?;
    bind(setup, &wasm, &modules, output)?;
    extras(setup, &modules, output)?;
    let root = &setup.places.root;
    copy_all(&root.join("src/js"), &modules)?;
    if setup.has_optimisers()? {
        // Beside the modules, so that the maps name no place of this machine.
        let bundled = modules.with_file_name("bundled");
        bundle(setup, &modules, &bundled, output)?;
        bundle_inline(setup, &modules, &bundled, output)?;
        copy_all(&bundled, &out_dir)?;
        for name in OTHERS {
            copy(&modules.join(name), &out_dir.join(name))?;
        }
    } else {
        copy_all(&modules, &out_dir)?;
    }
    complete(root, &out_dir)?;
    if setup.has_optimisers()? {
        bundle_element(setup, &out_dir, output)?;
    }
    Ok(())
}

/// The crate as a cdylib alone: beside an rlib, cargo would leave link-time optimisation out.
fn compile(setup: &Setup<'_>, output: &Output) -> Result<PathBuf> {
    let build = &setup.config.build;
    let mut cargo = placeless(setup)?;
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

/// A cargo whose products do not tell where they were made: a panic names its file as it lies in its own package.
fn placeless(setup: &Setup<'_>) -> Result<Command> {
    let mut fetch = setup.wasm_command("cargo")?;
    fetch.args(["fetch", "--quiet", "--target", &setup.config.build.target]);
    process::run(&mut fetch, &Output::Terminal, LIMIT)?;
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().context("no home directory")?.join(".cargo"),
    };
    let mut places = vec![(setup.places.root.clone(), "presealed".to_owned())];
    // A folder for each registry, whose name tells of its host.
    for registry in fs::read_dir(home.join("registry/src"))? {
        places.push((registry?.path(), "crates".to_owned()));
    }
    let flags: Vec<_> = places
        .iter()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
        .collect();
    let mut cargo = setup.wasm_command("cargo")?;
    // Beside those of `.cargo/config.toml`, whose place the variable would take.
    let target = &setup.config.build.target;
    cargo
        .arg("--config")
        .arg(format!("target.{target}.rustflags={}", serde_json::to_string(&flags)?));
    Ok(cargo)
}

/// The module of primitives, which is called by numbers and needs no bindings.
fn extras(setup: &Setup<'_>, modules: &Path, output: &Output) -> Result<()> {
    let build = &setup.config.build;
    let mut cargo = placeless(setup)?;
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
    let module = modules.join("presealed_extras.wasm");
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
fn bind(setup: &Setup<'_>, wasm: &Path, modules: &Path, output: &Output) -> Result<()> {
    let mut bindgen = setup.tool("wasm-bindgen")?;
    bindgen
        .args(["--target", &setup.config.build.module, "--out-name", NAME])
        // `files.js` says where it is.
        .arg("--omit-default-module-path")
        .arg("--out-dir")
        .args([modules, wasm]);
    process::run(&mut bindgen, output, LIMIT)?;
    // The package's own entry has that name.
    fs::rename(modules.join("presealed.js"), modules.join("bindings.js"))?;
    fs::rename(modules.join("presealed.d.ts"), modules.join("bindings.d.ts"))?;
    if !setup.has_optimisers()? {
        return Ok(());
    }
    optimise(setup, &modules.join("presealed_bg.wasm"), output)
}

/// Puts beside them the package's own files and the documents.
fn complete(root: &Path, out_dir: &Path) -> Result<()> {
    copy_all(&root.join("npm"), out_dir)?;
    copy_all(&root.join(PAGES), &out_dir.join(PAGES))?;
    DOCUMENTS
        .iter()
        .try_for_each(|name| copy(&root.join(name), &out_dir.join(name)))
}

pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file without a directory")?)?;
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("{} is missing", from.display()))? {
        let path = entry?.path();
        let to = to.join(path.file_name().context("a file without a name")?);
        match path.is_dir() {
            true => copy_all(&path, &to)?,
            false => copy(&path, &to)?,
        }
    }
    Ok(())
}

fn bundle(setup: &Setup<'_>, modules: &Path, out_dir: &Path, output: &Output) -> Result<()> {
    let mut to = OsString::from("--outdir=");
    to.push(out_dir);
    // A map beside each, which only who looks into it loads, has the names. What it is of does not lie beside it.
    let to = [to, "--sourcemap=linked".into(), "--source-root=src/".into()];
    esbuild(setup, modules, ENTRIES, &to, output)?;
    let to = [&to[..], &["--external:./presealed.js".into()]].concat();
    esbuild(setup, modules, &[WORKER], &to, output)
}

/// The form control, whose texts and comments weigh more than half of it.
fn bundle_element(setup: &Setup<'_>, out_dir: &Path, output: &Output) -> Result<()> {
    let from = setup.places.root.join("npm/element");
    let to = out_dir.join("element");
    fs::remove_dir_all(&to)?;
    for name in ELEMENT_ENTRIES {
        copy(&from.join(name), &to.join(name))?;
    }
    // Who asks the endpoints by themselves has that module once.
    let more = [to_file(&to.join(ELEMENT)), "--external:../endpoints.js".into()];
    esbuild(setup, &from, &[ELEMENT], &more, output)
}

/// The same modules, with one in which the files are text.
fn bundle_inline(setup: &Setup<'_>, modules: &Path, out_dir: &Path, output: &Output) -> Result<()> {
    let packed = |name: &str| -> Result<String> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&fs::read(modules.join(name))?)?;
        Ok(Base64::encode_string(&packed.finish()?))
    };
    let part_worker = fs::read_to_string(out_dir.join("part-worker.js"))?;
    let (part_worker, _) = part_worker.split_once("//# sourceMappingURL=").context("no map")?;
    let inlined = [
        constant("MODULE", &packed("presealed_bg.wasm")?)?,
        constant("EXTRAS", &packed("presealed_extras.wasm")?)?,
        constant("PART_WORKER", part_worker)?,
    ];
    fs::write(out_dir.join(INLINED), inlined.concat())?;

    let staged = modules.join("inline");
    copy_all(modules, &staged)?;
    fs::rename(staged.join("files-inline.js"), staged.join("files.js"))?;
    // The worker starts no other of its kind, and gets the rest from the page.
    let given = "export const { EXTRAS, MODULE, PART_WORKER } = self.inlined;\n";
    fs::write(staged.join(INLINED), given)?;
    let inlined_worker = staged.join("inlined-worker.js");
    fs::write(&inlined_worker, constant("WORKER", "")?)?;
    let text = staged.join("worker-text.js");
    esbuild(setup, &staged, &[WORKER], &[to_file(&text)], output)?;
    fs::write(&inlined_worker, constant("WORKER", &fs::read_to_string(&text)?)?)?;

    for (entry, name) in INLINE {
        let mut external = OsString::from("--external:./");
        external.push(INLINED);
        esbuild(
            setup,
            &staged,
            &[entry],
            &[to_file(&out_dir.join(name)), external],
            output,
        )?;
    }
    fs::remove_dir_all(&staged)?;
    Ok(())
}

/// A line of a module.
fn constant(name: &str, text: &str) -> Result<String> {
    Ok(format!("export const {name} = {};\n", serde_json::to_string(text)?))
}

fn to_file(path: &Path) -> OsString {
    let mut to = OsString::from("--outfile=");
    to.push(path);
    to
}

fn esbuild(setup: &Setup<'_>, modules: &Path, entries: &[&str], to: &[OsString], output: &Output) -> Result<()> {
    let mut esbuild = setup.tool("esbuild")?;
    esbuild
        .current_dir(modules)
        .args([
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--log-level=warning",
        ])
        // wasm-bindgen names a module once for each function that is imported of it.
        .arg("--log-override:duplicate-object-key=silent")
        // workerd has modules of wasm.
        .arg("--external:*.wasm")
        .args(to)
        .args(entries);
    process::run(&mut esbuild, output, LIMIT)
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
    fn the_package_has_its_documents() {
        let dir = std::env::temp_dir().join(format!("presealed-package-{}", std::process::id()));
        complete(root(), &dir).unwrap();
        let names = [
            "package.json",
            "README.md",
            "SECURITY.md",
            "LICENSE-APACHE",
            "docs/errors.md",
        ];
        let missing: Vec<_> = names.iter().filter(|name| !dir.join(name).is_file()).collect();
        fs::remove_dir_all(&dir).unwrap();

        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn what_is_loaded_by_name_is_there() {
        let modules = root().join("src/js");
        let missing: Vec<_> = ENTRIES
            .iter()
            .chain([&WORKER])
            .filter(|name| !modules.join(name).is_file())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn the_package_has_the_crates_version() {
        let package: serde_json::Value =
            serde_json::from_slice(&fs::read(root().join("npm/package.json")).unwrap()).unwrap();
        // Every member has the workspace's.
        assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    }
}
