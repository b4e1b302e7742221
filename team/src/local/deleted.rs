//! Cases of this store that were deleted at the relay, by its word: what is here stays until somebody deletes it here, too.

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

    /// Notes what the relay says was deleted, of cases that are here; says of which this was not known.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn note_deletions(&self, told: &[DeletedCase]) -> Result<Vec<DeletedCase>> {
        let mut news = Vec::new();
        for one in told.iter().filter(|one| self.case(one.case).exists()) {
            if self.deletion(one.case).ok().flatten().is_none() {
                let path = self.case(one.case).join("deleted.json");
                files::replace(&path, &serde_json::to_vec(&one.deletion)?)?;
                news.push(*one);
            }
        }
        Ok(news)
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
