//! Taking a step of the ladder towards a desk: what may go there, the new case it opens, and the way back while nothing was sent.
//!
//! The case at the team keeps the clock. What a contact of the ladder writes is shown, but it is the reporter who says whether that
//! counts as an answer (promise 5).

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Carries, Desk, Place, Policy, Step};
use sealpost_shared::timeline::{Case, EventKind, NotYet, Witness};

use crate::case_record::{CaseRecord, RecordError, StepOf};
use crate::team::Team;
use crate::vault::HandedOn;

/// How a step can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Sealed to the desk's certificates and sent through the relay.
    Sealed {
        /// Whether the report itself goes along.
        with_report: bool,
    },
    /// By the reporter's own hand: case and dates only.
    Pointer,
    /// A note in a public place, also by the reporter's own hand.
    Note,
}

impl Way {
    /// The way of a step, by the case's own policy.
    #[must_use]
    pub fn of(record: &CaseRecord, policy: &Policy, step: &Step) -> Self {
        let Place::Desk(id) = &step.place else { return Self::Note };
        let has_key = policy.desk(id).is_some_and(|desk| !desk.fingerprints.is_empty());
        if has_key && record.route.has_relay() {
            Self::Sealed { with_report: step.carries == Carries::Full && record.own_copy }
        } else {
            Self::Pointer
        }
    }
}

/// The addresses of a step that lead somewhere: presets carry placeholders where nobody has filled in the real ones.
#[must_use]
pub fn addresses(policy: &Policy, step: &Step) -> Vec<String> {
    let uris = match &step.place {
        Place::Desk(id) => policy.desk(id).map(|desk| desk.uris.clone()).unwrap_or_default(),
        Place::Public(url) => vec![url.clone()],
    };
    uris.into_iter().filter(|uri| !is_placeholder(uri)).collect()
}

/// Whether an address is one of the presets' own. **Rule:** RFC 2606, section 3: example.org belongs to nobody.
#[must_use]
pub fn is_placeholder(uri: &str) -> bool {
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest).trim_start_matches('/');
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    host == "example.org" || host.ends_with(".example.org")
}

impl CaseRecord {
    /// The number of the next case of the same words.
    #[must_use]
    pub const fn next_index(&self) -> u32 {
        self.handed.saturating_add(1)
    }

    /// Puts a step on record and marks the number of its case as used.
    ///
    /// # Errors
    /// The step is not open, or the record was changed from outside.
    pub fn take_step(&mut self, step: &Slug, now: Timestamp) -> Result<(), StepError> {
        let policy = self.policy().map_err(RecordError::from)?;
        self.events.may_take(step, &policy, now)?;
        self.handed = self.next_index();
        Ok(self.by_hand(EventKind::StepTaken { step: step.clone() }, now)?)
    }

    /// Ties a case that was brought back by its words to this one, whose step opened it: the relay's receipt says when.
    pub fn adopt(&mut self, child: &mut Self) {
        self.handed = self.handed.max(child.secret.index);
        let Ok(policy) = self.policy() else { return };
        let leads_there = |step: &&Step| step.place == Place::Desk(child.desk.clone());
        let Some(step) = policy.escalation.steps.iter().find(leads_there) else { return };
        child.step_of = Some(StepOf { case: self.case, step: step.id.clone() });
        let is_taken = |kind: &EventKind| *kind == EventKind::StepTaken { step: step.id.clone() };
        if !self.events.events().any(|event| is_taken(&event.kind)) {
            // The policy was asked for the step, so it is there.
            let _ = self.by_hand(EventKind::StepTaken { step: step.id.clone() }, child.queued_at);
        }
    }

    /// Takes a step off the record that was never sent.
    pub fn untake_step(&mut self, step: &Slug) {
        let taken = |case: &Case| {
            let mut events = case.events().rev();
            events
                .find(|event| {
                    event.by == Witness::Reporter
                        && matches!(&event.kind, EventKind::StepTaken { step: taken } if taken == step)
                })
                .cloned()
        };
        if let Some(event) = taken(&self.events)
            && let Ok(events) = self.events.clone().without(&event)
        {
            self.events = events;
        }
    }

    /// The record of the case that a step opens at another desk.
    #[must_use]
    pub fn handed_on(
        &self,
        step: &Slug,
        team: &Team,
        desk: &Desk,
        handed: &HandedOn,
        now: Timestamp,
    ) -> Self {
        Self {
            title: self.title.clone(),
            severity: self.severity,
            exploited: self.exploited,
            sha256: handed.sealed.sha256.clone(),
            restored: self.restored,
            step_of: Some(StepOf { case: self.case, step: step.clone() }),
            ..Self::at_desk(team, desk, handed.secret.clone(), now)
        }
    }
}

/// Says why a step cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// It is not open.
    #[error(transparent)]
    NotYet(#[from] NotYet),
    /// The record was changed from outside.
    #[error(transparent)]
    Record(#[from] RecordError),
}

#[cfg(test)]
mod tests;
