//! What follows from the record at an instant: promises, what is next, and the ladder. Data, not sentences.

use serde::{Deserialize, Serialize};

use super::apply::Case;
use super::disclosure::{self, EmbargoView, StageView};
use super::event::EventKind;
use crate::id::Slug;
use crate::letter::ReplyKind;
use crate::policy::{Policy, Standing};
use crate::time::{Duration, Timestamp};

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
    /// The stages of the disclosure, in the policy's order.
    pub stages: Vec<StageView>,
    /// The embargo; `None` where the policy has no rule for one and nobody proposed a date.
    pub embargo: Option<EmbargoView>,
    /// What the reporter should know beside all this.
    pub warnings: Vec<Warning>,
    /// When the reporter closed the case.
    pub closed: Option<Timestamp>,
}

/// Something the reporter should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "warning", rename_all = "kebab-case")]
pub enum Warning {
    /// A promise falls due within the policy's `warn_before`.
    DueSoon {
        /// Which.
        promise: PromiseId,
        /// When.
        due: Timestamp,
    },
    /// The policy was not renewed; the case keeps it all the same (promise 4).
    PolicyExpired {
        /// Since when.
        at: Timestamp,
    },
    /// The relay's receipt is dated well before or after the report was sent, so one of the clocks is wrong.
    ClockDiffers {
        /// What the receipt says, rounded down to the hour.
        received: Timestamp,
    },
    /// The agreed embargo is longer than the policy's maximum.
    EmbargoTooLong {
        /// The latest date the policy allows.
        latest: Timestamp,
    },
    /// The agreed embargo outlasts the reporter's own deadline.
    EmbargoPastDeadline {
        /// The reporter's deadline.
        deadline: Timestamp,
    },
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
    #[serde(default)]
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
    /// When it opens or opened; `None` before sending, after closing, and once the team closed what is published.
    #[serde(default)]
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
    /// Closed: it is published, and the team closed it after that.
    Published,
}

/// One step of the ladder at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Which.
    pub id: Slug,
    /// Whether it may be taken.
    pub state: StepState,
    /// When it opens or opened; `None` while that hangs on a step before it.
    #[serde(default)]
    pub opens_at: Option<Timestamp>,
    /// When it was last taken.
    #[serde(default)]
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
        return unsent(case, policy, closed);
    };
    let replies = human_replies(case, sent, now);
    let end = end(case, &replies, policy, now, closed);
    let promises = promises(&replies, sent, policy, now, end.map(|(at, _)| at));
    let ladder = ladder(case, &replies, sent, policy, now, end.map(|(_, why)| why));
    let next = if end.is_some() { None } else { next(&promises, &ladder, now) };
    let embargo = disclosure::embargo(case, policy, sent, now);
    let warnings = warnings(case, &promises, embargo.as_ref(), policy, now);
    let stages = disclosure::stages(case, policy, now);
    TimelineView { sent: Some(sent), promises, next, ladder, stages, embargo, warnings, closed }
}

/// Nothing was sent yet. Where the relay has it all the same, the device's clock was ahead when it was sent, and is right now.
fn unsent(case: &Case, policy: &Policy, closed: Option<Timestamp>) -> TimelineView {
    TimelineView {
        sent: None,
        promises: Vec::new(),
        next: None,
        ladder: unsent_ladder(policy),
        stages: disclosure::stages(&Case::default(), policy, Timestamp::from_seconds(0)),
        embargo: None,
        warnings: clock_differs(case).into_iter().collect(),
        closed,
    }
}

fn warnings(
    case: &Case,
    promises: &[PromiseView],
    embargo: Option<&EmbargoView>,
    policy: &Policy,
    now: Timestamp,
) -> Vec<Warning> {
    let soon = |promise: &&PromiseView| {
        promise.state == PromiseState::Pending && policy.after(now, policy.clocks.warn_before) >= promise.due
    };
    let due_soon = |promise: &PromiseView| Warning::DueSoon { promise: promise.id, due: promise.due };
    let mut warnings: Vec<_> = promises.iter().filter(soon).map(due_soon).collect();
    if let Standing::Expired { at } = policy.identity.standing(now) {
        warnings.push(Warning::PolicyExpired { at });
    }
    warnings.extend(clock_differs(case));
    warnings.extend(embargo.into_iter().flat_map(EmbargoView::warnings));
    warnings
}

/// A device clock may be off by five minutes before it is worth a word (DESIGN section 5).
const TOLERATED_DIFFERENCE: Duration = Duration::from_seconds(5 * 60);

/// A receipt is rounded down to the hour: the true arrival lies in the hour from what it says.
fn clock_differs(case: &Case) -> Option<Warning> {
    let (sent, received) = (case.sent()?, case.first(|kind| *kind == EventKind::Received)?);
    let too_early = received + Duration::from_hours(1) + TOLERATED_DIFFERENCE < sent;
    let too_late = received > sent + TOLERATED_DIFFERENCE;
    (too_early || too_late).then_some(Warning::ClockDiffers { received })
}

