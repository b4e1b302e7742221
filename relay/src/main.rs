//! The program `sealpost-relay`: reads its settings, sets up the log, serves; or does one of the operator's other errands.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Parser as _;
use sealpost_relay::api::document_text;
use sealpost_relay::backup::{backup, restore};
use sealpost_relay::config::{Command, CommandLine, Key, KeyCommand, Serve};
use sealpost_relay::migrate::migrate;
use sealpost_relay::relay_key::rotate;
use sealpost_relay::verify::{Findings, verify};
use sealpost_relay::{Clock as _, SystemClock};
use sealpost_shared::Duration;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// Our own lines, and only warnings of what we are built on: those could name addresses at finer levels.
const LOG_FILTER: &str = "warn,sealpost_relay=info";

/// Something was read and is damaged.
const FAULTS: u8 = 1;

/// What was asked for could not be done at all; also what wrong arguments end with.
const FAILED: u8 = 2;

/// The log is dated to the hour, as receipts are: a line for each request would otherwise say when each report came.
struct Hour;

impl FormatTime for Hour {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", SystemClock.now().rounded_to_hour())
    }
}

fn main() -> ExitCode {
    run(CommandLine::parse().command).unwrap_or_else(|error| {
        let _nowhere_else_to_say_it = writeln!(io::stderr(), "Error: {error}");
        ExitCode::from(FAILED)
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let now = SystemClock.now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match command {
        Command::Serve(serve) => serve_until_told(&runtime, *serve),
        Command::Backup(args) => tell(&runtime.block_on(backup(&args.data, &args.to, now))?),
        Command::Restore(args) => {
            tell(&runtime.block_on(restore(&args.from, &args.data, args.damaged, now))?)
        }
        Command::Verify(args) => tell(&runtime.block_on(verify(&args.at.place(), now))?),
        Command::Migrate(args) => tell(&runtime.block_on(migrate(&args.from.place(), &args.to(), now))?),
        Command::Openapi => {
            io::stdout().write_all(document_text().as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Key(Key { command: KeyCommand::Rotate(args) }) => {
            let rotated = rotate(&args.data, now, Duration::from_hours(24 * i64::from(args.overlap)))?;
            io::stdout().write_all(rotated.to_string().as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn tell(findings: &Findings) -> Result<ExitCode> {
    io::stdout().write_all(findings.to_string().as_bytes())?;
    Ok(if findings.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAULTS) })
}

fn serve_until_told(runtime: &tokio::runtime::Runtime, serve: Serve) -> Result<ExitCode> {
    let print = serve.print_config;
    // A variable whose name is not text is none of ours.
    let config = serve.decide(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    if print {
        io::stdout().write_all(config.to_toml().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let log = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    log.with_timer(Hour).with_target(false).with_env_filter(EnvFilter::new(LOG_FILTER)).init();
    std::panic::set_hook(Box::new(|panic| {
        // The message could quote what a caller sent; the place cannot.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task panicked");
    }));
    runtime.block_on(sealpost_relay::run(&config, Arc::new(SystemClock)))?;
    Ok(ExitCode::SUCCESS)
}
