//! English: how far the team is, and writing to it again.

use sealpost_shared::Timestamp;
use sealpost_shared::letter::EmbargoWord;

use crate::text::{StagesText, WriteText};

pub(super) const STAGES: StagesText = StagesText {
    title: "How far the team is",
    nobody: "The team has not said yet who handles your report.",
    handler: |name| format!("{name} handles your report."),
    not_yet: "Not yet",
    embargo: "Until when nobody speaks",
    agreed: "Agreed by both sides. Nothing becomes public before",
    proposed: "Proposed, not agreed. As it stands, nothing becomes public before",
    preferred: "By the team's policy, as nobody proposed another date. Nothing becomes public before",
    ended: "The embargo is over since",
    deadline: "Your own deadline, whatever is agreed:",
    agree: |date| format!("Agree to the team's date: {date}"),
    counter: "Propose another date",
};

pub(super) const WRITE: WriteText = WriteText {
    title: "Write to the team again",
    what: "The letter is sealed like your report and goes to the same people. Your own record of promises that were missed goes with it.",
    label: "Your letter",
    until: "Propose until when nobody speaks (optional)",
    until_hint: "Date and time where you are. The shortest proposal counts until both sides have named the same moment.",
    send: "Seal and send",
    sealing: "Sealing…",
    queued: "Your letter is sealed and on its way.",
    waiting: "A letter of yours is sealed and on its way.",
    later: "It waits on this device and goes out by itself.",
    not_ready: "The team's keys cannot be used just now, so nothing was sealed and your text is still here. The team's page says why.",
    saved: "Kept on this device until you send it.",
    empty: "Write something, or name a date.",
    no_date: "Give the date and the time, or leave both out.",
    past: "This moment is over. Name one that is still to come.",
    sent: "Letters you sent",
    receipt: "Save the receipt",
    from_elsewhere: "(from another device)",
    elsewhere: "The server says that you wrote from another device as well. What you wrote there, and the dates that you named, only that device knows: save all cases as one file there, and open the file here. If you did not write it, somebody else has your 12 words: tell the team another way.",
    now: "Try now",
    take_back: "Take the text back into the box",
    overtaken: "Another tab has another text for this letter, so nothing is saved here. Copy what you need, then reload the page.",
    embargo: |word| match word {
        EmbargoWord::Proposed { until } => {
            format!("I propose that nothing becomes public before {}.", utc(until))
        }
        EmbargoWord::Agreed { until } => format!("I agree: nothing becomes public before {}.", utc(until)),
        EmbargoWord::Lifted => "I regard the embargo as over.".to_owned(),
    },
};

/// A moment that means the same everywhere.
fn utc(at: Timestamp) -> String {
    at.to_string().replace('T', " ").replace('Z', " UTC")
}
