//! What `sealpost case` prints.

use sealpost_keys::CaseKey;
use sealpost_shared::timeline::TimelineView;
use serde_json::{Value, json};

use super::{Followed, TeamReply};
use crate::cmd::report::CaseFile;
use crate::cmd::show::{contents_json, say_contents, say_promises};
use crate::config::Context;
use crate::times;
use crate::ui::{Ui, causes};

/// A case as far as it is known.
pub(super) struct Seen<'a> {
    /// The case's key.
    pub(super) key: &'a CaseKey,
    /// What the reporter's folder says.
    pub(super) file: Option<&'a CaseFile>,
    /// What the relay has, if it could be asked.
    pub(super) followed: Option<&'a Followed>,
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
}

/// Shows it.
pub(super) fn show(context: &Context, seen: &Seen<'_>) {
    let (ui, case) = (context.ui, seen.key.case_id());
    ui.json(&as_json(seen));
    match seen.followed {
        Some(followed) => {
            ui.heading(&format!("Case {}: {} entries at the relay", case.short(), followed.entries.len()));
            say_followed(ui, followed);
        }
        None => {
            ui.heading(&format!("Case {}: the relay could not be asked", case.short()));
            say_heard(ui, seen.file);
        }
    }
    if let Some(why) = seen.problem {
        ui.alarm(&format!("\nNOT CONFIRMED BY THE RELAY: {}", causes(why)));
    }
    say_promises(ui, seen.view, context.now());
    if seen.by_the_relays_hour() {
        ui.say(
            "Counted from the hour in which the relay received the report: the moment of sending itself is known only to the device or folder that sent it.",
        );
    }
    if let Some(next) = times::next_line(seen.view, context.now()) {
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
        "refused": seen.followed.map(|followed| followed.refused.as_slice()).unwrap_or_default(),
        "replies": replies.map(reply).collect::<Vec<_>>(),
        "problem": seen.problem.map(causes), "sent_by": sent_by(seen), "timeline": seen.view,
    })
}

fn sent_by(seen: &Seen<'_>) -> Option<&'static str> {
    seen.view.sent.map(|_| if seen.by_the_relays_hour() { "relay-hour" } else { "record" })
}
