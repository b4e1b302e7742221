//! `sealpost policy simulate`: the reporter's clock, tried out. The same code as in the browser.

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_shared::Timestamp;
use sealpost_shared::policy::Policy;
use sealpost_shared::policy::explain::step_name;
use sealpost_shared::timeline::{Case, Event, EventKind, StepState, StepView, view};
use serde::Deserialize as _;
use serde_json::Value;

use super::SimulateArgs;
use crate::cmd::show::say_promises;
use crate::config::Context;
use crate::{files, times};

/// A case's events: thousands of them.
const MAX_EVENTS_BYTES: u64 = 1024 * 1024;

/// Says what a policy promises for a case with these events. **Rule:** PROTOCOL.md, "Events and view".
///
/// # Errors
/// When policy or events are malformed, an event contradicts another, or the zone is unknown.
pub(crate) fn run(context: &Context, args: &SimulateArgs) -> Result<()> {
    let mut policy = super::read(&args.file)?.1.for_case(args.severity, args.exploited);
    if let Some(zone) = &args.tz {
        policy.calendar = policy.calendar.in_zone(zone)?;
    }
    let text = files::read_text(&args.events, MAX_EVENTS_BYTES)?;
    let name = || args.events.display().to_string();
    let case = read(&text, &policy).with_context(name)?;
    let now = args.now.unwrap_or_else(|| context.now());
    let view = view(&case, &policy, now);
    context.ui.json(&serde_json::to_value(&view)?);
    say_promises(context.ui, &view, now);
    view.ladder
        .steps
        .iter()
        .filter_map(|step| step_line(&policy, step))
        .for_each(|line| context.ui.say(&line));
    if let Some(next) = times::next_line(&view, now) {
        context.ui.say(&next);
    }
    Ok(())
}

/// To whom a step of the ladder leads, and whether it may be taken.
fn step_line(policy: &Policy, seen: &StepView) -> Option<String> {
    let name = step_name(policy, policy.step(&seen.id)?);
    Some(match (seen.state, seen.taken_at, seen.opens_at) {
        (StepState::Taken, Some(at), _) => format!("  {name}: taken {}", times::utc(at)),
        (StepState::Open, ..) => format!("  {name}: open now"),
        (_, _, Some(at)) => format!("  {name}: opens {}", times::utc(at)),
        _ => format!("  {name}: opens after the step before it"),
    })
}

/// Reads the list of events. Whoever writes one by hand is told of every slip, with the event's number counted from 1.
fn read(text: &str, policy: &Policy) -> Result<Case> {
    let listed: Vec<Value> = serde_json::from_str(text)?;
    let mut events = Vec::with_capacity(listed.len());
    for (n, value) in listed.iter().enumerate() {
        events.push(event(value).with_context(|| format!("event {}", n + 1))?);
    }
    let mut case = Case::default();
    for (n, event) in events.iter().enumerate() {
        case = case.apply(event.clone(), policy).with_context(|| format!("event {}", n + 1))?;
    }
    let sent = case.sent();
    for (n, event) in events.iter().enumerate() {
        ends_after(event, sent).with_context(|| format!("event {}", n + 1))?;
    }
    Ok(case)
}

/// Reads one event without keys that it would not understand.
fn event(value: &Value) -> Result<Event> {
    let event = Event::deserialize(value)?;
    // What it says in full has every key that an event of this kind can have.
    let known = serde_json::to_value(&event)?;
    let keys = |value: &Value| value.as_object().map(|keys| keys.keys().cloned().collect::<Vec<_>>());
    let known = keys(&known).unwrap_or_default();
    if let Some(unknown) = keys(value).unwrap_or_default().into_iter().find(|key| !known.contains(key)) {
        bail!("there is no key “{unknown}”; here stand {}", known.join(", "));
    }
    Ok(event)
}

fn ends_after(event: &Event, sent: Option<Timestamp>) -> Result<()> {
    if let (EventKind::EmbargoProposed { until } | EventKind::EmbargoAgreed { until }, Some(sent)) =
        (&event.kind, sent)
    {
        ensure!(*until > sent, "until: an embargo cannot end before the report was sent, at {sent}");
    }
    Ok(())
}
