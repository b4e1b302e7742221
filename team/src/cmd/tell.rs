//! What `assign` and `stage` can tell the reporter, beside what they tell the desk.

use anyhow::Result;
use clap::Args;
use sealpost_shared::EntryId;
use sealpost_shared::letter::{Matter, ReplyKind, StageMark};

use super::send::{Outgoing, Writing};
use crate::dossier::Dossier;
use crate::members::Members;

/// Whether the reporter is told, and in which words.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TellArgs {
    /// Tell the reporter as well, in a sealed update: a promise is kept by it.
    #[arg(long)]
    pub(crate) tell: bool,
    /// What to say to the reporter; left out, one plain sentence.
    #[arg(short, long, value_name = "TEXT", requires = "tell")]
    pub(crate) message: Option<String>,
}

/// What the desk knows of the disclosure, as the reporter may know it: who handles the case, and which stages were reached when.
pub(crate) fn matter(dossier: &Dossier, members: &Members) -> Matter {
    let stages = dossier.desk.stages.iter();
    Matter {
        handler: dossier.desk.handler().map(|handler| members.name(handler)),
        stages: stages
            .map(|(stage, record)| StageMark { stage: stage.clone(), at: record.reached_at })
            .collect(),
        embargo: None,
    }
}

/// Keeps the update if it was asked for. It comes before the word to the desk: where nobody can be told, nothing is kept at all.
///
/// # Errors
/// See [`Writing::reply`].
pub(crate) fn tell(
    writing: &Writing<'_>,
    args: &TellArgs,
    matter: Matter,
    sentence: String,
) -> Result<Option<EntryId>> {
    if !args.tell {
        return Ok(None);
    }
    let text = args.message.clone().unwrap_or(sentence);
    let sent = writing.reply(&Outgoing { kind: ReplyKind::Stage, text, matter })?;
    Ok(Some(sent.reply.entry))
}
