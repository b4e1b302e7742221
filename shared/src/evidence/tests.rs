//! An evidence file agrees with itself, and every lie that can be told apart from the truth is named.

use super::*;
use crate::receipt::Receipt;
use crate::timeline::{Event, EventKind, Witness, view};

const POLICY: &str = include_str!("../../../policies/rust-classic.toml");

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn policy() -> Policy {
    Policy::from_toml(POLICY).expect("the preset is good")
}

fn case_id() -> CaseId {
    CaseId::from_bytes([7; 16])
}

fn receipt(entry: EntryId, received: &str) -> Receipt {
    Receipt {
        relay: "https://relay.example".to_owned(),
        team: "example".parse().expect("a slug"),
        desk: "team".parse().expect("a slug"),
        case: case_id(),
        entry,
        sha256: "ab".repeat(32),
        received: at(received),
    }
}

/// Sent at 12:34, acknowledged two days later, and nothing since.
pub(super) fn facts() -> (Facts, Vec<Receipt>) {
    let reply = EntryId::from_bytes([8; 16]);
    let event = |moment: &str, kind, by| Event { at: at(moment), kind, by };
    let kind = ReplyKind::Acknowledgement;
    let events = [
        event("2026-06-01T12:34:56Z", EventKind::Sent, Witness::Reporter),
        event("2026-06-01T12:00:00Z", EventKind::Received, Witness::Relay),
        event("2026-06-03T13:10:00Z", EventKind::HumanReply { kind }, Witness::Team),
    ];
    let policy = policy();
    let apply = |case: Case, event| case.apply(event, &policy).expect("it can have happened");
    let events = events.into_iter().fold(Case::default(), apply);
    let made_at = at("2026-06-10T00:00:00Z");
    let facts = Facts {
        made_at,
        case: case_id(),
        team: "example".parse().expect("a slug"),
        desk: "team".parse().expect("a slug"),
        severity: None,
        exploited: false,
        policy: PolicyProof { text: POLICY.to_owned(), signature: Some("S".to_owned()), certificate: None },
        letter_sha256: Some("ab".repeat(32)),
        relay_certificate: Some("C".to_owned()),
        receipts: vec!["R1".to_owned(), "R2".to_owned()],
        replies: vec![ReplyFact { entry: reply, kind, at: at("2026-06-03T13:10:00Z"), signed_by: None }],
        view: view(&events, &policy, made_at),
        events,
    };
    let receipts =
        vec![receipt(case_id().into(), "2026-06-01T12:00:00Z"), receipt(reply, "2026-06-03T13:00:00Z")];
    (facts, receipts)
}

