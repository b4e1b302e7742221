//! What the reporter puts on record by hand, because it came another way than through this page.

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::ReplyKind;
use sealpost_shared::timeline::{Event, EventKind, StaysError, Witness};

use crate::case_record::{CaseRecord, RecordError};

/// Something that came another way: by mail, by telephone, in person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameBy {
    /// A machine answered. Satisfies nothing (promise 5).
    AutoReply,
    /// A person confirmed the report.
    Acknowledgement,
    /// A person answered in detail.
    Answer,
    /// A person sent news.
    Update,
}

impl CameBy {
    /// All of them, in the order of a form.
    pub const ALL: [Self; 4] = [Self::AutoReply, Self::Acknowledgement, Self::Answer, Self::Update];

    /// Its name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AutoReply => "auto-reply",
            Self::Acknowledgement => "acknowledgement",
            Self::Answer => "answer",
            Self::Update => "update",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|came| came.name() == name)
    }

    const fn event(self) -> EventKind {
        let kind = match self {
            Self::AutoReply => return EventKind::AutoReply,
            Self::Acknowledgement => ReplyKind::Acknowledgement,
            Self::Answer => ReplyKind::Answer,
            Self::Update => ReplyKind::Update,
        };
        EventKind::HumanReply { kind }
    }
}

