//! `sealpost reply`: anything after the acknowledgement.

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use sealpost_shared::letter::{Matter, ReplyKind};

use super::send::look::AnywayArgs;
use super::send::{self, Outgoing, Writing};
use super::write::{self, Draft, WordsArgs};
use crate::args::TeamArgs;
use crate::config::{Context, usage};
use crate::dossier::{Dossier, Letter};
use crate::ui::plain;

/// What a reply means for the reporter's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// The detailed answer: what happens next.
    Answer,
    /// Progress.
    Update,
    /// The team regards the case as closed.
    Closing,
}

impl From<Kind> for ReplyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Answer => Self::Answer,
            Kind::Update => Self::Update,
            Kind::Closing => Self::Closing,
        }
    }
}

/// `sealpost reply`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost reply 7f3a --kind answer --file answer.md\n  sealpost reply 7f3a -m \"The fix is in review.\"\n  sealpost reply 7f3a --quote    # opens $EDITOR on the reporter's last letter, quoted\n\nWhat is written in the editor stays in memory until it is sealed: after a crash the next `reply` goes on with it."
)]
pub(crate) struct ReplyArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// What the reply means for the reporter's clock.
    #[arg(long, value_enum, default_value = "update")]
    pub(crate) kind: Kind,
    /// Begin the editor's text with the reporter's last letter, quoted; with -m or --file, end with it.
    #[arg(long)]
    pub(crate) quote: bool,
    #[command(flatten)]
    pub(crate) words: WordsArgs,
    /// Write although the case is closed.
    #[arg(long)]
    pub(crate) reopen: bool,
    #[command(flatten)]
    pub(crate) look: AnywayArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Answers a reporter.
///
/// # Errors
/// When there is nothing to say, or the case is closed; else see [`send::send`].
pub(crate) fn run(context: &Context, args: &ReplyArgs) -> Result<()> {
    let writing = Writing::open(context, &args.team, &args.case)?;
    let short = writing.dossier.case.short();
    if writing.dossier.is_closed() && !args.reopen {
        return usage(format!(
            "the team closed {short} and the reporter has not written since, so nothing was sent; to write all the same pass --reopen"
        ));
    }
    writing.look_first(args.look)?;
    let quote = if args.quote { quoted(&writing.dossier) } else { String::new() };
    let draft = Draft { case: writing.dossier.case, what: "reply", begin: &quote };
    let mut text = write::words(context, &args.words, &draft)?;
    ensure!(
        !text.trim().is_empty(),
        "the reply is empty, so nothing was sent; say it with -m TEXT or --file FILE"
    );
    if !quote.is_empty() && (args.words.message.is_some() || args.words.file.is_some()) {
        text = format!("{}\n\n{}", text.trim_end(), quote.trim_start());
    }
    if args.words.message.is_none() && args.words.file.is_none() {
        // An editor may have been open for long.
        writing.look_first(args.look)?;
    }
    let outgoing = Outgoing { kind: args.kind.into(), text, matter: Matter::default() };
    let sent = send::send(&writing, &outgoing);
    // Sealed and kept is as good as sent: the next pull sends it.
    if sent.is_ok() || writing.was_kept() {
        draft.forget();
    }
    sent
}

/// The reporter's last letter as mail programs quote: every line behind `> `.
fn quoted(dossier: &Dossier) -> String {
    let last = dossier.items.iter().rev().find_map(|item| match &item.letter {
        Ok(Letter::FromReporter { contents, .. }) => Some(contents.text.trim()),
        _ => None,
    });
    let line = |line: &str| if line.is_empty() { ">".to_owned() } else { format!("> {line}") };
    let text = plain(last.unwrap_or_default());
    let lines: Vec<String> = text.lines().map(line).collect();
    if lines.is_empty() { String::new() } else { format!("\n\n{}\n", lines.join("\n")) }
}
