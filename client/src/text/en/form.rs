//! English: writing and sending.

use sealpost_client_core::draft::{Fault, Field};
use sealpost_shared::letter::{FieldError, Severity};

use crate::services::files::FileError;
use crate::text::{Report, Words};

pub(super) const REPORT: Report = Report {
    title_field: "Title",
    title_hint: "One line that tells it from others. Only the team will read it.",
    report_field: "What did you find?",
    report_hint: "What happens, how to make it happen, what an attacker gains. Markdown is fine. An unfinished report now is better than a perfect one next week.",
    template: "## What happens\n\n\n## How to reproduce it\n\n1. \n\n## What an attacker gains\n\n\n## Ideas for a fix\n\n",
    use_template: "Insert an outline",
    more: "More details",
    product: "Product or component",
    product_hint: "For example: the HTTP/2 parser",
    versions: "Affected versions",
    versions_hint: "For example: 1.2 to 1.4.1",
    severity: "How bad is it?",
    severity_none: "I do not say",
    exploited: "It is being used in attacks",
    public: "It is public already",
    credit: "How should the team name you in its advisory?",
    credit_hint: "Empty: no wish. You may also stay anonymous.",
    attachments: "Files",
    beside: "sent beside the report",
    large_kept: "Files sent beside the report are not saved with it while you write: if this page is closed before you seal and send, choose them again.",
    cancel: "Cancel",
    remove: "Remove",
    go_on: "Continue",
    preparing: "Preparing…",
    saved: "Saved on this device, encrypted.",
    saved_promised: "Saved on this device, encrypted. The browser promised not to delete it by itself.",
    saved_not_promised: "Saved on this device, encrypted. This browser may delete it by itself, for lack of space or after some days without a visit: do not leave the report here for long.",
    saving: "Saving…",
    not_saved: "Not saved: choose above which text is to stay.",
    kept_in_memory: "Kept only while this page is open",
    faults: "Before this can be sent:",
    optional: "optional",
    next_step: "Next: 12 words that open the team's answers, then send.",
    blocked: "Nothing can be sent to this team now. The reason stands at the top.",
    not_checked: "The team's keys are not checked yet, so nothing was sent. Your text is kept. Try again in a moment, or go back to the report to see the reason.",
    overtaken: "This report is open in another tab, and that tab has saved another text (or has sent it). Your text here is not saved, and nothing was overwritten. Which one is to stay?",
    keep_mine: "Keep mine",
    take_theirs: "Take the other tab's text",
    title: |name| if name.is_empty() { "Your report".to_owned() } else { format!("Report to {name}") },
    severities: |severity| match severity {
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    },
    field: |field| match field {
        Field::Title => "title",
        Field::Report => "report",
        Field::Attachments => "attachments",
    },
    fault,
    file_error: |error| match error {
        FileError::TooLarge { name, mib: 0 } => {
            format!(
                "“{name}” was not attached: it does not fit the report, and nothing larger can go along. Say in the report where the team can get it."
            )
        }
        FileError::TooLarge { name, mib } => {
            format!(
                "“{name}” was not attached: this team takes {mib} MiB of large files together. Compress them, or say in the report where the team can get them."
            )
        }
        FileError::TooMany { name } => {
            format!(
                "“{name}” was not attached: there are 500 large files already. Put them into one archive."
            )
        }
        FileError::Unreadable { name } => {
            format!("“{name}” was not attached: the browser could not read it.")
        }
    },
    room: |room, mib| {
        let beside = match mib {
            0 => String::new(),
            mib => format!(" Larger ones are sent beside it, sealed as well: up to {mib} MiB together."),
        };
        format!("Small files travel inside the sealed report (room for {} more).{beside}", size(room as u64))
    },
    lost: |names| format!("Large files are not kept with an unfinished report. Choose them again: {names}."),
    sealing_files: |done, all| format!("Sealing the files: {} of {}", size(done), size(all)),
    leave_out: "Send without them",
    size,
};

fn fault(fault: Fault) -> String {
    match fault {
        Fault::Letter(FieldError::TitleMissing) => {
            "Give the report a title: one line that tells it from others.".to_owned()
        }
        Fault::Letter(FieldError::TitleControl) => "The title must be one line, without tabs.".to_owned(),
        Fault::Letter(FieldError::TitleLong) => {
            "The title is longer than 160 characters. Shorten it; details belong in the report.".to_owned()
        }
        Fault::Letter(FieldError::ReportMissing) => {
            "Write what you found: the team can act only on what stands here.".to_owned()
        }
        Fault::Letter(FieldError::ReportLong) => {
            "The report is longer than 512 KiB. Move long logs into a file and attach it.".to_owned()
        }
        Fault::LostFiles => {
            "Large files were attached and are not any more. Choose them again, or send without them."
                .to_owned()
        }
        Fault::TooManyFiles => "More than 32 files. Put them into one archive.".to_owned(),
        Fault::TooLarge { over } => {
            format!("The files are {} too large. Remove some, or shorten the report.", size(over as u64))
        }
    }
}

/// A size as people read it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20),
    }
}

pub(super) const WORDS: Words = Words {
    title: "Keep these 12 words",
    why: "They open the team's answers. This device remembers them too; should it lose them, only these words bring the answers back, here or in any other browser (“Open cases with their 12 words”). Nobody can send them to you again.",
    copy: "Copy the words",
    print: "Print them",
    kept: "I have kept these words",
    kept_missing: "Tick this once the words are in a safe place. In a hurry? “Send now, keep the words later” sends at once.",
    send: "Seal and send",
    sealing: "Sealing…",
    later: "Send now, keep the words later",
    later_why: "The words stay on the page of the case until you have kept them.",
    back: "Back to the report",
    again: "Keep your 12 words",
    again_why: "You sent the report before you kept them. If this device loses its data, only these words open the team's answers.",
    done: "I have kept these words",
    relay: "Server",
    team: "Team",
    signer: "Policy signed by",
    how: "To use the words elsewhere: the server's page, “Open cases with their 12 words”; or sealpost case --words-file FILE --relay SERVER --team TEAM --fingerprint DIGITS (the digits of “Policy signed by”).",
    in_clipboard: "Copied. Put them into a password manager now; other programs can read the clipboard.",
};
