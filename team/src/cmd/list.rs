//! `sealpost list`: one row per case, what is due first.

use anyhow::{Result, bail};
use clap::Args;
use sealpost_shared::timeline::PromiseState;
use sealpost_shared::{CaseId, Timestamp};
use serde_json::{Value, json};

use super::Desk;
use crate::args::TeamArgs;
use crate::config::Context;
use crate::dossier::Dossier;
use crate::keyring;
use crate::times::{due, promise, relative, utc};
use crate::ui::causes;

/// `sealpost list`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost list\n  sealpost list --no-open      # no key needed: no titles, no due dates"
)]
pub(crate) struct ListArgs {
    /// Open nothing: no titles, and no due dates, because both stand inside the encryption.
    #[arg(long)]
    pub(crate) no_open: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// One case as the list shows it.
struct CaseRow {
    case: CaseId,
    title: Option<String>,
    received: Option<Timestamp>,
    due: Option<(&'static str, Timestamp, bool)>,
    entries: usize,
    is_verified: bool,
    /// Why the case or its clock is not known.
    problem: Option<String>,
    /// Nothing of it could be opened.
    is_closed: bool,
}

/// Lists every case of a desk.
///
/// # Errors
/// When nothing was pulled yet, or there are cases and none of them could be opened. One damaged case is no error: its row says why.
pub(crate) fn run(context: &Context, args: &ListArgs) -> Result<()> {
    let desk = Desk::open(context, &args.team)?;
    let mut rows = if args.no_open { closed(&desk)? } else { opened(context, &desk)? };
    // What is due first comes first, so the latest is on top; cases that wait for nothing come last.
    // Those of an unknown clock come first: something may be late there.
    let rank = |row: &CaseRow| (row.problem.is_none(), row.due.is_none(), row.due.map(|(_, at, _)| at));
    rows.sort_by_key(|row| (rank(row), row.received));
    let now = context.now();
    context
        .ui
        .json(&json!({ "cases": rows.iter().map(|row| as_json(row, args.no_open)).collect::<Vec<_>>() }));
    if rows.is_empty() {
        context.ui.say("No cases. `sealpost pull` fetches what came in.");
        return Ok(());
    }
    let cells: Vec<Vec<String>> = rows.iter().map(|row| cells(row, now)).collect();
    context.ui.table(&["case", "due", "received", "entries", "title"], &cells);
    match rows.first().filter(|_| rows.iter().all(|row| row.is_closed)) {
        Some(CaseRow { problem: Some(why), .. }) => bail!("no case could be opened: {why}"),
        _ => Ok(()),
    }
}

fn closed(desk: &Desk) -> Result<Vec<CaseRow>> {
    let row = |case| match desk.store.entries(case) {
        Ok(entries) => {
            let received = entries.first().map(|entry| entry.received);
            CaseRow { received, entries: entries.len(), ..unreadable(case, None) }
        }
        Err(why) => unreadable(case, Some(&why)),
    };
    Ok(desk.store.cases()?.into_iter().map(row).collect())
}

/// A case that nothing is known of but its id.
fn unreadable(case: CaseId, why: Option<&anyhow::Error>) -> CaseRow {
    CaseRow {
        case,
        title: None,
        received: None,
        due: None,
        entries: 0,
        is_verified: false,
        problem: why.map(causes),
        is_closed: why.is_some(),
    }
}

fn opened(context: &Context, desk: &Desk) -> Result<Vec<CaseRow>> {
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let reader = desk.reader(keyring.as_ref(), now);
    let cases = desk.store.cases()?;
    let row = |case| {
        reader.read(case).map_or_else(|why| unreadable(case, Some(&why)), |dossier| row(&dossier, now))
    };
    Ok(cases.into_iter().map(row).collect())
}

fn row(dossier: &Dossier, now: Timestamp) -> CaseRow {
    let first = dossier.items.first().and_then(|item| item.letter.as_ref().err());
    let view = dossier.view(now);
    CaseRow {
        case: dossier.case,
        title: dossier.title(),
        received: dossier.received(),
        due: view
            .as_ref()
            .and_then(due)
            .map(|next| (promise(next.id), next.due, next.state == PromiseState::Late)),
        entries: dossier.items.len(),
        is_verified: dossier.is_verified(),
        problem: dossier.why_unknown().or(first).map(causes),
        is_closed: dossier.why_closed().is_some(),
    }
}

fn cells(row: &CaseRow, now: Timestamp) -> Vec<String> {
    let due = match row.due {
        Some((what, at, true)) => format!("LATE: {what} ({})", relative(at, now)),
        Some((what, at, false)) => format!("{what} {} ({})", utc(at), relative(at, now)),
        None if row.problem.is_some() => "unknown".to_owned(),
        None => String::new(),
    };
    let title = match (&row.title, &row.problem) {
        (None, None) => String::new(),
        (title, Some(why)) => format!("[not opened: {why}] {}", title.as_deref().unwrap_or_default()),
        (Some(title), None) if row.is_verified => title.clone(),
        (Some(title), None) => format!("[NOT VERIFIED] {title}"),
    };
    vec![row.case.short(), due, row.received.map(utc).unwrap_or_default(), row.entries.to_string(), title]
}

fn as_json(row: &CaseRow, closed: bool) -> Value {
    json!({
        "case": row.case, "short": row.case.short(), "opened": !closed && row.problem.is_none(), "title": row.title,
        "verified": row.is_verified, "received": row.received, "entries": row.entries, "problem": row.problem,
        "due": row.due.map(|(what, at, late)| json!({ "what": what, "at": at, "late": late })),
    })
}
