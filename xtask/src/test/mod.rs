//! `cargo xtask test`: every step in turn, whatever became of those before.

mod api;
mod audit;
pub mod benchmark;
mod context;
mod counts;
pub mod interop;
mod journeys;
pub mod packaging;
pub mod reference;
mod steps;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::setup::{Missing, Setup, in_ci};
use context::{Log, TestContext};
use counts::Counts;
use steps::Step;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    Browser,
    Journeys,
    Native,
    Wasm,
}

/// Which steps to run; all of them if nothing is named.
#[derive(Default)]
pub struct Selection {
    pub list: bool,
    pub parts: Vec<Part>,
    pub steps: Vec<String>,
}

impl Selection {
    fn takes(&self, step: &Step) -> bool {
        let all = self.parts.is_empty() && self.steps.is_empty();
        all || self.parts.contains(&step.part) || self.steps.contains(&step.name)
    }
}

/// True if nothing has failed.
pub fn run(setup: &Setup<'_>, selection: &Selection) -> Result<bool> {
    let steps = steps::all(setup.config);
    if let Some(name) = selection
        .steps
        .iter()
        .find(|name| steps.iter().all(|step| step.name != **name))
    {
        bail!("there is no step `{name}`; `cargo xtask test --list` prints them all");
    }
    let taken: Vec<_> = steps.iter().filter(|step| selection.takes(step)).collect();
    if selection.list {
        for step in taken {
            println!("{:<20} {}", step.name, step.about);
        }
        return Ok(true);
    }

    let context = TestContext::new(setup);
    let start = Instant::now();
    let mut total = Vec::new();
    let mut failed = Vec::new();
    for step in taken {
        let counts = run_step(&context, step)?;
        if counts.failed > 0 {
            failed.push(step.name.as_str());
        }
        total.push(counts);
    }
    println!("\nall steps took {}", seconds(start.elapsed()));
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    println!("{}", total.into_iter().sum::<Counts>());
    Ok(failed.is_empty())
}

fn run_step(context: &TestContext<'_>, step: &Step) -> Result<Counts> {
    println!("== {}: {}", step.name, step.about);
    let log = Log::create(&context.setup.places.scratch("logs")?, &step.name)?;
    let start = Instant::now();
    let result = step.run(context, &log);
    let took = seconds(start.elapsed());
    match result {
        Ok(counts) if counts.failed == 0 => {
            println!("   {counts} in {took}");
            Ok(counts)
        }
        Ok(counts) => {
            print!("{}", fs::read_to_string(&log.path)?);
            println!("   FAILED: {counts} in {took}");
            Ok(counts)
        }
        // CI has all that it takes, or is not CI.
        Err(error) if error.is::<Missing>() && (step.may_be_missing || !in_ci()) => {
            println!("   skipped: {error:#}");
            Ok(Counts::ONE_SKIPPED)
        }
        Err(error) => {
            print!("{}", fs::read_to_string(&log.path)?);
            println!("   FAILED in {took}: {error:#}");
            Ok(Counts::ONE_FAILED)
        }
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs() / 60 {
        0 => format!("{:.1} s", time.as_secs_f64()),
        minutes => format!("{minutes} min {} s", time.as_secs() % 60),
    }
}
