//! English.

mod by_hand;
mod case;
mod elsewhere;
mod form;
mod hand_on;
mod keep;
mod paper;
mod policy;
mod settings;
mod write;

use sealpost_client_core::span::{Relative, Span};
use sealpost_client_core::vault::CLOCK;
use sealpost_shared::problem::ProblemCode;

use super::{AppText, Cases, Errors, Start, Status, Text, Time};
use crate::services::relay::RelayError;
use crate::services::store::StoreError;
use crate::services::vault::VaultError;

/// The English catalogue.
pub(super) static EN: Text = Text {
    locale: "en-GB",
    app: AppText {
        brand: "Sealpost",
        your_cases: "Your cases",
        footer: "No cookies, no tracking. What you write stays on this device until you send it, and then leaves it sealed.",
        unknown_title: "There is no such page",
        unknown: "The address leads nowhere. Your cases are untouched.",
        to_start: "Go to the start page",
        offline: "No network. You can go on writing; sending waits until the network is back.",
        not_lasting: "This browser keeps nothing for this page (a private window, perhaps). Everything is lost when you close it: keep the 12 words and the receipt, and leave the page open until the report is sent.",
        no_rest_key: "This browser cannot keep an encryption key, and nothing is kept unencrypted. Everything is lost when you close the page: keep the 12 words and the receipt, and leave the page open until the report is sent.",
        storage_held: "Another tab has this page's storage to itself, and nothing more is kept in this one. Copy what stands in a form, close the other tabs, and open the page again. Your cases are still on this device.",
        needs_network: "This browser does not keep this page itself (a private window or Tor Browser, perhaps), so it does not open without a network. Leave this tab open until everything is sent; for writing without a network, the team's page may offer one file to save.",
        all_erased: "Everything on this device was erased. Open the page again before you write anything: until then, nothing is kept.",
        settings: "What this device keeps, and how to erase it",
        update: "A new version of this page is ready. What is saved on this device stays; large files must be chosen again.",
        update_now: "Switch to it now",
        close: "Close",
        copy: "Copy",
        copied: "Copied",
        not_copied: "The browser did not copy. Select the text and copy it by hand.",
        skip: "Skip to the content",
        loading: "Opening…",
    },
    status: Status {
        online: "The network is back.",
        offline: "No network.",
        sent: "It was sent, and the receipt is here.",
        reply: "There is something new from the team.",
    },
    errors: Errors {
        vault_died: "The encryption part of this page stopped while working on this. Nothing was sent. Try again; if it stops again, reload the page.",
        vault_unreachable: "The encryption part of this page could not be loaded. Check the network and try again.",
        cleared: "The browser deleted what this page had kept on this device. What stands in a form is still here and is saved again. The team's answers come back with the 12 words of their case.",
        store,
        vault,
        relay,
    },
    start: Start {
        title: "Report a vulnerability",
        report: "Report a vulnerability",
        choose: "Whom do you want to reach?",
        promises: "What you can expect",
        secrecy: "Your report is encrypted in this browser before it leaves. Only the team can open it; this server cannot.",
        no_teams: "This server serves no team yet.",
        policy_link: "The whole policy, and the keys",
        checking_promises: "Checking what this team has promised…",
        again: "Try again",
        draft: "An unfinished report is kept on this device.",
        draft_go_on: "Go on with it",
        elsewhere: "Another team, or sent already?",
        track: "Track a report sent another way",
        track_why: "By mail or a web form: keep its clock here, and know when you may turn to whom.",
        seal: "Write to a team that only publishes a key",
        seal_why: "Seal the report here into a file that only they can open, and send it by mail.",
        of: |name| name.to_owned(),
        looks_after: |project| format!("looks after {project}"),
    },
    team: policy::TEAM,
    keys: policy::KEYS,
    report: form::REPORT,
    words: form::WORDS,
    cases: Cases {
        title: "Your cases",
        none: "There is no case on this device.",
        report: "Report a vulnerability",
        here_only: "Cases are kept on this device only.",
        files_left: "Its large files are not all sent yet.",
        replies: |count| match count {
            0 => "no answer yet".to_owned(),
            1 => "1 message from the team".to_owned(),
            more => format!("{more} messages from the team"),
        },
    },
    case: case::CASE,
    outbox: case::OUTBOX,
    upload: case::UPLOAD,
    timeline: case::TIMELINE,
    stages: write::STAGES,
    write: write::WRITE,
    ladder: case::LADDER,
    settings: settings::SETTINGS,
    restore: settings::RESTORE,
    note: by_hand::NOTE,
    hand_on: hand_on::HAND_ON,
    track: elsewhere::TRACK,
    seal: elsewhere::SEAL,
    carry: elsewhere::CARRY,
    paper: paper::PAPER,
    attention: paper::ATTENTION,
    by_hand: by_hand::BY_HAND,
    receipt: case::RECEIPT,
    keep: keep::KEEP,
    replies: case::REPLIES,
    time: Time { relative },
};

