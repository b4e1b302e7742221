//! The program `sealpost-relay`: reads its settings, sets up the log, serves.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use clap::Parser as _;
use sealpost_relay::config::{Command, CommandLine};
use sealpost_relay::{Clock as _, SystemClock};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// Our own lines, and only warnings of what we are built on: those could name addresses at finer levels.
const LOG_FILTER: &str = "warn,sealpost_relay=info";

/// The log is dated to the hour, as receipts are: a line for each request would otherwise say when each report came.
struct Hour;

impl FormatTime for Hour {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", SystemClock.now().rounded_to_hour())
    }
}

fn main() -> anyhow::Result<()> {
    let Command::Serve(serve) = CommandLine::parse().command;
    let print = serve.print_config;
    // A variable whose name is not text is none of ours.
    let config = serve.decide(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    if print {
        return Ok(io::stdout().write_all(config.to_toml().as_bytes())?);
    }
    let log = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    log.with_timer(Hour).with_target(false).with_env_filter(EnvFilter::new(LOG_FILTER)).init();
    std::panic::set_hook(Box::new(|panic| {
        // The message could quote what a caller sent; the place cannot.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task panicked");
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(sealpost_relay::run(&config, Arc::new(SystemClock)))?;
    Ok(())
}
