//! `wasm-pack.toml`, and the one version that is Cargo.lock's to say.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub build: Build,
    pub size: Size,
    pub test: Test,
    pub tools: Tools,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Build {
    pub module: String,
    pub out_dir: String,
    pub profile: String,
    pub simd128: bool,
    pub target: String,
    pub wasm_opt: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    pub browsers: Vec<Browser>,
    pub journeys: Vec<Browser>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Browser {
    Chromium,
    Firefox,
    WebkitGtk,
}

/// In bytes, after gzip.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Size {
    pub all: u64,
    pub at_once: u64,
    pub element: u64,
    pub inline: u64,
    pub inline_in_worker: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tools {
    pub binaryen: String,
    pub esbuild: String,
    pub geckodriver: String,
    pub wasm_pack: String,
    #[serde(skip)]
    pub wasm_bindgen: String,
}

impl Config {
    pub fn read(root: &Path) -> Result<Config> {
        let read = |name: &str| fs::read_to_string(root.join(name)).with_context(|| format!("{name} cannot be read"));
        Config::parse(&read("wasm-pack.toml")?, &read("Cargo.lock")?)
    }

    fn parse(settings: &str, lock: &str) -> Result<Config> {
        let mut config: Config = toml::from_str(settings).context("wasm-pack.toml")?;
        config.tools.wasm_bindgen = locked_version(lock, "wasm-bindgen")?;
        Ok(config)
    }
}

impl Browser {
    pub fn name(self) -> &'static str {
        match self {
            Browser::Chromium => "chromium",
            Browser::Firefox => "firefox",
            Browser::WebkitGtk => "webkitgtk",
        }
    }
}

fn locked_version(lock: &str, name: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let lock: Lock = toml::from_str(lock).context("Cargo.lock")?;
    lock.package
        .into_iter()
        .find(|package| package.name == name)
        .map(|package| package.version)
        .with_context(|| format!("Cargo.lock holds no {name}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOCK: &str = r#"
        version = 4
        [[package]]
        name = "wasm-bindgen-futures"
        version = "0.4.79"
        dependencies = ["wasm-bindgen"]
        [[package]]
        name = "wasm-bindgen"
        version = "0.2.129"
    "#;

    #[test]
    fn the_repositorys_own_file_is_read() {
        let config = Config::parse(include_str!("../../wasm-pack.toml"), LOCK).unwrap();
        assert_eq!(config.build.target, "wasm32-unknown-unknown");
        assert_eq!(config.tools.wasm_bindgen, "0.2.129");
        assert!(config.test.browsers.contains(&Browser::Firefox));
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        let settings = include_str!("../../wasm-pack.toml").replace("simd128", "simd");
        assert!(Config::parse(&settings, LOCK).is_err());
    }

    #[test]
    fn the_locked_version_is_the_packages_own() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").unwrap(), "0.2.129");
        assert!(locked_version(LOCK, "wasm-pack").is_err());
        assert!(locked_version("package = 1", "wasm-bindgen").is_err());
    }
}
