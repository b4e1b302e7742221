//! Steps taken, taken back, and what they leave on record.

use sealpost_shared::timeline::{StepState, view};

use super::*;
use crate::case_record::Route;
use crate::case_record::tests::{record, sent, team};
use crate::vault::{SealedReport, Secret};

const LATE: &str = "2026-11-26T00:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A sent case whose policy has a coordinator, with or without a key.
fn with_coordinator(fingerprints: &[&str], carries: &str) -> CaseRecord {
    let mut record = sent();
    record.own_copy = true;
    let mut json = serde_json::to_value(&record.policy).unwrap();
    json["desks"].as_array_mut().unwrap().push(serde_json::json!({
        "id": "coordinator", "role": "coordinator", "name": "Jo",
        "fingerprints": fingerprints, "uris": ["mailto:jo@demo.example"],
    }));
    json["escalation"]["steps"] =
        serde_json::json!([{ "id": "coordinator", "to": "coordinator", "carries": carries }]);
    record.policy = serde_json::from_value(json).unwrap();
    record
}

fn keyed(carries: &str) -> CaseRecord {
    with_coordinator(&["5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC"], carries)
}

fn way(record: &CaseRecord) -> Way {
    let policy = record.policy().unwrap();
    Way::of(record, &policy, &policy.escalation.steps[0])
}

fn step() -> Slug {
    "coordinator".parse().unwrap()
}

fn state(record: &CaseRecord) -> StepState {
    view(&record.events, &record.policy().unwrap(), at(LATE)).ladder.steps[0].state
}

#[test]
fn the_report_goes_along_only_where_the_policy_allows_it_and_a_copy_is_kept() {
    assert_eq!(way(&keyed("full")), Way::Sealed { with_report: true });
    assert_eq!(way(&keyed("pointer")), Way::Sealed { with_report: false });
    assert_eq!(way(&with_coordinator(&[], "pointer")), Way::Pointer);
    let forgotten = CaseRecord { own_copy: false, ..keyed("full") };
    assert_eq!(way(&forgotten), Way::Sealed { with_report: false });
    let by_file = CaseRecord { route: Route::File, ..keyed("full") };
    assert_eq!(way(&by_file), Way::Pointer, "no relay brings it there");
}

#[test]
fn a_step_is_taken_when_it_is_open_and_can_be_taken_back() {
    let mut record = keyed("full");
    let early = record.take_step(&step(), at("2026-11-24T00:00:00Z"));
    assert!(matches!(early, Err(StepError::NotYet(NotYet::Closed { .. }))));
    assert_eq!((record.next_index(), state(&record)), (1, StepState::Open));

    record.take_step(&step(), at(LATE)).unwrap();
    assert_eq!((record.next_index(), state(&record)), (2, StepState::Taken));
    assert!(matches!(record.take_step(&step(), at(LATE)), Err(StepError::NotYet(NotYet::Taken))));

    record.untake_step(&step());
    assert_eq!((record.next_index(), state(&record)), (2, StepState::Open), "a number is used once");
}

#[test]
fn the_new_case_is_its_own_and_knows_where_it_comes_from() {
    let (parent, team) = (keyed("full"), team());
    let case = "ffeeddccbbaa99887766554433221100".parse().unwrap();
    let secret = Secret { index: 1, case, capability: "other".to_owned(), ..parent.secret.clone() };
    let sealed = SealedReport {
        case,
        sealed: String::new(),
        sha256: "dd".repeat(32),
        size: 1,
        recipients: Vec::new(),
        own_copy: None,
    };
    let policy = parent.policy().unwrap();
    let desk = policy.desk(&step()).unwrap();
    let child = parent.handed_on(&step(), &team, desk, &HandedOn { secret, sealed }, at(LATE));
    assert_eq!((child.case, child.secret.index, child.desk.as_str()), (case, 1, "coordinator"));
    assert_eq!(child.step_of, Some(StepOf { case: parent.case, step: step() }));
    assert!(child.events.sent().is_none() && child.receipt.is_none() && child.replies.is_empty());
    assert!(child.words_kept && !child.own_copy && child.report_words.is_none());
}

#[test]
fn a_case_that_came_back_by_its_words_finds_the_one_it_belongs_to() {
    let mut parent = keyed("full");
    let mut child = CaseRecord { desk: "coordinator".parse().unwrap(), queued_at: at(LATE), ..sent() };
    child.secret.index = 2;
    parent.adopt(&mut child);
    assert_eq!(child.step_of, Some(StepOf { case: parent.case, step: step() }));
    assert_eq!((parent.next_index(), state(&parent)), (3, StepState::Taken));
    let once = parent.clone();
    parent.adopt(&mut child);
    assert_eq!(parent, once, "once more changes nothing");
}

#[test]
fn a_record_of_an_older_page_still_opens() {
    let mut json = serde_json::to_value(record()).unwrap();
    for new in ["route", "own_copy", "handed", "step_of"] {
        assert!(json.as_object_mut().unwrap().remove(new).is_some(), "{new} is not stored");
    }
    json["secret"].as_object_mut().unwrap().remove("index");
    let old: CaseRecord = serde_json::from_value(json).unwrap();
    assert_eq!((old.route, old.own_copy, old.next_index(), old.secret.index), (Route::Relay, false, 1, 0));
}

#[test]
fn an_address_of_a_preset_leads_nowhere() {
    for placeholder in
        ["mailto:coordinator@example.org", "https://forum.example.org/x", "https://example.org"]
    {
        assert!(is_placeholder(placeholder), "{placeholder}");
    }
    for real in
        ["mailto:jo@demo.example", "https://example.org.net/", "https://forum.org/example.org", "tel:+49"]
    {
        assert!(!is_placeholder(real), "{real}");
    }
}
