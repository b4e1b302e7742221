//! The timeline by its public face: every event in every state, hard dates, and the laws that hold for every policy.
#![cfg(feature = "toml")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod timeline {
    mod dates;
    mod laws;
    mod states;
}

use sealpost_shared::letter::ReplyKind;
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event, EventKind, TimelineView, Witness, view};
use sealpost_shared::{Duration, Timestamp};

macro_rules! presets {
    ($($name:literal),*) => { [$(include_str!(concat!("../../policies/", $name, ".toml"))),*] };
}

const PRESETS: [&str; 7] =
    presets!("rust-classic", "rust-2025", "node", "kernel", "cert-45", "project-zero-90-30", "cra");

fn classic() -> Policy {
    Policy::from_toml(PRESETS[0]).unwrap()
}

/// The classic policy, counted in days of another zone.
fn classic_in(zone: &str, rule: &str) -> Policy {
    in_calendar(PRESETS[0], &format!("zone = \"{zone}\"\nzone_rule = \"{rule}\""))
}

/// A preset with another calendar.
fn in_calendar(preset: &str, keys: &str) -> Policy {
    let mut inside = false;
    let rest = preset.lines().filter(|line| {
        inside = if line.starts_with('[') { *line == "[calendar]" } else { inside };
        !inside
    });
    let rest: Vec<&str> = rest.collect();
    Policy::from_toml(&format!("{}\n[calendar]\n{keys}\n", rest.join("\n"))).unwrap()
}

fn event(at: Timestamp, kind: EventKind) -> Event {
    Event { at, kind, by: Witness::Reporter }
}

fn answer() -> EventKind {
    EventKind::HumanReply { kind: ReplyKind::Answer }
}

fn step(id: &str) -> EventKind {
    EventKind::StepTaken { step: id.parse().unwrap() }
}

fn case(events: impl IntoIterator<Item = Event>, policy: &Policy) -> Case {
    events.into_iter().fold(Case::default(), |case, event| case.apply(event, policy).unwrap())
}

fn seen(events: impl IntoIterator<Item = Event>, policy: &Policy, now: Timestamp) -> TimelineView {
    view(&case(events, policy), policy, now)
}

fn hours(hours: i64) -> Duration {
    Duration::from_hours(hours)
}
