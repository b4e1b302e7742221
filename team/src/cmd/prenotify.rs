//! `sealpost prenotify`: tells somebody before everybody, where the policy has such an audience, its condition holds and its time has come.
//! The messages are sealed and written into files; sending them is a person's act.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sealpost_keys::{Letter, SealedLetter, TeamCert, UncheckedCert};
use sealpost_shared::desk::DeskWord;
use sealpost_shared::letter::{LetterData, Notice};
use sealpost_shared::policy::Prenotify;
use sealpost_shared::{Timestamp, limits};
use serde_json::json;

use super::send::Writing;
use super::write::{self, Draft, WordsArgs};
use crate::args::TeamArgs;
use crate::config::{Context, usage};
use crate::times::utc;
use crate::{files, ui};

const EXAMPLES: &str = "\
Examples:
  sealpost prenotify 7f3a --audience distributions --to alice-distro.asc --to bob-distro.asc --file notice.md --out ./notices
Who may be told, when and on which condition stands in the policy under [[disclosure.prenotify]]. Nothing is sent: each message is sealed to one
recipient, in a file of its own, for you to mail. What was sealed for whom goes on the desk's record.";

/// `sealpost prenotify`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PrenotifyArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// One of the policy's audiences.
    #[arg(long)]
    pub(crate) audience: String,
    /// The certificate of a recipient; may be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) to: Vec<PathBuf>,
    /// Folder for the sealed messages.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The policy's condition for this audience holds.
    #[arg(long)]
    pub(crate) condition_holds: bool,
    #[command(flatten)]
    pub(crate) words: WordsArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Seals the messages.
///
/// # Errors
/// When the policy has no such audience, its condition or time is not given, or a certificate is unusable; nothing is written then.
pub(crate) fn run(context: &Context, args: &PrenotifyArgs) -> Result<()> {
    let writing = Writing::open(context, &args.team, &args.case)?;
    let audiences = &writing.dossier.policy.disclosure.prenotify;
    let Some(audience) = audiences.iter().find(|known| known.audience == args.audience) else {
        let known: Vec<&str> = audiences.iter().map(|known| known.audience.as_str()).collect();
        let known = if known.is_empty() { "nobody".to_owned() } else { known.join(", ") };
        return usage(format!(
            "the policy lets nobody called “{}” know beforehand; it names {known}",
            args.audience
        ));
    };
    holds(context, audience, args.condition_holds)?;
    let lifts_at = in_time(context, &writing, audience)?;
    let recipients = args.to.iter().map(|path| recipient(path, writing.now)).collect::<Result<Vec<_>>>()?;
    let draft = Draft { case: writing.dossier.case, what: "prenotify", begin: "" };
    let text = write::words(context, &args.words, &draft)?;
    ensure!(
        !text.trim().is_empty(),
        "the message is empty, so nothing was written; say it with -m TEXT or --file FILE"
    );
    files::private_folder(&args.out)?;
    let mut written = Vec::new();
    for to in &recipients {
        let sealed = seal(&writing, audience, lifts_at, &text, to)?;
        let name = format!("{}-{}.asc", writing.dossier.case.short(), to.fingerprint());
        let path = args.out.join(name);
        files::create(&path, sealed.to_armored().as_bytes(), 0o600)?;
        let says = DeskWord::Prenotified { audience: audience.audience.clone(), to: to.fingerprint() };
        writing.tell_desk(says, String::new())?;
        written.push((path, to.fingerprint()));
    }
    draft.forget();
    let files: Vec<_> = written.iter().map(|(path, to)| json!({ "file": path, "to": to })).collect();
    context.ui.json(&json!({ "case": writing.dossier.case, "audience": audience.audience, "lifts_at": lifts_at, "files": files }));
    context.ui.heading(&format!(
        "{}; nothing was sent. Mail each to its recipient:",
        ui::count(written.len(), "sealed message", "sealed messages")
    ));
    written.iter().for_each(|(path, to)| context.ui.say(&format!("  {}  for {to}", path.display())));
    writing.send()
}

fn holds(context: &Context, audience: &Prenotify, said: bool) -> Result<()> {
    let Some(condition) = audience.condition.as_ref().filter(|_| !said) else { return Ok(()) };
    let condition = crate::ui::line(condition);
    if !context.ui.can_ask() {
        return usage(format!("the policy's condition is: {condition}. If it holds, pass --condition-holds"));
    }
    let question = format!("The policy's condition is: {condition}\nDoes it hold? Type yes to go on:");
    ensure!(context.ui.confirm(&question)?, "nothing was written");
    Ok(())
}

/// The end of the embargo, if it is near enough and not over.
fn in_time(context: &Context, writing: &Writing<'_>, audience: &Prenotify) -> Result<Timestamp> {
    let now = writing.now;
    let embargo = writing.dossier.view(now).and_then(|view| view.embargo);
    let embargo =
        embargo.context("the case has no embargo date yet, so it is too early; see `sealpost embargo`")?;
    if let Some(ended) = embargo.ended_at {
        return usage(format!("the embargo ended {}; everybody may know", utc(ended)));
    }
    let lifts_at = embargo.lifts_at.context("the case has no embargo date yet; see `sealpost embargo`")?;
    let policy = &writing.dossier.policy;
    ensure!(
        policy.after(now, audience.earliest) >= lifts_at,
        "too early: “{}” may know {} before {}, and not sooner",
        audience.audience,
        audience.earliest,
        utc(lifts_at)
    );
    if audience.latest.is_some_and(|latest| policy.after(now, latest) > lifts_at) {
        context.ui.warn("this is later than the policy wants for this audience");
    }
    Ok(lifts_at)
}

fn recipient(path: &Path, now: Timestamp) -> Result<TeamCert> {
    let cert = UncheckedCert::parse_one(&files::read(path, 2 * limits::MAX_CERT_BYTES as u64)?);
    let cert = cert.with_context(|| path.display().to_string())?;
    cert.judge(now).with_context(|| format!("{} cannot be sealed to", path.display()))
}

fn seal(
    writing: &Writing<'_>,
    audience: &Prenotify,
    lifts_at: Timestamp,
    text: &str,
    to: &TeamCert,
) -> Result<SealedLetter> {
    let data = LetterData::Notice(Notice {
        case: writing.dossier.case,
        audience: audience.audience.clone(),
        written_at: writing.now,
        lifts_at,
    });
    let letter = Letter { text: text.to_owned(), data, reporter_certificate: None, attachments: Vec::new() };
    writing.seal(&letter, std::slice::from_ref(to))
}
