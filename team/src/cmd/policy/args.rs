//! What `sealpost policy` is told.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sealpost_shared::Timestamp;
use sealpost_shared::letter::Severity;

use crate::args::{TeamArgs, severity};

/// `sealpost policy`
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check a policy file: everything wrong with syntax and rules, and signature and certificates where they lie beside it.
    #[command(after_help = "Example:\n  sealpost policy check teams/rust/policy.toml")]
    Check {
        /// The policy file.
        file: PathBuf,
    },
    /// Say a whole policy in plain sentences, as reporters read it.
    #[command(after_help = "Example:\n  sealpost policy explain policies/rust-classic.toml")]
    Explain {
        /// The policy file; - is standard input.
        file: PathBuf,
    },
    /// Say what a policy promises at a moment, for a case with these events.
    Simulate(SimulateArgs),
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

/// `sealpost policy simulate`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  echo '[{\"at\":\"2026-11-23T12:00:00Z\",\"event\":\"sent\"}]' |\n    sealpost policy simulate teams/rust/policy.toml --events - --now 2026-11-25T12:00:00Z\n\nEvents: sent, received, auto_reply, human_reply (with kind: acknowledgement, answer, update or closing), follow_up, step_taken (with step),\nstage_reached (with stage), embargo_proposed and embargo_agreed (with until), embargo_lifted, published, closed."
)]
pub(crate) struct SimulateArgs {
    /// The policy file.
    pub(crate) file: PathBuf,
    /// JSON list of events, as docs/PROTOCOL.md spells them; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: PathBuf,
    /// The moment [default: this one].
    #[arg(long, alias = "at", value_name = "RFC3339")]
    pub(crate) now: Option<Timestamp>,
    /// Count days in this zone instead of the policy's, as in Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// The reported severity, for policies that answer graver cases sooner.
    #[arg(long, value_parser = severity, value_name = "low|medium|high|critical")]
    pub(crate) severity: Option<Severity>,
    /// The reporter knows of attacks.
    #[arg(long)]
    pub(crate) exploited: bool,
}
