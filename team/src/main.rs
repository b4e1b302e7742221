//! `sealpost`: the team's side of Sealpost, and a reporter's side without a browser.
//!
//! This file reads the clock and the command line; `cmd` decides, `ui` prints.

mod args;
mod bundle;
mod cmd;
mod config;
mod dossier;
mod files;
mod glance;
mod keyring;
mod local;
mod members;
mod moment;
mod parallel;
mod receipts;
mod relay_api;
mod session;
mod times;
mod ui;

use std::process::ExitCode;

use clap::Parser as _;
use sealpost_shared::Timestamp;

use crate::args::Cli;
use crate::config::{Context, Home, UsageError};
use crate::ui::Ui;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = Ui::new(cli.json);
    let outcome = Home::find(&cli).and_then(|home| {
        let context = Context { home, ui, now };
        cmd::run(&context, cli.command)
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui.error(&error);
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}

/// The one place that reads this machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "a binary's main reads the clock; everything else takes it as a parameter"
)]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    Timestamp::from_seconds(seconds)
}
