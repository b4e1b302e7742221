//! What a record believes, and from when it counts.

use sealpost_shared::letter::{EmbargoWord, Matter, StageMark};
use sealpost_shared::policy::Standing;
use sealpost_shared::timeline::{PromiseId, PromiseState, Warning, view};
use sealpost_shared::wire::v1::{Author, BundleResponse, RelayIdentity};

use super::*;
use crate::outbox::Item;
use crate::vault::{CheckedBundle, SealedFollowUp, SealedReport};

const POLICY: &str = r#"
[identity]
slug = "demo"
name = "Demo Security Team"
project = "Ferrisware"
version = 1
effective = "2026-01-01T00:00:00Z"
expires = "2027-01-01T00:00:00Z"
contact = "security@demo.example"
signed_by = "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC"
[clocks]
acknowledge = "24h"
answer = "48h"
update = "5d"
[escalation]
no_reply = "48h"
silence = "5d"
[[disclosure.stages]]
id = "received"
title = "Received, and a primary handler assigned"
records = ["handler"]
[[disclosure.stages]]
id = "confirmed"
title = "Confirmed, with a list of all affected versions"
records = ["affected"]
[[disclosure.stages]]
id = "published"
title = "Published"
records = ["date"]
[[desks]]
id = "team"
role = "team"
name = "Demo Security Team"
fingerprints = ["5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC"]
"#;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A team as the vault would hand it over.
pub(crate) fn team() -> Team {
    let policy = PolicyFile::from_toml(POLICY).unwrap();
    let relay = RelayIdentity { origin: "https://relay.example".to_owned(), certificate: "C".to_owned() };
    let bundle = BundleResponse {
        policy: POLICY.to_owned(),
        policy_signature: String::new(),
        certificates: Vec::new(),
        relay,
        offline: None,
    };
    let checked = CheckedBundle {
        policy,
        policy_sha256: "aa".repeat(32),
        standing: Standing::InForce,
        desks: Vec::new(),
        members: Vec::new(),
        relay_fingerprint: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
        signer_certificate: "S".to_owned(),
        explained: Vec::new(),
    };
    Team::new(bundle, checked).unwrap()
}

/// A case that waits in the outbox.
pub(crate) fn record() -> CaseRecord {
    let case: CaseId = "00112233445566778899aabbccddeeff".parse().unwrap();
    let secret = Secret {
        words: "w".to_owned(),
        index: 0,
        case,
        capability: "c".to_owned(),
        fingerprint: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
    };
    let sealed = SealedReport {
        case,
        sealed: String::new(),
        sha256: "bb".repeat(32),
        size: 1,
        recipients: Vec::new(),
        own_copy: None,
    };
    let report = ReportDraft { title: " A title ".to_owned(), ..ReportDraft::default() };
    CaseRecord::open(&team(), &report, secret, &sealed, at("2026-11-23T11:00:00Z"))
}

/// A case that was sent.
pub(crate) fn sent() -> CaseRecord {
    let mut record = record();
    let received = at("2026-11-23T12:00:00Z");
    let receipt = StoredReceipt { signed: "s".to_owned(), text: "t".to_owned(), received };
    record.received(receipt, at("2026-11-23T12:34:56Z")).unwrap();
    record
}

pub(crate) fn entry(seq: u64, received: &str) -> EntryInfo {
    EntryInfo {
        seq,
        entry: EntryId::from_bytes([u8::try_from(seq).unwrap(); 16]),
        author: Author::Team,
        size: 1,
        sha256: "cc".repeat(32),
        received: at(received),
    }
}

pub(crate) fn reply(written_at: &str) -> ReplyContent {
    ReplyContent::Verified(OpenedReply {
        kind: ReplyKind::Acknowledgement,
        written_at: at(written_at),
        text: "Thank you".to_owned(),
        matter: Matter::default(),
        signed_by: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
    })
}

fn acknowledged(record: &CaseRecord, now: &str) -> PromiseState {
    let view = view(&record.events, &record.policy().unwrap(), at(now));
    view.promises.iter().find(|promise| promise.id == PromiseId::Acknowledge).unwrap().state
}

