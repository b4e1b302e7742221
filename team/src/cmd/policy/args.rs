//! What `sealpost policy` is told.

use std::path::PathBuf;

use clap::Subcommand;
use sealpost_shared::Timestamp;
use sealpost_shared::letter::Severity;

use crate::args::{TeamArgs, severity};

/// `sealpost policy`
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check a policy file: syntax, rules, and signature and certificates where they lie beside it.
    #[command(after_help = "Example:\n  sealpost policy check teams/rust/policy.toml")]
    Check {
        /// The policy file.
        file: PathBuf,
    },
    /// Say what a policy promises at a moment, for a case with these events.
    #[command(
        after_help = "Example:\n  echo '[{\"at\":\"2026-11-23T12:00:00Z\",\"event\":\"sent\"}]' |\n    sealpost policy simulate teams/rust/policy.toml --events - --at 2026-11-25T12:00:00Z"
    )]
    Simulate {
        /// The policy file.
        file: PathBuf,
        /// JSON list of events, as docs/PROTOCOL.md spells them; - is standard input.
        #[arg(long, value_name = "FILE")]
        events: PathBuf,
        /// The moment [default: now].
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
        /// The reported severity, for policies that answer graver cases sooner.
        #[arg(long, value_parser = severity, value_name = "low|medium|high|critical")]
        severity: Option<Severity>,
        /// The reporter knows of attacks.
        #[arg(long)]
        exploited: bool,
    },
    /// Sign a policy file again after a change: writes FILE.asc.
    #[command(
        after_help = "Example:\n  $EDITOR teams/rust/policy.toml      # count identity.version up\n  sealpost policy sign teams/rust/policy.toml"
    )]
    Sign {
        /// The policy file.
        file: PathBuf,
        #[command(flatten)]
        team: TeamArgs,
    },
}
