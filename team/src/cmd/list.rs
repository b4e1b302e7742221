//! `sealpost list`: one row per open case, what is due first.

mod row;

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;
use sealpost_shared::letter::Severity;
use sealpost_shared::policy::Policy;
use serde_json::json;

use self::row::CaseRow;
use super::Desk;
use crate::args::TeamArgs;
use crate::config::Context;
use crate::dossier::Reader;
use crate::glance::{Alone, Glance, Memory};
use crate::keyring;
use crate::members::Members;

/// `sealpost list`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost list\n  sealpost list --mine         # what is assigned to you\n  sealpost list --all          # closed cases too\n  sealpost list --no-open      # no key needed: no titles, no due dates"
)]
pub(crate) struct ListArgs {
    /// Open nothing: no titles, and no due dates, because both stand inside the encryption.
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Closed cases too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only cases that are assigned to you.
    #[arg(long, conflicts_with = "no_open")]
    pub(crate) mine: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Lists the cases of a desk, most urgent first.
///
/// # Errors
/// When nothing was pulled yet, or there are cases and none of them could be opened. One damaged case is no error: its row says why.
pub(crate) fn run(context: &Context, args: &ListArgs) -> Result<()> {
    let desk = Desk::open(context, &args.team)?;
    let mut rows = if args.no_open { closed(&desk)? } else { opened(context, &desk, args.mine)? };
    // What is due first comes first, so the latest is on top; cases that wait for nothing come last.
    // Those of an unknown clock come first: something may be late there.
    let rank = |row: &CaseRow| (row.problem.is_none(), row.due.is_none(), row.due.map(|(_, at, _)| at));
    rows.sort_by_key(|row| (rank(row), row.received));
    let (shown, hidden): (Vec<CaseRow>, Vec<CaseRow>) =
        rows.into_iter().partition(|row| args.all || !row.is_over);
    let now = context.now();
    context.ui.json(&json!({ "cases": shown.iter().map(|row| row.json(args.no_open)).collect::<Vec<_>>() }));
    if shown.is_empty() {
        context.ui.say(&match hidden.len() {
            0 => "No cases. `sealpost pull` fetches what came in.".to_owned(),
            n => format!("No open cases; {n} closed (--all)."),
        });
        return Ok(());
    }
    let cells: Vec<Vec<String>> = shown.iter().map(|row| row.cells(now)).collect();
    context.ui.table(&["case", "due", "handler", "stage", "embargo", "title"], &cells);
    match shown.first().filter(|_| shown.iter().all(|row| row.is_unread)) {
        Some(CaseRow { problem: Some(why), .. }) => bail!("no case could be opened: {why}"),
        _ => {
            say_problems(context, &shown);
            Ok(())
        }
    }
}

/// Why rows are not opened, each reason once.
fn say_problems(context: &Context, shown: &[CaseRow]) {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in shown {
        if let Some(why) = &row.problem {
            reasons.entry(why).or_default().push(row.short());
        }
    }
    for (why, cases) in reasons {
        context.ui.note(&match cases.as_slice() {
            [case] => format!("{case} is not opened: {why}"),
            cases => format!("{} cases are not opened: {why}", cases.len()),
        });
    }
}

fn closed(desk: &Desk) -> Result<Vec<CaseRow>> {
    let row = |case| match desk.store.entries(case) {
        Ok(entries) => {
            let received = entries.first().map(|entry| entry.received);
            let mut row = CaseRow::unreadable(case, None);
            (row.received, row.entries) = (received, entries.len());
            row
        }
        Err(why) => CaseRow::unreadable(case, Some(&why)),
    };
    Ok(desk.store.cases()?.into_iter().map(row).collect())
}

fn opened(context: &Context, desk: &Desk, mine: bool) -> Result<Vec<CaseRow>> {
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let reader = desk.reader(keyring.as_ref(), now);
    let members = Members::of(&desk.bundle, desk.bundle.desk(&desk.settings.desk)?);
    let memory = Memory::open(&reader);
    let mut policies = Policies::default();
    let (mut rows, mut changed) = (Vec::new(), Vec::new());
    for case in desk.store.cases()? {
        let glance = memory.glance(case);
        let known = glance.and_then(|glance| Some((glance, policies.of(&reader, glance)?)));
        match known {
            Some((glance, policy)) => rows.push(CaseRow::remembered(case, glance, policy, &members, now)),
            None => changed.push(case),
        }
    }
    rows.extend(memory.open_all(&changed, Alone::No, context.ui, |case, dossier| match dossier {
        Ok(dossier) => CaseRow::of(&dossier, &members, now),
        Err(why) => CaseRow::unreadable(case, Some(&why)),
    }));
    rows.retain(|row| !mine || row.handler.as_ref() == Some(keyring.fingerprint()));
    Ok(rows)
}

/// Policies as cases are measured by them, each read once.
#[derive(Default)]
struct Policies(BTreeMap<(String, Option<Severity>, bool), Option<Policy>>);

impl Policies {
    fn of(&mut self, reader: &Reader<'_>, glance: &Glance) -> Option<&Policy> {
        let named = (glance.policy_sha256.clone(), glance.severity, glance.exploited);
        let policy = self.0.entry(named).or_insert_with(|| {
            let policy = reader.named_policy(&glance.policy_sha256)?;
            Some(policy.for_case(glance.severity, glance.exploited))
        });
        policy.as_ref()
    }
}