#[test]
fn no_clock_runs_while_the_report_waits() {
    let record = record();
    assert_eq!(record.title, "A title");
    assert_eq!(record.events.sent(), None);
}

#[test]
fn the_clocks_start_with_the_receipt_and_start_once() {
    let mut record = sent();
    assert_eq!(record.events.sent(), Some(at("2026-11-23T12:34:56Z")));
    let again = record.receipt.clone().unwrap();
    record.received(again, at("2026-11-23T13:00:00Z")).unwrap();
    assert_eq!(record.events.sent(), Some(at("2026-11-23T12:34:56Z")));
}

#[test]
fn the_clocks_run_without_a_receipt_and_a_late_one_does_not_move_them() {
    let mut record = record();
    assert!(!record.lacks_receipt());
    record.sent(at("2026-11-23T12:34:56Z")).unwrap();
    record.sent(at("2026-11-23T12:40:00Z")).unwrap();
    assert!(record.lacks_receipt());
    assert_eq!(acknowledged(&record, "2026-11-25T00:00:00Z"), PromiseState::Late);
    let receipt = sent().receipt.unwrap();
    record.received(receipt, at("2026-11-23T15:00:00Z")).unwrap();
    assert_eq!(record.events.sent(), Some(at("2026-11-23T12:34:56Z")));
    assert!(record.receipt.is_some() && !record.lacks_receipt());
}

#[test]
fn a_verified_reply_keeps_the_promise_and_an_unverified_one_does_not() {
    let mut record = sent();
    let failure = VaultFailure { code: "reply-signature".to_owned(), sentence: "No.".to_owned() };
    let now = at("2026-11-23T14:00:00Z");
    record.replied(entry(2, "2026-11-23T13:00:00Z"), ReplyContent::Unverified(failure), now).unwrap();
    assert_eq!(acknowledged(&record, "2026-11-23T14:00:00Z"), PromiseState::Pending);
    record.replied(entry(3, "2026-11-23T13:00:00Z"), reply("2026-11-23T13:30:00Z"), now).unwrap();
    record.replied(entry(3, "2026-11-23T13:00:00Z"), reply("2026-11-23T13:30:00Z"), now).unwrap();
    assert_eq!(acknowledged(&record, "2026-11-23T14:00:00Z"), PromiseState::Kept);
    assert_eq!((record.replies.len(), record.next), (2, 3));
}

fn stages(record: &CaseRecord) -> Vec<(String, Option<Timestamp>)> {
    let view = view(&record.events, &record.policy().unwrap(), at("2026-11-30T00:00:00Z"));
    view.stages.into_iter().map(|stage| (stage.id.to_string(), stage.reached_at)).collect()
}

fn told(written_at: &str, matter: Matter) -> ReplyContent {
    let ReplyContent::Verified(reply) = reply(written_at) else { panic!() };
    ReplyContent::Verified(OpenedReply { kind: ReplyKind::Stage, matter, ..reply })
}

#[test]
fn a_stage_told_by_the_team_counts_from_the_telling_and_an_unknown_one_is_left_out() {
    let mut record = sent();
    let mark = |stage: &str, date: &str| StageMark { stage: stage.parse().unwrap(), at: at(date) };
    let marks = vec![
        mark("received", "2026-11-23T13:10:00Z"),
        mark("confirmed", "2027-01-01T00:00:00Z"),
        mark("elsewhere", "2026-11-23T13:10:00Z"),
    ];
    let matter = Matter { handler: Some("Alice\n".to_owned()), stages: marks, embargo: None };
    let told = told("2026-11-23T13:30:00Z", matter);
    record.replied(entry(2, "2026-11-23T13:00:00Z"), told, at("2026-11-23T14:00:00Z")).unwrap();
    let stages = stages(&record);
    assert_eq!(stages[0], ("received".to_owned(), Some(at("2026-11-23T13:30:00Z"))));
    assert_eq!(stages[1], ("confirmed".to_owned(), Some(at("2026-11-23T13:30:00Z"))));
    assert!(stages[2..].iter().all(|(_, reached)| reached.is_none()), "{stages:?}");
    assert_eq!(record.handler(), Some("Alice".to_owned()));
    assert_eq!(acknowledged(&record, "2026-11-23T14:00:00Z"), PromiseState::Kept);
}

