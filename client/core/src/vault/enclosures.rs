//! Large files beside a letter: they are sealed chunk by chunk, and their bytes do not travel as JSON.

use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{Timestamp, id::Slug};
use serde::{Deserialize, Serialize};

/// What [`super::VaultRequest::SealEnclosures`] needs beside the files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealEnclosures {
    /// The bundle as fetched; checked again before anything is sealed (promise 1).
    pub bundle: BundleResponse,
    /// The desk to seal to.
    pub desk: Slug,
    /// The twelve words of the case's secret.
    pub words: String,
    /// The page's clock.
    pub now: Timestamp,
}

/// Answer to [`super::VaultRequest::SealEnclosures`]: it has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosing {
    /// About how many bytes will come, for a progress bar.
    pub expected: u64,
}
