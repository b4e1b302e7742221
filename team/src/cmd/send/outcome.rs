//! What became of the promises by a reply.

use anyhow::Result;
use sealpost_shared::Timestamp;
use sealpost_shared::timeline::{PromiseState, PromiseView, TimelineView};
use serde_json::json;

use super::Sent;
use crate::config::Context;
use crate::dossier::Dossier;
use crate::times;

/// Says what was sent, which promises that kept, and what comes next.
///
/// # Errors
/// Never in practice: replies contradict nothing.
pub(super) fn say(context: &Context, dossier: &Dossier, sent: &Sent, now: Timestamp) -> Result<()> {
    let reply = &sent.reply;
    // Without every letter read nobody can say what was still open.
    let before = dossier.view(now);
    let after = before.is_some().then(|| dossier.view_with(reply, now)).transpose()?;
    let met = before.zip(after.as_ref()).map(|(before, after)| met(&before, after)).unwrap_or_default();
    context.ui.json(&json!({
        "case": dossier.case, "entry": reply.entry, "kind": reply.kind, "written_at": reply.written_at, "was_kept": sent.was_kept,
        "met": met.iter().map(|p| json!({ "promise": p.id, "due": p.due, "late": p.state == PromiseState::Late })).collect::<Vec<_>>(),
        "next": after.as_ref().map(|after| &after.next),
    }));
    context.ui.heading(&format!("Sent: {} to {}", times::kind(reply.kind), dossier.case.short()));
    if sent.was_kept {
        context.ui.say("An earlier run had sealed and kept exactly this; it was sent now, once.");
    }
    for promise in met {
        let how = if promise.state == PromiseState::Late { "Done, but late:" } else { "Promise kept:" };
        context.ui.say(&format!("{how} {} by {}", times::promise(promise.id), times::utc(promise.due)));
    }
    match &after {
        Some(after) => times::next_line(after, now).iter().for_each(|next| context.ui.say(next)),
        None => context.ui.alarm("Promises: unknown, because not every letter of the case could be opened."),
    }
    Ok(())
}

/// Promises that this reply met.
fn met(before: &TimelineView, after: &TimelineView) -> Vec<PromiseView> {
    let waited = before
        .promises
        .iter()
        .filter(|promise| promise.met_at.is_none() && promise.state != PromiseState::Kept);
    waited
        .filter_map(|open| {
            let same = |p: &&PromiseView| (p.id, p.due) == (open.id, open.due);
            match after.promises.iter().find(same) {
                Some(now) if now.met_at.is_some() => Some(*now),
                Some(_) => None,
                // An update that came in time leaves the list: only missed ones stay on record.
                None => Some(PromiseView { state: PromiseState::Kept, ..*open }),
            }
        })
        .collect()
}
