//! `cargo xtask demo`: from nothing to an address that a browser opens.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;

use crate::args::DemoOptions;
use crate::process::{self, Output};
use crate::setup::{Setup, say};
use crate::{build, server};

const USUAL_PORT: u16 = 8080;

pub fn run(setup: &Setup<'_>, options: DemoOptions) -> Result<bool> {
    say("a first run takes several minutes, later ones seconds");
    build::package(setup, &Output::Terminal)?;
    let binary = server::build(setup, &Output::Terminal)?;
    let data_dir = match options.data_dir {
        Some(dir) => dir,
        None => setup.places.target.join("presealed-demo"),
    };
    let mut command = server::command(setup, &binary, &data_dir);
    command
        .arg("--port")
        .arg(options.port.unwrap_or_else(usual_or_any).to_string())
        .args(options.server_flags);
    // The server prints the address itself, once it listens there.
    Ok(process::spawn(&mut command)?.wait()?.success())
}

fn usual_or_any() -> u16 {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_PORT)) {
        Ok(_) => USUAL_PORT,
        Err(_) => 0,
    }
}
