//! `sealpost ack`: the first human word.

use anyhow::{Result, ensure};
use clap::Args;
use sealpost_shared::Timestamp;
use sealpost_shared::letter::{Matter, ReplyKind};

use super::send::look::AnywayArgs;
use super::send::{self, Outgoing, Writing};
use crate::args::TeamArgs;
use crate::config::{Context, usage};
use crate::dossier::Letter;
use crate::times::utc;

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
    /// Acknowledge although somebody has written to the reporter already.
    #[arg(long)]
    pub(crate) again: bool,
    #[command(flatten)]
    pub(crate) look: AnywayArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Says no more than whoever types `ack` has done.
const DEFAULT_TEXT: &str = "We have received your report, and a member of the team is looking at it.";

/// Acknowledges a report. One that was answered already is acknowledged again only on demand.
///
/// # Errors
/// When there is nothing to say, or somebody has answered already; else see [`send::send`].
pub(crate) fn run(context: &Context, args: &AckArgs) -> Result<()> {
    let text = args.message.clone().unwrap_or_else(|| DEFAULT_TEXT.to_owned());
    ensure!(
        !text.trim().is_empty(),
        "the acknowledgement is empty, so nothing was sent; leave -m out for one plain sentence"
    );
    let writing = Writing::open(context, &args.team, &args.case)?;
    writing.look_first(args.look)?;
    if let Some((name, at)) = answered(&writing)?.filter(|_| !args.again) {
        let already = format!("{name} wrote to this reporter already, {}", utc(at));
        if !context.ui.can_ask() {
            return usage(format!("{already}; nothing was sent. To acknowledge again pass --again"));
        }
        let question = format!("{already}. Acknowledge again? Type yes to go on:");
        ensure!(context.ui.confirm(&question)?, "nothing was sent");
    }
    send::send(&writing, &Outgoing { kind: ReplyKind::Acknowledgement, text, matter: Matter::default() })
}

/// Who wrote to the reporter first, and when.
fn answered(writing: &Writing<'_>) -> Result<Option<(String, Timestamp)>> {
    let members = writing.members()?;
    let sent = writing.dossier.items.iter().filter(|item| !item.is_unsent);
    let mut words = sent.filter_map(|item| match &item.letter {
        Ok(Letter::FromTeam { reply, signer, .. }) => Some((members.name(signer), reply.written_at)),
        _ => None,
    });
    Ok(words.next())
}
