//! English: reminders and evidence.

use sealpost_client_core::reminders::About;
use sealpost_shared::timeline::PromiseId;

use crate::text::KeepText;

pub(super) const KEEP: KeepText = KeepText {
    title: "Keep and prove",
    reminders_what: "The open dates, with an alarm, for your own calendar. Nothing in them names the team or the matter. When something has changed, save them again: newer entries take the place of older ones.",
    reminders: "Reminders for your calendar",
    evidence_what: "What was promised, kept and missed, with the signed policy and receipts, for others to check. Nothing of your report is in it, not even its title.",
    evidence: "Evidence (to check)",
    readable: "Evidence (to read)",
    saved: "Saved.",
    no_dates: "There is no open date to remember.",
    no_policy: "This case is from before the signed policy was kept with it, so there is nothing that others could check.",
    entry: |about| match about {
        About::Promise(PromiseId::Acknowledge) => "A first answer is due: look whether it came",
        About::Promise(PromiseId::Answer) => "The detailed answer is due: look whether it came",
        About::Promise(PromiseId::Update) => "News is due: look whether it came",
        About::Step(_) => "No answer yet? You may take the next step",
        About::Embargo => "The agreed date",
        About::Deadline => "Your own deadline",
    },
};
