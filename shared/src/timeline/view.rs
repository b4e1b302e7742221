//! What follows from the record at an instant: promises, what is next, and the ladder. Data, not sentences.

use serde::{Deserialize, Serialize};

use super::apply::Case;
use super::event::EventKind;
use crate::id::Slug;
use crate::letter::ReplyKind;
use crate::policy::{Length, Policy};
use crate::time::Timestamp;

/// Everything a page or a table shows of a case at one instant. **Rule:** PROTOCOL.md, "View".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineView {
    /// When the clocks started; `None` while the report waits in the outbox.
    pub sent: Option<Timestamp>,
    /// What was promised, in order of due dates.
    pub promises: Vec<PromiseView>,
    /// What happens next if nobody does anything.
    pub next: Option<Next>,
    /// Whether and why the reporter may escalate.
    pub ladder: LadderView,
    /// When the reporter closed the case.
    pub closed: Option<Timestamp>,
}

/// One promise and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseView {
    /// Which.
    pub id: PromiseId,
    /// The last second at which it is kept.
    pub due: Timestamp,
    /// What became of it.
    pub state: PromiseState,
    /// When it was met, in time or late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_at: Option<Timestamp>,
}

/// Names a promise of the policy's clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromiseId {
    /// A first human word.
    Acknowledge,
    /// A detailed answer.
    Answer,
    /// Progress since the last human word.
    Update,
}

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromiseState {
    /// Not met, not yet due.
    Pending,
    /// Met in time.
    Kept,
    /// Not met in time; `met_at` says whether it was met at all.
    Late,
}

/// The next thing that happens if nobody does anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// What.
    #[serde(flatten)]
    pub what: NextWhat,
    /// When.
    pub at: Timestamp,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum NextWhat {
    /// A promise falls due.
    PromiseDue {
        /// Which.
        promise: PromiseId,
    },
    /// A step of the ladder opens.
    StepOpens {
        /// Which.
        step: Slug,
    },
}

/// The ladder at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderView {
    /// Whether silence has lasted long enough.
    pub open: bool,
    /// When it opens or opened; `None` before sending and after closing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// Why it is open or closed.
    pub reason: LadderReason,
    /// Its steps in order.
    pub steps: Vec<StepView>,
}

/// Why the ladder is open or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LadderReason {
    /// Closed: nothing was sent yet.
    NotSent,
    /// Closed: the team still has time for its first answer.
    AwaitingFirstReply,
    /// Closed: the team answered, and its silence has not lasted long enough.
    AwaitingUpdate,
    /// Open: no human ever replied.
    NoReply,
    /// Open: the team fell silent.
    Silence,
    /// Closed: the reporter closed the case.
    CaseClosed,
}

/// One step of the ladder at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Which.
    pub id: Slug,
    /// Whether it may be taken.
    pub state: StepState,
    /// When it opens or opened; `None` while that hangs on a step before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// When it was last taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
}

/// Whether a step may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Not yet.
    Closed,
    /// Now.
    Open,
    /// It was.
    Taken,
}

/// Answers what follows from `case` under `policy` at `now`. Events dated after `now` do not count yet.
#[must_use]
pub fn view(case: &Case, policy: &Policy, now: Timestamp) -> TimelineView {
    let closed = case.closed().filter(|at| *at <= now);
    let Some(sent) = case.sent().filter(|at| *at <= now) else {
        return TimelineView {
            sent: None,
            promises: Vec::new(),
            next: None,
            ladder: unsent_ladder(policy),
            closed,
        };
    };
    let replies = human_replies(case, now);
    let promises = promises(&replies, sent, policy, now, closed);
    let ladder = ladder(case, &replies, sent, policy, now, closed);
    let next = if closed.is_some() { None } else { next(&promises, &ladder, now) };
    TimelineView { sent: Some(sent), promises, next, ladder, closed }
}

type HumanReply = (Timestamp, ReplyKind);

fn human_replies(case: &Case, now: Timestamp) -> Vec<HumanReply> {
    let until_now = case.events().filter(|event| event.at <= now);
    until_now
        .filter_map(|event| match event.kind {
            EventKind::HumanReply { kind } => Some((event.at, kind)),
            _ => None,
        })
        .collect()
}