fn store(error: StoreError) -> &'static str {
    match error {
        StoreError::Missing => "This browser has no storage for this page.",
        StoreError::Quota => {
            "The browser's storage is full, so this is not saved. Free some space or remove attachments, and try again; what was saved before is still there."
        }
        StoreError::Aborted => {
            "The browser gave up saving this. Try again; what was saved before is still there."
        }
        StoreError::Closed => "The browser closed this page's storage. Reload the page.",
        StoreError::Exists => {
            "This was already done in another tab, or another draft is open for this team. Reload the page."
        }
        StoreError::Overtaken => "Another tab changed this in between. Nothing was overwritten.",
        StoreError::Gone => {
            "This is no longer on this device. Another tab may have finished it: reload the page."
        }
        StoreError::Foreign => {
            "A record on this device was written by another version of this page. Nothing was changed. Reload to get the newest version."
        }
    }
}

fn vault(error: &VaultError) -> String {
    match error {
        VaultError::Unreachable => EN.errors.vault_unreachable.to_owned(),
        VaultError::Died => EN.errors.vault_died.to_owned(),
        VaultError::Failed(failure) if failure.code == CLOCK => {
            format!("Check this device's clock: it may be slow. {}", failure.sentence)
        }
        VaultError::Failed(failure) => failure.sentence.clone(),
    }
}

fn relay(error: RelayError) -> String {
    match error {
        RelayError::Unreachable => "The server does not answer. Check the network and try again.".to_owned(),
        RelayError::Problem(code) => problem(code).to_owned(),
        RelayError::Deleted(deletion) => (case::CASE.deleted)(deletion),
        RelayError::Strange(status) => {
            format!(
                "The server's answer makes no sense (status {status}). Something between you and it may be in the way. Try again later."
            )
        }
    }
}

/// A relay's refusal. Reporters have no login, so the general sentence for what is not there would mislead them.
const fn problem(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::NotFound => {
            "The server knows nothing under this address. It may be mistyped or out of date: go to the start page, or look up the address where the project publishes it."
        }
        ProblemCode::ProofNeeded => {
            "Many reports are coming in. The server asks for some computing before it takes a new one, and that was not finished. It begins anew by itself, or when you press the button; nothing is lost."
        }
        code => code.sentence(),
    }
}

/// A length in words.
fn span(span: Span) -> String {
    let count = |n: i64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    let and = |rest: String, n: i64| if n == 0 { String::new() } else { format!(" {rest}") };
    match span {
        Span::Moment => "less than a minute".to_owned(),
        Span::Minutes(minutes) => count(minutes, "minute"),
        Span::Hours(hours, minutes) => count(hours, "hour") + &and(format!("{minutes} min"), minutes),
        Span::Days(days, hours) => count(days, "day") + &and(format!("{hours} h"), hours),
    }
}

fn relative(relative: Relative) -> String {
    match relative {
        Relative::In(Span::Moment) => "in less than a minute".to_owned(),
        Relative::In(length) => format!("in {}", span(length)),
        Relative::Ago(Span::Moment) => "just now".to_owned(),
        Relative::Ago(length) => format!("{} ago", span(length)),
    }
}
