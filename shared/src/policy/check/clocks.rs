//! The rules of `[clocks]` and its overrides.

use super::{Faults, in_order, length, positive};
use crate::policy::clock::shorter;
use crate::policy::parse::{ClocksTable, OverrideTable};
use crate::policy::{Clocks, Length, Override, When};

/// The clocks, and what holds instead for graver cases.
pub(super) fn check(faults: &mut Faults, table: &ClocksTable) -> (Clocks, Vec<Override>) {
    let acknowledge = positive(faults, "clocks.acknowledge", &table.acknowledge);
    let answer = positive(faults, "clocks.answer", &table.answer);
    let update = positive(faults, "clocks.update", &table.update);
    let warn_before = table.warn_before.as_ref();
    let warn_before = warn_before.and_then(|text| length(faults, "clocks.warn_before", text));
    in_order(faults, "clocks.answer", acknowledge, answer, "clocks.acknowledge");
    if let (Some(acknowledge), Some(warn)) = (acknowledge, warn_before) {
        let rule = "is longer than clocks.acknowledge: every case is shown as nearly late from the start";
        faults.expects(!faults.week.may_outlast(warn, acknowledge), "clocks.warn_before", rule);
    }
    let clocks = Clocks {
        acknowledge: acknowledge.unwrap_or(Length::ZERO),
        answer: answer.unwrap_or(Length::ZERO),
        update: update.unwrap_or(Length::ZERO),
        warn_before: warn_before.unwrap_or(Length::Hours(6)),
    };
    let overrides = check_overrides(faults, &table.overrides, &clocks);
    (clocks, overrides)
}

fn check_overrides(faults: &mut Faults, tables: &[OverrideTable], clocks: &Clocks) -> Vec<Override> {
    let mut read: Vec<(usize, Override)> = Vec::with_capacity(tables.len());
    for (n, table) in tables.iter().enumerate() {
        let Some(found) = read_override(faults, n, table) else { continue };
        let first = !read.iter().any(|(_, other)| other.when == found.when);
        faults.wants(first, key(n, when_field(found.when)), "another override is for the same cases");
        read.push((n, found));
    }
    for (n, found) in &read {
        shortens(faults, *n, found, clocks, "clocks");
        let wider = read.iter().filter(|(_, other)| includes(other.when, found.when));
        for (m, other) in wider {
            shortens(faults, *n, found, &clocks.overridden(std::iter::once(*other)), &key(*m, ""));
        }
        stays_in_order(faults, *n, found, clocks);
    }
    read.into_iter().map(|(_, found)| found).collect()
}

fn key(n: usize, field: &str) -> String {
    let dot = if field.is_empty() { "" } else { "." };
    format!("clocks.overrides[{n}]{dot}{field}")
}

const fn when_field(when: When) -> &'static str {
    match when {
        When::AtLeast(_) => "severity",
        When::Exploited => "exploited",
    }
}

/// Whether every case that `narrow` is for is one that `wide` is for as well.
fn includes(wide: When, narrow: When) -> bool {
    matches!((wide, narrow), (When::AtLeast(wide), When::AtLeast(narrow)) if wide < narrow)
}

fn read_override(faults: &mut Faults, n: usize, table: &OverrideTable) -> Option<Override> {
    let mut length = |field: &str, text: &Option<String>| positive(faults, &key(n, field), text.as_ref()?);
    let acknowledge = length("acknowledge", &table.acknowledge);
    let answer = length("answer", &table.answer);
    let update = length("update", &table.update);
    let says = table.acknowledge.is_some() || table.answer.is_some() || table.update.is_some();
    faults.wants(says, key(n, ""), "shortens nothing: give it acknowledge, answer or update, or take it out");
    let when = match (table.severity, table.exploited) {
        (Some(severity), false) => When::AtLeast(severity),
        (None, true) => When::Exploited,
        _ => {
            faults.broken(key(n, "severity"), "an override has either severity = … or exploited = true");
            return None;
        }
    };
    Some(Override { when, acknowledge, answer, update })
}

/// Of two promises the shorter holds, so a longer one would never be used.
fn shortens(faults: &mut Faults, n: usize, found: &Override, clocks: &Clocks, of: &str) {
    let promises = [
        ("acknowledge", found.acknowledge, clocks.acknowledge),
        ("answer", found.answer, clocks.answer),
        ("update", found.update, clocks.update),
    ];
    for (field, by, held) in promises {
        // Where the promise itself could not be read, nothing can be said of it.
        let Some(by) = by.filter(|_| !held.is_zero()) else { continue };
        let used = faults.week.nominal_hours(by) <= faults.week.nominal_hours(held);
        let rule = format!(
            "is longer than {of}.{field}, which holds for such a case too, so it would never be used"
        );
        faults.wants(used, key(n, field), rule);
    }
}

/// A graver case is confirmed before it is answered, like any other.
fn stays_in_order(faults: &mut Faults, n: usize, found: &Override, clocks: &Clocks) {
    let Some(answer) = found.answer else { return };
    let acknowledge = shorter(clocks.acknowledge, found.acknowledge);
    let name = if found.acknowledge == Some(acknowledge) {
        key(n, "acknowledge")
    } else {
        "clocks.acknowledge".to_owned()
    };
    in_order(faults, &key(n, "answer"), Some(acknowledge), Some(answer), &name);
}
