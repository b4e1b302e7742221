//! The reporter's folder: what it says about a case.

use std::path::Path;

use anyhow::Result;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{EmbargoWord, Enclosures, Matter, ReplyKind, Severity};
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp};
use serde::{Deserialize, Serialize};

use crate::files;

/// What a reporter's folder says about a case. No secret stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cmd) struct CaseFile {
    /// The relay's address.
    pub(in crate::cmd) relay: String,
    /// The team.
    pub(in crate::cmd) team: Slug,
    /// The desk.
    pub(in crate::cmd) desk: Slug,
    /// The case.
    pub(in crate::cmd) case: CaseId,
    /// Who must have signed the policy.
    pub(in crate::cmd) fingerprint: Fingerprint,
    /// When the relay took the letter: the clocks start there. Sealing alone starts none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cmd) sent: Option<Timestamp>,
    /// SHA-256 of the sealed letter.
    pub(in crate::cmd) sha256: String,
    /// As reported: some policies answer graver cases sooner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cmd) severity: Option<Severity>,
    /// As reported.
    #[serde(default)]
    pub(in crate::cmd) exploited: bool,
    /// Verified replies that were seen: they count also while the relay cannot be asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cmd) heard: Vec<Heard>,
    /// Later letters of the reporter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cmd) said: Vec<Said>,
    /// What travels beside the letter, sealed into `enclosures.pgp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cmd) enclosures: Option<Enclosures>,
}

/// A later letter of the reporter, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cmd) struct Said {
    /// Its id.
    pub(in crate::cmd) entry: EntryId,
    /// When it was written.
    pub(in crate::cmd) at: Timestamp,
    /// What it says about the embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cmd) embargo: Option<EmbargoWord>,
}

/// A verified reply, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cmd) struct Heard {
    /// Its id.
    pub(in crate::cmd) entry: EntryId,
    /// What it means for the clock.
    pub(in crate::cmd) kind: ReplyKind,
    /// When it counts from.
    pub(in crate::cmd) at: Timestamp,
    /// What it says of the disclosure.
    #[serde(default)]
    pub(in crate::cmd) matter: Matter,
}

impl CaseFile {
    /// Puts the file in place of the one in the folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(in crate::cmd) fn keep(&self, folder: &Path) -> Result<()> {
        files::replace(&folder.join("case.json"), &serde_json::to_vec_pretty(self)?)
    }
}
