//! English: cases that no relay holds.

use sealpost_client_core::case_record::How;
use sealpost_client_core::elsewhere::FactsError;
use sealpost_client_core::gravity::Effect;
use sealpost_client_core::zone::ZoneFit;
use sealpost_shared::timeline::PromiseId;

use crate::text::{CarryText, SealText, TrackText};

pub(super) const TRACK: TrackText = TrackText {
    title: "Track a report sent another way",
    lead: "You have reported something by mail, a web form or a call. Keep its clock here: what was promised, what is late, and whom you may turn to, and when.",
    not_sent_yet: "Not sent yet, and the team publishes a key?",
    to_seal: "Seal it here first",
    what: "What you sent",
    case_title: "A name for the case",
    case_title_hint: "It stays on this device. A few words by which you know it.",
    no_title: "Give the case a name: a few words by which you know it.",
    how_label: "How did you send it?",
    at: "When did you send it?",
    at_hint: "Every clock starts here.",
    rules_title: "What was promised",
    rules_label: "Measure it by",
    rules_hint: "Take what the project itself promises, if you know it. Otherwise take the one that comes closest.",
    rules_none: "Choose",
    rules_file: "Or open the project's policy file (.toml)",
    team_title: "The team",
    project: "Project",
    project_hint: "As it is known in public. It stands in the note, should you ever need one.",
    contact: "The team's mail address",
    contact_hint: "Only to fill in the mails you may write later.",
    addresses: "Whom you could turn to",
    addresses_hint: "Fill in what the project publishes: a mail address or a web page. You can leave any of them empty.",
    public_place: "A public place: forum or mailing list",
    start: "Start the clock",
    nothing_sent: "Nothing is sent to anybody. The case stays on this device.",
    unreadable: "This file cannot be read as a policy. Choose a .toml file of at most 64 KiB.",
    no_rules: "Choose what to measure the case by.",
    no_date: "Give the date and the time at which you sent it.",
    future: "That lies in the future. Check the date and the time.",
    gravity: "This policy has other times for graver reports. Say what you told the team.",
    effect: |effect| match effect {
        Effect::Promise { promise: PromiseId::Acknowledge, length, usual } => {
            format!("A person confirms it within {length}, not {usual}.")
        }
        Effect::Promise { promise: PromiseId::Answer, length, usual } => {
            format!("A detailed answer follows within {length}, not {usual}.")
        }
        Effect::Promise { promise: PromiseId::Update, length, usual } => {
            format!("News comes at least every {length}, not {usual}.")
        }
        Effect::Deadline { length, usual: Some(usual) } => {
            format!("It is public {length} after you sent it, not {usual}, whatever the team says.")
        }
        Effect::Deadline { length, usual: None } => {
            format!("It is public {length} after you sent it, whatever the team says.")
        }
    },
    zone_differs: |zone| {
        format!(
            "This policy cannot be used: its time zone rule is not that of {zone}, so every deadline in days would be wrong. Ask the team to correct calendar.zone_rule."
        )
    },
    zone_doubt: |fit, zone| match fit {
        ZoneFit::Fits | ZoneFit::Differs => None,
        ZoneFit::Doubtful => Some(format!(
            "Near the days on which clocks change, this policy's rule for {zone} is not what this browser knows of it. Deadlines in days may be off by an hour then."
        )),
        ZoneFit::Unknown => Some(format!(
            "This browser knows no time zone “{zone}”, so nobody can tell here whether the policy counts its days rightly. Deadlines in hours are right."
        )),
    },
    preset: |name| match name {
        "rust-classic" => "Rust, until 2025: 24 h, 48 h, news every 5 days, three steps",
        "rust-2025" => "Rust, since 2025: the same times, both coordinators at once",
        "node" => "Node.js",
        "kernel" => "Linux kernel",
        "cert-45" => "CERT/CC: public after 45 days",
        "project-zero-90-30" => "Project Zero: 90 days, and 30 more",
        "cra" => "EU Cyber Resilience Act: 24 h and 72 h",
        _ => "Another policy",
    },
    how: |how| match how {
        How::Mail => "By mail",
        How::Form => "Through a form on the web",
        How::Other => "Another way",
    },
    facts_error: |error| {
        match error {
        FactsError::Project => "Name the project: one line of at most 100 characters.".to_owned(),
        FactsError::Contact => "The team's address is not a mail address, as in security@example.org. Mend it, or leave it empty.".to_owned(),
        FactsError::Address(step) => {
            format!("The address of “{step}” is neither a mail address nor a web page. Mend it, or leave it empty.")
        }
        FactsError::Policy(error) => format!("The policy cannot be used: {error}"),
    }
    },
};

pub(super) const SEAL: SealText = SealText {
    title: "Write to a team that only publishes a key",
    lead: "Your report is sealed in this browser to the team's own OpenPGP key. You get a file that only they can open, and send it yourself.",
    key: "The team's key",
    key_why: "Look for it where the project publishes it: security.txt, its website, its repository, a key server.",
    key_file: "Choose the key file, or drop it here",
    key_hint: "An OpenPGP certificate, usually a file that ends in .asc. It is checked on this device.",
    paste: "Paste it instead",
    key_text: "From BEGIN PGP PUBLIC KEY BLOCK to END",
    usable: "This key can be used.",
    unusable: "This key cannot be used, so nothing is sealed to it.",
    names: "It calls itself",
    compare: "Anybody can make a key with any name. Compare every group of this fingerprint with what the project publishes somewhere else.",
    report: "The report",
    seal: "Seal the report",
    sealing: "Sealing…",
    next: "Nothing is sent by this. Next you save the sealed file and write the mail.",
    unreadable: "This file cannot be read, or is too large for one key.",
    no_key: "Choose the team's key first.",
};

pub(super) const CARRY: CarryText = CarryText {
    title: "Sealed. Now send it",
    title_sent: "Your sealed report",
    save_first: "Save the sealed file. Only the team's key opens it.",
    save: "Save the file (.asc)",
    to: |contact| format!("Write a mail to {contact} and attach the file."),
    to_unknown: "Write a mail to the team and attach the file.",
    attach: "A web page cannot attach it for you. Write nothing about the problem in the mail itself: subject and text travel open.",
    write_mail: "Write the mail",
    then: "Sent it? Say when: every clock starts there.",
    at: "Sent at",
    sent: "I have sent it: start the clock",
    started: "The clock runs.",
    mail_subject: |project| format!("Security report for {project} (OpenPGP)"),
    mail_body: |file| {
        format!(
            "Attached is a security report, sealed with OpenPGP to your key.\n\nSave {file} and open it with: gpg -d {file}\n\nMy own key lies inside; please encrypt your answer to it, and tell me that you could open this."
        )
    },
    answer_title: "An encrypted answer came by mail?",
    answer_what: "If they encrypted it to the key inside your report, it opens here. Nothing of it leaves this device.",
    answer_label: "Paste the encrypted message",
    answer_open: "Open it",
    answer_record: "It stops no clock by itself. Put it on record above, with the time at which it came.",
    unsigned: "Not signed by the key you wrote to: somebody else may have written this.",
    copy_kept: "This device keeps a sealed copy of your report, so that it can be handed on. Only the case's own key opens it.",
    forget: "Forget the sealed copy",
    forget_why: "Once it is forgotten, steps can only carry case number and dates.",
    forget_done: "The copy is forgotten.",
    delete: "Delete this case from this device",
    delete_sure: "Delete the case, its record and its clock? This cannot be undone. Nobody is told.",
    delete_yes: "Delete it",
    delete_no: "Keep it",
};