/// Says why something cannot be put on record by hand, or not taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ByHandError {
    /// Nothing can come before the report was sent.
    #[error("the report was sent after that")]
    BeforeSending,
    /// It has not happened yet.
    #[error("that lies in the future")]
    Future,
    /// The same is on record already.
    #[error("the same is on record already")]
    Twice,
    /// Only what was recorded by hand can be taken back.
    #[error("this was not recorded by hand")]
    NotByHand,
    /// A sealed letter of this step lies at a desk, or waits to go there.
    #[error("a sealed letter of this step is with others or in the outbox")]
    Handed,
    /// Steps are taken back in the order in which they were not taken.
    #[error("a later step is on record")]
    LaterStep,
    /// Something is on record that happened before.
    #[error("something on record happened before that")]
    AfterOthers,
    /// It stays on record.
    #[error(transparent)]
    Stays(#[from] StaysError),
    /// The record was changed from outside.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Whether an event is on record by the reporter's hand: an answer, a step of the ladder, the closing.
#[must_use]
pub const fn is_by_hand(event: &Event) -> bool {
    matches!(event.by, Witness::Reporter)
        && matches!(
            event.kind,
            EventKind::AutoReply
                | EventKind::HumanReply { .. }
                | EventKind::StepTaken { .. }
                | EventKind::Closed
        )
}

impl CaseRecord {
    /// Records what came another way, at the minute `at`. The minute of sending counts as after sending.
    ///
    /// # Errors
    /// [`ByHandError::BeforeSending`] or [`ByHandError::Future`] when it cannot have happened then, [`ByHandError::Twice`] when it is
    /// there already.
    pub fn came_by(&mut self, came: CameBy, at: Timestamp, now: Timestamp) -> Result<(), ByHandError> {
        let sent = self.events.sent().ok_or(ByHandError::BeforeSending)?;
        let is_minute_of_sending = at.seconds() / 60 == sent.seconds() / 60;
        let at = if is_minute_of_sending { at.max(sent) } else { at };
        if at < sent {
            return Err(ByHandError::BeforeSending);
        }
        if at > now {
            return Err(ByHandError::Future);
        }
        let before = self.events.clone();
        self.by_hand(came.event(), at)?;
        if self.events == before { Err(ByHandError::Twice) } else { Ok(()) }
    }

    /// Says whether something can be taken back. `others` are the cases of this device: a step that sent a sealed letter opened one.
    ///
    /// # Errors
    /// [`ByHandError::NotByHand`], [`ByHandError::Handed`], or [`ByHandError::LaterStep`] when a step behind it is on record.
    pub fn may_take_back(&self, event: &Event, others: &[Self]) -> Result<(), ByHandError> {
        if !is_by_hand(event) {
            return Err(ByHandError::NotByHand);
        }
        let EventKind::StepTaken { step } = &event.kind else { return Ok(()) };
        let opened =
            |other: &Self| other.step_of.as_ref().is_some_and(|of| of.case == self.case && of.step == *step);
        if others.iter().any(opened) {
            return Err(ByHandError::Handed);
        }
        let ladder = self.policy.escalation.steps.iter().map(|step| &step.id);
        let later: Vec<&Slug> = ladder.skip_while(|id| *id != step).skip(1).collect();
        let is_later =
            |event: &Event| matches!(&event.kind, EventKind::StepTaken { step } if later.contains(&step));
        if self.events.events().any(is_later) { Err(ByHandError::LaterStep) } else { Ok(()) }
    }

    /// Takes back what was recorded by hand: one answer, a step, or the closing, however often they are on record.
    ///
    /// # Errors
    /// As [`CaseRecord::may_take_back`]; [`ByHandError::Stays`] when it is not there.
    pub fn take_back(&mut self, event: &Event, others: &[Self]) -> Result<(), ByHandError> {
        self.may_take_back(event, others)?;
        let is_answer = matches!(event.kind, EventKind::AutoReply | EventKind::HumanReply { .. });
        let again = |other: &&Event| !is_answer && other.kind == event.kind && other.by == event.by;
        let again: Vec<Event> = self.events.events().filter(again).cloned().collect();
        let mut events = self.events.clone().without(event)?;
        for other in again.iter().filter(|other| *other != event) {
            events = events.without(other)?;
        }
        self.events = events;
        Ok(())
    }

    /// Opens a closed case again.
    ///
    /// # Errors
    /// It is not closed.
    pub fn reopen(&mut self) -> Result<(), ByHandError> {
        let closing = self.events.events().find(|event| event.kind == EventKind::Closed).cloned();
        self.take_back(&closing.ok_or(ByHandError::NotByHand)?, &[])
    }

    /// Counts from the relay's receipt, because this device's clock was wrong when the report was sent.
    ///
    /// # Errors
    /// [`ByHandError::Stays`] without a receipt.
    pub fn count_from_receipt(&mut self) -> Result<(), ByHandError> {
        self.events = self.events.clone().sent_by_receipt()?;
        Ok(())
    }

    /// Puts on record that the report was sent at another time. Only where nobody signed for the sending.
    ///
    /// # Errors
    /// [`ByHandError::Future`], [`ByHandError::AfterOthers`] when an answer or a step is on record from before that, or
    /// [`ByHandError::Stays`] when the relay has it.
    pub fn sent_at_another_time(&mut self, at: Timestamp, now: Timestamp) -> Result<(), ByHandError> {
        let sent = self.events.sent().ok_or(StaysError::Unknown)?;
        if self.route.has_relay() {
            return Err(StaysError::Signed.into());
        }
        if at > now {
            return Err(ByHandError::Future);
        }
        if self.events.events().any(|event| event.kind != EventKind::Sent && event.at < at) {
            return Err(ByHandError::AfterOthers);
        }
        self.events = self.events.clone().sent_instead(at)?;
        let identity = &mut self.policy.identity;
        // A preset was given the case's own dates; a policy of the team's keeps its own.
        if identity.effective == sent {
            identity.expires = at + (identity.expires - sent);
            identity.effective = at;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sealpost_shared::policy::PolicyFile;
    use sealpost_shared::timeline::{PromiseState, view};

    use super::*;
    use crate::case_record::tests::{record, sent};
    use crate::case_record::{How, Route, StepOf, StoredReceipt};
    use crate::elsewhere::{Facts, adapt};
    use crate::gravity::Gravity;
    use crate::vault::ReadPolicy;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn first_promise(record: &CaseRecord, now: &str) -> PromiseState {
        view(&record.events, &record.policy().unwrap(), at(now)).promises[0].state
    }

    const NOW: &str = "2026-11-23T14:00:00Z";

    #[test]
    fn a_clock_that_was_wrong_gives_way_to_the_receipt() {
        for wrong in ["2026-11-26T12:00:00Z", "2026-11-20T12:00:00Z"] {
            let mut record = record();
            assert!(record.count_from_receipt().is_err(), "nobody has it");
            let received = at("2026-11-23T12:00:00Z");
            let receipt = StoredReceipt { signed: String::new(), text: String::new(), received };
            record.received(receipt, at(wrong)).unwrap();
            let seen = |record: &CaseRecord| view(&record.events, &record.policy().unwrap(), at(NOW));
            assert_eq!(seen(&record).warnings.len(), 1);
            record.count_from_receipt().unwrap();
            assert_eq!(
                (seen(&record).sent, seen(&record).warnings.len()),
                (Some(at("2026-11-23T12:59:59Z")), 0)
            );
        }
    }

    #[test]
    fn a_person_counts_and_a_machine_does_not_and_both_can_be_taken_back() {
        let mut record = sent();
        record.came_by(CameBy::AutoReply, at("2026-11-23T13:00:00Z"), at(NOW)).unwrap();
        assert_eq!(first_promise(&record, NOW), PromiseState::Pending);
        record.came_by(CameBy::Acknowledgement, at("2026-11-23T13:30:00Z"), at(NOW)).unwrap();
        assert_eq!(first_promise(&record, NOW), PromiseState::Kept);
        let by_hand: Vec<Event> = record.events.events().filter(|event| is_by_hand(event)).cloned().collect();
        assert_eq!(by_hand.len(), 2);
        for event in &by_hand {
            record.take_back(event, &[]).unwrap();
        }
        assert_eq!(
            (record.events.clone(), first_promise(&record, NOW)),
            (sent().events, PromiseState::Pending)
        );
    }

    #[test]
    fn nothing_comes_before_sending_or_from_the_future() {
        let mut record = sent();
        let mut came = |text| record.came_by(CameBy::Answer, at(text), at(NOW));
        assert_eq!(came("2026-11-23T12:33:59Z"), Err(ByHandError::BeforeSending));
        assert_eq!(came("2026-11-23T14:00:01Z"), Err(ByHandError::Future));
        assert_eq!(came("2026-11-23T12:34:00Z"), Ok(()));
        assert_eq!(came("2026-11-23T12:34:00Z"), Err(ByHandError::Twice));
        assert_eq!(record.last_word(), Some((at("2026-11-23T12:34:56Z"), ReplyKind::Answer)));
        let mut waiting = self::record();
        assert_eq!(waiting.came_by(CameBy::Answer, at(NOW), at(NOW)), Err(ByHandError::BeforeSending));
    }

    #[test]
    fn what_others_signed_and_the_sending_stay() {
        let mut record = sent();
        let all: Vec<Event> = record.events.events().cloned().collect();
        let signed =
            Event { at: at(NOW), kind: EventKind::HumanReply { kind: ReplyKind::Answer }, by: Witness::Team };
        for event in all.iter().chain([&signed]) {
            assert_eq!(record.take_back(event, &[]), Err(ByHandError::NotByHand), "{event:?}");
        }
        let moved = record.sent_at_another_time(at("2026-11-23T12:00:00Z"), at(NOW));
        assert_eq!(moved, Err(ByHandError::Stays(StaysError::Signed)));
    }

    #[test]
    fn a_closing_is_taken_back_however_often_it_is_on_record() {
        let mut record = sent();
        assert_eq!(record.reopen(), Err(ByHandError::NotByHand));
        record.by_hand(EventKind::Closed, at("2026-11-23T13:00:00Z")).unwrap();
        record.by_hand(EventKind::Closed, at("2026-11-23T13:00:01Z")).unwrap();
        assert!(record.events.closed().is_some());
        record.reopen().unwrap();
        assert_eq!(record.events, sent().events);
    }

    /// A classic case that was sent by mail, with every step of its ladder open or taken.
    fn tracked() -> CaseRecord {
        let file = format!("{}/../../policies/rust-classic.toml", env!("CARGO_MANIFEST_DIR"));
        let file = PolicyFile::from_toml(&std::fs::read_to_string(file).unwrap()).unwrap();
        let sent = at("2026-11-20T12:00:00Z");
        let facts = Facts { project: "Ferrisware".to_owned(), ..Facts::default() };
        let policy = ReadPolicy {
            policy: adapt(file, &facts, true, sent).unwrap(),
            sha256: String::new(),
            is_measure: true,
        };
        let route = Route::Elsewhere { how: How::Mail };
        let told = Gravity::default();
        CaseRecord::tracked("Frames", route, told, policy, record().secret, sent, at(NOW)).unwrap()
    }

    fn step(name: &str) -> Event {
        let step = name.parse().unwrap();
        Event { at: at(NOW), kind: EventKind::StepTaken { step }, by: Witness::Reporter }
    }

    #[test]
    fn steps_taken_by_hand_are_taken_back_the_last_one_first() {
        let mut record = tracked();
        let untouched = record.events.clone();
        for name in ["coordinator", "backup"] {
            record.take_step(&name.parse().unwrap(), at(NOW)).unwrap();
        }
        let first = record.take_back(&step("coordinator"), &[]);
        assert_eq!(first, Err(ByHandError::LaterStep));
        record.take_back(&step("backup"), &[]).unwrap();
        let of = StepOf { case: record.case, step: "coordinator".parse().unwrap() };
        let sealed = CaseRecord { step_of: Some(of), ..record.clone() };
        assert_eq!(record.take_back(&step("coordinator"), &[sealed]), Err(ByHandError::Handed));
        let elsewhere = StepOf {
            case: "ffeeddccbbaa99887766554433221100".parse().unwrap(),
            step: "coordinator".parse().unwrap(),
        };
        let of_another = CaseRecord { step_of: Some(elsewhere), ..record.clone() };
        record.take_back(&step("coordinator"), &[of_another]).unwrap();
        assert_eq!(record.events, untouched);
        assert_eq!(record.handed, 2, "a number that was given out is never used again");
    }

    #[test]
    fn the_sending_of_a_tracked_case_is_moved_and_the_clock_with_it() {
        let mut record = tracked();
        assert_eq!(first_promise(&record, NOW), PromiseState::Late);
        assert_eq!(
            record.sent_at_another_time(at("2026-11-23T14:00:01Z"), at(NOW)),
            Err(ByHandError::Future)
        );
        record.sent_at_another_time(at("2026-11-23T10:00:00Z"), at(NOW)).unwrap();
        assert_eq!(first_promise(&record, NOW), PromiseState::Pending);
        assert_eq!(record.policy.identity.effective, at("2026-11-23T10:00:00Z"));
        record.came_by(CameBy::AutoReply, at("2026-11-23T10:05:00Z"), at(NOW)).unwrap();
        let later = record.sent_at_another_time(at("2026-11-23T10:06:00Z"), at(NOW));
        assert_eq!(later, Err(ByHandError::AfterOthers));
        record.sent_at_another_time(at("2025-01-01T00:00:00Z"), at(NOW)).unwrap();
        assert_eq!(record.events.sent(), Some(at("2025-01-01T00:00:00Z")));
        record.policy().unwrap();
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for came in CameBy::ALL {
            assert_eq!(CameBy::named(came.name()), Some(came));
        }
        assert_eq!(CameBy::named(""), None);
    }
}
