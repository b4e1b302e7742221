//! `sealpost case`: a case as its reporter sees it, with the twelve words.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::open::Contents;
use sealpost_keys::{CaseKey, SealedLetter, UncheckedCert, open_letter, phrase};
use sealpost_shared::letter::{LetterData, Reply};
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event, EventKind, TimelineView, Witness, view};
use sealpost_shared::wire::v1::{Author, EntryInfo};
use sealpost_shared::{Fingerprint, Timestamp, limits};
use serde_json::json;
use zeroize::Zeroizing;

use super::report::{self, CaseFile, trusted_signer};
use super::show::{contents_json, say_contents, say_promises};
use crate::args::CaseArgs;
use crate::bundle::{self, Bundle, MAX_BUNDLE_BYTES, sha256};
use crate::config::{Context, usage};
use crate::dossier::{human, judge_reply};
use crate::relay_api::RelayApi;
use crate::{files, times};

/// Twelve words and blanks.
const MAX_WORDS_BYTES: u64 = 4096;

/// A verified reply of the team.
struct TeamReply {
    reply: Reply,
    signer: Fingerprint,
    contents: Contents,
}

/// What came back for a case.
struct Followed {
    entries: Vec<EntryInfo>,
    replies: Vec<TeamReply>,
    refused: Vec<String>,
}

/// Shows the reporter's timeline and the team's verified replies.
///
/// # Errors
/// When the words are wrong, or the relay or its bundle is not right. A reply that does not count is no error: it is named.
pub(crate) fn run(context: &Context, args: &CaseArgs) -> Result<()> {
    let file = args.folder.as_deref().map(read_folder).transpose()?;
    let key = case_key(&args.words_file)?;
    if let Some(file) = &file {
        ensure!(file.case == key.case_id(), "these words belong to another case than this folder");
    }
    let Some(relay) = args.relay.clone().or_else(|| file.as_ref().map(|file| file.relay.clone())) else {
        return usage("name the relay with --relay");
    };
    let Some(team) = args.team.clone().or_else(|| file.as_ref().map(|file| file.team.clone())) else {
        return usage("name the team with --team");
    };
    let api = RelayApi::new(&relay)?;
    let fetched = api.bundle(&team)?;
    let told = args.fingerprint.as_ref().or_else(|| file.as_ref().map(|file| &file.fingerprint));
    let signer = trusted_signer(context, told, args.trust_first_use, &fetched)?;
    let bundle = Bundle::check(fetched, &team, &signer, context.now())?;
    if let (Some(folder), Some(file)) = (&args.folder, &file) {
        send_if_needed(context, &bundle, file, &key, folder)?;
    }
    let followed = follow(context, &api, &bundle, &key)?;
    let policy = args.folder.as_deref().and_then(kept_policy).unwrap_or_else(|| bundle.policy().clone());
    let policy = match &file {
        Some(file) => policy.for_case(file.severity, file.exploited),
        None => policy,
    };
    let view = timeline(&followed, file.as_ref(), &policy, context.now())?;
    show(context, &key, &followed, &view);
    Ok(())
}

fn read_folder(folder: &Path) -> Result<CaseFile> {
    let path = folder.join("case.json");
    serde_json::from_slice(&files::read(&path, MAX_WORDS_BYTES)?)
        .with_context(|| format!("{} is damaged", path.display()))
}

fn case_key(words_file: &Path) -> Result<CaseKey> {
    let words = Zeroizing::new(files::read_text(words_file, MAX_WORDS_BYTES)?);
    let secret = phrase::from_words(&words).context("the twelve words")?;
    Ok(CaseKey::derive(&secret, 0))
}

/// The policy the case was opened under; a later one does not change the promises.
fn kept_policy(folder: &Path) -> Option<Policy> {
    let json = files::read_if_there(&folder.join("bundle.json"), MAX_BUNDLE_BYTES).ok().flatten()?;
    let kept = bundle::parse(&json).ok()?;
    Policy::from_toml(&kept.policy).ok()
}

/// A folder without a receipt is a report that was sealed and perhaps never arrived.
fn send_if_needed(
    context: &Context,
    bundle: &Bundle,
    file: &CaseFile,
    key: &CaseKey,
    folder: &Path,
) -> Result<()> {
    if folder.join("receipt.asc").exists() {
        return Ok(());
    }
    let Some(letter) = files::read_if_there(&folder.join("report.pgp"), limits::MAX_LETTER_BYTES as u64)?
    else {
        return Ok(());
    };
    ensure!(sha256(&letter) == file.sha256, "{}/report.pgp is damaged and was not sent", folder.display());
    report::deliver(context, bundle, file, key, &letter, folder)?;
    context.ui.note("The report had no receipt yet: it was sent now, and the receipt is good.");
    Ok(())
}