#[test]
fn the_team_cannot_agree_alone() {
    let until = at("2026-12-10T14:00:00Z");
    let embargo = |record: &CaseRecord| {
        let view = view(&record.events, &record.policy().unwrap(), at("2026-11-24T00:00:00Z"));
        view.embargo.map(|embargo| (embargo.proposed, embargo.agreed))
    };
    let agreed = |n| {
        let matter = Matter { embargo: Some(EmbargoWord::Agreed { until }), ..Matter::default() };
        (entry(n, "2026-11-23T13:00:00Z"), told("2026-11-23T13:30:00Z", matter))
    };
    let now = at("2026-11-23T14:00:00Z");
    let mut record = sent();
    let (place, content) = agreed(2);
    record.replied(place, content, now).unwrap();
    assert_eq!(embargo(&record), Some((Some(until), None)));
    record.by_hand(EventKind::EmbargoProposed { until }, at("2026-11-23T13:00:00Z")).unwrap();
    assert_eq!(embargo(&record), Some((Some(until), Some(until))));
}

fn receipt_of(item: &str) -> StoredReceipt {
    let received = at("2026-11-23T14:00:00Z");
    StoredReceipt { signed: item.to_owned(), text: String::new(), received }
}

#[test]
fn the_reporter_can_agree_to_what_the_team_proposed_last_and_only_once() {
    let mut record = sent();
    let until = at("2026-12-10T14:00:00Z");
    let matter = Matter { embargo: Some(EmbargoWord::Proposed { until }), ..Matter::default() };
    let (place, now) = (entry(2, "2026-11-23T13:00:00Z"), at("2026-11-23T14:00:00Z"));
    assert_eq!(record.proposed_by_team(now), None);
    record.replied(place, told("2026-11-23T13:30:00Z", matter), now).unwrap();
    assert_eq!(record.proposed_by_team(now), Some(until));
    assert_eq!(record.proposed_by_team(until), None, "it is over");
    let id = EntryId::from_bytes([9; 16]);
    for _ in 0..2 {
        record.wrote(id, Some(EmbargoWord::Agreed { until }), receipt_of("s"), now).unwrap();
    }
    assert_eq!(record.proposed_by_team(now), None);
    let view = view(&record.events, &record.policy().unwrap(), now);
    assert_eq!(view.embargo.unwrap().agreed, Some(until));
    let written = record.events.events().filter(|event| event.kind == EventKind::FollowUp).count();
    assert_eq!((written, record.letters.len()), (1, 1));
}

#[test]
fn a_later_letter_has_arrived_when_its_own_receipt_is_on_record() {
    let mut record = sent();
    let item = |n: u8| {
        let sealed = SealedFollowUp {
            entry: EntryId::from_bytes([n; 16]),
            sealed: String::new(),
            sha256: "cc".repeat(32),
        };
        Item::follow_up(&sealed, &record, None)
    };
    let (here, there) = (item(8), item(9));
    record.wrote(there.entry(), None, receipt_of("s"), at("2026-11-23T14:00:00Z")).unwrap();
    assert!(record.has_arrived(&there) && !record.has_arrived(&here));
    let merged = sent().merged(&record).unwrap();
    assert_eq!((merged.letters.len(), merged.merged(&record).unwrap()), (1, merged.clone()));
}

#[test]
fn nobody_meets_a_promise_by_dating_a_letter_back() {
    let mut record = sent();
    let now = at("2026-11-25T09:00:00Z");
    record.replied(entry(2, "2026-11-25T08:00:00Z"), reply("2026-11-23T13:00:00Z"), now).unwrap();
    assert_eq!(acknowledged(&record, "2026-11-25T09:00:00Z"), PromiseState::Late);
    assert_eq!(record.last_word(), Some((at("2026-11-25T08:00:00Z"), ReplyKind::Acknowledgement)));
}

