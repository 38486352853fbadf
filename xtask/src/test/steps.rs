//! The steps, in the order that they run in: what fails quickly comes first.

use anyhow::Result;

use super::Part;
use super::context::{Log, TestContext};
use super::counts::Counts;
use super::{api, audit, interop, journeys, packaging, reference};
use crate::config::{Browser, Config};
use crate::setup::browsers;
use crate::{build, size};

pub struct Step {
    pub about: &'static str,
    /// Skipped, even in CI, where what it tests against cannot be had.
    pub may_be_missing: bool,
    pub name: String,
    pub part: Part,
    run: Run,
}

enum Run {
    In(Browser, fn(&TestContext<'_>, &Log, Browser) -> Result<Counts>),
    Once(fn(&TestContext<'_>, &Log) -> Result<Counts>),
}

impl Step {
    pub fn run(&self, context: &TestContext<'_>, log: &Log) -> Result<Counts> {
        match self.run {
            Run::In(browser, run) => run(context, log, browser),
            Run::Once(run) => run(context, log),
        }
    }
}

pub fn all(config: &Config) -> Vec<Step> {
    use Part::{Browser as InBrowser, Journeys, Native, Wasm};
    let mut steps = vec![
        once("fmt", Native, "the formatting of every member", fmt),
        once("clippy", Native, "lints, every member and target", clippy),
        once("clippy-wasm", Wasm, "lints of what only wasm32 compiles", clippy_wasm),
        once("docs", Native, "documentation without a warning", docs),
        once(
            "docs-wasm",
            Wasm,
            "documentation of what only wasm32 compiles",
            docs_wasm,
        ),
        once(
            "audit",
            Native,
            "licences, sources and versions of what comes from others",
            audit::audit,
        ),
        Step {
            may_be_missing: true,
            ..once(
                "advisories",
                Native,
                "what is known against what comes from others",
                audit::advisories,
            )
        },
        once("native", Native, "the crate's tests, natively", native),
        once("native-xtask", Native, "the tests of these commands", native_xtask),
        once("native-server", Native, "the development server's tests", native_server),
        once("package", Wasm, "the npm package and its size", package),
        once("node", Wasm, "the package in Node, against a store in memory", node),
        once("api-node", Wasm, "the API's tests in Node", api::in_node),
        once("api-deno", Wasm, "the API's tests in Deno", api::in_deno),
        once("api-bun", Wasm, "the API's tests in Bun", api::in_bun),
        once("api-workerd", Wasm, "the API's tests in workerd", api::in_workerd),
        once(
            "types",
            Wasm,
            "the TypeScript declarations against their uses, and the shell against them",
            types,
        ),
        once(
            "reference",
            Wasm,
            "the API's reference explains all that is exported",
            reference::step,
        ),
    ];
    for &browser in &config.test.browsers {
        let about = "the crate's tests, compiled to wasm";
        steps.push(within("wasm", InBrowser, about, browser, wasm));
    }
    for &browser in &config.test.browsers {
        let about = "the API's tests in a page, and through a worker";
        steps.push(within("api", InBrowser, about, browser, api::in_page));
    }
    for &browser in &config.test.browsers {
        let about = "the API's tests in a service worker";
        steps.push(within(
            "api-service-worker",
            InBrowser,
            about,
            browser,
            api::in_service_worker,
        ));
    }
    let about = "the server answers as S3 does";
    steps.push(once("conformance", Journeys, about, journeys::conformance));
    for &browser in &config.test.journeys {
        let about = "the page, driven as a person would";
        steps.push(within("journeys", Journeys, about, browser, journeys::page));
    }
    let about = "the package in other people's tools, the quick ones";
    steps.push(once("packaging", Journeys, about, packaging::step));
    let about = "Amazon's own clients open what the package writes, and the other way round";
    steps.push(once("interop", Journeys, about, interop::step));
    let about = "a store and a key service that are not ours";
    steps.push(Step {
        may_be_missing: true,
        ..once("independent", Journeys, about, journeys::independent)
    });
    steps
}

fn once(name: &str, part: Part, about: &'static str, run: fn(&TestContext<'_>, &Log) -> Result<Counts>) -> Step {
    Step {
        about,
        may_be_missing: false,
        name: name.to_owned(),
        part,
        run: Run::Once(run),
    }
}

fn within(
    name: &str,
    part: Part,
    about: &'static str,
    browser: Browser,
    run: fn(&TestContext<'_>, &Log, Browser) -> Result<Counts>,
) -> Step {
    Step {
        about,
        may_be_missing: false,
        name: format!("{name}-{}", browser.name()),
        part,
        run: Run::In(browser, run),
    }
}

fn fmt(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut cargo = context.setup.native("cargo");
    log.check(cargo.args(["fmt", "--all", "--check"]))
}

fn clippy(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut cargo = context.setup.native("cargo");
    cargo
        .args(["clippy", "--workspace", "--all-targets", "--ignore-rust-version"])
        .args(["--", "-D", "warnings"]);
    log.check(&mut cargo)
}

fn clippy_wasm(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut cargo = context.setup.wasm_clippy()?;
    cargo
        .args(["--all-targets", "--target", &context.setup.config.build.target])
        .args(["--", "-D", "warnings"]);
    log.check(&mut cargo)
}

fn docs(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut cargo = context.setup.native("cargo");
    cargo
        .env("RUSTDOCFLAGS", "-D warnings")
        .args(["doc", "--workspace", "--no-deps", "--ignore-rust-version"]);
    log.check(&mut cargo)
}

fn docs_wasm(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut cargo = context.setup.wasm_command("cargo")?;
    cargo
        .env("RUSTDOCFLAGS", "-D warnings")
        .args(["doc", "--lib", "--no-deps"])
        .args(["--target", &context.setup.config.build.target]);
    log.check(&mut cargo)
}

fn native(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let crates = [
        ["test", "--no-fail-fast"].as_slice(),
        &["test", "--package", "presealed-extras"],
    ];
    let counts = crates.map(|arguments| {
        let mut cargo = context.setup.native("cargo");
        log.tests(cargo.args(arguments))
    });
    counts.into_iter().sum()
}

fn native_xtask(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut cargo = context.setup.native("cargo");
    log.tests(cargo.args(["test", "--package", "xtask"]))
}

/// In the profile that the binary is built in: one build of what it depends on serves both.
fn native_server(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let mut cargo = context.setup.native("cargo");
    cargo
        .args(["test", "--package", "presealed-server", "--profile", "server"])
        .args(["--no-fail-fast", "--ignore-rust-version"]);
    log.tests(&mut cargo)
}

fn package(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    context.package(log)?;
    let setup = context.setup;
    let report = size::measure(&build::out_dir(setup), setup.config.size)?;
    print!("{report}");
    Ok(match report.within_budget() {
        true => Counts::ONE_PASSED,
        false => Counts::ONE_FAILED,
    })
}

fn node(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let dir = context.directory("tests/node")?;
    context.package(log)?;
    let mut npm = context.setup.native("npm");
    npm.current_dir(dir)
        .args(["test", "--silent"])
        .env("PRESEALED_MODULES", build::modules_dir(context.setup));
    log.tests(&mut npm)
}

fn types(context: &TestContext<'_>, log: &Log) -> Result<Counts> {
    let dir = context.directory("tests/types")?;
    context.package(log)?;
    context.node_modules(&dir, log)?;
    let mut npm = context.setup.native("npm");
    log.tests(npm.current_dir(dir).args(["test", "--silent"]))
}

fn wasm(context: &TestContext<'_>, log: &Log, browser: Browser) -> Result<Counts> {
    // Before the wait for a driver, which would be in vain without it.
    context.setup.toolchain()?;
    let ready = browsers::ensure(context.setup, browser)?;
    let (mut command, name) = match browser {
        Browser::Chromium => (context.setup.wasm_pack()?, "chrome"),
        Browser::Firefox => (context.setup.wasm_pack()?, "firefox"),
        Browser::WebkitGtk => {
            let command = context.setup.wasm_pack_with_display(&ready.program)?;
            (command, "safari")
        }
    };
    // wasm-pack calls drivers after the browsers, `geckodriver` excepted.
    let driver = match browser {
        Browser::Chromium => "--chromedriver",
        Browser::Firefox => "--geckodriver",
        Browser::WebkitGtk => "--safaridriver",
    };
    command
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &ready.webdriver_json)
        .args(["test", "--mode", "no-install", "--headless"])
        .args([&format!("--{name}"), driver])
        .arg(&ready.driver);
    log.tests_of_a_page(&mut command)
}
