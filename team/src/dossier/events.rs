//! What a case's letters mean for its clock.

use anyhow::Result;
use sealpost_shared::desk::{DeskWord, counts_from};
use sealpost_shared::letter::{CaseData, EmbargoWord, FollowUp, LetterData, Matter, Reply, ReplyKind};
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event, EventKind, TransitionError, Witness};
use sealpost_shared::{Duration, Timestamp};

use super::{Item, Letter, human};
use crate::times::utc;

/// Computes the record of a case from its letters. What was not sent keeps no promise and is left out.
pub(super) fn events(
    items: &[Item],
    data: Option<&CaseData>,
    policy: &Policy,
    warnings: &mut Vec<String>,
) -> Result<Case> {
    let mut case = Case::default();
    if let Some(at) = sent(items, data, warnings) {
        case = case.apply(Event { at, kind: EventKind::Sent, by: Witness::Reporter }, policy)?;
    }
    let counts = |item: &&Item| !item.is_unsent && !is_note_of_the_end(item, policy);
    for event in items.iter().filter(counts).flat_map(|item| of(item, items)) {
        case = match known(case.clone(), event, policy)? {
            Ok(case) => case,
            Err(why) => {
                warnings.push(why);
                case
            }
        };
    }
    let last = policy.disclosure.stages.last();
    let is_told = last.is_some_and(|last| case.has_reached(&last.id));
    if let Some(last) = last.filter(|_| !is_told && items.iter().any(|item| is_note_of_the_end(item, policy)))
    {
        warnings.push(format!(
            "the reporter was not told of the stage “{0}”, so the clocks go on: `sealpost stage CASE {0} --tell`",
            last.id
        ));
    }
    Ok(case)
}

/// Records an event. A stage that the policy does not have is left out, and said: the policy changed, or somebody misspelt it.
///
/// # Errors
/// When the event cannot have happened.
pub(crate) fn known(case: Case, event: Event, policy: &Policy) -> Result<Result<Case, String>> {
    match case.apply(event, policy) {
        Err(why @ TransitionError::UnknownStage(_)) => {
            Ok(Err(format!("a letter tells of a stage, but {why}; it was left out")))
        }
        other => Ok(Ok(other?)),
    }
}

/// Whether this is the desk's own note of the policy's last stage. It counts from when the reporter was told, because a closing reply
/// after it ends the clocks. **Rule:** PROTOCOL.md, "Events and view".
fn is_note_of_the_end(item: &Item, policy: &Policy) -> bool {
    let last = policy.disclosure.stages.last().map(|stage| &stage.id);
    matches!(&item.letter, Ok(Letter::FromDesk { entry, .. })
        if matches!(&entry.says, DeskWord::Stage { stage, .. } if Some(stage) == last))
}

fn of(item: &Item, items: &[Item]) -> Vec<Event> {
    match &item.letter {
        Ok(Letter::FromTeam { reply, .. }) => of_reply(reply, item.received),
        Ok(Letter::FromReporter { contents, .. }) => match &contents.data {
            Some(LetterData::FollowUp(letter)) => of_follow_up(letter, item, items),
            _ => Vec::new(),
        },
        Ok(Letter::FromDesk { entry, .. }) => match &entry.says {
            DeskWord::Stage { stage, .. } => {
                let at = counts_from(entry.written_at, item.received);
                let kind = EventKind::StageReached { stage: stage.clone() };
                vec![Event { at, kind, by: Witness::Team }]
            }
            DeskWord::Note | DeskWord::Assigned { .. } | DeskWord::Prenotified { .. } => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn of_reply(reply: &Reply, received: Option<Timestamp>) -> Vec<Event> {
    said(reply.kind, &reply.matter, human(reply, received).at)
}

/// A human word that counts from `at`, and what it says of the disclosure. A stage is dated no later than its telling.
pub(crate) fn said(kind: ReplyKind, matter: &Matter, at: Timestamp) -> Vec<Event> {
    let team = |at, kind| Event { at, kind, by: Witness::Team };
    let word = team(at, EventKind::HumanReply { kind });
    let stages = matter.stages();
    let stages = stages.map(|mark| team(at, EventKind::StageReached { stage: mark.stage.clone() }));
    let embargo = matter.embargo.map(|word| team(at, word.into()));
    std::iter::once(word).chain(stages).chain(embargo).collect()
}

fn of_follow_up(letter: &FollowUp, item: &Item, items: &[Item]) -> Vec<Event> {
    let at = counts_from(letter.written_at, item.received);
    let reporter = |kind| Event { at, kind, by: Witness::Reporter };
    let word = letter.embargo.map(|word| not_alone(word, |until| team_proposed(items, until)));
    std::iter::once(EventKind::FollowUp).chain(word.map(EventKind::from)).map(reporter).collect()
}

fn team_proposed(items: &[Item], until: Timestamp) -> bool {
    items.iter().any(|item| {
        matches!(&item.letter, Ok(Letter::FromTeam { reply, .. }) if named(&reply.matter) == Some(until))
    })
}

/// A word of the reporter as it counts. Nobody agrees alone: to a moment that the team did not name, it is a proposal.
pub(crate) fn not_alone(word: EmbargoWord, by_team: impl Fn(Timestamp) -> bool) -> EmbargoWord {
    match word {
        EmbargoWord::Agreed { until } if !by_team(until) => EmbargoWord::Proposed { until },
        word => word,
    }
}

/// The moment that a word about the embargo names, if there is one.
pub(crate) fn named(matter: &Matter) -> Option<Timestamp> {
    match matter.embargo? {
        EmbargoWord::Proposed { until } | EmbargoWord::Agreed { until } => Some(until),
        EmbargoWord::Lifted => None,
    }
}

/// Clocks start when the reporter pressed the button, if the letter arrived in that hour. Written long before, it waited for a
/// network and nobody could have answered; written after its arrival, the reporter's clock is wrong. Then the arrival counts.
fn sent(items: &[Item], data: Option<&CaseData>, warnings: &mut Vec<String>) -> Option<Timestamp> {
    let received = items.first().and_then(|item| item.received);
    let (Some(data), Some(hour)) = (data, received) else {
        return data.map(|data| data.written_at).or(received);
    };
    let an_hour = Duration::from_hours(1);
    if data.written_at + an_hour < hour {
        warnings.push(format!(
            "the report says it was written {} and arrived {}; its arrival counts",
            utc(data.written_at),
            utc(hour)
        ));
    } else if data.written_at > hour + an_hour {
        warnings.push(format!(
            "the report says it was written {}, after it arrived; its arrival counts",
            utc(data.written_at)
        ));
    } else {
        return Some(data.written_at.max(hour));
    }
    Some(hour)
}
