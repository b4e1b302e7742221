//! Later letters of the reporter, as the record keeps them: that they were written, and the relay's receipt. Not their text.

use sealpost_shared::letter::EmbargoWord;
use sealpost_shared::timeline::{Event, EventKind, Witness};
use sealpost_shared::{EntryId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{CaseRecord, RecordError, StoredReceipt};
use crate::outbox::Item;
use crate::restore::LAST_OF_THE_HOUR;

/// A later letter that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentLetter {
    /// Its entry.
    pub entry: EntryId,
    /// When it was sent, by this device's clock; of a letter from elsewhere, the hour of its receipt, but within it not before the report.
    pub at: Timestamp,
    /// The relay's receipt, verified.
    pub receipt: StoredReceipt,
    /// Another device wrote it: the relay says so, and nobody but the team knows what it says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
}

impl SentLetter {
    /// What stands on the timeline for it.
    #[must_use]
    pub const fn event(&self) -> Event {
        Event { at: self.at, kind: EventKind::FollowUp, by: Witness::Reporter }
    }
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
        if self.letters.iter().any(|known| known.entry == entry && !known.elsewhere) {
            return Ok(());
        }
        self.forget_elsewhere(entry);
        self.record(at, EventKind::FollowUp, Witness::Reporter)?;
        if let Some(word) = embargo {
            self.record(at, word.into(), Witness::Reporter)?;
        }
        self.letters.push(SentLetter { entry, at, receipt, elsewhere: false });
        Ok(())
    }

    /// Records a later letter of which only the relay's verified receipt is known here: another device with the same words wrote it. A
    /// known one changes nothing.
    ///
    /// # Errors
    /// Only when the record was changed from outside.
    pub fn wrote_elsewhere(&mut self, entry: EntryId, receipt: StoredReceipt) -> Result<(), RecordError> {
        if self.has_letter(entry) {
            return Ok(());
        }
        // The receipt names the hour alone; within it, a later letter follows the one that opened the case.
        let last = receipt.received + LAST_OF_THE_HOUR;
        let at = self.events.sent().map_or(receipt.received, |sent| sent.clamp(receipt.received, last));
        self.record(at, EventKind::FollowUp, Witness::Reporter)?;
        self.letters.push(SentLetter { entry, at, receipt, elsewhere: true });
        Ok(())
    }

    /// Whether an entry is a later letter on record.
    #[must_use]
    pub fn has_letter(&self, entry: EntryId) -> bool {
        self.letters.iter().any(|known| known.entry == entry)
    }

    /// Forgets what the relay alone told of a letter, because this device knows better.
    fn forget_elsewhere(&mut self, entry: EntryId) {
        let (told, letters): (Vec<SentLetter>, _) =
            std::mem::take(&mut self.letters).into_iter().partition(|known| known.entry == entry);
        self.letters = letters;
        for event in told.iter().map(SentLetter::event) {
            let is_shared = self.letters.iter().any(|letter| letter.event() == event);
            if let (false, Ok(events)) = (is_shared, self.events.clone().without(&event)) {
                self.events = events;
            }
        }
    }

    /// Whether a letter of the outbox has its receipt on this record.
    #[must_use]
    pub fn has_arrived(&self, item: &Item) -> bool {
        item.case == self.case
            && match item.entry {
                None => self.receipt.is_some(),
                Some(entry) => self.has_letter(entry),
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
