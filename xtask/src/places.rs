//! The directories that everything is read from and written to.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub struct Places {
    /// The repository.
    pub root: PathBuf,
    /// Tools, toolchain and virtual environments; outlives `cargo clean`, shared by checkouts.
    pub state: PathBuf,
    /// Cargo's target directory.
    pub target: PathBuf,
}

impl Places {
    pub fn find() -> Result<Places> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies outside of the repository")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => std::path::absolute(dir)?,
            None => root.join("target"),
        };
        let state = state_dir()?;
        fs::create_dir_all(&state).with_context(|| format!("{} cannot be made", state.display()))?;
        Ok(Places { root, state, target })
    }

    /// Our own corner of the target directory.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        let dir = self.target.join("xtask").join(name);
        fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        Ok(dir)
    }
}

fn state_dir() -> Result<PathBuf> {
    if let Some(dir) = set("PRESEALED_HOME") {
        return Ok(std::path::absolute(dir)?);
    }
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(env::home_dir()?.join(".cache")));
    Ok(cache
        .context("no home directory: set PRESEALED_HOME")?
        .join("presealed"))
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
