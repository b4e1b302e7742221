//! The story of a case in one list: what happened and what is due, by date.

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::ReplyKind;
use sealpost_shared::timeline::{Case, Event, EventKind, PromiseView, TimelineView};

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When it happened, or is due.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// The event behind it; `None` for what is only due.
    pub event: Option<Event>,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The report was sent.
    Sent,
    /// The relay signed a receipt.
    Received,
    /// A machine answered.
    AutoReply,
    /// A person of the team answered.
    Reply(ReplyKind),
    /// The reporter wrote again.
    FollowUp,
    /// The reporter took a step of the ladder.
    StepTaken(Slug),
    /// The team reached a stage of the disclosure.
    Stage(Slug),
    /// Somebody proposed when the embargo lifts.
    EmbargoProposed(Timestamp),
    /// Both sides agreed when the embargo lifts.
    EmbargoAgreed(Timestamp),
    /// The embargo ended early.
    EmbargoLifted,
    /// The team published.
    Published,
    /// The reporter closed the case.
    Closed,
    /// A promise, at its due date.
    Promise(PromiseView),
}

/// Merges events and promises by date. What happened stands before what falls due in the same second.
#[must_use]
pub fn story(case: &Case, view: &TimelineView) -> Vec<Row> {
    let happened = case.events().map(|event| {
        let what = match &event.kind {
            EventKind::Sent => What::Sent,
            EventKind::Received => What::Received,
            EventKind::AutoReply => What::AutoReply,
            EventKind::HumanReply { kind } => What::Reply(*kind),
            EventKind::FollowUp => What::FollowUp,
            EventKind::StepTaken { step } => What::StepTaken(step.clone()),
            EventKind::Closed => What::Closed,
            EventKind::StageReached { stage } => What::Stage(stage.clone()),
            EventKind::EmbargoProposed { until } => What::EmbargoProposed(*until),
            EventKind::EmbargoAgreed { until } => What::EmbargoAgreed(*until),
            EventKind::EmbargoLifted => What::EmbargoLifted,
            EventKind::Published => What::Published,
        };
        // A receipt is dated down to the hour, and nobody signs for what was not sent yet.
        let at = if what == What::Received {
            view.sent.map_or(event.at, |sent| sent.max(event.at))
        } else {
            event.at
        };
        Row { at, what, event: Some(event.clone()) }
    });
    let due = view.promises.iter().map(|promise| Row {
        at: promise.due,
        what: What::Promise(*promise),
        event: None,
    });
    let mut rows: Vec<Row> = happened.chain(due).collect();
    rows.sort_by_key(|row| (row.at, rank(&row.what)));
    rows
}

const fn rank(what: &What) -> u8 {
    match what {
        What::Sent => 0,
        What::Received => 1,
        What::Promise(_) => 3,
        What::Closed => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use sealpost_shared::policy::PolicyFile;
    use sealpost_shared::timeline::{Witness, view};

    use super::*;
    use crate::case_record::tests::team;

    #[test]
    fn events_and_promises_stand_in_order_of_their_dates() {
        let file: PolicyFile = team().checked.policy;
        let policy = file.check().unwrap();
        let at = |seconds| Timestamp::from_seconds(seconds);
        let event = |at, kind| Event { at, kind, by: Witness::Reporter };
        let case = Case::default()
            .apply(event(at(1000), EventKind::Sent), &policy)
            .and_then(|case| case.apply(event(at(0), EventKind::Received), &policy))
            .and_then(|case| {
                case.apply(event(at(3600), EventKind::HumanReply { kind: ReplyKind::Update }), &policy)
            })
            .unwrap();
        let rows = story(&case, &view(&case, &policy, at(7200)));
        let dates: Vec<i64> = rows.iter().map(|row| row.at.seconds()).collect();
        assert_eq!(dates, [1000, 1000, 3600, 87_400, 173_800, 3600 + 432_000]);
        assert_eq!((&rows[0].what, &rows[1].what), (&What::Sent, &What::Received));
    }
}
