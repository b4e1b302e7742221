//! Letters that the relay once had and does not show any more: nothing here is lost by that, and nobody is left to wonder.

use std::collections::BTreeSet;

use anyhow::Result;
use sealpost_shared::wire::v1::FeedRow;
use sealpost_shared::{CaseId, EntryId};

use crate::config::Context;
use crate::local::{SentEntry, Store};

/// More cases than these are counted, not named.
const MAX_NAMED: usize = 5;

/// Watches a feed that is read from its beginning, and says afterwards what is stored here and was not in it.
#[derive(Debug, Default)]
pub(super) struct Roll {
    /// `None` while only news are read: then what is missing cannot be known.
    seen: Option<BTreeSet<(CaseId, EntryId)>>,
}

impl Roll {
    /// The feed is read from its beginning from here on.
    pub(super) fn begin(&mut self) {
        self.seen = Some(BTreeSet::new());
    }

    /// Notes a row of the feed.
    pub(super) fn see(&mut self, row: &FeedRow) {
        if let Some(seen) = &mut self.seen {
            seen.insert((row.case, row.entry.entry));
        }
    }

    /// Names what is stored here and the whole feed did not show.
    ///
    /// # Errors
    /// When the store is damaged.
    pub(super) fn call(&self, context: &Context, store: &Store) -> Result<()> {
        let Some(seen) = &self.seen else { return Ok(()) };
        let mut lost = Vec::new();
        for case in store.cases()? {
            // A damaged index is named when its case is opened.
            let entries = store.entries(case).unwrap_or_default();
            let gone = entries.iter().filter(|known| !seen.contains(&(case, known.entry))).count();
            if gone > 0 {
                lost.push((case, gone));
            }
        }
        if !lost.is_empty() {
            context.ui.warn(&sentence(&lost));
        }
        Ok(())
    }
}

fn sentence(lost: &[(CaseId, usize)]) -> String {
    let letters: usize = lost.iter().map(|(_, gone)| gone).sum();
    format!(
        "THE RELAY NO LONGER HAS {letters} of the letters that are stored here, in {}. They stay here; reporters and other \
         members may not see them. Ask who runs the relay.",
        cases(lost.iter().map(|(case, _)| *case))
    )
}

/// `case 7f3a-91c2, 0b1c-22d3 and 4 more`
pub(super) fn cases(cases: impl ExactSizeIterator<Item = CaseId>) -> String {
    let more = cases.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let named: Vec<String> = cases.take(MAX_NAMED).map(|case| case.short()).collect();
    format!("case {}{more}", named.join(", "))
}

/// Says that the relay signed for a letter of our own and does not show it, and forgets the receipt: the letter goes out again.
///
/// # Errors
/// When the disk refuses.
pub(super) fn forget_receipt(context: &Context, store: &Store, sent: &SentEntry) -> Result<()> {
    store.forget_receipt(sent)?;
    context.ui.warn(&format!(
        "the relay gave a receipt for a letter of yours to {}, and does not show it: it was lost there, or is kept back. The next \
         pull sends it again.",
        sent.case.short()
    ));
    Ok(())
}
