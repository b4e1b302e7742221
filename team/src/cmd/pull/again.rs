//! What the relay called deleted, looked at again. **Rule:** PROTOCOL.md, "Deleting": it is the relay's word, and no more.

use anyhow::{Context as _, Result};
use sealpost_shared::limits::MAX_PAGE_ROWS;
use sealpost_shared::wire::v1::FeedRow;

use super::{Pull, lost};
use crate::session::make_random;

impl Pull<'_, '_> {
    /// Passes over a row whose case was deleted, as the relay says; that is named, and looked at again.
    pub(super) fn pass_over(&mut self, row: &FeedRow) {
        self.deleted.insert(row.case);
        self.gone.insert(row.seq);
    }

    /// Looks again at a page of rows that were called deleted: of many pages at any one, so that each has its turn and none costs much.
    pub(super) fn look_again(&mut self) -> Result<()> {
        let pages = self.gone.pages(u64::from(MAX_PAGE_ROWS));
        if pages.is_empty() {
            return Ok(());
        }
        let turn = u64::from_be_bytes(make_random()?) % pages.len() as u64;
        let after = pages.get(usize::try_from(turn)?).context("a turn is one of the pages")?;
        let mut rows = self.page(*after)?.rows;
        rows.retain(|row| !row.entry.is_deleted() && self.gone.has(row.seq));
        rows.iter().try_for_each(|row| self.see_if_back(row))?;
        self.fetch_each(&rows)
    }

    /// A case with letters in the feed is not deleted, whatever was said before: it counts here again.
    pub(super) fn see_if_back(&mut self, row: &FeedRow) -> Result<()> {
        if !row.entry.is_deleted() && (self.store.forget_deletion(row.case)? | self.gone.remove(row.seq)) {
            self.back.insert(row.case);
        }
        Ok(())
    }

    /// Names cases that were called deleted and are there again.
    pub(super) fn say_what_is_back(&self) {
        if !self.back.is_empty() {
            self.context.ui.warn(&format!(
                "THE RELAY CALLED {} DELETED, and shows it again: it lied, or was restored from a backup. It counts here as before. Ask \
                 who runs the relay.",
                lost::cases(self.back.iter().copied())
            ));
        }
    }
}
