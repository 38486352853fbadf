//! Debian's packages. Installed as root, and in CI; anyone else is told the command to run.

use std::cell::Cell;

use anyhow::Result;

use super::{LIMIT, Missing, in_ci, say};
use crate::process::{self, Output};

#[derive(Default)]
pub struct Apt {
    updated: Cell<bool>,
}

/// How we may install; never by asking for a password.
enum Way {
    Direct,
    Sudo,
}

impl Apt {
    pub fn is_here(&self) -> bool {
        process::find_program("apt-get").is_some()
    }

    /// `Missing`, with the command to run, where it is not for us to install.
    pub fn need(&self, packages: &[&str], wait: &str) -> Result<()> {
        let missing: Vec<_> = packages.iter().copied().filter(|name| !installed(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let names = missing.join(" ");
        let way = match way() {
            Some(way) if self.is_here() => way,
            _ => {
                let text = format!("missing: run `sudo apt-get install -y {names}` and try again");
                return Err(Missing(text).into());
            }
        };
        if !self.updated.replace(true) {
            apt_get(&way, &["-q", "update"])?;
        }
        say(format!("installing Debian's {names} ({wait})"));
        let mut arguments = vec!["-q", "install", "-y", "--no-install-recommends"];
        arguments.extend(missing);
        apt_get(&way, &arguments)
    }
}

fn way() -> Option<Way> {
    if process::is_root() {
        return Some(Way::Direct);
    }
    (in_ci() && process::find_program("sudo").is_some()).then_some(Way::Sudo)
}

fn installed(package: &str) -> bool {
    let mut query = process::command("dpkg-query");
    query.args(["-W", "-f=${db:Status-Status}", package]);
    process::answer(query).as_deref() == Some("installed")
}

pub fn package_version(package: &str) -> Option<String> {
    let mut query = process::command("dpkg-query");
    query.args(["-W", "-f=${Version}", package]);
    process::answer(query)
}

fn apt_get(way: &Way, arguments: &[&str]) -> Result<()> {
    let mut command = match way {
        Way::Direct => process::command("apt-get"),
        Way::Sudo => {
            let mut sudo = process::command("sudo");
            sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        }
    };
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(arguments);
    let log = std::env::temp_dir().join(format!("presealed-apt-{}.log", std::process::id()));
    let result = process::run(&mut command, &Output::File(log.clone()), LIMIT);
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(&log);
    result.map_err(|error| anyhow::anyhow!("{error}\n{text}"))
}
