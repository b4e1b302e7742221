//! `sealpost note`: a word to the other members, which neither relay nor reporter can read.

use anyhow::{Result, ensure};
use clap::Args;
use sealpost_shared::desk::DeskWord;
use serde_json::json;

use super::send::Writing;
use super::write::{self, Draft, WordsArgs};
use crate::args::TeamArgs;
use crate::config::Context;

/// `sealpost note`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost note 7f3a -m \"Reproduced on 1.4.2; Bob asks the allocator people.\"\n  sealpost note 7f3a --file trace.txt\n  sealpost note 7f3a             # opens $EDITOR"
)]
pub(crate) struct NoteArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    #[command(flatten)]
    pub(crate) words: WordsArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Writes a note.
///
/// # Errors
/// When there is nothing to say; else see [`Writing::send`].
pub(crate) fn run(context: &Context, args: &NoteArgs) -> Result<()> {
    let writing = Writing::open(context, &args.team, &args.case)?;
    let draft = Draft { case: writing.dossier.case, what: "note", begin: "" };
    let text = write::words(context, &args.words, &draft)?;
    ensure!(
        !text.trim().is_empty(),
        "the note is empty, so nothing was sent; say it with -m TEXT or --file FILE"
    );
    let entry = writing.tell_desk(DeskWord::Note, text)?;
    // Sealed and kept is as good as sent: the next pull sends it.
    draft.forget();
    writing.send()?;
    context.ui.json(&json!({ "case": entry.case, "entry": entry.entry }));
    context
        .ui
        .heading(&format!("Noted in {}. Only the members of the desk can read it.", entry.case.short()));
    Ok(())
}
