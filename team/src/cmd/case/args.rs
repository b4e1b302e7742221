//! What `sealpost case` is told.

use std::path::PathBuf;

use clap::Args;
use sealpost_shared::Fingerprint;
use sealpost_shared::id::Slug;

/// `sealpost case`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost case ./sealpost-case-7f3a-91c2 --words-file words.txt\n  sealpost case --words-file - --relay https://reports.rust.example --team rust --fingerprint 0123…\n  sealpost case ./sealpost-case-7f3a-91c2 --words-file - --evidence evidence.json\n\nThe words are never an argument: other users of a machine can read arguments."
)]
pub(crate) struct CaseArgs {
    /// Folder that `sealpost report` made.
    pub(crate) folder: Option<PathBuf>,
    /// File with the twelve words; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) words_file: PathBuf,
    /// Address of the relay [default: case.json in the folder].
    #[arg(long, env = "SEALPOST_RELAY", value_name = "URL", required_unless_present = "folder")]
    pub(crate) relay: Option<String>,
    /// The team's short name [default: case.json in the folder].
    #[arg(long, env = "SEALPOST_TEAM", value_name = "SLUG", required_unless_present = "folder")]
    pub(crate) team: Option<Slug>,
    /// The fingerprint that must have signed the policy [default: case.json in the folder].
    #[arg(long, value_name = "FPR")]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Believe the relay about the fingerprint.
    #[arg(long, conflicts_with = "fingerprint")]
    pub(crate) trust_first_use: bool,
    /// Believe a policy that is older than the one the case was opened under.
    #[arg(long)]
    pub(crate) accept_older_policy: bool,
    /// Write what was promised, kept and missed, with policy and receipts, into this file; never the report. Beside it FILE.txt, to read.
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,
}
