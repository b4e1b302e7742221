//! English: policies and keys.

use sealpost_client_core::readiness::{Blocker, Warning};
use sealpost_client_core::team::Doubt;
use sealpost_shared::policy::explain;

use super::EN;
use crate::state::team::TeamFailure;
use crate::text::{Keys, TeamText};

/// What a policy says is said in one place, for the command line as well.
pub(super) const TEAM: TeamText = TeamText {
    policy_page: "The policy as the project publishes it",
    advisories: "Published advisories",
    offline: "For a computer that is never online",
    offline_what: "One file that seals a report without any network and keeps nothing. What it saves is sent later: with the page “Open cases with their 12 words”, the command line, or by mail.",
    offline_save: "Save the page",
    offline_signature: "Its signature",
    offline_check: "How to check it before you open it",
    offline_signed_by: "Signed by the key that signs the policy:",
    contact: "Write to the team directly",
    keys: "Keys",
    how_to_compare_title: "How to compare a fingerprint",
    how_to_compare: "This server could show you a key of its own. To be sure, find the same fingerprint where the project publishes it: its website, its source repository, a key server, a person you know. Compare every group of four. One difference means: do not send.",
    signer: "Signs this policy",
    download_policy: "Download the signed policy",
    no_key: "No key: reach this contact at the addresses below, and say nothing about the problem in plain text.",
    in_public: "In public: a forum or mailing list",
    public_place: |url| match url.trim_start_matches("https://").trim_end_matches('/') {
        "" => "a public place".to_owned(),
        place => format!("the public place {place}"),
    },
    title: |name| name.to_owned(),
    promises: explain::promises,
    if_silent: explain::if_silent,
    contact_name: explain::contact_name,
    step_name: explain::step_name,
};

pub(super) const KEYS: Keys = Keys {
    checking: "Checking the team's keys… You can start writing.",
    usable: "These keys work: your report can be sealed",
    unusable: "Nothing can be sent to this team now",
    signed_by: "The policy is signed by",
    sealed_to: "Your report will be encrypted to",
    post_quantum: "This encryption also withstands quantum computers.",
    instead: "What you can do instead: reach the team below, ask for a working key, and say nothing about the problem in plain text.",
    elsewhere: "What you can do instead: look up the team's contact where the project publishes it (its website or repository), and tell them that this page shows a policy that cannot be verified.",
    download: "Download this key (.asc)",
    until: "valid until",
    again: "Check again",
    no_expiry: "no end date",
    same_signer: "The same key signs the policy.",
    doubtful: "Nothing is sent until you have compared this",
    doubtful_instead: "Does it differ, or can you not compare it now? Then send nothing here. Look up the team's contact where the project publishes it (its website or repository), and tell them what this page shows.",
    signer_now: "Signs the policy now:",
    signer_before: "Signed it when this device knew it:",
    compared_signer: "I have compared the new fingerprint with the one the project publishes, and they are the same",
    compared_version: "I have asked the project or looked at what it publishes: this older version is in force again",
    doubt: |doubt| {
        match doubt {
        Doubt::SignerChanged { .. } => {
            "The policy is signed by another key than the one this device knows for this team. That can be an ordinary change of keys, or somebody in between.".to_owned()
        }
        Doubt::OlderPolicy { seen, served } => {
            format!("The server gives version {served} of the team's policy, but this device has already seen version {seen}. An old policy can name people who have left the team: they could read your report. That can be a slip after a repair of the server, or somebody in between.")
        }
    }
    },
    blocker: |blocker, date| {
        match blocker {
        Blocker::NotYet { .. } => format!("The team's policy is not in force yet. It begins {date}."),
        Blocker::Expired { .. } => format!("The team's policy has expired: it was not renewed by {date}."),
        Blocker::Certificate { code, sentence, .. } => {
            format!("A key of the team cannot be used ({code}). {sentence}")
        }
        Blocker::NoCertificate => "The team has no key that could be checked.".to_owned(),
        Blocker::TeamsOwnKey { .. } => {
            "The policy of today names the team's own key for them, so the team itself would read what you write.".to_owned()
        }
    }
    },
    warning: |warning, date| match warning {
        Warning::ExpiresSoon { .. } => format!("A key expires soon: {date}."),
    },
    failure: |failure| match failure {
        TeamFailure::Relay(error) => (EN.errors.relay)(*error),
        TeamFailure::Vault(error) => (EN.errors.vault)(error),
    },
    remembered: |date| {
        format!("The server does not answer. This is what it published on {date}; sending waits.")
    },
};
