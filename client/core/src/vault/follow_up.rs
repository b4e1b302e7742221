//! The part of the contract that is about later letters of the reporter.

use sealpost_shared::id::Slug;
use sealpost_shared::letter::{EmbargoWord, MissedPromise};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{EntryId, Timestamp};
use serde::{Deserialize, Serialize};

/// What [`super::VaultRequest::SealFollowUp`] needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealFollowUp {
    /// The bundle as fetched; checked again before anything is sealed (promise 1).
    pub bundle: BundleResponse,
    /// The desk that has the case.
    pub desk: Slug,
    /// The twelve words of the case's secret.
    pub words: String,
    /// Which of the words' cases it is.
    pub index: u32,
    /// The prose.
    pub text: String,
    /// What it says about the embargo.
    pub embargo: Option<EmbargoWord>,
    /// The promises that were not kept in time, by this device's record.
    pub missed: Vec<MissedPromise>,
    /// The page's clock.
    pub now: Timestamp,
}

/// A sealed later letter, ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedFollowUp {
    /// The entry it will be.
    pub entry: EntryId,
    /// The sealed bytes in base64.
    pub sealed: String,
    /// Their SHA-256 in lowercase hexadecimal.
    pub sha256: String,
}
