//! `cargo xtask demo`: from nothing to an address that a browser opens.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;

use crate::args::DemoOptions;
use crate::process::{self, Output};
use crate::setup::{Setup, say};
use crate::{build, server};

const USUAL_PORT: u16 = 8080;

pub fn run(setup: &Setup<'_>, options: DemoOptions) -> Result<bool> {
    say("a first run takes several minutes, later ones seconds");
    let only_asks = options.server_flags.iter().any(|flag| flag == "--help");
    if !only_asks {
        build::package(setup, &Output::Terminal)?;
    }
    let binary = server::build(setup, &Output::Terminal)?;
    let mut command = server::command(setup, &binary);
    // With an account of the user's there is no store here, and the server refuses a place for one.
    let default_dir = (!names_an_account(&options.server_flags)).then(|| setup.places.target.join("presealed-demo"));
    if let Some(dir) = options.data_dir.or(default_dir) {
        command.arg("--data-dir").arg(dir);
    }
    command
        .arg("--port")
        .arg(options.port.unwrap_or_else(usual_or_any).to_string())
        .args(options.server_flags);
    // The server prints the address itself, once it listens there.
    Ok(process::spawn(&mut command)?.wait()?.success())
}

fn names_an_account(flags: &[OsString]) -> bool {
    let endpoint = |flag: &OsString| {
        flag.to_str()
            .is_some_and(|flag| flag.split('=').next() == Some("--endpoint"))
    };
    flags.iter().any(endpoint) || std::env::var_os("PRESEALED_ENDPOINT").is_some()
}

fn usual_or_any() -> u16 {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_PORT)) {
        Ok(_) => USUAL_PORT,
        Err(_) => 0,
    }
}
