//! Every preset is a valid policy, and gives the dates its sources promise.
#![cfg(feature = "toml")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use sealpost_shared::letter::ReplyKind;
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event, EventKind, PromiseId, TimelineView, Witness, view};

macro_rules! presets {
    ($($name:literal),*) => { [$(($name, include_str!(concat!("../../policies/", $name, ".toml")))),*] };
}

const PRESETS: [(&str, &str); 7] =
    presets!("rust-classic", "rust-2025", "node", "kernel", "cert-45", "project-zero-90-30", "cra");

/// Friday, 18 December 2026, at noon: a weekend, Christmas and the new year lie ahead.
const SENT: &str = "2026-12-18T12:00:00Z";

fn preset(name: &str) -> Policy {
    let (_, text) = PRESETS.into_iter().find(|(preset, _)| *preset == name).unwrap();
    Policy::from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn seen(policy: &Policy, events: &[(&str, EventKind)], now: &str) -> TimelineView {
    let sent = [(SENT, EventKind::Sent)];
    let all = sent.iter().chain(events).map(|(at, kind)| Event {
        at: at.parse().unwrap(),
        kind: kind.clone(),
        by: Witness::Reporter,
    });
    let case = all.fold(Case::default(), |case, event| case.apply(event, policy).unwrap());
    view(&case, policy, now.parse().unwrap())
}

fn due(view: &TimelineView, id: PromiseId) -> String {
    view.promises.iter().find(|promise| promise.id == id).unwrap().due.to_string()
}

#[test]
fn every_preset_is_a_valid_policy_and_names_its_sources() {
    for (name, text) in PRESETS {
        let policy = preset(name);
        assert!(!policy.escalation.steps.is_empty(), "{name} has no ladder");
        let numbers =
            text.lines().filter(|line| line.contains("= \"") && line.trim_end().ends_with(['h', 'd', '"']));
        let lengths = numbers.filter(|line| {
            let value = line.split('"').nth(1).unwrap_or_default();
            value.ends_with(['h', 'd']) && value.starts_with(|c: char| c.is_ascii_digit())
        });
        assert!(lengths.count() >= 5, "{name}");
    }
}

#[test]
fn each_preset_gives_the_dates_of_its_sources() {
    let table = [
        ("rust-classic", "2026-12-19T12:00:00Z", "2026-12-20T12:00:00Z", "2026-12-20T12:00:00Z"),
        ("rust-2025", "2026-12-19T12:00:00Z", "2026-12-20T12:00:00Z", "2026-12-20T12:00:00Z"),
        // Six business days after a Friday: Monday to Friday, and Monday 28.
        ("node", "2026-12-23T12:00:00Z", "2026-12-28T12:00:00Z", "2026-12-28T12:00:00Z"),
        ("kernel", "2026-12-21T12:00:00Z", "2026-12-25T12:00:00Z", "2026-12-25T12:00:00Z"),
        ("cert-45", "2026-12-21T12:00:00Z", "2027-01-08T12:00:00Z", "2026-12-25T12:00:00Z"),
        ("project-zero-90-30", "2026-12-21T12:00:00Z", "2027-01-01T12:00:00Z", "2026-12-25T12:00:00Z"),
        ("cra", "2026-12-19T12:00:00Z", "2026-12-21T12:00:00Z", "2026-12-21T12:00:00Z"),
    ];
    for (name, acknowledge, answer, opens) in table {
        let view = seen(&preset(name), &[], SENT);
        assert_eq!(due(&view, PromiseId::Acknowledge), acknowledge, "{name}");
        assert_eq!(due(&view, PromiseId::Answer), answer, "{name}");
        assert_eq!(view.ladder.opens_at.unwrap().to_string(), opens, "{name}");
    }
}

#[test]
fn each_preset_counts_silence_from_the_last_human_word() {
    let table = [
        ("rust-classic", "2026-12-24T09:00:00Z"),
        ("rust-2025", "2026-12-24T09:00:00Z"),
        ("node", "2027-01-02T09:00:00Z"),
        ("kernel", "2026-12-26T09:00:00Z"),
        ("cert-45", "2027-01-02T09:00:00Z"),
        ("project-zero-90-30", "2027-01-18T09:00:00Z"),
        ("cra", "2027-01-02T09:00:00Z"),
    ];
    let answer = ("2026-12-19T09:00:00Z", EventKind::HumanReply { kind: ReplyKind::Answer });
    for (name, opens) in table {
        let view = seen(&preset(name), std::slice::from_ref(&answer), "2026-12-20T00:00:00Z");
        assert!(!view.ladder.open, "{name}");
        assert_eq!(view.ladder.opens_at.unwrap().to_string(), opens, "{name}");
    }
}

#[test]
fn each_preset_lifts_its_embargo_on_its_date() {
    let fixed = ("2027-01-10T12:00:00Z", EventKind::StageReached { stage: "fixes-ready".parse().unwrap() });
    let table = [
        ("node", None, Some("2027-01-13T12:00:00Z")),
        ("kernel", None, Some("2027-01-17T12:00:00Z")),
        ("cert-45", Some("2027-02-01T12:00:00Z"), Some("2027-02-01T12:00:00Z")),
        // Details 30 days after a fix that came within the 90.
        ("project-zero-90-30", Some("2027-03-18T12:00:00Z"), Some("2027-02-09T12:00:00Z")),
        ("cra", None, Some("2027-01-24T12:00:00Z")),
    ];
    for (name, before, after) in table {
        let lifts = |events: &[(&str, EventKind)]| {
            seen(&preset(name), events, "2027-01-11T00:00:00Z")
                .embargo
                .unwrap()
                .lifts_at
                .map(|at| at.to_string())
        };
        assert_eq!(lifts(&[]).as_deref(), before, "{name} before the fix");
        assert_eq!(lifts(std::slice::from_ref(&fixed)).as_deref(), after, "{name} after the fix");
    }
    assert!(seen(&preset("rust-classic"), &[], SENT).embargo.is_none());
}

#[test]
fn exploited_in_the_wild_shortens_the_reporters_own_deadline() {
    for (name, deadline) in
        [("cert-45", "2026-12-25T12:00:00Z"), ("project-zero-90-30", "2026-12-25T12:00:00Z")]
    {
        let policy = preset(name).for_case(None, true);
        let embargo = seen(&policy, &[], SENT).embargo.unwrap();
        assert_eq!(embargo.hard_deadline.unwrap().to_string(), deadline, "{name}");
        assert_eq!(embargo.lifts_at.unwrap().to_string(), deadline, "{name}");
    }
}
