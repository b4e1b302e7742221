//! English: the public note, and what is recorded by hand.

use sealpost_client_core::by_hand::{ByHandError, CameBy};

use crate::text::{ByHandText, NoteText};

pub(super) const NOTE: NoteText = NoteText {
    label: "Your note",
    hint: "You may change it. While you write, it is compared with your report, on this device.",
    good: "Apart from everyday words, nothing of your report was found in this note. That is no proof: read every line you added once more.",
    compare: "Compare it with what you sent",
    compare_hint: "Paste what you reported. The note is then compared with that, on this device; what you paste is kept nowhere.",
    too_long: "That is too long to compare. Paste the words of the report, without its files.",
    title_only: "This page does not know what you reported, so the note was only compared with the title. Paste above what you sent, or read the note once more yourself: does it say anything about the problem?",
    nothing_known: "This page does not know what you reported, so the note was compared with nothing. Paste above what you sent, or read the note once more yourself: it must say nothing of the problem.",
    empty: "The note is empty.",
    stopped: "Do not post this yet. Leave out, and say in no other words either:",
    copy: "Copy the note",
    forum: "Open the public place",
    no_forum: "The policy used here names no public place. Look it up where the project publishes it, and post the note there.",
    again: "Start again from the prepared note",
    harmless: |word| format!("“{word}” is harmless here: use it"),
};

pub(super) const BY_HAND: ByHandText = ByHandText {
    title: "Something came another way?",
    what: "By mail, by telephone, in a chat: put it on record here, so that the clocks are right. It stays on this device, and you can take it back.",
    kind: "What came?",
    choose: "Choose",
    at: "When?",
    save: "Put it on record",
    saved: "It is on record.",
    undo: "Take this back",
    undone: "It is off the record.",
    choose_first: "Choose what came.",
    no_date: "Give the date and the time at which it came.",
    mend: "Sent at another time?",
    mend_what: "Correct it here. Every clock is then counted from that moment.",
    mend_at: "When did you send it?",
    mend_save: "Count from then",
    mended: "Corrected. Everything is counted from then.",
    came: |came| match came {
        CameBy::AutoReply => "An automatic answer",
        CameBy::Acknowledgement => "A person confirmed my report",
        CameBy::Answer => "A person answered in detail",
        CameBy::Update => "A person sent news",
    },
    note: |came| match came {
        CameBy::AutoReply => {
            "An automatic answer keeps no promise and stops no clock. It is only noted in the timeline."
        }
        CameBy::Acknowledgement | CameBy::Answer | CameBy::Update => {
            "This counts like an answer that came through this page: the ladder closes for now, and silence is counted from it anew."
        }
    },
    error: |error| match error {
        ByHandError::BeforeSending => "That is before you sent the report. Check the date and the time.",
        ByHandError::Future => "That lies in the future. Check the date and the time.",
        ByHandError::Twice => "Exactly this is on record already.",
        ByHandError::Handed => "A sealed letter of this step is with them, or waits in the outbox.",
        ByHandError::LaterStep => "A later step is on record. Take that one back first.",
        ByHandError::AfterOthers => {
            "Something on record happened before that. Check the date and the time, or take that back first."
        }
        ByHandError::NotByHand | ByHandError::Stays(_) => "Only what you recorded by hand can be taken back.",
        ByHandError::Record(_) => {
            "The record of this case was changed from outside, so nothing was added. Reload the page."
        }
    },
};
