//! What may be said about an embargo, by what was said before, the policy, and the reporter's own deadline.

use anyhow::{Result, ensure};
use sealpost_shared::Timestamp;
use sealpost_shared::letter::{EmbargoWord, Reply};
use sealpost_shared::timeline::{Case, EmbargoView, EventKind, Witness, view};

use crate::config::usage;
use crate::dossier::{Dossier, events};
use crate::times::utc;

/// What both sides said so far.
pub(super) struct Talks<'a> {
    dossier: &'a Dossier,
    case: Case,
    /// What the reporter proposed, shortest first.
    pub(super) by_reporter: Vec<Timestamp>,
    /// What the team proposed, shortest first.
    pub(super) by_team: Vec<Timestamp>,
}

impl<'a> Talks<'a> {
    /// Reads them out of a case.
    ///
    /// # Errors
    /// When not every letter could be opened: something may have been agreed there.
    pub(super) fn of(dossier: &'a Dossier, now: Timestamp) -> Result<Self> {
        if let Some(why) = dossier.why_unknown() {
            anyhow::bail!(
                "not every letter of {} could be opened, so nobody can say what was agreed: {why:#}",
                dossier.case.short()
            );
        }
        Ok(Self::from_case(dossier, dossier.record().clone(), now))
    }

    fn from_case(dossier: &'a Dossier, case: Case, now: Timestamp) -> Self {
        let proposed = |by: Witness| {
            let events = case.events().filter(|event| event.by == by && event.at <= now);
            let mut dates: Vec<Timestamp> = events
                .filter_map(|event| match event.kind {
                    EventKind::EmbargoProposed { until } => Some(until),
                    _ => None,
                })
                .collect();
            dates.sort();
            dates.dedup();
            dates
        };
        let (by_reporter, by_team) = (proposed(Witness::Reporter), proposed(Witness::Team));
        Self { dossier, case, by_reporter, by_team }
    }

    /// The talks after this reply.
    ///
    /// # Errors
    /// Never in practice: a word about the embargo contradicts nothing.
    pub(super) fn with(&self, reply: &Reply) -> Result<Self> {
        let mut case = self.case.clone();
        for event in events::said(reply.kind, &reply.matter, reply.written_at) {
            case = case.apply(event, &self.dossier.policy)?;
        }
        Ok(Self::from_case(self.dossier, case, reply.written_at))
    }

    /// Where the embargo stands.
    pub(super) fn view(&self, now: Timestamp) -> Option<EmbargoView> {
        view(&self.case, &self.dossier.policy, now).embargo
    }

    /// The moment that an agreement is about.
    ///
    /// # Errors
    /// A usage error when the reporter proposed nothing, or something else.
    pub(super) fn to_agree(&self, date: Option<Timestamp>) -> Result<Timestamp> {
        let known = || self.by_reporter.iter().map(|until| utc(*until)).collect::<Vec<_>>().join(", ");
        match (date, self.by_reporter.as_slice()) {
            (_, []) => usage(
                "the reporter has proposed nothing to agree to; propose a moment, and the reporter can agree",
            ),
            (None, [shortest, ..]) => Ok(*shortest),
            (Some(date), dates) if dates.contains(&date) => Ok(date),
            (Some(_), _) => {
                usage(format!("the reporter proposed {}; for another moment use counter", known()))
            }
        }
    }

    /// Checks a word before it is said; gives what should be known about it.
    ///
    /// # Errors
    /// When it lies in the past, after the reporter's own deadline or after the policy's latest date.
    pub(super) fn check(&self, word: EmbargoWord, now: Timestamp) -> Result<Vec<String>> {
        let (EmbargoWord::Proposed { until } | EmbargoWord::Agreed { until }) = word else {
            return Ok(Vec::new());
        };
        ensure!(
            until > now,
            "{} is over; name a moment that is still to come, or lift the embargo",
            utc(until)
        );
        let Some(view) = self.view(now) else { return Ok(Vec::new()) };
        if let Some(ended) = view.ended_at {
            anyhow::bail!("the embargo ended {}; there is nothing left to propose", utc(ended));
        }
        if let Some(deadline) = view.hard_deadline {
            ensure!(
                until <= deadline,
                "the reporter's own deadline is {}: it is public then, whatever is agreed. Propose that or less",
                utc(deadline)
            );
        }
        if let Some(latest) = view.latest {
            ensure!(until <= latest, "the policy allows no embargo beyond {}", utc(latest));
        }
        let mut warnings = Vec::new();
        if let Some(earliest) = view.earliest.filter(|earliest| until < *earliest) {
            warnings.push(format!(
                "that is shorter than the policy's minimum ({}); it needs agreement",
                utc(earliest)
            ));
        }
        if let (Some(agreed), EmbargoWord::Proposed { .. }) = (view.agreed, word) {
            warnings.push(format!("{} is agreed, and holds unless the reporter agrees to this", utc(agreed)));
        } else if let Some(shorter) =
            view.proposed.filter(|shorter| *shorter < until && matches!(word, EmbargoWord::Proposed { .. }))
        {
            warnings.push(format!(
                "{} was proposed before, and the shortest proposal wins until both agree",
                utc(shorter)
            ));
        }
        Ok(warnings)
    }
}
