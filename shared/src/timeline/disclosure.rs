//! What the record says of the disclosure: stages reached, and when the embargo lifts.

use serde::{Deserialize, Serialize};

use super::apply::Case;
use super::event::{EventKind, Witness};
use super::view::Warning;
use crate::id::Slug;
use crate::policy::{EmbargoRule, Length, Policy};
use crate::time::Timestamp;

/// One stage of the disclosure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageView {
    /// Which.
    pub id: Slug,
    /// When it was reached first.
    pub reached_at: Option<Timestamp>,
}

/// The embargo at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbargoView {
    /// From when its lengths are counted; `None` until the stage that starts it is reached.
    pub starts_at: Option<Timestamp>,
    /// The shortest proposal so far.
    pub proposed: Option<Timestamp>,
    /// The latest agreement.
    pub agreed: Option<Timestamp>,
    /// When it lifts: as agreed, else the shortest proposal, else what the policy prefers; never after the hard deadline, which only an
    /// agreement moves, by the policy's grace at most.
    pub lifts_at: Option<Timestamp>,
    /// The earliest date without agreement.
    pub earliest: Option<Timestamp>,
    /// The latest date the policy allows.
    pub latest: Option<Timestamp>,
    /// The reporter's own deadline: public then, whatever the team says.
    pub hard_deadline: Option<Timestamp>,
    /// When it ended, by its date, by publication or before.
    pub ended_at: Option<Timestamp>,
}

impl EmbargoView {
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let past = |limit: Option<Timestamp>| {
            limit.filter(|limit| self.agreed.is_some_and(|agreed| agreed > *limit))
        };
        let too_long = past(self.latest).map(|latest| Warning::EmbargoTooLong { latest });
        // What was agreed within the grace lifts as agreed.
        let cut =
            self.hard_deadline.filter(|_| self.agreed.is_some_and(|agreed| self.lifts_at < Some(agreed)));
        let past_deadline = cut.map(|deadline| Warning::EmbargoPastDeadline { deadline });
        too_long.into_iter().chain(past_deadline).collect()
    }
}

pub(super) fn stages(case: &Case, policy: &Policy, now: Timestamp) -> Vec<StageView> {
    let view = |id: &Slug| StageView { id: id.clone(), reached_at: reached(case, id.as_str(), now) };
    policy.disclosure.stages.iter().map(|stage| view(&stage.id)).collect()
}

pub(super) fn reached(case: &Case, id: &str, now: Timestamp) -> Option<Timestamp> {
    let this = |kind: &EventKind| matches!(kind, EventKind::StageReached { stage } if stage.as_str() == id);
    case.first(this).filter(|at| *at <= now).map(|at| at.max(case.sent().unwrap_or(at)))
}

pub(super) fn embargo(case: &Case, policy: &Policy, sent: Timestamp, now: Timestamp) -> Option<EmbargoView> {
    let (proposed, agreed) = proposals(case, sent, now);
    let rule = policy.disclosure.embargo.as_ref();
    if rule.is_none() && proposed.or(agreed).is_none() {
        return None;
    }
    let starts_at = match rule.and_then(|rule| rule.starts.stage()) {
        None => Some(sent),
        Some(stage) => reached(case, stage, now),
    };
    let after_start = |length: Option<Length>| Some(policy.after(starts_at?, length?));
    let after_fix = rule.and_then(|rule| after_fix(case, rule, policy, sent, now));
    let hard_deadline = after_fix.or_else(|| Some(policy.after(sent, rule?.hard_deadline?)));
    let wanted = agreed.or(proposed).or(after_fix).or_else(|| after_start(rule?.preferred));
    let grace = agreed.and(rule.and_then(|rule| rule.grace));
    let last = hard_deadline.map(|deadline| grace.map_or(deadline, |grace| policy.after(deadline, grace)));
    let lifts_at = [wanted, last].into_iter().flatten().min();
    Some(EmbargoView {
        starts_at,
        proposed,
        agreed,
        lifts_at,
        earliest: after_start(rule.and_then(|rule| rule.minimum)),
        latest: after_start(rule.and_then(|rule| rule.maximum)),
        hard_deadline,
        ended_at: ended(case, lifts_at, now),
    })
}

/// Where the policy says so and a fix is ready before the reporter's deadline: so long after the fix instead.
fn after_fix(
    case: &Case,
    rule: &EmbargoRule,
    policy: &Policy,
    sent: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let deadline = policy.after(sent, rule.hard_deadline?);
    let fixed = reached(case, "fixes-ready", now).filter(|at| *at <= deadline)?;
    Some(policy.after(fixed, rule.after_fix?))
}

/// The shortest proposal and the last agreement. The team cannot agree alone: without a proposal of the reporter for the same moment,
/// what it calls an agreement is a proposal. No embargo ends before the report was sent: such a date, a slip or a trick, says nothing.
fn proposals(case: &Case, sent: Timestamp, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
    let until_now = || case.events().filter(|event| event.at <= now);
    let by_reporter = |wanted: Timestamp| {
        until_now().any(|event| {
            event.by == Witness::Reporter && event.kind == EventKind::EmbargoProposed { until: wanted }
        })
    };
    let (mut proposed, mut agreed) = (None::<Timestamp>, None);
    for event in until_now() {
        match event.kind {
            EventKind::EmbargoProposed { until } | EventKind::EmbargoAgreed { until } if until <= sent => {}
            EventKind::EmbargoAgreed { until } if event.by != Witness::Team || by_reporter(until) => {
                agreed = Some(until);
            }
            EventKind::EmbargoProposed { until } | EventKind::EmbargoAgreed { until } => {
                proposed = Some(proposed.map_or(until, |shortest| shortest.min(until)));
            }
            _ => {}
        }
    }
    (proposed, agreed)
}

fn ended(case: &Case, lifts_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let early = case.first(|kind| matches!(kind, EventKind::EmbargoLifted | EventKind::Published));
    let ended = [early, lifts_at].into_iter().flatten().min().filter(|at| *at <= now)?;
    Some(ended.max(case.sent().unwrap_or(ended)))
}
