//! What others of the desk, or the policy, deleted since: said once, and marked in the list until it is deleted here, too.

use anyhow::Result;
use sealpost_shared::limits::MAX_PAGE_ROWS;
use sealpost_shared::wire::v1::DeletedCase;

use super::Pull;
use crate::relay_api::deleted;

impl Pull<'_, '_> {
    /// Asks what was deleted, and says what of it is stored here and was not known to be.
    ///
    /// # Errors
    /// When the relay does not answer, or the disk refuses.
    pub(super) fn hear_of_deletions(&mut self) -> Result<Vec<DeletedCase>> {
        let (team, desk) = (&self.settings.team, &self.settings.desk);
        let known = self.store.deletions_known()?;
        let (mut since, mut after) = (known, None);
        let mut news = Vec::new();
        loop {
            let page =
                self.session.call(|token| self.api.deletions(team, desk, since, after, token))?.deletions;
            news.extend(self.store.note_deletions(&page)?);
            let Some(last) = page.last().copied() else { break };
            // A relay that goes round in circles is not followed.
            let goes_on = (last.deletion.at, Some(last.case)) > (since, after);
            (since, after) = (last.deletion.at, Some(last.case));
            if !goes_on || page.len() < MAX_PAGE_ROWS as usize {
                break;
            }
        }
        if since != known {
            self.store.set_deletions_known(since)?;
        }
        Ok(news)
    }
}

/// One line for a case.
pub(super) fn line(one: &DeletedCase) -> String {
    let short = one.case.short();
    format!("{short}: {}. What is here stays until `sealpost delete {short} --yes`", deleted(&one.deletion))
}
