//! `sealpost ack`: the first human word.

use anyhow::{Result, ensure};
use sealpost_shared::letter::ReplyKind;

use super::send::{self, Outgoing};
use crate::args::AckArgs;
use crate::config::Context;

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
