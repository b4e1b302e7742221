//! What of all cases asks for the reporter's eyes: dates that have passed and steps that are open.

use sealpost_shared::Timestamp;
use sealpost_shared::timeline::{PromiseState, StepState, view};

use crate::case_record::CaseRecord;

/// How all cases stand at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watch {
    /// Promises that are late.
    pub late: usize,
    /// Steps that may be taken now.
    pub open: usize,
    /// Verified messages from the team and its contacts.
    pub replies: usize,
    /// When this changes next if nothing happens.
    pub turns_at: Option<Timestamp>,
}

impl Watch {
    /// Looks at every case that is not closed.
    pub fn over<'a>(cases: impl IntoIterator<Item = &'a CaseRecord>, now: Timestamp) -> Self {
        let open = cases.into_iter().filter(|record| record.events.closed().is_none());
        open.fold(Self::default(), |seen, record| seen.and(Self::of(record, now)))
    }

    fn of(record: &CaseRecord, now: Timestamp) -> Self {
        let replies = record.replies.len();
        // A case at another desk has no clock of its own.
        let (None, Ok(policy)) = (&record.step_of, record.policy()) else {
            return Self { replies, ..Self::default() };
        };
        let seen = view(&record.events, &policy, now);
        Self {
            late: seen.promises.iter().filter(|promise| promise.state == PromiseState::Late).count(),
            open: seen.ladder.steps.iter().filter(|step| step.state == StepState::Open).count(),
            replies,
            turns_at: seen.next.map(|next| next.at),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            late: self.late + other.late,
            open: self.open + other.open,
            replies: self.replies + other.replies,
            turns_at: [self.turns_at, other.turns_at].into_iter().flatten().min(),
        }
    }

    /// Whether a date has passed or a step has opened since `before`.
    #[must_use]
    pub const fn has_passed_since(self, before: Self) -> bool {
        self.late > before.late || self.open > before.open
    }

    /// Whether something has come since `before`.
    #[must_use]
    pub const fn has_news_since(self, before: Self) -> bool {
        self.replies > before.replies
    }

    /// The number beside the app's icon: what can be acted on now.
    #[must_use]
    pub const fn badge(self) -> usize {
        self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::sent;
    use sealpost_shared::timeline::EventKind;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_that_passes_is_noticed_and_a_closed_case_is_not() {
        let mut record = sent();
        let before = Watch::over([&record], at("2026-11-24T12:34:56Z"));
        assert_eq!((before.late, before.turns_at), (0, Some(at("2026-11-24T12:34:56Z"))));
        let after = Watch::over([&record], at("2026-11-24T12:34:57Z"));
        assert!(after.late == 1 && after.has_passed_since(before) && !before.has_passed_since(after));
        assert!(after.turns_at > Some(at("2026-11-24T12:34:57Z")));
        record.by_hand(EventKind::Closed, at("2026-11-24T13:00:00Z")).unwrap();
        assert_eq!(Watch::over([&record], at("2026-12-24T13:00:00Z")), Watch::default());
    }
}
