//! `cargo xtask release`: what has to hold before the package is published, and the tarball that would be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use crate::build;
use crate::config::Config;
use crate::places::Places;
use crate::process::{self, Output};
use crate::setup::Setup;
use crate::size;

const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Each file of the package by its digest.
type Digests = BTreeMap<String, String>;

/// True if the package may be published. Without `dry_run`, its tarball is made.
pub fn run(setup: &Setup<'_>, dry_run: bool) -> Result<bool> {
    let root = &setup.places.root;
    let version = version(root)?;
    println!("version {version}: the crate, the package and the changelog agree");
    let package = build::out_dir(setup);
    build::package(setup, &Output::Terminal)?;
    let first = digests(&package)?;
    let copy = elsewhere(setup)?;
    differ(&first, &copy)?;
    println!("{} files, the same from two folders", first.len());
    names_no_place(&package, setup.places)?;
    println!("no path of this machine in any of them");
    for (name, digest) in &first {
        println!("{digest}  {name}");
    }
    let report = size::measure(&package, setup.config.size)?;
    print!("{report}");
    if report.within_budget() {
        pack(setup, &package, dry_run)?;
    }
    Ok(report.within_budget())
}

/// The one version of all that is published, which the changelog has to know.
fn version(root: &Path) -> Result<String> {
    let read = |name: &str| fs::read_to_string(root.join(name)).with_context(|| name.to_owned());
    let package: serde_json::Value = serde_json::from_str(&read("npm/package.json")?)?;
    let version = package["version"].as_str().context("npm/package.json has no version")?;
    ensure!(
        version == env!("CARGO_PKG_VERSION"),
        "npm/package.json is of version {version}, Cargo.toml of {}",
        env!("CARGO_PKG_VERSION")
    );
    let changelog = read("CHANGELOG.md")?;
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## "));
    let newest = newest.context("CHANGELOG.md names no version")?;
    ensure!(
        newest.split(' ').next() == Some(version),
        "the newest entry of CHANGELOG.md is {newest}, and the version {version}"
    );
    Ok(version.to_owned())
}

/// The same package, built in another folder from what is committed and what is not.
fn elsewhere(setup: &Setup<'_>) -> Result<Digests> {
    let folder = setup.places.scratch("release")?.join("a-folder-of-another-name");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let places = Places {
        root: folder.clone(),
        state: setup.places.state.clone(),
        target: folder.join("made"),
    };
    let mut listing = process::command("git");
    listing.current_dir(&setup.places.root).args(["ls-files", "-z"]);
    let listing = process::answer(listing).context("git does not list the files")?;
    for name in listing.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (setup.places.root.join(name), folder.join(name));
        // Removed, and not committed yet.
        if from.is_file() {
            build::copy(&from, &to)?;
        }
    }
    let config = Config::read(&folder)?;
    let there = Setup::new(&places, &config);
    build::package(&there, &Output::Terminal)?;
    digests(&build::out_dir(&there))
}

fn digests(package: &Path) -> Result<Digests> {
    let mut all = Digests::new();
    for path in files(package)? {
        let digest = Sha256::digest(fs::read(&path)?);
        let digest = digest.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        all.insert(path.strip_prefix(package)?.display().to_string(), digest);
    }
    Ok(all)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        match path.is_dir() {
            true => all.extend(files(&path)?),
            false => all.push(path),
        }
    }
    Ok(all)
}

fn differ(one: &Digests, other: &Digests) -> Result<()> {
    let names = one.keys().chain(other.keys());
    let different: Vec<_> = names.filter(|name| one.get(*name) != other.get(*name)).collect();
    ensure!(
        different.is_empty(),
        "built in two folders, these differ: {different:?}"
    );
    Ok(())
}

/// Neither where it was built nor whose tools built it.
fn names_no_place(package: &Path, places: &Places) -> Result<()> {
    let home = std::env::home_dir().context("no home directory")?;
    let told = [&places.root, &places.state, &places.target, &home];
    let told: Vec<_> = told.iter().map(|path| path.display().to_string()).collect();
    for path in files(package)? {
        let bytes = fs::read(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        if let Some(place) = told.iter().find(|place| text.contains(&format!("{place}/"))) {
            bail!("{} names {place}", path.display());
        }
    }
    Ok(())
}

/// What npm would publish: it lists it, and leaves the tarball if it is wanted.
fn pack(setup: &Setup<'_>, package: &Path, dry_run: bool) -> Result<()> {
    let mut npm = setup.native("npm");
    npm.current_dir(&setup.places.target).args(["pack", "--ignore-scripts"]);
    if dry_run {
        npm.arg("--dry-run");
    }
    process::run(npm.arg(package), &Output::Terminal, LIMIT)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn versions_have_to_agree() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        assert_eq!(version(root).unwrap(), env!("CARGO_PKG_VERSION"));
        let dir = std::env::temp_dir().join(format!("presealed-version-{}", std::process::id()));
        fs::create_dir_all(dir.join("npm")).unwrap();
        let mut refused = 0;
        for (package, changelog) in [
            ("0.0.0", env!("CARGO_PKG_VERSION")),
            (env!("CARGO_PKG_VERSION"), "0.0.0"),
        ] {
            fs::write(dir.join("npm/package.json"), format!("{{\"version\":\"{package}\"}}")).unwrap();
            fs::write(
                dir.join("CHANGELOG.md"),
                format!("# Changelog\n\n## {changelog} (unreleased)\n"),
            )
            .unwrap();
            refused += usize::from(version(&dir).is_err());
        }
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(refused, 2);
    }

    #[test]
    fn files_that_differ_are_named() {
        let of = |digest: &str| Digests::from([("a.js".to_owned(), digest.to_owned())]);
        assert!(differ(&of("1"), &of("1")).is_ok());
        let error = differ(&of("1"), &of("2")).unwrap_err().to_string();
        assert!(error.contains("a.js"), "{error}");
        assert!(differ(&of("1"), &Digests::new()).is_err());
    }
}
