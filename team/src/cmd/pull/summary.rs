//! What a pull says at its end: what is new, and what is due.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Reply;
use sealpost_shared::wire::v1::{Author, DeletedCase, FeedRow};
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp};
use serde_json::json;

use super::deletions;
use crate::config::Context;
use crate::dossier::{Dossier, Letter, Reader};
use crate::glance::{Alone, Memory};
use crate::members::Members;
use crate::times::{due, kind, promise, relative, utc};
use crate::ui;

/// More new cases than these are counted, not opened, unless the key is quick: each may ask a smartcard.
const MAX_OPENED: usize = 50;

/// More are not shown one by one: nobody reads on.
const MAX_SHOWN: usize = 50;

/// What is new in one case.
struct NewCase {
    case: CaseId,
    is_report: bool,
    /// Something of it is by the reporter, and not by a member.
    is_by_reporter: bool,
    letters: usize,
    title: Option<String>,
    /// Why a letter of it cannot be read.
    unread: Option<String>,
    /// The first letter was opened, and carries no signature that counts.
    is_unverified: bool,
    due: Option<(&'static str, Timestamp)>,
    /// What other members wrote to the reporter, one sentence each.
    by_others: Vec<String>,
}

/// What a pull brought.
pub(super) struct Came<'a> {
    /// Rows that were stored.
    pub(super) new: &'a [FeedRow],
    /// Rows that could not be stored, and why.
    pub(super) failed: &'a [(FeedRow, String)],
    /// Cases of which something was deleted before it was fetched here.
    pub(super) gone: &'a BTreeSet<CaseId>,
    /// Cases that are stored here and were deleted at the relay since.
    pub(super) deleted: &'a [DeletedCase],
}

/// Says what is new, due, deleted and not stored.
///
/// # Errors
/// When something could not be stored, so that a script notices.
pub(super) fn report(context: &Context, reader: &Reader<'_>, came: &Came<'_>, no_open: bool) -> Result<()> {
    let Came { new, failed, gone, deleted: deleted_since } = *came;
    let (cases, no_open) = open(context, reader, new, no_open)?;
    say(context, &reader.settings.desk, &cases, count(new));
    if let Some(gone) = deleted(gone) {
        context.ui.say(&gone);
    }
    deleted_since.iter().for_each(|one| context.ui.warn(&deletions::line(one)));
    for (row, why) in failed {
        context.ui.warn(&format!(
            "entry {} of case {} could not be stored: {why}",
            row.entry.entry,
            row.case.short()
        ));
    }
    context.ui.json(&json!({
        "new": cases.iter().map(|new| json!({
            "case": new.case, "short": new.case.short(), "report": new.is_report, "letters": new.letters, "title": new.title,
            "verified": (!no_open).then_some(!new.is_unverified),
            "due": new.due.map(|(what, at)| json!({ "what": what, "at": at })),
            "by_others": new.by_others,
        })).collect::<Vec<_>>(),
        "entries": new.len(),
        "deleted": gone,
        "deleted_since": deleted_since,
        "failed": failed.iter().map(|(row, why)| json!({ "case": row.case, "entry": row.entry.entry, "why": why })).collect::<Vec<_>>(),
        "cursor": reader.store.cursor()?.seq,
        "store": reader.store.path(),
    }));
    ensure!(
        failed.is_empty(),
        "{} of the feed's entries could not be stored; everything else was. The next pull tries them again",
        failed.len()
    );
    Ok(())
}

/// More cases than these are counted, not named.
const MAX_NAMED: usize = 5;

/// A relay could call a report deleted that nobody deleted, so it is said.
fn deleted(gone: &BTreeSet<CaseId>) -> Option<String> {
    let named: Vec<String> = gone.iter().take(MAX_NAMED).map(CaseId::short).collect();
    let more = gone.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (cases, were) = match gone.len() {
        0 => return None,
        1 => ("1 case".to_owned(), "was"),
        n => (format!("{n} cases"), "were"),
    };
    Some(format!(
        "{cases} {were} deleted at the relay before this fetched all of it: {}{more}",
        named.join(", ")
    ))
}

/// Opens what is new, and with a quick key whatever the list would have to open, so that it is ready at once. Says whether nothing was.
fn open(
    context: &Context,
    reader: &Reader<'_>,
    new: &[FeedRow],
    no_open: bool,
) -> Result<(Vec<NewCase>, bool)> {
    let mut rows: BTreeMap<CaseId, Vec<&FeedRow>> = BTreeMap::new();
    for row in new {
        rows.entry(row.case).or_default().push(row);
    }
    let is_quick = reader.keyring.is_quick();
    let no_open = no_open || (!is_quick && rows.len() > MAX_OPENED);
    let mut cases: Vec<CaseId> = rows.keys().copied().collect();
    if no_open {
        return Ok((
            cases.iter().map(|case| NewCase::of(*case, &rows[case], None, reader.now)).collect(),
            true,
        ));
    }
    let memory = Memory::open(reader);
    if is_quick {
        let is_old = |case: &CaseId| !rows.contains_key(case) && memory.glance(*case).is_none();
        cases.extend(reader.store.cases()?.into_iter().filter(is_old));
    }
    let members = Members::of(reader.bundle, reader.bundle.desk(&reader.settings.desk)?);
    let opened = memory.open_all(&cases, Alone::Yes, context.ui, |case, dossier| {
        let (rows, dossier) = (rows.get(&case)?, dossier.ok());
        let others =
            dossier.as_ref().map(|dossier| by_others(dossier, rows, &members, reader.keyring.fingerprint()));
        Some(NewCase {
            by_others: others.unwrap_or_default(),
            ..NewCase::of(case, rows, dossier, reader.now)
        })
    });
    let opened: Vec<NewCase> = opened.into_iter().flatten().collect();
    for (case, why) in opened.iter().filter_map(|new| Some((new.case, new.unread.as_ref()?))) {
        context.ui.warn(&format!("a letter of case {} cannot be read: {why}", case.short()));
    }
    Ok((opened, false))
}

