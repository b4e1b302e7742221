//! Later letters of the reporter, as the record keeps them: that they were written, and the relay's receipt. Not their text.

use sealpost_shared::letter::EmbargoWord;
use sealpost_shared::timeline::{EventKind, Witness};
use sealpost_shared::{EntryId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{CaseRecord, RecordError, StoredReceipt};
use crate::outbox::Item;

/// A later letter that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentLetter {
    /// Its entry.
    pub entry: EntryId,
    /// When it was sent, by this device's clock.
    pub at: Timestamp,
    /// The relay's receipt, verified.
    pub receipt: StoredReceipt,
}

impl CaseRecord {
    /// Whether a later letter can be written: the relay has the case, and the reporter has not closed it.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.route.has_relay() && self.events.sent().is_some() && self.events.closed().is_none()
    }

    /// Records a later letter that was sent at `at`, and what it says about the embargo. A repeated one changes nothing.
    ///
    /// # Errors
    /// Only when the record was changed from outside.
    pub fn wrote(
        &mut self,
        entry: EntryId,
        embargo: Option<EmbargoWord>,
        receipt: StoredReceipt,
        at: Timestamp,
    ) -> Result<(), RecordError> {
        if self.letters.iter().any(|known| known.entry == entry) {
            return Ok(());
        }
        self.record(at, EventKind::FollowUp, Witness::Reporter)?;
        if let Some(word) = embargo {
            self.record(at, word.into(), Witness::Reporter)?;
        }
        self.letters.push(SentLetter { entry, at, receipt });
        Ok(())
    }

    /// Whether a letter of the outbox has its receipt on this record.
    #[must_use]
    pub fn has_arrived(&self, item: &Item) -> bool {
        item.case == self.case
            && match item.entry {
                None => self.receipt.is_some(),
                Some(entry) => self.letters.iter().any(|letter| letter.entry == entry),
            }
    }

    /// What the team proposed last about the embargo, while it lies ahead and nothing was agreed to since.
    #[must_use]
    pub fn proposed_by_team(&self, now: Timestamp) -> Option<Timestamp> {
        let mut events = self.events.events().rev().filter(|event| event.by == Witness::Team);
        let (at, until) = events.find_map(|event| match event.kind {
            EventKind::EmbargoProposed { until } => Some((event.at, until)),
            _ => None,
        })?;
        let is_settled = self.events.events().any(|event| match event.kind {
            EventKind::EmbargoAgreed { until: agreed } => agreed == until || event.at > at,
            _ => false,
        });
        (until > now && !is_settled).then_some(until)
    }
}
