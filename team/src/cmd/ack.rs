//! `sealpost ack`: the first human word.

use anyhow::{Result, ensure};
use clap::Args;
use sealpost_shared::letter::ReplyKind;

use super::send::{self, Outgoing};
use crate::args::TeamArgs;
use crate::config::Context;

/// `sealpost ack`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost ack 7f3a-91c2\n  sealpost ack 7f3a -m \"We have it; Alice is looking at it.\""
)]
pub(crate) struct AckArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// What to say; left out, one plain sentence.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Says no more than whoever types `ack` has done.
const DEFAULT_TEXT: &str = "We have received your report, and a member of the team is looking at it.";

/// Acknowledges a report.
///
/// # Errors
/// When there is nothing to say; else see [`send::send`].
pub(crate) fn run(context: &Context, args: &AckArgs) -> Result<()> {
    let text = args.message.clone().unwrap_or_else(|| DEFAULT_TEXT.to_owned());
    ensure!(
        !text.trim().is_empty(),
        "the acknowledgement is empty, so nothing was sent; leave -m out for one plain sentence"
    );
    send::send(context, &args.team, Outgoing { case: &args.case, kind: ReplyKind::Acknowledgement, text })
}
