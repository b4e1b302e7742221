//! The open dates of a case, for the reporter's own calendar. What a calendar shows is seen by others: nothing in it names the product,
//! the relay, the project or what it is about.

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::timeline::{PromiseId, PromiseState, StepState, TimelineView};

use crate::case_record::CaseRecord;
use crate::vault::{Reminder, VaultRequest};

/// What a date is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A promise falls due.
    Promise(PromiseId),
    /// A step of the ladder opens.
    Step(Slug),
    /// The embargo lifts.
    Embargo,
    /// The reporter's own deadline.
    Deadline,
}

impl About {
    /// Names the date within its case; the same at every export, so that a calendar moves its entry.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Promise(PromiseId::Acknowledge) => "acknowledge".to_owned(),
            Self::Promise(PromiseId::Answer) => "answer".to_owned(),
            Self::Promise(PromiseId::Update) => "update".to_owned(),
            Self::Step(step) => format!("step-{step}"),
            Self::Embargo => "embargo".to_owned(),
            Self::Deadline => "deadline".to_owned(),
        }
    }
}

/// Every date that is still open, nearest first. Empty once a case is closed.
#[must_use]
pub fn open_dates(view: &TimelineView, now: Timestamp) -> Vec<(About, Timestamp)> {
    if view.closed.is_some() {
        return Vec::new();
    }
    let pending = view.promises.iter().filter(|promise| promise.state == PromiseState::Pending);
    let due = pending.map(|promise| (About::Promise(promise.id), promise.due));
    let steps = view.ladder.steps.iter().filter(|step| step.state == StepState::Closed);
    let opening = steps.filter_map(|step| Some((About::Step(step.id.clone()), step.opens_at?)));
    let embargo = view.embargo.as_ref().filter(|embargo| embargo.ended_at.is_none());
    let lifts = embargo.and_then(|embargo| embargo.lifts_at);
    let deadline =
        embargo.and_then(|embargo| embargo.hard_deadline).filter(|deadline| lifts != Some(*deadline));
    let dates = due.chain(opening);
    let dates = dates.chain(lifts.map(|at| (About::Embargo, at)));
    let dates = dates.chain(deadline.map(|at| (About::Deadline, at)));
    let mut dates: Vec<_> = dates.filter(|(_, at)| *at >= now).collect();
    dates.sort_by_key(|(_, at)| *at);
    dates
}

/// The question that makes the calendar file; `None` while there is no open date. `title` says what an entry is called.
#[must_use]
pub fn question(
    record: &CaseRecord,
    view: &TimelineView,
    now: Timestamp,
    title: impl Fn(&About) -> &'static str,
) -> Option<VaultRequest> {
    let reminder =
        |(about, at): (About, Timestamp)| Reminder { key: about.key(), title: title(&about).to_owned(), at };
    let reminders: Vec<Reminder> = open_dates(view, now).into_iter().map(reminder).collect();
    if reminders.is_empty() {
        return None;
    }
    // Grows with every second, so a later export takes the place of an earlier one.
    let sequence = u32::try_from((now - record.queued_at).seconds()).unwrap_or(0);
    // Nobody but the reporter can tell from an entry's name which case it belongs to.
    Some(VaultRequest::MakeReminders { seed: record.secret.words.clone(), sequence, now, reminders })
}

#[cfg(test)]
mod tests {
    use sealpost_shared::letter::ReplyKind;
    use sealpost_shared::timeline::{EventKind, view};

    use super::*;
    use crate::case_record::tests::sent;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn dates(record: &CaseRecord, now: &str) -> Vec<(String, String)> {
        let view = view(&record.events, &record.policy().unwrap(), at(now));
        open_dates(&view, at(now)).into_iter().map(|(about, at)| (about.key(), at.to_string())).collect()
    }

    fn named(dates: &[(&str, &str)]) -> Vec<(String, String)> {
        dates.iter().map(|(key, at)| ((*key).to_owned(), (*at).to_owned())).collect()
    }

    #[test]
    fn only_what_is_open_is_remembered() {
        let mut record = sent();
        let open = [("acknowledge", "2026-11-24T12:34:56Z"), ("answer", "2026-11-25T12:34:56Z")];
        assert_eq!(dates(&record, "2026-11-23T13:00:00Z"), named(&open));
        assert_eq!(dates(&record, "2026-11-24T12:34:57Z"), named(&open[1..]));
        let answered = EventKind::HumanReply { kind: ReplyKind::Answer };
        record.by_hand(answered, at("2026-11-24T13:00:00Z")).unwrap();
        assert_eq!(dates(&record, "2026-11-24T14:00:00Z"), named(&[("update", "2026-11-29T13:00:00Z")]));
        record.by_hand(EventKind::Closed, at("2026-11-24T15:00:00Z")).unwrap();
        assert_eq!(dates(&record, "2026-11-24T16:00:00Z"), []);
    }

    #[test]
    fn a_later_export_has_a_higher_sequence_and_the_same_seed() {
        let record = sent();
        let ask = |now: &str| {
            let view = view(&record.events, &record.policy().unwrap(), at(now));
            match question(&record, &view, at(now), |_| "Look") {
                Some(VaultRequest::MakeReminders { seed, sequence, .. }) => (seed, sequence),
                other => panic!("{other:?}"),
            }
        };
        let (first, second) = (ask("2026-11-23T13:00:00Z"), ask("2026-11-23T13:00:01Z"));
        assert_eq!(first.0, second.0);
        assert!(second.1 > first.1);
    }
}
