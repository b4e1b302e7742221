//! The project's own build and set-up: `cargo xtask demo` and `cargo xtask test` are all a fresh machine needs.
//!
//! `place` knows folders, `setup` and what it calls install what is missing, `client` builds the browser app that
//! `seal` turns into a release, and `check`, `test` and `demo` are the commands themselves. Only `sh` prints.

mod bench;
mod binaries;
mod check;
mod client;
mod debian;
mod demo;
mod fuzz;
mod npm;
mod parts;
mod peers;
mod place;
mod python;
mod reproduce;
mod seal;
mod setup;
mod sh;
mod size;
mod stamp;
mod test;
mod tools;
mod wasm;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use place::Place;
use setup::Setup;

/// Builds, checks and shows Sealpost; installs what is missing.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    /// Folder for the build's pinned tools instead of the user's cache.
    #[arg(long, env = "SEALPOST_TOOLS", global = true, value_name = "FOLDER")]
    tools: Option<PathBuf>,
    /// Where the wasm32-unknown-unknown target comes from, instead of rustup first and packages where that fails.
    #[arg(long, env = "SEALPOST_WASM", global = true)]
    wasm: Option<wasm::Source>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Installs what building, checking and testing need, and nothing else.
    Setup,
    /// Builds the browser app into dist/ and the release binaries sealpost-relay and sealpost.
    Build,
    /// Builds the browser app alone into dist/.
    App,
    /// Builds the browser app twice in two folders and compares the releases (some ten minutes).
    Reproduce,
    /// Format, lints, licences and borders, documentation.
    Check(check::Options),
    /// Every test; the whole-system tests come last.
    Test(test::Options),
    /// Feeds mutated input to every parser that a stranger reaches, and keeps what it learnt for the next time.
    Fuzz(fuzz::Options),
    /// Measures what is promised of speed and memory.
    #[command(subcommand)]
    Bench(bench::What),
    /// Makes a demonstration team and serves it on this machine.
    Demo(demo::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            sh::say(format_args!("\nerror: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let place = Place::find(arguments.tools)?;
    let setup = Setup::new(arguments.wasm);
    match arguments.task {
        Task::Setup => setup.for_everything(&place),
        Task::Build => binaries::build_release(&place, &setup),
        Task::App => client::build(&place, &setup),
        Task::Reproduce => reproduce::reproduce(&place, arguments.wasm),
        Task::Check(options) => check::check(&place, &setup, options),
        Task::Test(options) => test::test(&place, &setup, &options),
        Task::Fuzz(options) => fuzz::fuzz(&place, &options),
        Task::Bench(what) => bench::bench(&place, &setup, what),
        Task::Demo(options) => demo::demo(&place, &setup, &options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
