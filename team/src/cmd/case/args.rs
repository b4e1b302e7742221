//! What `sealpost case` is told.

use std::path::PathBuf;

use clap::Args;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::EmbargoWord;
use sealpost_shared::{Fingerprint, Timestamp};

use crate::cmd::write::WordsArgs;
use crate::moment;

/// `sealpost case`
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sealpost case ./sealpost-case-7f3a-91c2 --words-file words.txt\n  sealpost case case-7f3a-91c2.asc --words-file -\n  sealpost case --words-file - --relay https://reports.rust.example --team rust --fingerprint 0123…\n  sealpost case ./sealpost-case-7f3a-91c2 --words-file - --evidence evidence.json\n\nThe words are never an argument: other users of a machine can read arguments."
)]
pub(crate) struct CaseArgs {
    /// Folder that `sealpost report` made, or the case's file that the offline page saved.
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
    /// Write to the team again.
    #[arg(long)]
    pub(crate) write: bool,
    #[command(flatten)]
    pub(crate) words: WordsArgs,
    /// Propose the moment at which the embargo lifts, with hour and zone.
    #[arg(long, value_name = "DATE", value_parser = moment::parse)]
    pub(crate) propose: Option<Timestamp>,
    /// Agree to a moment that the team proposed.
    #[arg(long, value_name = "DATE", value_parser = moment::parse, conflicts_with = "propose")]
    pub(crate) agree: Option<Timestamp>,
    /// Write what was promised, kept and missed, with policy and receipts, into this file; never the report. Beside it FILE.txt, to read.
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,
}

impl CaseArgs {
    /// Whether a letter is to be written, and what it says about the embargo.
    pub(super) fn writes(&self) -> Option<Option<EmbargoWord>> {
        let proposed = self.propose.map(|until| EmbargoWord::Proposed { until });
        let embargo = proposed.or_else(|| self.agree.map(|until| EmbargoWord::Agreed { until }));
        let words = self.write || self.words.message.is_some() || self.words.file.is_some();
        (words || embargo.is_some()).then_some(embargo)
    }
}
