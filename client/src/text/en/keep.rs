//! English: reminders and evidence.

use sealpost_client_core::reminders::About;
use sealpost_shared::timeline::PromiseId;

use crate::text::KeepText;

pub(super) const KEEP: KeepText = KeepText {
    title: "Keep and prove",
    reminders_what: "The open dates, with an alarm, for your own calendar. Nothing in them names the team or the matter. When something has changed, save them again: newer entries take the place of older ones.",
    reminders: "Reminders for your calendar",
    evidence_what: "What was promised, kept and missed, with the signed policy and receipts, for others to check. Nothing of your report is in it, not even its title.",
    evidence_alone: "What was promised, kept and missed, as you recorded it. Nobody signed these rules and no relay has a receipt, so it rests on your word; mails and replies that you keep can bear it out. Nothing of your report is in it, not even its title.",
    evidence: "Evidence that others can check (.json)",
    readable: "The same, to read (.txt)",
    saved: "Saved.",
    no_dates: "There is no open date to remember.",
    no_policy: "The rules kept with this case cannot be read any more, so there is nothing to show. What happened stands in the timeline above.",
    entry: |about| match about {
        About::Promise(PromiseId::Acknowledge) => "A first answer is due: look whether it came",
        About::Promise(PromiseId::Answer) => "The detailed answer is due: look whether it came",
        About::Promise(PromiseId::Update) => "News is due: look whether it came",
        About::Step(_) => "No answer yet? You may take the next step",
        About::Embargo => "The agreed date",
        About::Deadline => "Your own deadline",
    },
};
