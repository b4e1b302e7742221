//! Every event in every state: why the ladder is open or closed afterwards, and its steps.

use sealpost_shared::letter::ReplyKind;
use sealpost_shared::timeline::{EventKind, StepState, TimelineView};

use crate::{Timestamp, answer, classic, event, hours, seen, step};

/// Events by their names, each so many hours after sending.
type History = &'static [(i64, &'static str)];

/// A state, by what happened so many hours after sending; `None` for a report that was not sent. Each is looked at in hour 200.
const STATES: [(&str, Option<History>); 11] = [
    ("not sent", None),
    ("sent at 199", Some(&[])),
    ("silent from the start", Some(&[])),
    ("one step taken", Some(&[(60, "coordinator")])),
    ("all steps taken", Some(&[(60, "coordinator"), (61, "backup"), (62, "forum")])),
    ("answered", Some(&[(190, "answer")])),
    ("fell silent", Some(&[(10, "answer"), (140, "coordinator")])),
    ("closing without publication", Some(&[(10, "answer"), (20, "last word")])),
    ("closing before publication", Some(&[(20, "last word"), (30, "public")])),
    ("closing after publication", Some(&[(10, "answer"), (20, "public"), (30, "last word")])),
    ("closed", Some(&[(10, "answer"), (140, "coordinator"), (150, "closed")])),
];

const NOW: i64 = 200;

fn at(hour: i64) -> Timestamp {
    "2026-06-01T00:00:00Z".parse::<Timestamp>().unwrap() + hours(hour)
}

fn kind(name: &str) -> EventKind {
    match name {
        "answer" => answer(),
        "closed" => EventKind::Closed,
        "last word" => EventKind::HumanReply { kind: ReplyKind::Closing },
        "public" => EventKind::StageReached { stage: "published".parse().unwrap() },
        name => step(name),
    }
}

/// What is added in hour 200.
fn added() -> Vec<(&'static str, EventKind)> {
    let reply = |kind| EventKind::HumanReply { kind };
    vec![
        ("follow_up", EventKind::FollowUp),
        ("received", EventKind::Received),
        ("auto_reply", EventKind::AutoReply),
        ("acknowledgement", reply(ReplyKind::Acknowledgement)),
        ("answer", reply(ReplyKind::Answer)),
        ("update", reply(ReplyKind::Update)),
        ("closing", reply(ReplyKind::Closing)),
        ("step coordinator", step("coordinator")),
        ("step backup", step("backup")),
        ("step forum", step("forum")),
        ("stage", EventKind::StageReached { stage: "confirmed".parse().unwrap() }),
        ("proposed", EventKind::EmbargoProposed { until: at(900) }),
        ("agreed", EventKind::EmbargoAgreed { until: at(900) }),
        ("lifted", EventKind::EmbargoLifted),
        ("published", EventKind::Published),
        ("closed", EventKind::Closed),
    ]
}

fn cell(view: &TimelineView) -> String {
    let reason = serde_json::to_value(view.ladder.reason).unwrap();
    let step = |state: StepState| match state {
        StepState::Closed => '-',
        StepState::Open => 'o',
        StepState::Taken => 'x',
    };
    let steps: String = view.ladder.steps.iter().map(|view| step(view.state)).collect();
    format!("{} {steps}", reason.as_str().unwrap())
}

#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    let mut table = String::new();
    for (state, history) in STATES {
        table.push_str(&format!("{state}\n"));
        for (name, kind_added) in added() {
            let sent = if state == "sent at 199" { 199 } else { 0 };
            let mut events: Vec<_> = history.iter().map(|_| event(at(sent), EventKind::Sent)).collect();
            let past = history.unwrap_or_default().iter();
            events.extend(past.map(|(hour, name)| event(at(*hour), kind(name))));
            events.push(event(at(NOW), kind_added));
            let view = seen(events, &classic(), at(NOW));
            table.push_str(&format!("  {name:<17}{}\n", cell(&view)));
        }
    }
    assert_eq!(table, include_str!("states.txt"), "the table as it is now:\n{table}");
}
