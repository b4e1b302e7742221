//! English: handing a case on to a desk of the ladder.

use crate::text::HandOnText;

pub(super) const HAND_ON: HandOnText = HandOnText {
    queued: "Sealed. It is in the outbox, and the step is on record.",
    saved: "The sealed file was saved. Send it yourself, then put the step on record.",
    taken_back: "The step was taken back. Nothing was sent.",
    not_ready: "Their keys are not checked yet, so nothing was sealed. Check the network and try again.",
    no_desk: "The team's policy of today no longer names a key for them. Use the addresses below.",
    usable: "Their key can be used. It will be sealed to:",
    unusable: "Their key cannot be used, so nothing can be sealed to them. Use the addresses below.",
    compare_first: "The policy changed in a way that you should compare first.",
    note_label: "Your note to them",
    note_hint: "Prepared from the dates on record. Read it, and change what you like. It is sealed like the report.",
    only_note: "Nothing else goes along: the report stays where it is.",
    goes_along: "Sealed together with the note:",
    with_receipt: "the server's signed receipt",
    without_files: "The large files beside the report do not go along: only the team's desk can fetch them. Say in your note how to get them.",
    sealing: "Sealing…",
    undo_note: "Nothing happens until you press this. While it waits in the outbox you can still take it back.",
    another_way: "Send it another way",
    file_note: "Save the same sealed letter as a file, and attach it to a mail. Only they can open it.",
    save_file: "Save the sealed file",
    mail_body: "Attached is a sealed OpenPGP message for you. It opens with gpg -d.",
    state_sent: "Sealed and sent",
    receipt: "Download the receipt",
    undo: "Take this step back",
    counted: "You put this on record as an answer to your report.",
    count: "Count it as an answer",
    count_note: "They are not the team, so it stops no clock by itself. If this settles the silence, put it on record: the ladder closes for now.",
    with_report: |title| format!("your report “{title}” as you sent it, with its files"),
    send: |name| format!("Seal and send to {name}"),
};
