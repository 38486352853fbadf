//! What the package weighs on the wire.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

pub struct Report {
    budget: u64,
    files: Vec<Weight>,
}

struct Weight {
    name: String,
    plain: u64,
    gzip: u64,
}

pub fn measure(package: &Path, budget: u64) -> Result<Report> {
    let mut files = Vec::new();
    weigh(package, package, &mut files)?;
    ensure!(!files.is_empty(), "{} holds no package", package.display());
    files.sort_by_key(|file| std::cmp::Reverse(file.gzip));
    Ok(Report { budget, files })
}

/// What a page loads: wasm and JavaScript, the snippets too.
fn weigh(package: &Path, dir: &Path, files: &mut Vec<Weight>) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("{} is missing", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            weigh(package, &path, files)?;
        } else if path.extension().is_some_and(|kind| kind == "wasm" || kind == "js") {
            let bytes = fs::read(&path)?;
            files.push(Weight {
                name: path.strip_prefix(package)?.display().to_string(),
                plain: bytes.len() as u64,
                gzip: gzipped(&bytes)?,
            });
        }
    }
    Ok(())
}

fn gzipped(bytes: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

impl Report {
    pub fn gzip(&self) -> u64 {
        self.files.iter().map(|file| file.gzip).sum()
    }

    pub fn within_budget(&self) -> bool {
        self.gzip() <= self.budget
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain: u64 = self.files.iter().map(|file| file.plain).sum();
        for file in &self.files {
            writeln!(f, "{:<28} {:>8} bytes {:>8} gzip", file.name, file.plain, file.gzip)?;
        }
        let verdict = match self.within_budget() {
            true => "within",
            false => "OVER",
        };
        let (gzip, budget) = (self.gzip(), self.budget);
        writeln!(
            f,
            "{:<28} {plain:>8} bytes {gzip:>8} gzip, {verdict} the budget of {budget}",
            "together"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn wasm_and_javascript_are_weighed_and_nothing_else() {
        let dir = std::env::temp_dir().join(format!("presealed-size-{}", std::process::id()));
        fs::create_dir_all(dir.join("snippets")).unwrap();
        fs::write(dir.join("a.wasm"), [0; 10_000]).unwrap();
        fs::write(dir.join("snippets/b.js"), "export {}").unwrap();
        fs::write(dir.join("package.json"), "{}").unwrap();
        let report = measure(&dir, 100).unwrap();
        let text = report.to_string();
        fs::remove_dir_all(&dir).unwrap();

        assert_eq!(report.files.len(), 2);
        assert!(report.gzip() < 100 && report.within_budget());
        assert!(text.contains("10009 bytes") && text.contains("within the budget of 100"));
        assert!(!Report { budget: 1, ..report }.within_budget());
    }
}
