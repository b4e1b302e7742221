//! What `sealpost case` prints.

use sealpost_keys::CaseKey;
use sealpost_shared::letter::Matter;
use sealpost_shared::timeline::{EmbargoView, TimelineView};
use sealpost_shared::wire::v1::Deletion;
use serde_json::{Value, json};

use super::{Followed, TeamReply};
use crate::cmd::report::{CaseFile, Said};
use crate::cmd::show::{contents_json, say_contents, say_promises};
use crate::config::Context;
use crate::relay_api::{ApiError, deleted};
use crate::times;
use crate::ui::{Ui, causes, count};

/// A case as far as it is known.
pub(super) struct Seen<'a> {
    /// The case's key.
    pub(super) key: &'a CaseKey,
    /// What the reporter's folder says.
    pub(super) file: Option<&'a CaseFile>,
    /// What the relay has, if it could be asked.
    pub(super) followed: Option<&'a Followed>,
    /// What the reporter wrote just now.
    pub(super) said: Option<&'a Said>,
    /// What is not as it should be at the relay.
    pub(super) problem: Option<&'a anyhow::Error>,
    /// The clock.
    pub(super) view: &'a TimelineView,
}

impl Seen<'_> {
    /// Whether the clocks run from what the relay says, for want of the reporter's own record.
    fn by_the_relays_hour(&self) -> bool {
        self.view.sent.is_some() && self.file.and_then(|file| file.sent).is_none()
    }

    fn deletion(&self) -> Option<Deletion> {
        self.problem.and_then(ApiError::deletion)
    }
}

/// Shows it.
pub(super) fn show(context: &Context, seen: &Seen<'_>) {
    let (ui, case) = (context.ui, seen.key.case_id());
    ui.json(&as_json(seen));
    match seen.followed {
        Some(followed) => {
            let entries = count(followed.entries.len(), "entry", "entries");
            ui.heading(&format!("Case {}: {entries} at the relay", case.short()));
            say_followed(ui, followed);
        }
        None => {
            ui.heading(&match seen.deletion() {
                Some(_) => format!("Case {}: deleted at the relay", case.short()),
                None => format!("Case {}: the relay could not be asked", case.short()),
            });
            say_heard(ui, seen.file);
        }
    }
    if let Some(deletion) = seen.deletion() {
        ui.alarm(&format!("\nDELETED: {}.", deleted(&deletion)));
    } else if let Some(why) = seen.problem {
        ui.alarm(&format!("\nNOT CONFIRMED BY THE RELAY: {}", causes(why)));
    }
    if seen.said.is_some() {
        ui.heading("\nYour letter was sent, sealed to the team, and the relay signed a receipt for it.");
    }
    say_promises(ui, seen.view, context.now());
    if seen.by_the_relays_hour() {
        ui.say(
            "Counted from the hour in which the relay received the report: the moment of sending itself is known only to the device or folder that sent it. The promises are those of the policy that the team publishes today: another one may have been in force then.",
        );
    }
    say_disclosure(ui, seen);
    // Nobody works on what is deleted; what the reporter may do about silence is said above all the same.
    if let Some(next) = times::next_line(seen.view, context.now()).filter(|_| seen.deletion().is_none()) {
        ui.say(&next);
    }
}

fn say_followed(ui: Ui, followed: &Followed) {
    for reply in &followed.replies {
        ui.heading(&format!(
            "\nFrom the team: {}, {}",
            times::kind(reply.reply.kind),
            times::utc(reply.reply.written_at)
        ));
        ui.say(&format!("signature good, by {}", reply.signer.grouped()));
        say_contents(ui, &reply.contents);
    }
    for why in &followed.refused {
        ui.alarm(&format!("\nDOES NOT COUNT: {why}"));
    }
    if followed.replies.is_empty() {
        ui.say("No reply yet.");
    }
    if followed.desk_notes > 0 {
        ui.say(&format!(
            "{} more of the team to itself: notes that only its members can read.",
            followed.desk_notes
        ));
    }
}

/// Says how far the team is, by its own words.
fn say_disclosure(ui: Ui, seen: &Seen<'_>) {
    let heard = seen.file.iter().flat_map(|file| &file.heard).map(|heard| &heard.matter);
    let replies = seen.followed.iter().flat_map(|followed| &followed.replies);
    let matters = heard.chain(replies.map(|reply| &reply.reply.matter));
    if let Some(handler) = matters.filter_map(Matter::handler_line).last() {
        ui.say(&format!("Handled by {handler}."));
    }
    if let Some(line) = seen.view.embargo.as_ref().and_then(embargo_line) {
        ui.say(&line);
    }
    for stage in seen.view.stages.iter().filter(|stage| stage.reached_at.is_some()) {
        ui.say(&format!("stage {}: {}", stage.id, stage.reached_at.map(times::utc).unwrap_or_default()));
    }
}

/// Until when nobody speaks, or since when everybody may.
fn embargo_line(embargo: &EmbargoView) -> Option<String> {
    if let Some(ended) = embargo.ended_at {
        return Some(format!("The embargo ended {}.", times::utc(ended)));
    }
    let how = if embargo.agreed.is_some() { "agreed" } else { "not agreed yet" };
    embargo.lifts_at.map(|until| format!("Nothing in public before {} ({how}).", times::utc(until)))
}

fn say_heard(ui: Ui, file: Option<&CaseFile>) {
    let heard = file.map(|file| file.heard.as_slice()).unwrap_or_default();
    for heard in heard {
        ui.say(&format!("seen before: {}, {}", times::kind(heard.kind), times::utc(heard.at)));
    }
    if heard.is_empty() {
        ui.say("No reply was seen before.");
    }
}

fn as_json(seen: &Seen<'_>) -> Value {
    let reply = |reply: &TeamReply| {
        json!({
            "entry": reply.reply.entry, "kind": reply.reply.kind, "written_at": reply.reply.written_at, "signer": reply.signer,
            "contents": contents_json(&reply.contents),
        })
    };
    let replies = seen.followed.iter().flat_map(|followed| &followed.replies);
    json!({
        "case": seen.key.case_id(), "short": seen.key.case_id().short(),
        "entries": seen.followed.map(|followed| followed.entries.len()),
        "said": seen.said.map(|said| json!({ "entry": said.entry, "written_at": said.at, "embargo": said.embargo })),
        "desk_notes": seen.followed.map(|followed| followed.desk_notes),
        "refused": seen.followed.map(|followed| followed.refused.as_slice()).unwrap_or_default(),
        "replies": replies.map(reply).collect::<Vec<_>>(),
        "problem": seen.problem.map(causes), "deleted": seen.deletion(), "sent_by": sent_by(seen), "timeline": seen.view,
    })
}

fn sent_by(seen: &Seen<'_>) -> Option<&'static str> {
    seen.view.sent.map(|_| if seen.by_the_relays_hour() { "relay-hour" } else { "record" })
}
