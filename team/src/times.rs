//! Moments and promises in words.

use sealpost_shared::Timestamp;
use sealpost_shared::letter::{EmbargoWord, ReplyKind};
use sealpost_shared::timeline::{LadderReason, NextWhat, PromiseId, PromiseState, PromiseView, TimelineView};

/// Clocks that are further apart make letters count at another time than their writer thinks, and signatures look false; in seconds.
pub(crate) const CLOCKS_APART: i64 = 5 * 60;

/// `2026-11-23 12:00 UTC`
pub(crate) fn utc(at: Timestamp) -> String {
    let text = at.to_string();
    let minutes = text.get(..16).unwrap_or(&text).replace('T', " ");
    format!("{minutes} UTC")
}

/// `in 5 h`, `3 d ago`: the largest unit that fits at least twice.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = (at - now).seconds();
    let length = length(seconds.abs());
    if seconds >= 0 { format!("in {length}") } else { format!("{length} ago") }
}

/// `5 h`: a length of time in the largest unit that fits at least twice.
pub(crate) fn length(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// What the team has to do to keep a promise.
pub(crate) const fn promise(id: PromiseId) -> &'static str {
    match id {
        PromiseId::Acknowledge => "acknowledge",
        PromiseId::Answer => "answer in detail",
        PromiseId::Update => "send an update",
    }
}

/// A reply's kind in words.
pub(crate) const fn kind(kind: ReplyKind) -> &'static str {
    match kind {
        ReplyKind::Acknowledgement => "acknowledgement",
        ReplyKind::Answer => "answer",
        ReplyKind::Update => "update",
        ReplyKind::Closing => "closing",
        ReplyKind::Stage => "stage",
        ReplyKind::Embargo => "embargo",
    }
}

/// A word about the embargo, in words.
pub(crate) fn embargo(word: EmbargoWord) -> String {
    match word {
        EmbargoWord::Proposed { until } => format!("proposes: nothing in public before {}", utc(until)),
        EmbargoWord::Agreed { until } => format!("agrees: nothing in public before {}", utc(until)),
        EmbargoWord::Lifted => "ends the embargo".to_owned(),
    }
}

/// The promise that needs a word of the team next: an unmet late one, else the next to fall due.
pub(crate) fn due(view: &TimelineView) -> Option<&PromiseView> {
    let unmet = |promise: &&PromiseView| promise.met_at.is_none() && promise.state != PromiseState::Kept;
    view.promises.iter().filter(unmet).min_by_key(|promise| promise.due)
}

/// One line about a promise, as a timeline shows it.
pub(crate) fn promise_line(view: &PromiseView, now: Timestamp) -> String {
    let by = format!("{} by {}", promise(view.id), utc(view.due));
    match (view.state, view.met_at) {
        (PromiseState::Kept, Some(met)) => format!("kept     {by}: done {}", utc(met)),
        (PromiseState::Kept, None) => format!("kept     {by}"),
        (PromiseState::Pending, _) => format!("pending  {by} ({})", relative(view.due, now)),
        (PromiseState::Late, Some(met)) => format!("late     {by}: done {}", utc(met)),
        (PromiseState::Late, None) => format!("LATE     {by} ({})", relative(view.due, now)),
    }
}

/// What the reporter may do about silence, in a sentence.
pub(crate) fn ladder_line(view: &TimelineView) -> String {
    let when = view.ladder.opens_at.map(utc).unwrap_or_default();
    match view.ladder.reason {
        LadderReason::NotSent => "Not sent yet.".to_owned(),
        LadderReason::CaseClosed => "The case is closed.".to_owned(),
        LadderReason::Published => {
            "It is published and closed by the team: no further word is owed.".to_owned()
        }
        LadderReason::AwaitingFirstReply => format!("Without a reply the ladder opens {when}."),
        LadderReason::AwaitingUpdate => format!("Without another word the ladder opens {when}."),
        LadderReason::NoReply => format!("No reply: the ladder is open since {when}."),
        LadderReason::Silence => format!("Silence: the ladder is open since {when}."),
    }
}

/// What happens next, in a sentence.
pub(crate) fn next_line(view: &TimelineView, now: Timestamp) -> Option<String> {
    let next = view.next.as_ref()?;
    let what = match &next.what {
        NextWhat::PromiseDue { promise: id } => format!("the team is to {}", promise(*id)),
        NextWhat::StepOpens { step } => format!("the step “{step}” opens"),
    };
    Some(format!("Next: {what} by {} ({}).", utc(next.at), relative(next.at, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_told_in_the_unit_people_use() {
        let now = Timestamp::from_seconds(1_000_000);
        let at = |seconds: i64| Timestamp::from_seconds(1_000_000 + seconds);
        for (seconds, words) in [
            (0, "in 0 s"),
            (119, "in 119 s"),
            (7_199, "in 119 min"),
            (86_400, "in 24 h"),
            (-432_000, "5 d ago"),
        ] {
            assert_eq!(relative(at(seconds), now), words);
        }
        assert_eq!(utc(now), "1970-01-12 13:46 UTC");
    }
}
