//! `sealpost list`: one row per case, what is due first.

use anyhow::Result;
use sealpost_shared::timeline::PromiseState;
use sealpost_shared::{CaseId, Timestamp};
use serde_json::{Value, json};

use super::Desk;
use crate::args::ListArgs;
use crate::config::Context;
use crate::dossier::{Dossier, Reader};
use crate::keyring;
use crate::times::{due, promise, relative, utc};

/// One case as the list shows it.
struct CaseRow {
    case: CaseId,
    title: Option<String>,
    received: Option<Timestamp>,
    due: Option<(&'static str, Timestamp, bool)>,
    entries: usize,
    problem: Option<String>,
}

/// Lists every case of a desk.
///
/// # Errors
/// When nothing was pulled yet or the store is damaged.
pub(crate) fn run(context: &Context, args: &ListArgs) -> Result<()> {
    let desk = Desk::open(context, &args.team)?;
    let mut rows = if args.no_open { closed(&desk)? } else { opened(context, &desk)? };
    // What is due first comes first, so the latest is on top; cases that wait for nothing come last.
    rows.sort_by_key(|row| (row.due.is_none(), row.due.map(|(_, at, _)| at), row.received));
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
    Ok(())
}

fn closed(desk: &Desk) -> Result<Vec<CaseRow>> {
    let row = |case| {
        let entries = desk.store.entries(case)?;
        let received = entries.first().map(|entry| entry.received);
        Ok(CaseRow { case, title: None, received, due: None, entries: entries.len(), problem: None })
    };
    desk.store.cases()?.into_iter().map(row).collect()
}

fn opened(context: &Context, desk: &Desk) -> Result<Vec<CaseRow>> {
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let reader = Reader {
        store: &desk.store,
        bundle: &desk.bundle,
        keyring: keyring.as_ref(),
        settings: &desk.settings,
        now,
    };
    let cases = desk.store.cases()?;
    cases.into_iter().map(|case| Ok(row(&reader.read(case)?, now))).collect()
}

fn row(dossier: &Dossier, now: Timestamp) -> CaseRow {
    let first = dossier.items.first();
    let problem = first.and_then(|item| item.letter.as_ref().err()).map(|why| format!("{why:#}"));
    let view = dossier.view(now);
    CaseRow {
        case: dossier.case,
        title: dossier.title().map(str::to_owned),
        received: dossier.received(),
        due: due(&view).map(|next| (promise(next.id), next.due, next.state == PromiseState::Late)),
        entries: dossier.items.len(),
        problem,
    }
}

fn cells(row: &CaseRow, now: Timestamp) -> Vec<String> {
    let due = match row.due {
        Some((what, at, true)) => format!("LATE: {what} ({})", relative(at, now)),
        Some((what, at, false)) => format!("{what} {} ({})", utc(at), relative(at, now)),
        None => String::new(),
    };
    let title = match (&row.title, &row.problem) {
        (_, Some(why)) => format!("[not opened: {why}]"),
        (title, None) => title.clone().unwrap_or_default(),
    };
    vec![row.case.short(), due, row.received.map(utc).unwrap_or_default(), row.entries.to_string(), title]
}

fn as_json(row: &CaseRow, closed: bool) -> Value {
    json!({
        "case": row.case, "short": row.case.short(), "opened": !closed && row.problem.is_none(), "title": row.title,
        "received": row.received, "entries": row.entries, "problem": row.problem,
        "due": row.due.map(|(what, at, late)| json!({ "what": what, "at": at, "late": late })),
    })
}
