//! Child processes. Each leads a process group, so that ending it ends all that it has started.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, process};

use anyhow::{Context, Result, bail};

/// Set in every child, so that one which left its group can still be told as ours.
const MARK: &str = "PRESEALED_XTASK_RUN";
const PATIENCE: Duration = Duration::from_secs(3);

static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn groups() -> MutexGuard<'static, BTreeSet<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A command without the variables that `cargo run` has set for us: the child is not this package.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, value) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if name.ends_with("LIBRARY_PATH") {
            command.env(name, without_cargos(&value));
        } else if cargos_own(name) || (name == "RUSTUP_TOOLCHAIN" && is_private(&value)) {
            command.env_remove(name);
        }
    }
    command
        .stdin(Stdio::null())
        .env(MARK, process::id().to_string())
        .env("CARGO_TERM_COLOR", "never")
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR");
    command
}

fn cargos_own(name: &str) -> bool {
    let prefixes = ["CARGO_BIN_", "CARGO_MANIFEST_", "CARGO_PKG_"];
    name == "CARGO" || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether we were started from a shell that uses the toolchain of our making: it can neither lint
/// nor format, and is not what the caller calls Rust.
fn is_private(toolchain: &OsStr) -> bool {
    Path::new(toolchain).join("stamp").is_file()
}

/// Cargo puts its own library directories in front for what it runs.
fn without_cargos(paths: &OsStr) -> OsString {
    let others = env::split_paths(paths).filter(|path| {
        !path.components().any(|part| part.as_os_str() == "rustlib")
            && !path.ancestors().any(|dir| dir.join("CACHEDIR.TAG").exists())
    });
    env::join_paths(others).unwrap_or_default()
}

/// The standard output of a command that answers at once, or `None` if it fails or is not there.
pub fn answer(mut command: Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

pub fn find_program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(name).with_extension(env::consts::EXE_EXTENSION))
        .find(|path| path.is_file())
}

/// Directories in which the command and its children look for programs first.
pub fn put_on_path(command: &mut Command, first: &[PathBuf]) -> Result<()> {
    let set = command
        .get_envs()
        .find(|(name, _)| *name == OsStr::new("PATH"))
        .and_then(|(_, value)| value.map(OsString::from));
    let path = set.or_else(|| env::var_os("PATH")).unwrap_or_default();
    let dirs = first.iter().cloned().chain(env::split_paths(&path));
    command.env("PATH", env::join_paths(dirs)?);
    Ok(())
}

#[cfg(unix)]
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(not(unix))]
pub fn is_root() -> bool {
    false
}

/// A child and its group; both are ended when this is dropped.
pub struct Running {
    child: Child,
    shown: String,
}

pub fn spawn(command: &mut Command) -> Result<Running> {
    let shown = shown(command);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    // Held across the start: an interrupt must not fall between the start and the entry.
    let mut groups = groups();
    let child = command.spawn().with_context(|| format!("`{shown}` does not start"))?;
    groups.insert(child.id());
    Ok(Running { child, shown })
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

impl Running {
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.wait_until(None)
    }

    pub fn wait_at_most(&mut self, limit: Duration) -> Result<ExitStatus> {
        self.wait_until(Some(Instant::now() + limit))
    }

    fn wait_until(&mut self, end: Option<Instant>) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if end.is_some_and(|end| Instant::now() > end) {
                bail!("`{}` took too long and was ended", self.shown);
            }
            sleep(Duration::from_millis(20));
        }
    }

    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.child.id();
        signal_group(id, Signal::Terminate);
        let end = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            sleep(Duration::from_millis(20));
        }
        signal_group(id, Signal::Kill);
        // Where there are no groups, and where the leader did not listen.
        let _ = self.child.kill();
        let _ = self.child.wait();
        groups().remove(&id);
    }
}

/// Where a command's output goes: to the terminal, or to a file that is shown if it fails.
pub enum Output {
    Terminal,
    File(PathBuf),
}

impl Output {
    /// Appends to the file, so that one log tells of several commands in their order.
    pub fn attach(&self, command: &mut Command) -> Result<()> {
        if let Output::File(path) = self {
            let mut file = File::options().create(true).append(true).open(path)?;
            writeln!(file, "$ {}", shown(command))?;
            command.stdout(file.try_clone()?).stderr(file);
        }
        Ok(())
    }
}

/// Runs to the end, and fails if the command does.
pub fn run(command: &mut Command, output: &Output, limit: Duration) -> Result<()> {
    output.attach(command)?;
    let mut running = spawn(command)?;
    let status = running.wait_at_most(limit)?;
    if !status.success() {
        bail!("`{}`: {status}", running.shown);
    }
    Ok(())
}

/// From here on Ctrl-C (and SIGTERM, SIGHUP) ends the children before us.
pub fn end_children_on_interrupt() -> Result<()> {
    ctrlc::set_handler(|| {
        // Never released: no child starts any more.
        let groups = groups();
        for &group in groups.iter() {
            signal_group(group, Signal::Terminate);
        }
        let end = Instant::now() + PATIENCE;
        while groups.iter().any(|&group| group_lives(group)) && Instant::now() < end {
            sleep(Duration::from_millis(20));
        }
        for &group in groups.iter() {
            signal_group(group, Signal::Kill);
        }
        end_stragglers();
        process::exit(130);
    })
    .context("Ctrl-C cannot be caught")
}

/// Ends what left its group and outlived it. Only Linux tells us which processes those are.
pub fn end_stragglers() {
    let mark = format!("{MARK}={}", process::id());
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|&byte| byte == 0).any(|var| var == mark.as_bytes()) {
            kill(id);
        }
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Kill,
    Terminate,
}

#[cfg(unix)]
mod unix {
    use nix::sys::signal::{Signal as Unix, kill, killpg};
    use nix::unistd::Pid;

    use super::Signal;

    fn pid(id: u32) -> Option<Pid> {
        i32::try_from(id).ok().filter(|&id| id > 1).map(Pid::from_raw)
    }

    pub fn signal_group(id: u32, signal: Signal) {
        let signal = match signal {
            Signal::Kill => Unix::SIGKILL,
            Signal::Terminate => Unix::SIGTERM,
        };
        // Gone already is what we want.
        let _ = pid(id).map(|id| killpg(id, signal));
    }

    pub fn group_lives(id: u32) -> bool {
        pid(id).is_some_and(|id| killpg(id, None).is_ok())
    }

    pub fn kill_one(id: u32) {
        let _ = pid(id).map(|id| kill(id, Unix::SIGKILL));
    }
}

#[cfg(unix)]
use unix::{group_lives, kill_one as kill, signal_group};

#[cfg(not(unix))]
fn signal_group(_: u32, _: Signal) {}
#[cfg(not(unix))]
fn group_lives(_: u32) -> bool {
    false
}
#[cfg(not(unix))]
fn kill(_: u32) {}