impl NewCase {
    fn of(case: CaseId, rows: &[&FeedRow], dossier: Option<Dossier>, now: Timestamp) -> Self {
        let unread = |dossier: &Dossier| {
            dossier.items.iter().find_map(|item| Some(format!("{:#}", item.letter.as_ref().err()?)))
        };
        Self {
            case,
            is_report: rows.iter().any(|row| row.entry.entry == EntryId::from(case)),
            is_by_reporter: rows.iter().any(|row| row.entry.author == Author::Reporter),
            letters: rows.len(),
            title: dossier.as_ref().and_then(Dossier::title),
            unread: dossier.as_ref().and_then(unread),
            is_unverified: dossier.as_ref().is_some_and(|dossier| !dossier.is_verified()),
            by_others: Vec::new(),
            due: dossier
                .and_then(|dossier| due(&dossier.view(now)?).map(|next| (promise(next.id), next.due))),
        }
    }
}

/// What others of the desk wrote to the reporter, and whether one wrote in the same case without knowing.
fn by_others(dossier: &Dossier, rows: &[&FeedRow], members: &Members, own: &Fingerprint) -> Vec<String> {
    let words = || {
        dossier.items.iter().filter_map(|item| match &item.letter {
            Ok(Letter::FromTeam { reply, signer, .. }) => Some((item.entry, reply, signer)),
            _ => None,
        })
    };
    let is_new = |entry: EntryId| rows.iter().any(|row| row.entry.entry == entry);
    let others = words().filter(|(entry, _, signer)| is_new(*entry) && *signer != own);
    let line = |(_, theirs, signer): (EntryId, &Reply, &Fingerprint)| {
        let mut mine =
            words().filter(|(_, reply, signer)| *signer == own && reply.written_at >= theirs.written_at);
        let unaware = mine.next().map_or_else(String::new, |(_, mine, _)| {
            let is_earlier = theirs.written_at < mine.written_at;
            let when = if is_earlier { "before" } else { "in the same second as" };
            format!(", {when} your letter of {}", utc(mine.written_at))
        });
        let (name, what, at) = (members.name(signer), kind(theirs.kind), utc(theirs.written_at));
        format!("{name} wrote to the reporter ({what}), {at}{unaware}")
    };
    others.map(line).collect()
}

/// How many are reports, other letters of reporters, and words of the own team.
pub(super) fn count(new: &[FeedRow]) -> [usize; 3] {
    let (from_reporters, from_team): (Vec<_>, Vec<_>) =
        new.iter().partition(|row| row.entry.author == Author::Reporter);
    let reports = from_reporters.iter().filter(|row| row.entry.entry == EntryId::from(row.case)).count();
    [reports, from_reporters.len() - reports, from_team.len()]
}

fn say(context: &Context, desk: &Slug, cases: &[NewCase], [reports, letters, own]: [usize; 3]) {
    if cases.is_empty() {
        context.ui.say(&format!("Nothing new at the desk “{desk}”."));
        return;
    }
    let mut heading = format!(
        "{}, {}",
        ui::count(reports, "new report", "new reports"),
        ui::count(letters, "other new letter", "other new letters")
    );
    if own > 0 {
        heading.push_str(&format!(", {own} by the team"));
    }
    context.ui.heading(&heading);
    let now = context.now();
    for new in cases.iter().take(MAX_SHOWN) {
        let what = match (new.is_report, new.is_by_reporter) {
            (true, _) => "report",
            (false, true) => "letter of the reporter",
            (false, false) => "by the team",
        };
        let mark = if new.is_unverified { " [NOT VERIFIED]" } else { "" };
        let due = new.due.map_or_else(String::new, |(what, at)| {
            format!("; {what} by {} ({})", utc(at), relative(at, now))
        });
        let title = new.title.as_deref().map(|title| format!(" “{title}”")).unwrap_or_default();
        context.ui.say(&format!("  {}  {what}{mark}{title}{due}", new.case.short()));
        new.by_others.iter().for_each(|word| context.ui.say(&format!("             {word}")));
    }
    if let Some(more @ 1..) = cases.len().checked_sub(MAX_SHOWN) {
        context.ui.say(&format!("  and {more} more; `sealpost list` shows them all, most urgent first"));
    }
}
