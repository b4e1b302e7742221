//! `sealpost policy simulate`: the reporter's clock, tried out. The same code as in the browser.

use anyhow::{Context as _, Result};
use sealpost_shared::timeline::{Case, Event, view};

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
    let events: Vec<Event> = serde_json::from_str(&text).with_context(name)?;
    let apply = |case: Case, event| case.apply(event, &policy);
    let case = events.into_iter().try_fold(Case::default(), apply).with_context(name)?;
    let now = args.now.unwrap_or_else(|| context.now());
    let view = view(&case, &policy, now);
    context.ui.json(&serde_json::to_value(&view)?);
    say_promises(context.ui, &view, now);
    if let Some(next) = times::next_line(&view, now) {
        context.ui.say(&next);
    }
    Ok(())
}
