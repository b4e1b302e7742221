//! What the reporter puts on record by hand, because it came another way than through this page.

use sealpost_shared::Timestamp;
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
    /// Only answers recorded by hand can be taken back.
    #[error("this was not recorded by hand")]
    NotByHand,
    /// It stays on record.
    #[error(transparent)]
    Stays(#[from] StaysError),
    /// The record was changed from outside.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Whether an event is an answer that the reporter recorded by hand.
#[must_use]
pub const fn is_by_hand(event: &Event) -> bool {
    matches!(event.by, Witness::Reporter)
        && matches!(event.kind, EventKind::AutoReply | EventKind::HumanReply { .. })
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

    /// Takes back what was recorded by hand.
    ///
    /// # Errors
    /// [`ByHandError::NotByHand`] for everything else, [`ByHandError::Stays`] when it is not there.
    pub fn take_back(&mut self, event: &Event) -> Result<(), ByHandError> {
        if !is_by_hand(event) {
            return Err(ByHandError::NotByHand);
        }
        self.events = self.events.clone().without(event)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sealpost_shared::timeline::{PromiseState, view};

    use super::*;
    use crate::case_record::tests::{record, sent};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn first_promise(record: &CaseRecord, now: &str) -> PromiseState {
        view(&record.events, &record.policy().unwrap(), at(now)).promises[0].state
    }

    const NOW: &str = "2026-11-23T14:00:00Z";

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
            record.take_back(event).unwrap();
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
    fn what_others_signed_and_what_the_reporter_did_stay() {
        let mut record = sent();
        record.by_hand(EventKind::Closed, at(NOW)).unwrap();
        let all: Vec<Event> = record.events.events().cloned().collect();
        let signed =
            Event { at: at(NOW), kind: EventKind::HumanReply { kind: ReplyKind::Answer }, by: Witness::Team };
        for event in all.iter().chain([&signed]) {
            assert_eq!(record.take_back(event), Err(ByHandError::NotByHand), "{event:?}");
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for came in CameBy::ALL {
            assert_eq!(CameBy::named(came.name()), Some(came));
        }
        assert_eq!(CameBy::named(""), None);
    }
}
