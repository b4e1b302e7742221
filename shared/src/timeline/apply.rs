//! Recording events. The record is a set: order of arrival and repetition change nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::event::{Event, EventKind, Witness};
use super::view::{LadderReason, StepState, view};
use crate::id::Slug;
use crate::policy::Policy;
use crate::time::{Duration, Timestamp};

/// A receipt is rounded down to the hour: the last second in which the relay may have got it.
const LAST_OF_AN_HOUR: Duration = Duration::from_seconds(3599);

/// Everything that happened to one case, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Case {
    events: BTreeSet<Event>,
}

/// Says why an event cannot have happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// A case is sent once.
    #[error("this case was already sent, at {0}")]
    AlreadySent(Timestamp),
    /// The policy's ladder has no such step.
    #[error("the policy has no step “{0}”")]
    UnknownStep(Slug),
    /// The policy's disclosure has no such stage.
    #[error("the policy has no stage “{0}”")]
    UnknownStage(Slug),
}

/// Says why a step may not be taken now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// The policy's ladder has no such step.
    #[error("the policy has no step “{0}”")]
    UnknownStep(Slug),
    /// It was taken.
    #[error("this step was already taken")]
    Taken,
    /// It opens later, or only after the step before it.
    #[error("this step is not open yet")]
    Closed {
        /// When it opens, if nothing happens until then.
        opens_at: Option<Timestamp>,
        /// Why it is closed.
        reason: LadderReason,
    },
}

/// Says why an event stays on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StaysError {
    /// Somebody else signed for it.
    #[error("somebody else signed for this, so it stays on record")]
    Signed,
    /// Every clock starts with it.
    #[error("every clock of the case starts with its sending, so that stays on record")]
    Sent,
    /// There is no such event.
    #[error("this is not on record")]
    Unknown,
}

impl Case {
    /// Records an event.
    ///
    /// Recording the same event again changes nothing; late-arriving events fall into their place.
    ///
    /// # Errors
    /// A second, different moment of sending, or a step or stage that `policy` does not have.
    pub fn apply(mut self, event: Event, policy: &Policy) -> Result<Self, TransitionError> {
        match &event.kind {
            EventKind::Sent => {
                if let Some(sent) = self.sent().filter(|sent| *sent != event.at) {
                    return Err(TransitionError::AlreadySent(sent));
                }
            }
            EventKind::StepTaken { step } if policy.step(step).is_none() => {
                return Err(TransitionError::UnknownStep(step.clone()));
            }
            EventKind::StageReached { stage } if policy.stage(stage).is_none() => {
                return Err(TransitionError::UnknownStage(stage.clone()));
            }
            _ => {}
        }
        self.events.insert(event);
        Ok(self)
    }

    /// Takes an event off the record that rests on the reporter's own word alone, for instance a slip of the hand.
    ///
    /// # Errors
    /// It is the sending, it was signed by relay or team, or it is not on record.
    pub fn without(mut self, event: &Event) -> Result<Self, StaysError> {
        match (event.by, &event.kind) {
            (Witness::Relay | Witness::Team, _) => return Err(StaysError::Signed),
            (Witness::Reporter, EventKind::Sent) => return Err(StaysError::Sent),
            (Witness::Reporter, _) => {}
        }
        if self.events.remove(event) { Ok(self) } else { Err(StaysError::Unknown) }
    }

    /// Moves the sending to another time, where it rests on the reporter's own word alone.
    ///
    /// # Errors
    /// Nothing was sent, or a receipt says when it arrived.
    pub fn sent_instead(mut self, at: Timestamp) -> Result<Self, StaysError> {
        if self.first(|kind| *kind == EventKind::Received).is_some() {
            return Err(StaysError::Signed);
        }
        let sent = self.events.iter().find(|event| event.kind == EventKind::Sent).cloned();
        let sent = sent.ok_or(StaysError::Unknown)?;
        self.events.remove(&sent);
        self.events.insert(Event { at, ..sent });
        Ok(self)
    }

    /// The record with the sending at the end of the hour that the relay's receipt names, for a device whose clock was wrong then. The end
    /// favours the team: no step opens too early by it.
    ///
    /// # Errors
    /// [`StaysError::Unknown`] where nothing was sent or no relay has it.
    pub fn sent_by_receipt(mut self) -> Result<Self, StaysError> {
        let received = self.first(|kind| *kind == EventKind::Received).ok_or(StaysError::Unknown)?;
        let sent = self.events.iter().find(|event| event.kind == EventKind::Sent).cloned();
        let sent = sent.ok_or(StaysError::Unknown)?;
        self.events.remove(&sent);
        self.events.insert(Event { at: received + LAST_OF_AN_HOUR, ..sent });
        Ok(self)
    }

    /// Everything recorded, in order of time.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    /// When the report was sent; every clock starts here.
    #[must_use]
    pub fn sent(&self) -> Option<Timestamp> {
        self.first(|kind| *kind == EventKind::Sent)
    }

    /// When the reporter closed the case.
    #[must_use]
    pub fn closed(&self) -> Option<Timestamp> {
        self.first(|kind| *kind == EventKind::Closed)
    }

    /// Whether this stage of the disclosure was reached.
    #[must_use]
    pub fn has_reached(&self, stage: &Slug) -> bool {
        self.first(|kind| matches!(kind, EventKind::StageReached { stage: reached } if reached == stage))
            .is_some()
    }

    pub(super) fn first(&self, wanted: impl Fn(&EventKind) -> bool) -> Option<Timestamp> {
        self.events.iter().find(|event| wanted(&event.kind)).map(|event| event.at)
    }

    /// Whether the reporter may take a step at `now`. **Rule:** steps open in order, never before their time.
    ///
    /// # Errors
    /// Why not, and when.
    pub fn may_take(&self, step: &Slug, policy: &Policy, now: Timestamp) -> Result<(), NotYet> {
        let ladder = view(self, policy, now).ladder;
        let found = ladder.steps.into_iter().find(|view| view.id == *step);
        match found.map(|view| (view.state, view.opens_at)) {
            None => Err(NotYet::UnknownStep(step.clone())),
            Some((StepState::Open, _)) => Ok(()),
            Some((StepState::Taken, _)) => Err(NotYet::Taken),
            Some((StepState::Closed, opens_at)) => Err(NotYet::Closed { opens_at, reason: ladder.reason }),
        }
    }
}
