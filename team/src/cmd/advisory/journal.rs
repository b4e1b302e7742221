//! The journal of a publication, beside the document: what was done when, so that after a crash it goes on and nothing is done twice.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealpost_advisory::{Advisory, AdvisoryId};
use sealpost_shared::Timestamp;
use sealpost_shared::policy::{Doer, Policy};
use serde::{Deserialize, Serialize};

use crate::bundle::sha256;
use crate::files;

/// The most bytes of a journal: a dozen steps of a few lines.
const MAX_JOURNAL_BYTES: u64 = 256 * 1024;

/// What our own step is called.
const ON_RELAY: &str = "Publish the signed advisory on the relay, with its feeds";

/// Everything about one publication. The steps are those of the policy in force when it began: a later policy changes none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    /// The form of this file.
    journal: u32,
    /// Which advisory.
    pub(super) id: AdvisoryId,
    /// SHA-256 of the document that is being published.
    document_sha256: String,
    /// SHA-256 of the document as it was signed, once it is.
    pub(super) signed_sha256: Option<String>,
    /// When it began.
    pub(super) begun: Timestamp,
    /// What is done, in order.
    pub(super) steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// What, in the policy's words.
    pub(super) action: String,
    /// Who does it.
    pub(super) by: Doer,
    /// Until when, by the policy.
    pub(super) due: Timestamp,
    /// How far it is.
    pub(super) state: StepState,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum StepState {
    /// Not begun.
    Open,
    /// Begun, and nobody knows whether it ended: only a person can find out.
    Started {
        /// When.
        at: Timestamp,
        /// What to look for.
        mark: String,
    },
    /// Done.
    Done {
        /// When.
        at: Timestamp,
    },
}

impl Step {
    /// Whether nothing is left of it to do.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.state, StepState::Done { .. })
    }
}

impl Journal {
    /// A journal of nothing done yet.
    pub(super) fn begin(advisory: &Advisory, text: &str, policy: &Policy, now: Timestamp) -> Self {
        Self {
            journal: 1,
            id: advisory.id.clone(),
            document_sha256: sha256(text.as_bytes()),
            signed_sha256: None,
            begun: now,
            steps: plan(policy, advisory.published),
        }
    }

    /// Where the journal of a document lies.
    pub(super) fn path(document: &Path) -> PathBuf {
        beside(document, "journal.json")
    }

    /// The journal of a document, if publishing began.
    ///
    /// # Errors
    /// When it cannot be read, or the document changed since.
    pub(super) fn read(document: &Path, text: &str) -> Result<Option<Self>> {
        let path = Self::path(document);
        let Some(bytes) = files::read_if_there(&path, MAX_JOURNAL_BYTES)? else { return Ok(None) };
        let journal: Self = serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} is no journal of a publication; move it away only if nothing was published yet",
                path.display()
            )
        })?;
        ensure!(
            journal.document_sha256 == sha256(text.as_bytes()),
            "{} was changed after its publication began. Put it back as it was to go on; for a correction set `modified` in a copy under \
             another name and publish that",
            document.display()
        );
        Ok(Some(journal))
    }

    /// Puts it on the disk, durably.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn write(&self, document: &Path) -> Result<()> {
        files::replace(&Self::path(document), &serde_json::to_vec_pretty(self)?)
    }

    /// The steps that are not done.
    pub(super) fn left(&self) -> usize {
        self.steps.iter().filter(|step| !step.is_done()).count()
    }
}

/// `NAME.md` and `asc` make `NAME.asc`.
pub(super) fn beside(document: &Path, ending: &str) -> PathBuf {
    document.with_extension(ending)
}

/// The policy's list in order. Publishing on the relay stands right behind the announcement by mail unless the policy puts it elsewhere:
/// those who follow the feed are told with those who read the list.
fn plan(policy: &Policy, published: Timestamp) -> Vec<Step> {
    let step = |action: &str, by, due| Step { action: action.to_owned(), by, due, state: StepState::Open };
    let listed = policy.disclosure.publish.iter();
    let mut steps: Vec<Step> =
        listed.map(|each| step(&each.action, each.by, policy.after(published, each.within))).collect();
    if !steps.iter().any(|step| step.by == Doer::Relay) {
        let behind_mail = steps.iter().position(|step| step.by == Doer::Mail).map_or(0, |at| at + 1);
        steps.insert(behind_mail, step(ON_RELAY, Doer::Relay, published));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(preset: &str) -> Policy {
        Policy::from_toml(preset).unwrap()
    }

    #[test]
    fn the_relay_follows_the_mail_and_each_step_has_its_time() {
        let published: Timestamp = "2026-12-01T15:00:00Z".parse().unwrap();
        let steps = plan(&policy(include_str!("../../../../policies/rust-classic.toml")), published);
        let by: Vec<Doer> = steps.iter().map(|step| step.by).collect();
        assert_eq!(by, [Doer::Mail, Doer::Relay, Doer::Person, Doer::Person]);
        assert_eq!(steps[1].due, published);
        assert_eq!(steps[3].due.to_string(), "2026-12-01T21:00:00Z");
        let without_mail = plan(&policy(include_str!("../../../../policies/cert-45.toml")), published);
        assert_eq!(without_mail[0].by, Doer::Relay);
    }
}
