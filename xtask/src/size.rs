//! What the package weighs on the wire.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::config::Size;

pub struct Report {
    budget: Size,
    files: Vec<Weight>,
    /// `presealed/inline` and `presealed/inline/in-worker`, each with what it imports.
    inline: u64,
    inline_in_worker: u64,
    element: u64,
}

#[derive(Clone)]
struct Weight {
    name: String,
    plain: u64,
    gzip: u64,
    /// Whether whoever imports the package loads it; else it is loaded when it is needed.
    at_once: bool,
}

/// The package's entry, and the module that its bindings start.
const ENTRY: &str = "presealed.js";
const MODULE: &str = "presealed_bg.wasm";
/// The same once more, for who loads no other file, with what they import; and `workerd.js`, which goes with the wasm.
const OTHERS: &[&str] = &["inline.js", "inline-in-worker.js", "inlined.js", "workerd.js"];
/// What goes with the package and is no part of it: for servers, and for who asks them.
const BESIDE: &[&str] = &["node", "server", "element", "inline/element.js", "endpoints.js"];
/// What a form control adds to the package, where it is used. What it imports when it starts is the package.
const ELEMENT: &[&str] = &["element/index.js", "element/upload.js", "endpoints.js"];

pub fn measure(package: &Path, budget: Size) -> Result<Report> {
    let mut files = Vec::new();
    weigh(package, package, &mut files)?;
    ensure!(!files.is_empty(), "{} holds no package", package.display());
    let mut at_once = BTreeSet::from([MODULE.to_owned()]);
    follow(package, ENTRY, &mut at_once)?;
    for file in &mut files {
        file.at_once = at_once.contains(&file.name);
    }
    files.sort_by_key(|file| std::cmp::Reverse((file.at_once, file.gzip)));
    Ok(Report {
        budget,
        files,
        inline: whole(package, "inline.js")?,
        inline_in_worker: whole(package, "inline-in-worker.js")?,
        element: element(package)?,
    })
}

fn element(package: &Path) -> Result<u64> {
    // Without optimisers it is in many files.
    if package.join("element/view.js").is_file() {
        return Ok(0);
    }
    let gzips = ELEMENT.iter().map(|name| gzipped(&fs::read(package.join(name))?));
    gzips.sum()
}

/// An entry with all that it imports.
fn whole(package: &Path, entry: &str) -> Result<u64> {
    // Without optimisers there is none.
    if !package.join(entry).is_file() {
        return Ok(0);
    }
    let mut names = BTreeSet::new();
    follow(package, entry, &mut names)?;
    let gzips = names.iter().map(|name| gzipped(&fs::read(package.join(name))?));
    gzips.sum()
}

/// The modules that this one imports, and those that they do.
fn follow(package: &Path, name: &str, found: &mut BTreeSet<String>) -> Result<()> {
    if !found.insert(name.to_owned()) {
        return Ok(());
    }
    let path = package.join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    // After minifying: `from"./a.js"` and `import"./a.js"`.
    for quoted in text.split(['"', '\'']).collect::<Vec<_>>().windows(2) {
        let [before, module] = quoted else { continue };
        let before = before.trim_end();
        let imports = before.ends_with("from") || before.ends_with("import");
        if let Some(module) = module.strip_prefix("./").filter(|_| imports) {
            follow(package, &folder.join(module).display().to_string(), found)?;
        }
    }
    Ok(())
}

