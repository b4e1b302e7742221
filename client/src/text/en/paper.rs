//! English: the sheet for paper, and being told.

use crate::text::{AttentionText, PaperText};

pub(super) const PAPER: PaperText = PaperText {
    title: "Next steps",
    print: "Print this sheet",
    back: "Back to the case",
    says: "Dates, promises, addresses and the prepared note. Nothing about the problem is on this sheet unless you tick it.",
    with_title: "Print the case's title too",
    sent: "Report sent",
    promise: "Promised",
    due: "Due",
    state: "What came of it",
    box_to_tick: "☐ open",
    nothing_came: "nothing came",
    in_order: "If the team stays silent, in this order:",
    after_that: "After the step before it",
    address_line: "Address: ________________________________",
    note: "The note for a public place",
    note_hint: "Not a word more than this.",
    link: "A sheet for paper",
    about: |name| format!("A report to {name}"),
    printed: |date| format!("As of {date}. Dates move when somebody answers."),
};

pub(super) const ATTENTION: AttentionText = AttentionText {
    title: "While you wait",
    what: "While this page is open, in any tab, it can tell you when a date passes or an answer comes. The message says nothing about the case.",
    ask: "Tell me when a date passes",
    on: "You will be told while this page is open.",
    refused: "Notifications are blocked in this browser. Its settings for this site can change that.",
    passed: "A date has passed.",
    reply: "There is something new.",
};
