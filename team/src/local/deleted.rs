//! Cases of this store that were deleted at the relay, by its word: what is here stays until somebody deletes it here, too.

use std::io::ErrorKind;

use anyhow::Result;
use sealpost_shared::wire::v1::{DeletedCase, Deletion};
use sealpost_shared::{CaseId, Timestamp};

use super::Store;
use crate::files;

impl Store {
    /// By whom and when a case was deleted at the relay, as far as a pull was told.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn deletion(&self, case: CaseId) -> Result<Option<Deletion>> {
        self.json(&format!("{case}/deleted.json"))
    }

    /// Whether a case is here, and not known to be deleted at the relay.
    pub(crate) fn is_open(&self, case: CaseId) -> bool {
        self.case(case).exists() && self.deletion(case).ok().flatten().is_none()
    }

    /// Notes that a case which is here was deleted at the relay.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn note_deletion(&self, one: &DeletedCase) -> Result<()> {
        files::replace(&self.case(one.case).join("deleted.json"), &serde_json::to_vec(&one.deletion)?)
    }

    /// Forgets that a case was called deleted; says whether it was.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn forget_deletion(&self, case: CaseId) -> Result<bool> {
        match std::fs::remove_file(self.case(case).join("deleted.json")) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Up to when deletions are known. More may come of that hour.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn deletions_known(&self) -> Result<Timestamp> {
        Ok(self.json("deletions-known.json")?.unwrap_or(Timestamp::from_seconds(0)))
    }

    /// Remembers up to when deletions are known.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_deletions_known(&self, at: Timestamp) -> Result<()> {
        files::replace(&self.root.join("deletions-known.json"), &serde_json::to_vec(&at)?)
    }
}
