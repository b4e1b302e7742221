//! The cover note of a handed-on report: when it was sent, what was promised and what came of it. The reporter reads and edits it.
//!
//! Built from dates and the policy's own names; the report itself follows below it, inside the same encryption.

use sealpost_shared::Timestamp;
use sealpost_shared::policy::{Clocks, Policy, Step};
use sealpost_shared::timeline::{EventKind, PromiseId, PromiseState, PromiseView, Witness, view};

use crate::case_record::CaseRecord;

/// The prepared note to a desk that people know as `desk`; `None` before the report was sent.
#[must_use]
pub fn cover_note(
    record: &CaseRecord,
    policy: &Policy,
    step: &Step,
    desk: &str,
    now: Timestamp,
) -> Option<String> {
    let sent = record.events.sent()?;
    let team = &policy.identity.name;
    let seen = view(&record.events, policy, now);
    let promises: String =
        seen.promises.iter().map(|promise| format!("- {}\n", promised(*promise, &policy.clocks))).collect();
    Some(format!(
        "To {desk}\n\n\
         I reported a vulnerability in {} to the {team} and have had no word from a person in the time the policy gives. \
         Please see that somebody there takes it up, and tell me that you have read this.\n\n\
         Case number at the team: {}\n\
         Sent: {}\n\n\
         What the policy promised (version {}):\n{promises}\n\
         What came back:\n{}{}\n\
         The report follows below as the team got it.",
        policy.identity.project,
        record.case,
        utc(sent),
        policy.identity.version,
        came_back(record, step),
        receipt(record),
    ))
}

/// A date that every reader understands, wherever the reader is: such as "2026-11-23 12:34 UTC".
#[must_use]
pub fn utc(at: Timestamp) -> String {
    let text = at.to_string();
    let (day, hour) = text.split_once('T').unwrap_or((&text, ""));
    let hour: String = hour.chars().take("12:34".len()).collect();
    format!("{day} {hour} UTC")
}

fn promised(promise: PromiseView, clocks: &Clocks) -> String {
    let (what, length) = match promise.id {
        PromiseId::Acknowledge => ("Confirmation by a person within", clocks.acknowledge),
        PromiseId::Answer => ("Detailed answer within", clocks.answer),
        PromiseId::Update => ("News at least every", clocks.update),
    };
    let became = match (promise.state, promise.met_at) {
        (PromiseState::Kept, Some(at)) => format!("kept, {}", utc(at)),
        (PromiseState::Late, Some(at)) => format!("came late, {}", utc(at)),
        (PromiseState::Late, None) => "nothing came".to_owned(),
        (PromiseState::Pending | PromiseState::Kept, _) => "not due yet".to_owned(),
    };
    format!("{what} {length}, due {}: {became}", utc(promise.due))
}

fn came_back(record: &CaseRecord, step: &Step) -> String {
    let lines: String = record
        .events
        .events()
        .filter_map(|event| {
            let what = match &event.kind {
                EventKind::AutoReply => "an automatic answer".to_owned(),
                EventKind::HumanReply { .. } => "a person answered".to_owned(),
                EventKind::StepTaken { step: taken } if *taken != step.id => format!("I turned to “{taken}”"),
                _ => return None,
            };
            let by = match event.by {
                Witness::Reporter => "",
                Witness::Relay | Witness::Team => ", signed",
            };
            Some(format!("- {}: {what}{by}\n", utc(event.at)))
        })
        .collect();
    if lines.is_empty() { "- nothing\n".to_owned() } else { lines }
}

fn receipt(record: &CaseRecord) -> &'static str {
    if record.receipt.is_some() { "\nThe server's signed receipt is attached.\n" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::sent;
    use sealpost_shared::letter::ReplyKind;
    use sealpost_shared::policy::{Carries, Place};

    fn step() -> Step {
        Step {
            id: "coordinator".parse().unwrap(),
            place: Place::Desk("coordinator".parse().unwrap()),
            wait: sealpost_shared::policy::Length::ZERO,
            carries: Carries::Full,
        }
    }

    #[test]
    fn the_note_tells_dates_and_promises_and_not_the_title() {
        let mut record = sent();
        let policy = record.policy().unwrap();
        let now = "2026-11-26T00:00:00Z".parse().unwrap();
        let note = cover_note(&record, &policy, &step(), "Jo", now).unwrap();
        for said in [
            "To Jo\n",
            "Ferrisware",
            "Sent: 2026-11-23 12:34 UTC",
            "Confirmation by a person within 24 hours, due 2026-11-24 12:34 UTC: nothing came",
            "- nothing\n",
            "receipt is attached",
        ] {
            assert!(note.contains(said), "{said:?} is missing in: {note}");
        }
        assert!(!note.contains(&record.title));
        let at = "2026-11-25T00:00:00Z".parse().unwrap();
        record.by_hand(EventKind::HumanReply { kind: ReplyKind::Acknowledgement }, at).unwrap();
        let note = cover_note(&record, &policy, &step(), "Jo", now).unwrap();
        assert!(note.contains("- 2026-11-25 00:00 UTC: a person answered\n"), "{note}");
        assert!(note.contains("came late, 2026-11-25 00:00 UTC"), "{note}");
    }
}
