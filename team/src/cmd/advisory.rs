//! `sealpost advisory`: from a case to what the public reads. The document and its formats are `sealpost-advisory`'s.

mod before;
mod check;
mod draft;
mod export;
mod journal;
mod mail;
mod publish;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use sealpost_advisory::{Advisory, Finding, MAX_DOCUMENT_BYTES};

use crate::args::TeamArgs;
use crate::config::Context;
use crate::files;

const EXAMPLES: &str = "\
Example, from the case to the day of publication:
  sealpost advisory draft 7f3a --id DEMO-2026-0001      # writes DEMO-2026-0001.md
  $EDITOR DEMO-2026-0001.md
  sealpost advisory check DEMO-2026-0001.md
  sealpost advisory export DEMO-2026-0001.md --all --out ./out
  sealpost advisory publish DEMO-2026-0001.md --dry-run
  sealpost advisory publish DEMO-2026-0001.md           # on the day; again after a crash

The document holds what nobody may know yet: it is written for you alone (mode 0600). docs/ADVISORY.md explains every field.";

/// `sealpost advisory`
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum AdvisoryCommand {
    /// Begin a document, from a case or empty.
    Draft(Box<DraftArgs>),
    /// Name every error of a document, with line and rule.
    Check {
        /// The document.
        file: PathBuf,
    },
    /// Write the formats that programs and mailing lists read.
    Export(ExportArgs),
    /// Walk through the policy's list on the day the embargo lifts.
    Publish(Box<PublishArgs>),
}

/// `sealpost advisory draft`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost advisory draft 7f3a --id DEMO-2026-0001\n  sealpost advisory draft --new --out advisory.md --edit"
)]
pub(crate) struct DraftArgs {
    /// Case id, or the beginning of one.
    #[arg(required_unless_present = "new", conflicts_with = "new")]
    pub(crate) case: Option<String>,
    /// Begin without a case.
    #[arg(long)]
    pub(crate) new: bool,
    /// The advisory's id, as in DEMO-2026-0001.
    #[arg(long)]
    pub(crate) id: Option<sealpost_advisory::AdvisoryId>,
    /// Where to write; nothing is overwritten [default: ID.md, or advisory-CASE.md].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// OSV's name of the package's registry, as in crates.io, npm, PyPI, Go.
    #[arg(long, value_name = "NAME")]
    pub(crate) ecosystem: Option<String>,
    /// Open the editor on it, then check.
    #[arg(long)]
    pub(crate) edit: bool,
    /// Editor for `--edit`.
    #[arg(long, env = "EDITOR", default_value = "vi", hide_env_values = true)]
    pub(crate) editor: String,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// `sealpost advisory export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost advisory export DEMO-2026-0001.md --format osv\n  sealpost advisory export DEMO-2026-0001.md --all --out ./out"
)]
pub(crate) struct ExportArgs {
    /// The document.
    pub(crate) file: PathBuf,
    /// A format; may be repeated. One alone and without --out goes to standard output.
    #[arg(long, value_enum, required_unless_present = "all")]
    pub(crate) format: Vec<ExportFormat>,
    /// Every format that the document has enough for.
    #[arg(long, conflicts_with = "format")]
    pub(crate) all: bool,
    /// Folder to write into; files there are replaced.
    #[arg(long, value_name = "DIR", required_if_eq("all", "true"))]
    pub(crate) out: Option<PathBuf>,
}

const PUBLISH_EXAMPLES: &str = "\
Examples:
  sealpost advisory publish DEMO-2026-0001.md --dry-run
  sealpost advisory publish DEMO-2026-0001.md --case 7f3a --mail-to announce@lists.demo.example --smtp smtps://mail.demo.example
  sealpost advisory publish DEMO-2026-0001.md --done 3      # a person did step 3

Beside DEMO-2026-0001.md it keeps DEMO-2026-0001.journal.json (what was done when), .asc (the signed document), .eml (the mail, where no
server is named) and the folder .published (every format).";

/// `sealpost advisory publish`
#[derive(Debug, Args)]
#[command(after_help = PUBLISH_EXAMPLES)]
pub(crate) struct PublishArgs {
    /// The document.
    pub(crate) file: PathBuf,
    /// The case it comes from: its embargo must be over as well.
    #[arg(long)]
    pub(crate) case: Option<String>,
    /// Show what would be done, and do nothing.
    #[arg(long, conflicts_with_all = ["done", "again"])]
    pub(crate) dry_run: bool,
    /// Record that a person did this step; may be repeated.
    #[arg(long, value_name = "STEP")]
    pub(crate) done: Vec<usize>,
    /// Do a step again whose outcome nobody knew, and which turned out not to have happened.
    #[arg(long, value_name = "STEP")]
    pub(crate) again: Option<usize>,
    #[command(flatten)]
    pub(crate) mail: MailArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// How the announcement travels.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Mail")]
pub(crate) struct MailArgs {
    /// Whom the announcement goes to; may be repeated.
    #[arg(long, env = "SEALPOST_MAIL_TO", value_name = "ADDRESS", value_delimiter = ',')]
    pub(crate) mail_to: Vec<String>,
    /// Mail server, as in smtps://mail.example or smtp://mail.example:587?tls=required; without it the mail is written as a file.
    #[arg(long, env = "SEALPOST_SMTP", value_name = "URL")]
    pub(crate) smtp: Option<String>,
    /// User at the mail server.
    #[arg(long, env = "SEALPOST_SMTP_USER", value_name = "NAME", requires = "smtp_password_file")]
    pub(crate) smtp_user: Option<String>,
    /// File whose first line is the password there.
    #[arg(long, env = "SEALPOST_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) smtp_password_file: Option<PathBuf>,
}

/// The formats, as the command line spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// OSV 1.7.
    Osv,
    /// CSAF 2.0.
    Csaf,
    /// A CVE record 5.1.
    Cve,
    /// RustSec's database.
    Rustsec,
    /// OpenVEX 0.2.
    Openvex,
    /// For a blog.
    Markdown,
    /// For a mailing list.
    Mail,
}

/// Does what the command line asks.
///
/// # Errors
/// Why it could not.
pub(crate) fn run(context: &Context, command: &AdvisoryCommand) -> Result<()> {
    match command {
        AdvisoryCommand::Draft(args) => draft::run(context, args),
        AdvisoryCommand::Check { file } => check::run(context, file),
        AdvisoryCommand::Export(args) => export::run(context, args),
        AdvisoryCommand::Publish(args) => publish::run(context, args),
    }
}

/// Reads a document that must be without error.
fn read(file: &Path) -> Result<Advisory> {
    parsed(file, &text_of(file)?)
}

fn parsed(file: &Path, text: &str) -> Result<Advisory> {
    match sealpost_advisory::parse(text) {
        Ok(advisory) => Ok(advisory),
        Err(findings) => {
            let lines: Vec<String> = findings.iter().map(|finding| told(file, finding)).collect();
            bail!("the document has errors; correct them first:\n{}", lines.join("\n"))
        }
    }
}

fn text_of(file: &Path) -> Result<String> {
    files::read_text(file, 2 * MAX_DOCUMENT_BYTES as u64)
}

/// `FILE:LINE: …`, which editors jump to.
fn told(file: &Path, finding: &Finding) -> String {
    format!("{}:{}: {} [{}]", file.display(), finding.line, finding.message, finding.rule)
}