#[test]
fn a_reply_counts_no_earlier_than_the_look_that_did_not_find_it() {
    let counted = |looked_at: Option<&str>, now: &str| {
        let mut record = sent();
        record.looked_at = looked_at.map(at);
        record.replied(entry(2, "2026-11-23T13:00:00Z"), reply("2026-11-23T13:10:00Z"), at(now)).unwrap();
        (record.last_word().unwrap().0, record.replies[0].counts_from.unwrap())
    };
    let dates = |date: &str| (at(date), at(date));
    // Relay and team together date an answer back by two days.
    assert_eq!(counted(Some("2026-11-25T09:00:00Z"), "2026-11-25T10:00:00Z"), dates("2026-11-25T09:00:00Z"));
    assert_eq!(counted(Some("2026-11-23T13:05:00Z"), "2026-11-25T10:00:00Z"), dates("2026-11-23T13:10:00Z"));
    assert_eq!(counted(None, "2026-11-25T10:00:00Z"), dates("2026-11-23T13:10:00Z"));
    // The look was dated by a clock that was ahead.
    assert_eq!(counted(Some("2026-11-30T09:00:00Z"), "2026-11-25T10:00:00Z"), dates("2026-11-23T13:10:00Z"));
}

#[test]
fn what_could_not_be_verified_counts_as_if_at_once_when_it_can() {
    let mut record = sent();
    let failed = VaultFailure { code: "reply-signature".to_owned(), sentence: "in the future".to_owned() };
    let arrived = entry(2, "2026-11-23T13:00:00Z");
    let id = arrived.entry;
    let then = at("2026-11-23T13:20:00Z");
    record.replied(arrived, ReplyContent::Unverified(failed), then).unwrap();
    record.looked_at = Some(at("2026-11-25T20:00:00Z"));
    assert_eq!(acknowledged(&record, "2026-11-25T21:00:00Z"), PromiseState::Late);
    let ReplyContent::Verified(opened) = reply("2026-11-23T13:10:00Z") else { panic!() };
    for _ in 0..2 {
        record.verified_later(id, opened.clone(), at("2026-11-25T21:00:00Z")).unwrap();
        assert_eq!(acknowledged(&record, "2026-11-25T21:00:00Z"), PromiseState::Kept);
        assert_eq!(
            (record.replies.len(), record.replies[0].counts_from),
            (1, Some(at("2026-11-23T13:10:00Z")))
        );
    }
    assert_eq!(record.looked_at, Some(at("2026-11-25T20:00:00Z")));
}

#[test]
fn a_clock_that_disagrees_with_the_receipt_is_told() {
    let warned = |sent_at: &str| {
        let mut record = record();
        let received = at("2026-11-23T12:00:00Z");
        let receipt = StoredReceipt { signed: String::new(), text: String::new(), received };
        record.received(receipt, at(sent_at)).unwrap();
        let view = view(&record.events, &record.policy().unwrap(), at("2026-11-23T20:00:00Z"));
        view.warnings.contains(&Warning::ClockDiffers { received })
    };
    assert!(warned("2026-11-23T11:50:00Z") && warned("2026-11-23T13:06:00Z"));
    assert!(!warned("2026-11-23T12:59:59Z"));
    assert!(warned("2026-11-26T12:00:00Z"), "the case is not even sent yet, by the clock that was put right");
}

#[test]
fn a_record_survives_its_stored_form() {
    let record = sent();
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<CaseRecord>(&json).unwrap(), record);
}

#[test]
fn a_record_from_before_the_words_were_kept_still_opens() {
    let mut json = serde_json::to_value(sent()).unwrap();
    assert!(json.as_object_mut().unwrap().remove("report_words").is_some());
    let record: CaseRecord = serde_json::from_value(json).unwrap();
    assert_eq!((record.report_words, record.title), (None, "A title".to_owned()));
}
