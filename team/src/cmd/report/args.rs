//! What `sealpost report` is told.

use std::path::PathBuf;

use clap::Args;
use sealpost_shared::Fingerprint;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Severity;

use crate::args::severity;

const REPORT_EXAMPLES: &str = "\
Examples:
  sealpost report --relay https://reports.rust.example --team rust \\
    --title \"Use after free in the parser\" --text report.md --attach poc.rs
  Seal only, and send report.pgp by other means:
    sealpost report --bundle bundle.json --team rust --title … --text report.md --out ./sealed

The twelve words are shown once. They, and nothing else, open the case again: write them down.
Compare the fingerprint with what the project publishes elsewhere, then pass it with --fingerprint or say yes.";

/// `sealpost report`
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub(crate) struct ReportArgs {
    /// Address of the relay.
    #[arg(long, env = "SEALPOST_RELAY", value_name = "URL", required_unless_present = "bundle")]
    pub(crate) relay: Option<String>,
    /// The team's short name.
    #[arg(long, env = "SEALPOST_TEAM", value_name = "SLUG")]
    pub(crate) team: Slug,
    /// Use this bundle (as GET /v1/teams/SLUG/bundle gave it) instead of fetching one.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// One line that tells the problem from others.
    #[arg(long)]
    pub(crate) title: String,
    /// The report in Markdown; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) text: PathBuf,
    /// Product or component.
    #[arg(long, default_value = "")]
    pub(crate) product: String,
    /// Affected versions.
    #[arg(long, default_value = "")]
    pub(crate) versions: String,
    /// How bad you think it is.
    #[arg(long, value_parser = severity, value_name = "low|medium|high|critical")]
    pub(crate) severity: Option<Severity>,
    /// How you want to be credited.
    #[arg(long, default_value = "")]
    pub(crate) credit: String,
    /// You know of attacks.
    #[arg(long)]
    pub(crate) exploited: bool,
    /// The problem is public already.
    #[arg(long)]
    pub(crate) public: bool,
    /// Attach a file; may be repeated. What does not fit the letter travels beside it, sealed as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// Seal into this folder and send nothing.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The fingerprint that must have signed the policy, from the project's own pages.
    #[arg(long, value_name = "FPR")]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Believe the relay about the fingerprint: for when the project publishes it nowhere else.
    #[arg(long, conflicts_with = "fingerprint")]
    pub(crate) trust_first_use: bool,
}