fn follow(context: &Context, api: &RelayApi, bundle: &Bundle, key: &CaseKey) -> Result<Followed> {
    let token = Zeroizing::new(key.capability().to_token());
    let entries = all_entries(api, key, &token)?;
    let members = bundle.members(bundle.policy().team_desk());
    let mut followed = Followed { entries: Vec::new(), replies: Vec::new(), refused: Vec::new() };
    for entry in entries.iter().filter(|entry| entry.author == Author::Team) {
        let bytes = api.entry(key.case_id(), entry.entry, &token)?;
        match read_reply(bytes, entry, key, &members, context.now()) {
            Ok(reply) => followed.replies.push(reply),
            Err(why) => followed.refused.push(format!("entry {}: {why:#}", entry.entry)),
        }
    }
    followed.entries = entries;
    Ok(followed)
}

fn all_entries(api: &RelayApi, key: &CaseKey, token: &str) -> Result<Vec<EntryInfo>> {
    let mut entries: Vec<EntryInfo> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.seq);
        let page = api.entries(key.case_id(), after, token)?;
        if page.entries.is_empty() {
            return Ok(entries);
        }
        let gapless = (after + 1..).zip(&page.entries).all(|(n, entry)| entry.seq == n);
        ensure!(gapless, "the relay keeps back an entry of this case; ask who runs it");
        entries.extend(page.entries);
        ensure!(
            entries.len() <= limits::MAX_CASE_ENTRIES as usize,
            "the relay lists more entries than a case can have"
        );
    }
}

fn read_reply(
    bytes: Vec<u8>,
    entry: &EntryInfo,
    key: &CaseKey,
    members: &[UncheckedCert],
    now: Timestamp,
) -> Result<TeamReply> {
    ensure!(sha256(&bytes) == entry.sha256, "the relay sent other bytes than it lists (SHA-256 differs)");
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(bytes), key)?;
    let Some(LetterData::Reply(reply)) = opened.unverified().data.clone() else {
        bail!("this is no reply of the team");
    };
    ensure!(reply.case == key.case_id(), "this reply was written for another case");
    let letter = judge_reply(&opened, &reply, entry.entry, Some(&key.fingerprint()), members, now)?;
    Ok(TeamReply { reply, signer: letter.signer().clone(), contents: letter.into_contents() })
}

fn timeline(
    followed: &Followed,
    file: Option<&CaseFile>,
    policy: &Policy,
    now: Timestamp,
) -> Result<TimelineView> {
    let received = followed.entries.first().map(|entry| entry.received);
    let mut case = Case::default();
    if let Some(at) = file.map(|file| file.sent).or(received) {
        case = case.apply(Event { at, kind: EventKind::Sent, by: Witness::Reporter }, policy)?;
    }
    if let Some(at) = received {
        case = case.apply(Event { at, kind: EventKind::Received, by: Witness::Relay }, policy)?;
    }
    for reply in &followed.replies {
        case = case.apply(human(&reply.reply), policy)?;
    }
    Ok(view(&case, policy, now))
}

fn show(context: &Context, key: &CaseKey, followed: &Followed, view: &TimelineView) {
    let ui = context.ui;
    ui.json(&json!({
        "case": key.case_id(), "short": key.case_id().short(), "entries": followed.entries.len(), "refused": followed.refused,
        "replies": followed.replies.iter().map(|reply| json!({
            "entry": reply.reply.entry, "kind": reply.reply.kind, "written_at": reply.reply.written_at, "signer": reply.signer,
            "contents": contents_json(&reply.contents),
        })).collect::<Vec<_>>(),
        "timeline": view,
    }));
    ui.heading(&format!("Case {}: {} entries at the relay", key.case_id().short(), followed.entries.len()));
    for reply in &followed.replies {
        ui.heading(&format!(
            "\nFrom the team: {}, {}",
            times::kind(reply.reply.kind),
            times::utc(reply.reply.written_at)
        ));
        ui.say(&format!("signature good, by {}", reply.signer.grouped()));
        say_contents(ui, &reply.contents);
    }
    for why in &followed.refused {
        ui.alarm(&format!("\nDOES NOT COUNT: {why}"));
    }
    if followed.replies.is_empty() {
        ui.say("No reply yet.");
    }
    say_promises(ui, view, context.now());
}
