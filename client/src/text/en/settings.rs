//! English: what is kept on this device.

use crate::text::{Restore, Settings};

pub(super) const SETTINGS: Settings = Settings {
    title: "What this device keeps",
    kept: "Drafts, cases and the outbox",
    promised: "They are kept on this device, encrypted. The browser promised not to delete them by itself.",
    not_promised: "They are kept on this device, encrypted. This browser has not promised to keep them: it may delete them for lack of space, or after some days without a visit. Keep the 12 words of each case; they bring its answers back.",
    erase: "Erase everything",
    erase_what: "Removes every draft, case, key and stored copy of this page from this browser. The team keeps what it has.",
    erase_no_undo: "This cannot be undone. Afterwards only the 12 words of a case bring its answers back; the text of drafts is gone for good.",
    erase_yes: "Yes, erase everything now",
    erase_no: "No, keep it",
    erasing: "Erasing…",
    erased: "Everything was erased. The browser lists nothing of this page any more:",
    not_all_erased: "Not everything could be erased. Close the other tabs of this page and try again, or clear the data of this site in the browser's settings. What is left:",
    erased_note: "The browser's own history may still say that you were here; clear it in the browser's menu. Files that you saved (receipts, keys) are where you put them. On most disks, deleted bytes can be recovered for a while.",
    left_databases: "Databases",
    left_caches: "Copies of this page",
    left_workers: "Service workers",
    left_values: "Cookies and small values",
    left_none: "none",
    start_again: "Open the page again",
    export: "Save all cases as one file",
    export_what: "The file is sealed under the 12 words of your cases: the words of any one of them open all of it, here or in another browser (gpg takes only the words that come first in the alphabet). With it, another device learns what the server cannot tell: titles, dates that you agreed to, steps that you took, what you recorded by hand. Drafts that were not sealed yet, and files still on their way, stay on this device.",
    export_none: "There is no case on this device to save.",
    exporting: "Sealing…",
    exported: |cases| {
        let cases = if cases == 1 { "One case was".to_owned() } else { format!("{cases} cases were") };
        format!(
            "{cases} saved. To use the file: “Open cases with their 12 words”, in any browser, on the page of the same team."
        )
    },
    erase_sure: |cases, unsent| {
        let cases = match cases {
            0 => "No case is on this device".to_owned(),
            1 => "One case on this device will be lost".to_owned(),
            more => format!("{more} cases on this device will be lost"),
        };
        match unsent {
            0 => format!("{cases}."),
            1 => format!("{cases}, and one report that was NOT SENT yet."),
            more => format!("{cases}, and {more} reports that were NOT SENT yet."),
        }
    },
};

pub(super) const RESTORE: Restore = Restore {
    title: "Open cases with their 12 words",
    link: "Open cases with their 12 words",
    what: "Brings back every case of these words that the server still has, with the team's answers and the clock. Use it on another device, or when this browser has lost its data.",
    label: "The 12 words",
    hint: "Capital letters and blanks do not matter, and the first four letters of each word are enough.",
    file: "A file of your cases, if you saved one",
    file_hint: "With it come titles, notes and letters that were not sent yet. Without it, leave this empty.",
    begin: "Open",
    working: "Looking…",
    none: "The server has no case of these words. Check that this is the server you reported to (it stands beside the words if you printed them), and that the words are those of that case. A report that was never sent is only in the browser that wrote it.",
    bad_receipt: "The server has the case, but its receipt makes no sense, so nothing was taken over. Try again; if it stays so, keep your words and ask the team by mail.",
    bad_file: "This file cannot be read as a file of cases. Choose the one you saved with “Save all cases as one file”.",
    done: "Here again",
    done_note: "Answers are fetched now. What both devices know is put together; nothing is overwritten.",
    known_little: "This case was brought back with its 12 words. This device has seen neither its title nor its text; the clock runs from the end of the hour in which the server took the report, at the latest, by the policy that the team publishes today. What you recorded by hand on the other device, such as steps taken by mail, is not known here: put it on record again before you turn to anybody. Before you write anything in public, check yourself that it says nothing of the problem.",
    case_title: |number| format!("Case {number}"),
    doubt: |team| {
        format!(
            "The policy of {team} is not the one this device knew. Open the page of the team, compare the fingerprint, and try again."
        )
    },
};
