//! What `sealpost pull` is told.

use clap::Args;

use crate::args::TeamArgs;

const PULL_EXAMPLES: &str = "\
Examples:
  sealpost pull
  sealpost pull --json | jq .new
  SEALPOST_HOME=/srv/triage sealpost pull --relay https://reports.rust.example --team rust --key 0123…CDEF";

/// `sealpost pull`
#[derive(Debug, Args)]
#[command(after_help = PULL_EXAMPLES)]
pub(crate) struct PullArgs {
    /// Do not open new reports to say when they are due.
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Believe a policy that is older than one seen before: for when the team took a version back.
    #[arg(long)]
    pub(crate) accept_older_policy: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}
