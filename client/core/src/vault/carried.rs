//! Questions about letters that go another way than a report to its team: handed on to a contact of the ladder, or carried
//! by the reporter as a file.

use sealpost_shared::id::Slug;
use sealpost_shared::policy::PolicyFile;
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{CaseId, Fingerprint, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ReportDraft, SealedReport, Secret};

/// What a step of the ladder hands to a desk: a cover note, and the report if the policy allows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandOn {
    /// The bundle as fetched; checked again before anything is sealed (promise 1).
    pub bundle: BundleResponse,
    /// The desk to seal to.
    pub desk: Slug,
    /// The twelve words of the case's secret.
    pub words: String,
    /// Which of the secret's cases the new one is; never one that was used.
    pub index: u32,
    /// Which of the secret's cases the report belongs to.
    pub from: u32,
    /// What the letter is called; taken from the report where it goes along.
    pub title: String,
    /// What the reporter writes to the desk.
    pub note: String,
    /// The reporter's own sealed copy of the report, in base64; `None` where the step may carry only case and dates.
    pub own_copy: Option<String>,
    /// Signed receipts that go along: name and text.
    pub receipts: Vec<(String, String)>,
    /// The page's clock.
    pub now: Timestamp,
}

/// What [`HandOn`] gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOn {
    /// The names of the new case.
    pub secret: Secret,
    /// The sealed letter.
    pub sealed: SealedReport,
}

/// A report for a team that has no relay and only publishes a certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealToCertificate {
    /// Armored, as it was judged; judged again before anything is sealed (promise 1).
    pub certificate: String,
    /// The twelve words of the case's secret.
    pub words: String,
    /// What the reporter wrote.
    pub report: ReportDraft,
    /// A name for the team.
    pub team: Slug,
    /// SHA-256 of the policy the case is measured by.
    pub policy_sha256: String,
    /// The page's clock.
    pub now: Timestamp,
}

/// A policy file that was read and breaks no rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPolicy {
    /// What stands in it.
    pub policy: PolicyFile,
    /// SHA-256 of the file in lowercase hexadecimal.
    pub sha256: String,
    /// It is a preset, by which the reporter measures a team that promised nothing.
    #[serde(default)]
    pub is_measure: bool,
}

/// An answer that came by mail. It never touches the timeline by itself: the reporter puts it on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedMail {
    /// The prose.
    pub text: String,
    /// Who signed it, if one of the team's certificates did.
    pub signed_by: Option<Fingerprint>,
}

/// The name of the file in which a sealed letter is saved.
#[must_use]
pub fn file_name(case: CaseId) -> String {
    format!("report-{}.asc", case.short())
}
