//! `sealpost show`: one case, opened on the screen and nowhere else.

mod desk;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use sealpost_keys::Attachment;
use sealpost_keys::open::Contents;
use sealpost_shared::Timestamp;
use sealpost_shared::desk::counts_from;
use sealpost_shared::letter::{CaseData, FollowUp, LetterData};
use sealpost_shared::timeline::{PromiseState, TimelineView};
use sealpost_shared::wire::v1::Author;
use serde_json::{Value, json};

use super::Desk;
use crate::args::TeamArgs;
use crate::config::Context;
use crate::dossier::{Dossier, Item, Letter};
use crate::members::Members;
use crate::relay_api::deleted;
use crate::ui::Ui;
use crate::{files, keyring, times};

/// `sealpost show`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost show 7f3a-91c2\n  sealpost show 7f3a --save ./attachments\n\nPlaintext is shown, never kept; only --save writes, and only attachments."
)]
pub(crate) struct ShowArgs {
    /// Case id, or the beginning of one (with or without dashes).
    pub(crate) case: String,
    /// Write attachments into this folder; nothing there is overwritten.
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
    /// Program to read in, at a terminal; empty for none.
    #[arg(long, env = "PAGER", default_value = "less -FR", value_name = "COMMAND", hide_env_values = true)]
    pub(crate) pager: String,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Shows a case.
///
/// # Errors
/// When it is not there, or nothing of it can be opened, as without gpg or the secret key.
pub(crate) fn run(context: &Context, args: &ShowArgs) -> Result<()> {
    let desk = Desk::open(context, &args.team)?;
    let case = desk.store.find(&args.case)?;
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let reader = desk.reader(keyring.as_ref(), now);
    let dossier = reader.read(case)?;
    let view = dossier.view(now);
    let saved = args.save.as_deref().map(|folder| save(&dossier, folder)).transpose()?;
    context.ui.json(&as_json(&dossier, view.as_ref(), saved.as_deref()));
    let members = Members::of(&desk.bundle, desk.bundle.desk(&desk.settings.desk)?);
    let _pager = context.ui.page(&args.pager);
    say(context.ui, &dossier, &members, view.as_ref(), now);
    for path in saved.iter().flatten() {
        context.ui.say(&format!("saved {path}"));
    }
    match dossier.why_closed() {
        Some(why) => bail!("nothing of case {} could be opened: {why:#}", case.short()),
        None => Ok(()),
    }
}

fn say(ui: Ui, dossier: &Dossier, members: &Members, view: Option<&TimelineView>, now: Timestamp) {
    let title = dossier.title().unwrap_or_else(|| "(no title)".to_owned());
    ui.heading(&format!("Case {}  {title}", dossier.case.short()));
    ui.say(&format!("id         {}", dossier.case));
    if let Some(received) = dossier.received() {
        ui.say(&format!("received   {} (to the hour)", times::utc(received)));
    }
    if let Some(data) = &dossier.data {
        say_data(ui, data);
    }
    if let Some(cert) = &dossier.reporter {
        ui.say(&format!("reporter   {}", cert.fingerprint().grouped()));
    }
    if let Some(deletion) = &dossier.deletion {
        ui.alarm(&format!("deleted    {}; what you see is what is left here", deleted(deletion)));
    }
    for warning in &dossier.warnings {
        ui.warn(warning);
    }
    desk::say(ui, dossier, members);
    let mut said = String::new();
    for item in &dossier.items {
        say_item(ui, item, members, &mut said);
    }
    match view {
        Some(view) => say_promises(ui, view, now),
        None => ui.alarm("\nPromises: unknown, because not every letter could be opened."),
    }
}

/// Says what was promised and what became of it.
pub(super) fn say_promises(ui: Ui, view: &TimelineView, now: Timestamp) {
    ui.heading("\nPromises");
    for promise in &view.promises {
        let line = times::promise_line(promise, now);
        if promise.state == PromiseState::Late { ui.alarm(&line) } else { ui.say(&line) }
    }
    ui.say(&times::ladder_line(view));
}

fn say_data(ui: Ui, data: &CaseData) {
    ui.say(&format!("written    {} by the reporter's clock", times::utc(data.written_at)));
    let severity = data.severity.map(|severity| format!("{severity:?}").to_lowercase()).unwrap_or_default();
    for (name, value) in [
        ("product", &data.product),
        ("versions", &data.versions),
        ("severity", &severity),
        ("credit", &data.credit),
    ] {
        if !value.is_empty() {
            ui.say(&format!("{name:<10} {}", crate::ui::line(value)));
        }
    }
    if data.exploited {
        ui.alarm("exploited  the reporter knows of attacks");
    }
    if data.public {
        ui.alarm("public     the reporter knows that it is public already");
    }
}

/// Says one entry; why it was not read only where the entry before, in `said`, had another reason.
fn say_item(ui: Ui, item: &Item, members: &Members, said: &mut String) {
    let arrived = item.received.map_or_else(|| "not yet at the relay".to_owned(), times::utc);
    match &item.letter {
        Ok(Letter::FromReporter { contents, signed_at }) => {
            ui.heading(&format!("\nFrom the reporter, {}", times::utc(*signed_at)));
            ui.say("signature good, by the case's key");
            if let Some(LetterData::FollowUp(letter)) = &contents.data {
                say_follow_up(ui, letter);
            }
            say_contents(ui, contents);
        }
        Ok(Letter::FromTeam { contents, reply, signer }) => {
            ui.heading(&format!(
                "\nFrom the team: {}, {}",
                times::kind(reply.kind),
                times::utc(reply.written_at)
            ));
            say_unsent(ui, item);
            say_ahead(ui, item, reply.written_at);
            ui.say(&format!("signature good, by {}", signer.grouped()));
            reply.matter.embargo.iter().for_each(|word| ui.say(&times::embargo(*word)));
            say_contents(ui, contents);
        }
        Ok(Letter::FromDesk { contents, entry, signer }) => {
            ui.heading(&format!("\n{}, {}", desk::line(&entry.says, members), times::utc(entry.written_at)));
            say_unsent(ui, item);
            say_ahead(ui, item, entry.written_at);
            ui.say(&format!("signature good, by {}; only the desk can read this", members.name(signer)));
            say_contents(ui, contents);
        }
        Ok(Letter::Unverified { contents, why }) => {
            ui.heading(&format!("\nBy an unknown hand, {arrived}"));
            ui.alarm(&format!("NOT VERIFIED: {why}"));
            say_contents(ui, contents);
        }
        Err(why) => {
            ui.heading(&format!("\nEntry {}, {arrived}", item.entry));
            let why = format!("{why:#}");
            ui.alarm(&if *said == why {
                "NOT READ, as before".to_owned()
            } else {
                format!("NOT READ: {why}")
            });
            *said = why;
        }
    }
}

/// A date that its writer's clock put after the letter's arrival is said to be that.
fn say_ahead(ui: Ui, item: &Item, written_at: Timestamp) {
    let Some(hour) = item.received.filter(|hour| counts_from(written_at, Some(*hour)) < written_at) else {
        return;
    };
    ui.alarm(&format!(
        "DATED AHEAD: it arrived in the hour of {}; the date above is its writer's",
        times::utc(hour)
    ));
}

/// A letter that the relay has not taken yet is read by nobody else.
fn say_unsent(ui: Ui, item: &Item) {
    if item.is_unsent {
        ui.alarm("NOT SENT: kept here until the relay takes it; `sealpost pull` sends it");
    }
}

/// What a later letter of the reporter says beside its prose.
fn say_follow_up(ui: Ui, letter: &FollowUp) {
    letter.embargo.iter().for_each(|word| ui.say(&times::embargo(*word)));
    for missed in &letter.missed {
        let met =
            missed.met_at.map_or_else(|| "and never met".to_owned(), |at| format!("met {}", times::utc(at)));
        ui.alarm(&format!(
            "by the reporter's record: {} was due {}, {met}",
            times::promise(missed.promise),
            times::utc(missed.due)
        ));
    }
}

/// Says the prose and names the attachments.
pub(super) fn say_contents(ui: Ui, contents: &Contents) {
    if !contents.text.trim().is_empty() {
        ui.say("");
        ui.quote(contents.text.trim_end());
    }
    for attachment in &contents.attachments {
        ui.say(&format!(
            "  [{}, {}, {} bytes; --save DIR writes it]",
            crate::ui::line(attachment.name()),
            crate::ui::line(attachment.content_type()),
            attachment.bytes.len()
        ));
    }
    let enclosed = contents.data.as_ref().and_then(LetterData::enclosures);
    for file in enclosed.iter().flat_map(|enclosures| &enclosures.files) {
        let (name, size) = (crate::ui::line(&file.name), crate::ui::megabytes(file.size));
        ui.say(&format!("  [{name}, {size}, enclosed; `sealpost save` fetches it]"));
    }
}

fn as_json(dossier: &Dossier, view: Option<&TimelineView>, saved: Option<&[String]>) -> Value {
    json!({
        "case": dossier.case, "short": dossier.case.short(), "title": dossier.title(), "verified": dossier.is_verified(), "received": dossier.received(),
        "data": dossier.data, "reporter": dossier.reporter.as_ref().map(sealpost_keys::UncheckedCert::fingerprint),
        "entries": dossier.items.iter().map(item_json).collect::<Vec<_>>(),
        "handler": dossier.desk.handler(), "stages": dossier.desk.stages, "closed": dossier.is_closed(),
        "deleted": dossier.deletion, "timeline": view, "warnings": dossier.warnings, "saved": saved,
    })
}

fn item_json(item: &Item) -> Value {
    let author = match item.author {
        Author::Reporter => "reporter",
        Author::Team => "team",
    };
    let mut json =
        json!({ "entry": item.entry, "author": author, "received": item.received, "unsent": item.is_unsent });
    let more = match &item.letter {
        Ok(Letter::FromReporter { signed_at, .. }) => {
            json!({ "from": "reporter", "verified": true, "signed_at": signed_at })
        }
        Ok(Letter::FromTeam { reply, signer, .. }) => {
            json!({ "from": "team", "verified": true, "signer": signer, "kind": reply.kind, "written_at": reply.written_at })
        }
        Ok(Letter::FromDesk { entry, signer, .. }) => {
            json!({ "from": "desk", "verified": true, "signer": signer, "written_at": entry.written_at, "desk": entry.says })
        }
        Ok(Letter::Unverified { why, .. }) => json!({ "from": null, "verified": false, "why": why }),
        Err(why) => json!({ "from": null, "verified": false, "why": format!("{why:#}") }),
    };
    let contents = item.letter.as_ref().ok().map(|letter| contents_json(letter.contents()));
    for value in [Some(more), contents].into_iter().flatten() {
        if let (Value::Object(json), Value::Object(value)) = (&mut json, value) {
            json.extend(value);
        }
    }
    json
}

/// Prose and attachments' names as JSON.
pub(super) fn contents_json(contents: &Contents) -> Value {
    let attachment = |a: &Attachment| json!({ "name": a.name(), "content_type": a.content_type(), "bytes": a.bytes.len() });
    let enclosures = contents.data.as_ref().and_then(LetterData::enclosures);
    json!({
        "text": contents.text, "attachments": contents.attachments.iter().map(attachment).collect::<Vec<_>>(), "enclosures": enclosures,
    })
}

/// Writes every attachment under its safe name; a taken name gets a number.
fn save(dossier: &Dossier, folder: &Path) -> Result<Vec<String>> {
    files::private_folder(folder)?;
    let letters = dossier.items.iter().filter_map(|item| item.letter.as_ref().ok());
    let attachments = letters.flat_map(|letter| &letter.contents().attachments);
    attachments.map(|attachment| save_one(attachment, folder)).collect()
}

fn save_one(attachment: &Attachment, folder: &Path) -> Result<String> {
    let names = (1..=1000)
        .map(|n| if n == 1 { attachment.name().to_owned() } else { format!("{n}-{}", attachment.name()) });
    let free = names.map(|name| folder.join(name)).find(|path| std::fs::symlink_metadata(path).is_err());
    let path = free.with_context(|| {
        format!("there are a thousand files called {} in {}", attachment.name(), folder.display())
    })?;
    files::create(&path, &attachment.bytes, 0o600)?;
    Ok(path.display().to_string())
}