fn faults(change: impl FnOnce(&mut Facts, &mut Vec<Receipt>)) -> Vec<String> {
    let (mut facts, mut receipts) = facts();
    change(&mut facts, &mut receipts);
    facts.check(&policy(), &receipts).iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_true_has_no_fault() {
    assert_eq!(faults(|_, _| {}), [""; 0]);
}

#[test]
fn every_lie_that_can_be_told_apart_is_named() {
    type Change = fn(&mut Facts, &mut Vec<Receipt>);
    let table: [(&str, Change); 12] = [
        ("it is not the one of this case", |facts, _| facts.team = "other".parse().expect("a slug")),
        ("it is not the one of this case", |facts, _| facts.desk = "nowhere".parse().expect("a slug")),
        ("receipt 1: it is genuine but speaks of another case", |facts, _| {
            facts.case = CaseId::from_bytes([9; 16]);
        }),
        ("another SHA-256", |facts, _| facts.letter_sha256 = Some("cd".repeat(32))),
        ("no receipt here shows", |_, receipts| drop(receipts.remove(0))),
        ("receipt 2: there is another receipt", |_, receipts| receipts[1].entry = case_id().into()),
        ("entry that is not in this file", |_, receipts| receipts[1].entry = EntryId::from_bytes([5; 16])),
        ("is not among the replies", |facts, _| facts.replies.clear()),
        ("is not on record", |facts, _| facts.replies[0].kind = ReplyKind::Answer),
        ("change no promise", |facts, _| facts.severity = Some(Severity::Critical)),
        ("view: ladder", |facts, _| facts.view.ladder.open = false),
        ("view: promises", |facts, _| facts.made_at = at("2026-06-03T13:20:00Z")),
    ];
    for (words, change) in table {
        let found = faults(change);
        assert!(found.iter().any(|fault| fault.contains(words)), "{words}: {found:?}");
    }
}

#[test]
fn a_key_that_nobody_knows_and_events_in_another_order_are_found_though_the_signature_holds() {
    let file = |change: fn(&mut serde_json::Value)| {
        let evidence = Evidence { evidence: VERSION, facts: facts().0, certificate: None, signature: None };
        let mut json = serde_json::to_value(&evidence).unwrap();
        change(&mut json["facts"]);
        Evidence::read(json.to_string().as_bytes()).map(|(_, is_all)| is_all)
    };
    assert!(file(|_| {}).unwrap());
    assert!(!file(|facts| facts["events"][0]["statement"] = "they admitted everything".into()).unwrap());
    assert!(!file(|facts| facts["view"]["promises"][0]["note"] = "x".into()).unwrap());
    assert!(!file(|facts| facts["events"].as_array_mut().unwrap().reverse()).unwrap());
    assert!(file(|facts| facts["verdict"] = "x".into()).is_err());
}

#[test]
fn rules_that_began_after_the_report_say_so() {
    let (facts, receipts) = facts();
    let mut later = policy();
    later.identity.effective = at("2026-07-01T00:00:00Z");
    let note = |policy: &Policy| facts.lines(policy, &receipts)[1].note.clone();
    assert!(note(&later).contains("in force only from 2026-07-01T00:00:00Z"), "{}", note(&later));
    assert!(!note(&policy()).contains("in force only from"));
}

#[test]
fn an_event_by_a_witness_who_cannot_vouch_for_it_is_named() {
    let by = |kind: EventKind, by| {
        faults(|facts, _| {
            let event = Event { at: at("2026-06-04T00:00:00Z"), kind, by };
            facts.events = facts.events.clone().apply(event, &policy()).expect("it can have happened");
            facts.view = view(&facts.events, &policy(), facts.made_at);
        })
    };
    assert!(by(EventKind::Closed, Witness::Team)[0].contains("cannot be on record by that witness"));
    assert!(by(EventKind::FollowUp, Witness::Relay)[0].contains("cannot be on record by that witness"));
    assert!(by(EventKind::Received, Witness::Relay)[0].contains("no receipt here shows"));
    assert_eq!(by(EventKind::AutoReply, Witness::Reporter), [""; 0]);
}

fn line(text: &str) -> Line {
    let (facts, receipts) = facts();
    let lines = facts.lines(&policy(), &receipts);
    lines
        .iter()
        .find(|line| line.text.contains(text))
        .cloned()
        .unwrap_or_else(|| panic!("{text}: {lines:#?}"))
}

#[test]
fn every_line_says_on_what_it_rests() {
    assert_eq!(line("within 24 hours").proof, Proof::Team);
    assert_eq!(line("The report was sent").proof, Proof::ReporterAndRelay);
    assert_eq!(line("held the sealed report").proof, Proof::Relay);
    let reply = line("confirmed the report");
    assert_eq!(reply.proof, Proof::ReporterAndRelay);
    assert!(reply.note.contains("that the team signed it lies inside the encryption"), "{}", reply.note);
    let late = line("Confirmation by a person was due. MISSED: it came late, 2026-06-03T13:10:00Z.");
    assert!(late.proof == Proof::Reporter && late.note.contains("silence cannot be signed"));
    assert_eq!(line("News was due. MISSED: nothing came").at, Some(at("2026-06-08T13:10:00Z")));
}

#[test]
fn without_a_signature_or_a_receipt_it_is_the_reporters_word() {
    let (mut facts, _) = facts();
    facts.policy.signature = None;
    let lines = facts.lines(&policy(), &[]);
    for line in lines.iter().filter(|line| !line.text.contains("held the sealed report")) {
        assert_eq!(line.proof, Proof::Reporter, "{line:?}");
    }
}

#[test]
fn what_is_signed_is_compact_json_with_sorted_keys() {
    let canonical = facts().0.canonical().expect("facts are JSON");
    assert!(
        canonical.starts_with(r#"{"case":"07070707070707070707070707070707","desk":"team","events":[{"at":"#)
    );
    assert!(!canonical.contains(": ") || canonical.contains("Example"), "no blanks outside of texts");
    let read: Facts = serde_json::from_str(&canonical).expect("it is JSON");
    assert_eq!(read, facts().0);
    let value: Value = serde_json::from_str(&canonical).expect("it is JSON");
    let mut again = String::new();
    write_canonical(&value, &mut again);
    assert_eq!(again, canonical);
}

#[test]
fn an_unknown_key_is_no_evidence() {
    let mut json = serde_json::to_value(facts().0).expect("facts are JSON");
    json["more"] = true.into();
    assert!(serde_json::from_value::<Facts>(json).is_err());
}
