//! The rules of a disclosure: stages, embargo, who hears first, what is published.

use std::collections::HashSet;

use super::{Faults, in_order, length, positive, words};
use crate::id::Slug;
use crate::policy::parse::{DisclosureTable, EmbargoTable, PrenotifyTable, PublicationTable, StageTable};
use crate::policy::{Disclosure, EmbargoRule, Prenotify, Publication, Stage};

pub(super) fn check(faults: &mut Faults, table: DisclosureTable) -> Disclosure {
    let mut seen = HashSet::new();
    for (n, stage) in table.stages.iter().enumerate() {
        let first = seen.insert(stage.id.clone());
        faults.wants(first, format!("disclosure.stages[{n}].id"), "another stage has this id");
        words::line(faults, &format!("disclosure.stages[{n}].title"), &stage.title);
        words::lines(faults, &format!("disclosure.stages[{n}].records"), &stage.records);
    }
    words::lines(faults, "disclosure.ids", &table.ids);
    let embargo = table.embargo.map(|embargo| check_embargo(faults, &embargo, &seen));
    let prenotify = table.prenotify.into_iter().enumerate();
    let prenotify = prenotify.filter_map(|(n, table)| check_prenotify(faults, n, table)).collect();
    let publish = table.publish.into_iter().enumerate();
    let publish = publish.filter_map(|(n, table)| check_publication(faults, n, table)).collect();
    let stage = |table: StageTable| Stage { id: table.id, title: table.title, records: table.records };
    let stages = table.stages.into_iter().map(stage).collect();
    Disclosure { stages, embargo, prenotify, publish, ids: table.ids, severity: table.severity }
}

fn check_embargo(faults: &mut Faults, table: &EmbargoTable, stages: &HashSet<Slug>) -> EmbargoRule {
    if let Some(stage) = table.starts.stage() {
        let there = stages.iter().any(|id| id.as_str() == stage);
        faults.wants(there, "disclosure.embargo.starts", format!("needs a stage with the id “{stage}”"));
    }
    let mut length = |field: &str, text: &Option<String>| {
        positive(faults, &format!("disclosure.embargo.{field}"), text.as_ref()?)
    };
    let rule = EmbargoRule {
        starts: table.starts,
        preferred: length("preferred", &table.preferred),
        minimum: length("minimum", &table.minimum),
        maximum: length("maximum", &table.maximum),
        grace: length("grace", &table.grace),
        hard_deadline: length("hard_deadline", &table.hard_deadline),
        after_fix: length("after_fix", &table.after_fix),
        exploited: length("exploited", &table.exploited),
    };
    in_order(faults, "disclosure.embargo.preferred", rule.minimum, rule.preferred, "minimum");
    in_order(faults, "disclosure.embargo.maximum", rule.preferred, rule.maximum, "preferred");
    in_order(faults, "disclosure.embargo.maximum", rule.minimum, rule.maximum, "minimum");
    check_deadline(faults, table, &rule);
    if table.after_fix.is_some() && table.hard_deadline.is_some() {
        let there = stages.iter().any(|id| id.as_str() == FIXED);
        faults.wants(there, "disclosure.embargo.after_fix", format!("needs a stage with the id “{FIXED}”"));
    }
    rule
}

/// The stage from which `after_fix` is counted.
const FIXED: &str = "fixes-ready";

/// Nothing outlasts the reporter's own deadline, and what is counted from it needs it.
fn check_deadline(faults: &mut Faults, table: &EmbargoTable, rule: &EmbargoRule) {
    const DEADLINE: &str = "disclosure.embargo.hard_deadline";
    in_order(faults, DEADLINE, rule.minimum, rule.hard_deadline, "minimum, which nothing could keep then");
    in_order(
        faults,
        DEADLINE,
        rule.preferred,
        rule.hard_deadline,
        "preferred, which nothing could keep then",
    );
    in_order(faults, DEADLINE, rule.exploited, rule.hard_deadline, "exploited");
    for (field, text, length) in
        [("grace", &table.grace, rule.grace), ("after_fix", &table.after_fix, rule.after_fix)]
    {
        let key = format!("disclosure.embargo.{field}");
        if text.is_some() && table.hard_deadline.is_none() {
            faults.broken(key, "has no effect without a hard_deadline");
        } else if let (Some(length), Some(deadline)) = (length, rule.hard_deadline) {
            let rule = "is longer than hard_deadline itself";
            faults.expects(!faults.week.may_outlast(length, deadline), key, rule);
        }
    }
}

fn check_prenotify(faults: &mut Faults, n: usize, table: PrenotifyTable) -> Option<Prenotify> {
    let key = |field: &str| format!("disclosure.prenotify[{n}].{field}");
    words::line(faults, &key("audience"), &table.audience);
    if let Some(condition) = &table.condition {
        words::line(faults, &key("condition"), condition);
    }
    let earliest = positive(faults, &key("earliest"), &table.earliest);
    let latest = table.latest.as_ref().and_then(|text| length(faults, &key("latest"), text));
    in_order(faults, &key("earliest"), latest, earliest, "latest");
    let (audience, condition) = (table.audience, table.condition);
    Some(Prenotify { audience, earliest: earliest?, latest, condition })
}

fn check_publication(faults: &mut Faults, n: usize, table: PublicationTable) -> Option<Publication> {
    let key = |field: &str| format!("disclosure.publish[{n}].{field}");
    words::line(faults, &key("action"), &table.action);
    let within = length(faults, &key("within"), &table.within)?;
    Some(Publication { within, action: table.action, by: table.by })
}
