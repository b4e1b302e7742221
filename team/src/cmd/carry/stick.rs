//! The folder on the stick: `sealpost-export.json` and `CASE/ENTRY.pgp`. Every file is checked against its digest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{BundleResponse, FeedRow};
use sealpost_shared::{CaseId, EntryId, limits};
use serde::{Deserialize, Serialize};

use crate::bundle::sha256;
use crate::files;

/// The form's version.
const VERSION: u32 = 1;

/// A bundle of 16 MiB, and 100,000 rows of 300 bytes.
const MAX_LIST_BYTES: u64 = 48 * 1024 * 1024;

const LIST: &str = "sealpost-export.json";

/// What lies on the stick.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stick {
    v: u32,
    /// The team.
    pub(super) team: Slug,
    /// The desk.
    pub(super) desk: Slug,
    /// The bundle of the last pull.
    pub(super) bundle: BundleResponse,
    /// What the relay listed, in the feed's own form.
    pub(super) rows: Vec<FeedRow>,
    /// Answers that the feed has not brought back.
    pub(super) sent: Vec<CarriedSent>,
}

/// A sealed answer on its way to a machine with a network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedSent {
    /// The case.
    pub(super) case: CaseId,
    /// The entry it will be.
    pub(super) entry: EntryId,
    /// SHA-256 of its bytes.
    pub(super) sha256: String,
    /// The relay's receipt, once it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) receipt: Option<String>,
}

impl Stick {
    /// A stick with nothing on it yet.
    pub(super) fn empty(team: &Slug, desk: &Slug, bundle: BundleResponse) -> Self {
        Self {
            v: VERSION,
            team: team.clone(),
            desk: desk.clone(),
            bundle,
            rows: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// Reads the list.
    ///
    /// # Errors
    /// When there is none, or it is of another version.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(LIST);
        let bytes = files::read_if_there(&path, MAX_LIST_BYTES)?;
        let bytes = bytes.with_context(|| {
            format!("{} has no {LIST}; name the folder that `sealpost export` wrote", dir.display())
        })?;
        let stick: Self = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is damaged; export again", path.display()))?;
        ensure!(
            stick.v == VERSION,
            "{} was written by another version of sealpost; use the same on both machines",
            path.display()
        );
        Ok(stick)
    }

    /// Writes the list, after the letters: what it names is there.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn keep(&self, dir: &Path) -> Result<()> {
        files::replace(&dir.join(LIST), &serde_json::to_vec_pretty(self)?)
    }
}

fn path(dir: &Path, case: CaseId, entry: EntryId) -> PathBuf {
    dir.join(case.to_string()).join(format!("{entry}.pgp"))
}

/// Writes a sealed letter, unless these very bytes lie there.
///
/// # Errors
/// When the disk refuses.
pub(super) fn put(dir: &Path, case: CaseId, entry: EntryId, sealed: &[u8]) -> Result<()> {
    let path = path(dir, case, entry);
    if files::read_if_there(&path, limits::MAX_LETTER_BYTES as u64)?.is_some_and(|there| there == sealed) {
        return Ok(());
    }
    files::private_folder(&dir.join(case.to_string()))?;
    files::replace(&path, sealed)
}

/// Reads a sealed letter.
///
/// # Errors
/// When it is missing or was changed.
pub(super) fn get(dir: &Path, case: CaseId, entry: EntryId, wanted: &str) -> Result<Vec<u8>> {
    let path = path(dir, case, entry);
    let bytes = files::read(&path, limits::MAX_LETTER_BYTES as u64)?;
    ensure!(
        sha256(&bytes) == wanted,
        "{} was changed on the way (SHA-256 differs); export again",
        path.display()
    );
    Ok(bytes)
}
