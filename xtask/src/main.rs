//! The commands of the README. `cargo xtask help` lists them.

mod args;
mod build;
mod config;
mod demo;
mod places;
mod process;
mod release;
mod server;
mod setup;
mod size;
mod test;

use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the command came to a good end; an error is one that stopped it on the way.
fn run() -> anyhow::Result<bool> {
    let command = args::parse(lexopt::Parser::from_env())?;
    if let Command::Help = command {
        print!("{}", args::HELP);
        return Ok(true);
    }
    process::end_children_on_interrupt()?;
    let places = places::Places::find()?;
    let config = config::Config::read(&places.root)?;
    let setup = setup::Setup::new(&places, &config);
    let good = match command {
        Command::Help => true,
        Command::Interop(options) => test::interop::run(&setup, &options)?,
        Command::Setup => setup.everything()?,
        Command::Bench(options) => test::benchmark::run(&setup, &options)?,
        Command::Build => build::release(&setup)?,
        Command::Demo(options) => demo::run(&setup, options)?,
        Command::Packaging { rows } => test::packaging::run(&setup, &rows)?,
        Command::Reference => test::reference::run(&setup)?,
        Command::Release { dry_run } => release::run(&setup, dry_run)?,
        Command::Test(selection) => test::run(&setup, &selection)?,
    };
    process::end_stragglers();
    Ok(good)
}
