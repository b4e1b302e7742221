//! `sealpost reply`: anything after the acknowledgement.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use sealpost_shared::letter::ReplyKind;
use sealpost_shared::limits;

use super::send::{self, Outgoing};
use crate::args::TeamArgs;
use crate::config::{Context, usage};
use crate::files;

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
    after_help = "Examples:\n  sealpost reply 7f3a --kind answer --file answer.md\n  sealpost reply 7f3a -m \"The fix is in review.\"\n  sealpost reply 7f3a            # opens $EDITOR on a file in memory where there is one"
)]
pub(crate) struct ReplyArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// What the reply means for the reporter's clock.
    #[arg(long, value_enum, default_value = "update")]
    pub(crate) kind: Kind,
    /// What to say.
    #[arg(short, long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) message: Option<String>,
    /// File with what to say, in Markdown; - is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Editor to write in when neither is given.
    #[arg(long, env = "EDITOR", default_value = "vi", hide_env_values = true)]
    pub(crate) editor: String,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Memory-backed on Linux, so that what an editor writes never reaches a disk.
const IN_MEMORY: &str = "/dev/shm";

/// Answers a reporter.
///
/// # Errors
/// When there is nothing to say; else see [`send::send`].
pub(crate) fn run(context: &Context, args: &ReplyArgs) -> Result<()> {
    let text = match (&args.message, &args.file) {
        (Some(message), _) => message.clone(),
        (None, Some(file)) => files::read_text(file, limits::MAX_REPORT_BYTES as u64)?,
        (None, None) if context.ui.can_ask() => edited(&args.editor)?,
        (None, None) => return usage("there is no terminal to write in; say it with -m TEXT or --file FILE"),
    };
    ensure!(
        !text.trim().is_empty(),
        "the reply is empty, so nothing was sent; say it with -m TEXT or --file FILE"
    );
    send::send(context, &args.team, Outgoing { case: &args.case, kind: args.kind.into(), text })
}

/// Lets a person write in the editor, in a private folder that is removed afterwards.
fn edited(editor: &str) -> Result<String> {
    let base =
        Some(PathBuf::from(IN_MEMORY)).filter(|folder| folder.is_dir()).unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("sealpost-").tempdir_in(base)?;
    let path = folder.path().join("reply.md");
    files::create(&path, b"", 0o600)?;
    run_editor(editor, &path)?;
    files::read_text(&path, limits::MAX_REPORT_BYTES as u64)
}

/// `$EDITOR` may carry arguments, so a shell reads it, as other programs do.
pub(super) fn run_editor(editor: &str, path: &Path) -> Result<()> {
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path).status();
    let status =
        status.with_context(|| format!("cannot start the editor “{editor}”; name another with --editor"))?;
    ensure!(status.success(), "the editor ended with an error, so nothing was sent");
    Ok(())
}
