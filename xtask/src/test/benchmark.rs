//! `cargo xtask bench`: the package against its peers, in one page and in turns.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::context::{Log, TestContext};
use super::journeys::for_browser;
use crate::config::Browser;
use crate::process::{self, Output};
use crate::setup::{Setup, browsers};
use crate::{build, server};

/// Files of up to 4 GiB in a browser that nothing hurries.
const LIMIT: Duration = Duration::from_secs(60 * 60);

#[derive(Default)]
pub struct Options {
    pub firefox: bool,
    /// Where to keep every figure.
    pub json: Option<PathBuf>,
    /// How much content, in MiB.
    pub mib: Option<u32>,
    /// Rows, by name; none: all.
    pub only: Vec<String>,
    pub quick: bool,
}

/// True if everything was measured; a figure is never a reason to fail.
pub fn run(setup: &Setup<'_>, options: &Options) -> Result<bool> {
    let context = TestContext::new(setup);
    let log = Log::create(&setup.places.scratch("logs")?, "bench")?;
    let browser = if options.firefox {
        Browser::Firefox
    } else {
        Browser::Chromium
    };
    let ready = browsers::ensure(setup, browser)?;
    let dir = context.directory("tests/bench")?;
    let prepared = || {
        context.package(&log)?;
        context.node_modules(&context.directory("tests/e2e")?, &log)?;
        context.node_modules(&dir, &log)?;
        let binary = context.server(&log)?;
        let www = page(setup, &dir)?;
        let www = ["--www", www.to_str().context("a path that is no text")?];
        let link = [&www[..], &["--link-mbit", "1000"]].concat();
        let far = [&link[..], &["--link-rtt", "40"]].concat();
        Ok((
            server::start_with(setup, &binary, "bench", &www)?,
            server::start_with(setup, &binary, "bench-link", &link)?,
            server::start_with(setup, &binary, "bench-far", &far)?,
        ))
    };
    let prepared: Result<_> = prepared();
    let (server, linked, far) = match prepared {
        Ok(servers) => servers,
        Err(error) => bail!("{error:#}\n(more in {})", log.path.display()),
    };
    let mut node = setup.native("node");
    node.current_dir(&dir).arg("run.js");
    if options.quick {
        node.arg("--quick");
    }
    if let Some(mib) = options.mib {
        node.arg("--mib").arg(mib.to_string());
    }
    for row in &options.only {
        node.args(["--only", row]);
    }
    if let Some(path) = &options.json {
        node.arg("--json").arg(path);
    }
    for_browser(&mut node, browser, &ready);
    server.tell(&mut node);
    node.env("PRESEALED_LINK_PAGE", &linked.page);
    node.env("PRESEALED_FAR_PAGE", &far.page)
        .env("PRESEALED_FAR_S3", &far.s3)
        .env("PRESEALED_FAR_ACCESS_KEY", &far.access_key)
        .env("PRESEALED_FAR_SECRET_KEY", &far.secret_key);
    // For what is bundled.
    node.env("PRESEALED_BENCH_WWW", setup.places.scratch("bench-www")?);
    node.env("PRESEALED_PKG", build::out_dir(setup));
    process::run(&mut node, &Output::Terminal, LIMIT)?;
    Ok(true)
}

/// The files of the product's page, and the bench's own beside them.
fn page(setup: &Setup<'_>, bench: &Path) -> Result<PathBuf> {
    // Without what an earlier page had.
    fs::remove_dir_all(setup.places.scratch("bench-www")?)?;
    let www = setup.places.scratch("bench-www")?;
    for from in [setup.places.root.join("www"), bench.join("page")] {
        for file in fs::read_dir(&from).with_context(|| from.display().to_string())? {
            let file = file?;
            fs::copy(file.path(), www.join(file.file_name()))?;
        }
    }
    Ok(www)
}
