//! What `sealpost pull` is told.

use clap::Args;

use crate::args::TeamArgs;

const PULL_EXAMPLES: &str = "\
Examples:
  sealpost pull
  sealpost pull --json | jq .new
  sealpost pull --watch --exec 'printf \"%s new\\\\n\" \"$SEALPOST_NEW_REPORTS\" | wall'
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
    /// Go on: wait at the relay, and pull as soon as something comes. End it with Ctrl-C; nothing is lost by that.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Run this in a shell when something came; SEALPOST_NEW_REPORTS, SEALPOST_NEW_LETTERS and SEALPOST_DESK say how much and where.
    #[arg(long, value_name = "COMMAND", requires = "watch")]
    pub(crate) exec: Option<String>,
    /// Show no notification on the desktop.
    #[arg(long, requires = "watch")]
    pub(crate) no_notify: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}
