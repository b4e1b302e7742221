//! The disclosure in plain sentences: stages, embargo, who hears first, what is published.

use super::{Section, and};
use crate::policy::{
    Disclosure, EmbargoRule, EmbargoStart, Length, Prenotify, Publication, SeverityScheme, Stage,
};

pub(super) fn explain(disclosure: &Disclosure) -> Vec<Section> {
    vec![
        Section::ordered(
            "stages",
            "The stages of the disclosure",
            disclosure.stages.iter().map(stage).collect(),
        ),
        Section::new(
            "embargo",
            "When it becomes public",
            disclosure.embargo.as_ref().map(embargo).unwrap_or_default(),
        ),
        Section::new(
            "first",
            "Who is told before everybody",
            disclosure.prenotify.iter().map(prenotify).collect(),
        ),
        Section::ordered(
            "publication",
            "What is published, in this order",
            disclosure.publish.iter().map(publication).collect(),
        ),
        Section::new("numbers", "Numbers and severity", numbers(disclosure)),
    ]
}

fn stage(stage: &Stage) -> String {
    if stage.records.is_empty() {
        return format!("{}.", stage.title);
    }
    let records: Vec<String> = stage.records.iter().map(|name| record(name)).collect();
    format!("{}. On record then: {}.", stage.title, and(&records))
}

/// What a stage puts on record; a name that the presets do not use is its own word.
fn record(name: &str) -> String {
    let words = match name {
        "handler" => "who handles it",
        "affected" => "the affected versions",
        "note" => "what was looked through",
        "releases" => "the releases that get a fix",
        "date" => "the date",
        other => other,
    };
    words.to_owned()
}

fn embargo(rule: &EmbargoRule) -> Vec<String> {
    let from = match rule.starts {
        EmbargoStart::Report => "from the moment you send the report",
        EmbargoStart::Confirmed => "from the moment the team confirms the problem",
        EmbargoStart::FixReady => "from the moment fixes are ready",
    };
    let mut sentences = vec![format!(
        "Until a date that both sides agree, nothing is said in public. Time is counted {from}."
    )];
    let mut say = |length: Option<Length>, sentence: &dyn Fn(Length) -> String| {
        sentences.extend(length.map(sentence));
    };
    say(rule.preferred, &|length| format!("Without another agreement it ends after {length}."));
    say(rule.minimum, &|length| format!("Without agreement it is not shorter than {length}."));
    say(rule.maximum, &|length| format!("It is not longer than {length}."));
    say(rule.hard_deadline, &|length| {
        format!("Whatever the team says, you may publish {length} after you sent the report.")
    });
    say(rule.grace, &|length| {
        format!("If a fix is near, both sides may agree once on up to {length} more than that.")
    });
    say(rule.after_fix, &|length| {
        format!("If a fix is ready before then, details stay back until {length} after the fix.")
    });
    say(rule.exploited, &|length| {
        format!("If you know of attacks, you may publish {length} after you sent the report.")
    });
    sentences.push("Of several proposals the shortest wins until something is agreed.".to_owned());
    sentences
}

fn prenotify(rule: &Prenotify) -> String {
    let latest = rule.latest.map(|latest| format!(", at the latest {latest} before")).unwrap_or_default();
    let condition = rule.condition.as_ref().map(|when| format!(" ({when})")).unwrap_or_default();
    format!("{}: at the earliest {} before everybody else{latest}{condition}.", rule.audience, rule.earliest)
}

fn publication(rule: &Publication) -> String {
    if rule.within.is_zero() {
        format!("{}, at once.", rule.action)
    } else {
        format!("{}, within {}.", rule.action, rule.within)
    }
}

fn numbers(disclosure: &Disclosure) -> Vec<String> {
    let ids = (!disclosure.ids.is_empty())
        .then(|| format!("The problem gets a number of the kind {}.", and(&disclosure.ids)));
    let severity = match disclosure.severity {
        SeverityScheme::Words => "Severity is said in four words: low, medium, high, critical.",
        SeverityScheme::Cvss31 => "Severity is scored with CVSS 3.1.",
        SeverityScheme::Cvss40 => "Severity is scored with CVSS 4.0.",
        SeverityScheme::None => "The team does not rate severity.",
    };
    ids.into_iter().chain([severity.to_owned()]).collect()
}