/// Wasm and JavaScript, the snippets too.
fn weigh(package: &Path, dir: &Path, files: &mut Vec<Weight>) -> Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("{} is missing", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if BESIDE.iter().any(|name| path == package.join(name)) {
            continue;
        }
        if path.is_dir() {
            weigh(package, &path, files)?;
        } else if path.extension().is_some_and(|kind| kind == "wasm" || kind == "js")
            && !OTHERS.iter().any(|name| path.ends_with(name))
        {
            let bytes = fs::read(&path)?;
            files.push(Weight {
                name: path.strip_prefix(package)?.display().to_string(),
                plain: bytes.len() as u64,
                gzip: gzipped(&bytes)?,
                at_once: false,
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
    fn gzip(&self, is_counted: fn(&Weight) -> bool) -> u64 {
        let counted = self.files.iter().filter(|file| is_counted(file));
        counted.map(|file| file.gzip).sum()
    }

    fn at_once(&self) -> u64 {
        self.gzip(|file| file.at_once)
    }

    fn all(&self) -> u64 {
        self.gzip(|_| true)
    }

    /// What is measured, and what it may weigh.
    fn sums(&self) -> [(&'static str, u64, u64); 5] {
        let budget = &self.budget;
        [
            ("at once", self.at_once(), budget.at_once),
            ("together", self.all(), budget.all),
            ("presealed/inline", self.inline, budget.inline),
            (
                "presealed/inline/in-worker",
                self.inline_in_worker,
                budget.inline_in_worker,
            ),
            ("presealed/element", self.element, budget.element),
        ]
    }

    pub fn within_budget(&self) -> bool {
        self.sums().iter().all(|(_, gzip, budget)| gzip <= budget)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            let when = if file.at_once { "" } else { ", when needed" };
            writeln!(
                f,
                "{:<28} {:>8} bytes {:>8} gzip{when}",
                file.name, file.plain, file.gzip
            )?;
        }
        for (what, gzip, budget) in self.sums() {
            let verdict = if gzip <= budget { "within" } else { "OVER" };
            writeln!(f, "{what:<28} {gzip:>23} gzip, {verdict} the budget of {budget}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_loaded_at_once_is_told_from_what_waits() {
        let dir = std::env::temp_dir().join(format!("presealed-size-{}", std::process::id()));
        fs::create_dir_all(dir.join("snippets")).unwrap();
        fs::write(dir.join(MODULE), [0; 10_000]).unwrap();
        fs::write(dir.join("extras.wasm"), [0; 10_000]).unwrap();
        fs::write(
            dir.join(ENTRY),
            "import*as a from\"./snippets/b.js\";new URL(\"./worker.js\",x)",
        )
        .unwrap();
        fs::write(dir.join("snippets/b.js"), "export {} from './c.js'").unwrap();
        fs::write(dir.join("snippets/c.js"), "import(\"./worker.js\")").unwrap();
        fs::write(dir.join("worker.js"), "").unwrap();
        fs::write(dir.join("package.json"), "{}").unwrap();
        fs::write(dir.join("inline.js"), "import{a}from\"./inlined.js\"").unwrap();
        fs::write(dir.join("inlined.js"), "export const a = 1").unwrap();
        fs::create_dir_all(dir.join("element")).unwrap();
        for name in ELEMENT {
            fs::write(dir.join(name), "export const b = 2").unwrap();
        }
        let budget = Size {
            at_once: 400,
            all: 600,
            inline: 100,
            inline_in_worker: 0,
            element: 200,
        };
        let report = measure(&dir, budget).unwrap();
        let text = report.to_string();
        fs::remove_dir_all(&dir).unwrap();

        let at_once = |file: &&Weight| file.at_once;
        assert_eq!(
            (report.files.len(), report.files.iter().filter(at_once).count()),
            (6, 4)
        );
        assert!(text.contains("within the budget of 400") && text.contains("within the budget of 600"));
        assert!(report.within_budget());
        // Two files of some bytes, each with gzip's 18 of its own.
        assert!((60..100).contains(&report.inline), "{}", report.inline);
        for over in [
            Size { at_once: 1, ..budget },
            Size { all: 1, ..budget },
            Size { inline: 50, ..budget },
            Size { element: 50, ..budget },
        ] {
            let report = Report {
                budget: over,
                files: report.files.iter().map(Weight::clone).collect(),
                ..report
            };
            assert!(!report.within_budget());
        }
    }
}
