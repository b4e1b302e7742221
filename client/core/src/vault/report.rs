//! What a report is sealed from, and what comes of it.

use sealpost_shared::letter::{Enclosures, Severity};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{CaseId, Fingerprint, Timestamp, id::Slug};
use serde::{Deserialize, Serialize};

/// What [`super::VaultRequest::SealReport`] needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealReport {
    /// The bundle as fetched; checked again before anything is sealed (promise 1).
    pub bundle: BundleResponse,
    /// The desk to seal to.
    pub desk: Slug,
    /// The twelve words of the case's secret.
    pub words: String,
    /// What the reporter wrote.
    pub report: ReportDraft,
    /// What travels beside the letter, sealed before.
    #[serde(default)]
    pub enclosures: Option<Enclosures>,
    /// The page's clock.
    pub now: Timestamp,
}

/// What stands in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportDraft {
    /// One line.
    pub title: String,
    /// The prose, Markdown.
    pub text: String,
    /// Product or component.
    pub product: String,
    /// Affected versions.
    pub versions: String,
    /// In four words, if the reporter says.
    pub severity: Option<Severity>,
    /// Attacks are known.
    pub exploited: bool,
    /// It is public already.
    pub public: bool,
    /// How to be credited.
    pub credit: String,
    /// Small files that travel inside the letter.
    pub attachments: Vec<DraftAttachment>,
}

/// A small file of a [`ReportDraft`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftAttachment {
    /// The file's own name.
    pub name: String,
    /// Its media type, as the browser guesses it; empty for none.
    pub content_type: String,
    /// Its bytes in base64.
    pub base64: String,
}

/// A sealed report, ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedReport {
    /// The case it opens.
    pub case: CaseId,
    /// The sealed bytes in base64.
    pub sealed: String,
    /// Their SHA-256 in lowercase hexadecimal.
    pub sha256: String,
    /// Their number.
    pub size: u64,
    /// The certificates it was sealed to.
    pub recipients: Vec<Fingerprint>,
    /// The same letter sealed to the case key alone, in base64, for the reporter's own keeping: with it the report can be sealed
    /// again to another desk. It never leaves the device. `None` where nothing is to be kept.
    #[serde(default)]
    pub own_copy: Option<String>,
}