type HumanReply = (Timestamp, ReplyKind);

/// The human replies so far. Nobody answers what was not sent: a reply that a slow clock dates before it counts from the sending.
fn human_replies(case: &Case, sent: Timestamp, now: Timestamp) -> Vec<HumanReply> {
    let until_now = case.events().filter(|event| event.at <= now);
    until_now
        .filter_map(|event| match event.kind {
            EventKind::HumanReply { kind } => Some((event.at.max(sent), kind)),
            _ => None,
        })
        .collect()
}

/// When the clocks ended, and why: the reporter closed the case, or the team did once it was published.
fn end(
    case: &Case,
    replies: &[HumanReply],
    policy: &Policy,
    now: Timestamp,
    closed: Option<Timestamp>,
) -> Option<(Timestamp, LadderReason)> {
    match (closed, published(case, replies, policy, now)) {
        (Some(closed), published) => {
            Some((published.map_or(closed, |at| at.min(closed)), LadderReason::CaseClosed))
        }
        (None, published) => published.map(|at| (at, LadderReason::Published)),
    }
}

/// The first closing reply once the policy's last stage was reached. Without that stage a closing reply is a human word like another.
fn published(case: &Case, replies: &[HumanReply], policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let last = policy.disclosure.stages.last()?;
    let reached = disclosure::reached(case, last.id.as_str(), now)?;
    let closing = replies.iter().find(|(at, kind)| *kind == ReplyKind::Closing && *at >= reached);
    closing.map(|(at, _)| *at)
}

fn promises(
    replies: &[HumanReply],
    sent: Timestamp,
    policy: &Policy,
    now: Timestamp,
    ended: Option<Timestamp>,
) -> Vec<PromiseView> {
    let clocks = &policy.clocks;
    // What comes after the end neither keeps nor breaks a promise.
    let counted = replies.iter().take_while(|(at, _)| ended.is_none_or(|ended| *at <= ended)).count();
    let replies = replies.get(..counted).unwrap_or_default();
    let first = replies.first().map(|(at, _)| *at);
    let detailed = |kind: &ReplyKind| matches!(kind, ReplyKind::Answer | ReplyKind::Closing);
    let answered = replies.iter().find(|(_, kind)| detailed(kind)).map(|(at, _)| *at);
    let until = ended.map_or(now, |ended| ended.min(now));
    let mut promises = vec![
        judge(PromiseId::Acknowledge, policy.after(sent, clocks.acknowledge), first, until),
        judge(PromiseId::Answer, policy.after(sent, clocks.answer), answered, until),
    ];
    promises.extend(update_promises(replies, policy, until));
    if ended.is_some() {
        promises.retain(|promise| promise.state != PromiseState::Pending);
    }
    promises.sort_by_key(|promise| (promise.due, promise.id));
    promises
}

/// The promise of an update restarts with every human message: those missed stay on record, the last one runs.
fn update_promises(replies: &[HumanReply], policy: &Policy, until: Timestamp) -> Vec<PromiseView> {
    let running = replies.iter().enumerate().map(|(n, (at, _))| {
        let met = replies.get(n + 1).map(|(next, _)| *next);
        judge(PromiseId::Update, policy.after(*at, policy.clocks.update), met, until)
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
    ended: Option<LadderReason>,
) -> LadderView {
    let (waiting, silent, opens_at) = match replies.last() {
        None => (
            LadderReason::AwaitingFirstReply,
            LadderReason::NoReply,
            policy.after(sent, policy.escalation.no_reply),
        ),
        Some((last, _)) => (
            LadderReason::AwaitingUpdate,
            LadderReason::Silence,
            policy.after(*last, policy.escalation.silence),
        ),
    };
    let open = ended.is_none() && now >= opens_at;
    let reason = ended.unwrap_or(if open { silent } else { waiting });
    let opens_at = if ended.is_some() { None } else { Some(opens_at) };
    LadderView { open, opens_at, reason, steps: steps(case, policy, opens_at, now) }
}

/// Steps open in order: each once the ladder is open, the step before it is taken and its own wait since then is over.
fn steps(case: &Case, policy: &Policy, ladder_opens: Option<Timestamp>, now: Timestamp) -> Vec<StepView> {
    let mut previous = None;
    let mut views = Vec::with_capacity(policy.escalation.steps.len());
    for (n, step) in policy.escalation.steps.iter().enumerate() {
        let earliest =
            if n == 0 { ladder_opens } else { previous.map(|taken| policy.after(taken, step.wait)) };
        let opens_at = earliest.zip(ladder_opens).map(|(earliest, opens)| opens.max(earliest));
        let taken_at = last_taken(case, &step.id, now);
        let state = match (taken_at, opens_at) {
            (Some(_), _) => StepState::Taken,
            (None, Some(at)) if now >= at => StepState::Open,
            (None, _) => StepState::Closed,
        };
        views.push(StepView { id: step.id.clone(), state, opens_at, taken_at });
        previous = taken_at;
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