fn promises(
    replies: &[HumanReply],
    sent: Timestamp,
    policy: &Policy,
    now: Timestamp,
    closed: Option<Timestamp>,
) -> Vec<PromiseView> {
    let clocks = &policy.clocks;
    let first = replies.first().map(|(at, _)| *at);
    let detailed = |kind: &ReplyKind| matches!(kind, ReplyKind::Answer | ReplyKind::Closing);
    let answered = replies.iter().find(|(_, kind)| detailed(kind)).map(|(at, _)| *at);
    let until = closed.map_or(now, |closed| closed.min(now));
    let mut promises = vec![
        judge(PromiseId::Acknowledge, clocks.acknowledge.after(sent), first, until),
        judge(PromiseId::Answer, clocks.answer.after(sent), answered, until),
    ];
    promises.extend(update_promises(replies, clocks.update, until));
    if closed.is_some() {
        promises.retain(|promise| promise.state != PromiseState::Pending);
    }
    promises.sort_by_key(|promise| (promise.due, promise.id));
    promises
}

/// The promise of an update restarts with every human message: those missed stay on record, the last one runs.
fn update_promises(replies: &[HumanReply], update: Length, until: Timestamp) -> Vec<PromiseView> {
    let running = replies.iter().enumerate().map(|(n, (at, _))| {
        let met = replies.get(n + 1).map(|(next, _)| *next);
        judge(PromiseId::Update, update.after(*at), met, until)
    });
    running.filter(|promise| promise.state != PromiseState::Kept).collect()
}

fn judge(id: PromiseId, due: Timestamp, met_at: Option<Timestamp>, until: Timestamp) -> PromiseView {
    let state = match met_at {
        Some(met) if met <= due => PromiseState::Kept,
        None if until <= due => PromiseState::Pending,
        _ => PromiseState::Late,
    };
    PromiseView { id, due, state, met_at }
}

fn unsent_ladder(policy: &Policy) -> LadderView {
    let closed = |step: &crate::policy::Step| StepView {
        id: step.id.clone(),
        state: StepState::Closed,
        opens_at: None,
        taken_at: None,
    };
    let steps = policy.escalation.steps.iter().map(closed).collect();
    LadderView { open: false, opens_at: None, reason: LadderReason::NotSent, steps }
}

fn ladder(
    case: &Case,
    replies: &[HumanReply],
    sent: Timestamp,
    policy: &Policy,
    now: Timestamp,
    closed: Option<Timestamp>,
) -> LadderView {
    let (waiting, silent, opens_at) = match replies.last() {
        None => {
            (LadderReason::AwaitingFirstReply, LadderReason::NoReply, policy.escalation.no_reply.after(sent))
        }
        Some((last, _)) => {
            (LadderReason::AwaitingUpdate, LadderReason::Silence, policy.escalation.silence.after(*last))
        }
    };
    let open = closed.is_none() && now >= opens_at;
    let reason = match closed {
        Some(_) => LadderReason::CaseClosed,
        None if open => silent,
        None => waiting,
    };
    let opens_at = if closed.is_some() { None } else { Some(opens_at) };
    LadderView { open, opens_at, reason, steps: steps(case, policy, opens_at, now) }
}

/// Steps open in order: each once the step before it is taken and its own wait is over.
fn steps(case: &Case, policy: &Policy, ladder_opens: Option<Timestamp>, now: Timestamp) -> Vec<StepView> {
    let mut earliest = ladder_opens;
    let mut views = Vec::with_capacity(policy.escalation.steps.len());
    for (n, step) in policy.escalation.steps.iter().enumerate() {
        let wait = if n == 0 { Length::ZERO } else { step.wait };
        let opens_at = earliest.map(|at| wait.after(at));
        let taken_at = last_taken(case, &step.id, now);
        let state = match (taken_at, opens_at) {
            (Some(_), _) => StepState::Taken,
            (None, Some(at)) if now >= at => StepState::Open,
            (None, _) => StepState::Closed,
        };
        views.push(StepView { id: step.id.clone(), state, opens_at, taken_at });
        earliest = taken_at.and_then(|taken| ladder_opens.map(|opens| opens.max(taken)));
    }
    views
}

fn last_taken(case: &Case, step: &Slug, now: Timestamp) -> Option<Timestamp> {
    let taken = case.events().rev().find(|event| {
        event.at <= now && matches!(&event.kind, EventKind::StepTaken { step: taken } if taken == step)
    });
    taken.map(|event| event.at)
}

fn next(promises: &[PromiseView], ladder: &LadderView, now: Timestamp) -> Option<Next> {
    let due = promises.iter().filter(|promise| promise.state == PromiseState::Pending);
    let due = due.map(|promise| Next { what: NextWhat::PromiseDue { promise: promise.id }, at: promise.due });
    let opening = ladder.steps.iter().filter(|step| step.state == StepState::Closed);
    let opening = opening.filter_map(|step| {
        let at = step.opens_at.filter(|at| *at > now)?;
        Some(Next { what: NextWhat::StepOpens { step: step.id.clone() }, at })
    });
    due.chain(opening).min_by_key(|next| next.at)
}
