//! The official S3 Encryption Clients against the package, in both directions.

mod clients;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::json;

use super::context::{Log, TestContext};
use super::counts::Counts;
use super::journeys::for_browser;
use crate::config::Browser;
use crate::process::Output;
use crate::server::{self, Server};
use crate::setup::{Missing, Setup, browsers, in_ci};
use crate::{build, process};
use clients::{CLIENTS, Client};

#[derive(Default)]
pub struct Options {
    /// The names of those to run; all of them if none is named.
    pub clients: Vec<String>,
    /// Where to keep every row.
    pub json: Option<PathBuf>,
}

/// As a step of `cargo xtask test`.
pub fn step(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let (mut node, _server) = prepared(context, log, &Options::default())?;
    log.counted(&mut node, Counts::in_interop)
}

/// `cargo xtask interop`. True if nothing has failed.
pub fn run(setup: &Setup<'_>, options: &Options) -> Result<bool> {
    if let Some(name) = options
        .clients
        .iter()
        .find(|name| CLIENTS.iter().all(|client| client.name != **name))
    {
        let names: Vec<_> = CLIENTS.iter().map(|client| client.name).collect();
        bail!("there is no client `{name}`, but {}", names.join(", "));
    }
    let context = TestContext::new(setup);
    let log = Log::create(&setup.places.scratch("logs")?, "interop")?;
    let (mut node, _server) = match prepared(&context, &log, options) {
        Ok(ready) => ready,
        Err(error) => bail!("{error:#}\n(more in {})", log.path.display()),
    };
    Ok(process::run(&mut node, &Output::Terminal, super::context::LIMIT).is_ok())
}

/// The command that runs the matrix, and the server that it needs for as long as it runs.
fn prepared(context: &TestContext<'_>, log: &Log, options: &Options) -> Result<(Command, Server)> {
    let dir = context.directory("tests/interop")?;
    let ready = browsers::ensure(context.setup, Browser::Chromium)?;
    context.package(log)?;
    let binary = context.server(log)?;
    context.node_modules(&context.directory("tests/e2e")?, log)?;
    let mut found = Vec::new();
    for client in CLIENTS {
        if options.clients.is_empty() || options.clients.iter().any(|name| name == client.name) {
            found.push(entry(client, client.ready(context, log, &dir))?);
        }
    }
    let server = server::start(context.setup, &binary, "interop")?;
    let mut node = context.setup.native("node");
    node.current_dir(&dir).arg("run.js");
    if let Some(path) = &options.json {
        node.arg("--json").arg(path);
    }
    for_browser(&mut node, Browser::Chromium, &ready);
    server.tell(&mut node);
    node.env("PRESEALED_PKG", build::out_dir(context.setup))
        .env("PRESEALED_INTEROP_CLIENTS", json!(found).to_string());
    Ok((node, server))
}

/// What the matrix is told of a client: how to start its driver, or why it is skipped.
fn entry(client: &Client, ready: Result<Vec<String>>) -> Result<serde_json::Value> {
    match ready {
        Ok(command) => Ok(json!({ "name": client.name, "command": command })),
        // Anything else, a driver that does not compile for one, is a fault.
        Err(error) if error.is::<Missing>() && (client.may_be_missing || !in_ci()) => {
            Ok(json!({ "name": client.name, "missing": format!("{error:#}") }))
        }
        Err(error) => Err(error.context(format!("the official {} client", client.name))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_is_missing_is_skipped() {
        let java = CLIENTS.iter().find(|client| client.name == "java").unwrap();
        let missing = anyhow::Error::from(Missing("no mvn".to_owned())).context("Maven");
        let skipped = entry(java, Err(missing)).unwrap();
        assert_eq!(skipped, json!({ "name": "java", "missing": "Maven: no mvn" }));
        assert!(entry(java, Err(anyhow::anyhow!("a compile error"))).is_err());
    }
}
