//! What a store promises about public advisories: signed documents that were let in after their embargo.

use async_trait::async_trait;
use sealpost_advisory::AdvisoryId;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Severity;
use sealpost_shared::{Fingerprint, Timestamp};

use super::StoreError;

/// The most advisories of one team: one a day for five years.
pub const MAX_TEAM_ADVISORIES: u32 = 2_000;

/// What lists and feeds show of an advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryRecord {
    /// Its id.
    pub id: AdvisoryId,
    /// One line.
    pub title: String,
    /// What can happen to whom.
    pub summary: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Other ids of the same problem.
    pub aliases: Vec<String>,
    /// When the embargo lifted.
    pub published: Timestamp,
    /// When this version was made.
    pub modified: Timestamp,
    /// Since when it no longer holds.
    pub withdrawn: Option<Timestamp>,
    /// The member who signed it.
    pub signer: Fingerprint,
    /// SHA-256 of the signed text, in lowercase hexadecimal.
    pub sha256: String,
}

/// An advisory as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAdvisory {
    /// What lists show.
    pub record: AdvisoryRecord,
    /// The signed text, exactly as it came.
    pub signed: String,
    /// The text inside the signature.
    pub document: String,
}

/// What became of a publication. Either way it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutAdvisory {
    /// It was new.
    New,
    /// It took the place of an earlier version.
    Corrected,
    /// The same bytes were there already.
    Again,
}

/// What one relay, or several together, remember about public advisories. Every write is one transaction.
#[async_trait]
pub trait Announcements: Send + Sync {
    /// Stores an advisory, or a correction of it. The same bytes again are [`PutAdvisory::Again`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is there that was not made before this one, or names another date of
    /// publication; [`StoreError::Full`] when the team has its 2,000.
    async fn put_advisory(&self, team: &Slug, advisory: StoredAdvisory) -> Result<PutAdvisory, StoreError>;

    /// A team's advisories with `published <= now`, the last changed first, at most `most`.
    async fn advisories(
        &self,
        team: &Slug,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<AdvisoryRecord>, StoreError>;

    /// One advisory, if it is there and its date of publication is not after `now`.
    async fn advisory(
        &self,
        team: &Slug,
        id: &AdvisoryId,
        now: Timestamp,
    ) -> Result<Option<StoredAdvisory>, StoreError>;
}
