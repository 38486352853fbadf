//! The development server: built, and started for the tests.

use std::collections::hash_map::RandomState;
use std::env;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::build;
use crate::process::{self, Output, Running};
use crate::setup::Setup;

const BUILD_LIMIT: Duration = Duration::from_secs(20 * 60);
const START_LIMIT: Duration = Duration::from_secs(30);

/// Builds with the caller's own compiler. What the S3 library declares as its oldest compiler is
/// newer than what it needs, hence the flag.
pub fn build(setup: &Setup<'_>, output: &Output) -> Result<PathBuf> {
    let mut cargo = setup.native("cargo");
    cargo
        .args(["build", "--package", "presealed-server", "--profile", "server"])
        .arg("--ignore-rust-version");
    process::run(&mut cargo, output, BUILD_LIMIT)?;
    let name = format!("presealed-server{}", env::consts::EXE_SUFFIX);
    Ok(setup.places.target.join("server").join(name))
}

/// The server with the page and the package of this repository.
pub fn command(setup: &Setup<'_>, binary: &Path) -> Command {
    let mut command = process::command(binary);
    command
        .current_dir(&setup.places.root)
        .arg("--www")
        .arg(setup.places.root.join("www"))
        .arg("--pkg")
        .arg(build::out_dir(setup));
    command
}

/// A server on free ports with data of its own, for as long as this lives.
pub struct Server {
    pub access_key: String,
    pub data_dir: PathBuf,
    pub kms: String,
    pub log: PathBuf,
    pub page: String,
    pub s3: String,
    pub secret_key: String,
    _running: Running,
}

impl Server {
    /// Gives the tests its addresses and keys.
    pub fn tell(&self, tests: &mut Command) {
        tests
            .env("PRESEALED_PAGE", &self.page)
            .env("PRESEALED_S3", &self.s3)
            .env("PRESEALED_KMS", &self.kms)
            .env("PRESEALED_DATA_DIR", &self.data_dir)
            .env("PRESEALED_SERVER_LOG", &self.log)
            .env("PRESEALED_ACCESS_KEY", &self.access_key)
            .env("PRESEALED_SECRET_KEY", &self.secret_key);
    }
}

pub fn start(setup: &Setup<'_>, binary: &Path, name: &str) -> Result<Server> {
    start_with(setup, binary, name, &[])
}

/// With flags of its own.
pub fn start_with(setup: &Setup<'_>, binary: &Path, name: &str, flags: &[&str]) -> Result<Server> {
    let dir = setup.places.scratch("data")?.join(name);
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    let data_dir = dir.join("store");
    fs::create_dir_all(&data_dir)?;
    let log = dir.join("server.log");
    let access_key = format!("TEST{}", random_word());
    let secret_key = random_word() + &random_word();

    let mut command = command(setup, binary);
    command.arg("--data-dir").arg(&data_dir);
    command
        .args(["--port", "0", "--s3-port", "0", "--kms-port", "0"])
        .args(["--access-key", &access_key, "--secret-key", &secret_key])
        .args(flags);
    // The server's flags may be given as variables too; a test must not run against an account.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| ["AWS_", "PRESEALED_"].iter().any(|prefix| name.starts_with(prefix)))
        {
            command.env_remove(name);
        }
    }
    let output = fs::File::create(&log)?;
    command.stdout(output.try_clone()?).stderr(output);
    let mut running = process::spawn(&mut command)?;
    let [page, s3, kms] = addresses(&mut running, &log)?;
    Ok(Server {
        access_key,
        data_dir,
        kms,
        log,
        page,
        s3,
        secret_key,
        _running: running,
    })
}

/// The server prints its addresses once it listens.
fn addresses(running: &mut Running, log: &Path) -> Result<[String; 3]> {
    let end = Instant::now() + START_LIMIT;
    loop {
        let ended = running.has_ended()?;
        let text = fs::read_to_string(log).context("the server's log")?;
        if let Some(found) = printed(&text) {
            return Ok(found);
        }
        if ended || Instant::now() > end {
            bail!("the development server did not start:\n{text}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn printed(text: &str) -> Option<[String; 3]> {
    // A line that is still being written has no end.
    let whole = &text[..=text.rfind('\n')?];
    let after = |label: &str| {
        whole
            .lines()
            .find_map(|line| line.strip_prefix(label))
            .map(|url| url.trim().trim_end_matches('/').to_owned())
    };
    Some([
        after("Presealed demo: ")?,
        after("S3 endpoint: ")?,
        after("KMS endpoint: ")?,
    ])
}

/// Keys for a store that lives for one test on loopback: told apart, not kept secret.
fn random_word() -> String {
    format!("{:016X}", RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_addresses_are_read_once_all_are_there() {
        let text =
            "Presealed demo: http://127.0.0.1:1/\nS3 endpoint: http://127.0.0.1:2\nKMS endpoint: http://127.0.0.1:3";
        assert_eq!(printed(text), None);
        let found = printed(&format!("{text}\n")).unwrap();
        assert_eq!(
            found,
            ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"]
        );
    }

    #[test]
    fn keys_differ() {
        assert_ne!(random_word(), random_word());
    }
}
