//! All cases of a device as one text, and how two devices' records of one case become one. The vault seals the text under the cases'
//! own twelve words. **Rule:** PROTOCOL.md, "The backup file".

use std::collections::BTreeMap;

use sealpost_shared::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case_record::{self, CaseRecord, RecordError};
use crate::draft::DraftRecord;
use crate::offline::Written;
use crate::outbox::{self, Item};

/// The file's version; another one is refused by name.
pub const VERSION: u32 = 1;

/// Everything that another device needs to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// [`VERSION`].
    pub v: u32,
    /// When it was made, by that device's clock.
    pub made_at: Timestamp,
    /// Every case.
    pub cases: Vec<CaseRecord>,
    /// Letters that were not sent yet.
    #[serde(default)]
    pub unsent: Vec<Item>,
    /// Sealed bytes in base64, under the names by which they are stored.
    #[serde(default)]
    pub sealed: BTreeMap<String, String>,
    /// What the unsent letters were made from, by case.
    #[serde(default)]
    pub drafts: BTreeMap<String, DraftRecord>,
    /// Reports of the offline page, which has no cases: each becomes one here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<Written>,
}

/// Says why a backup is of no use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// Of another version.
    #[error("This file was made by another version of this page. Open it with the newest one.")]
    Version,
}

impl Backup {
    /// Checks that every part is of a form that this version knows.
    ///
    /// # Errors
    /// When one is not: then nothing of it is taken over.
    pub fn check(self) -> Result<Self, BackupError> {
        let known = self.v == VERSION
            && self.cases.iter().all(|case| case.v == case_record::VERSION)
            && self.unsent.iter().all(|item| item.v == outbox::VERSION);
        if known { Ok(self) } else { Err(BackupError::Version) }
    }

    /// The letters that still have to be sent from the device whose record of the case is given: none that has a receipt.
    #[must_use]
    pub fn is_unsent(item: &Item, record: &CaseRecord) -> bool {
        item.case == record.case && !record.has_arrived(item)
    }
}

impl CaseRecord {
    /// Puts two devices' records of one case together. Nothing is lost, and both ways round give the same clock.
    ///
    /// The one that was restored from words knows less of the report, so the other leads. What a person took off the record on one device
    /// comes back if the other still has it.
    ///
    /// # Errors
    /// Only when a record was changed from outside.
    pub fn merged(&self, other: &Self) -> Result<Self, RecordError> {
        let (lead, rest) = if self.restored && !other.restored { (other, self) } else { (self, other) };
        let mut merged = lead.clone();
        let policy = merged.policy()?;
        for event in rest.events.events() {
            let is_start = matches!(event.kind, sealpost_shared::timeline::EventKind::Sent);
            let has_start = is_start && merged.events.sent().is_some();
            if !has_start && !merged.events.events().any(|known| known == event) {
                merged.events = merged.events.apply(event.clone(), &policy)?;
            }
        }
        for seen in &rest.replies {
            match merged.replies.iter_mut().find(|known| known.entry.entry == seen.entry.entry) {
                None => merged.replies.push(seen.clone()),
                Some(known) if known.content.is_verified() => {}
                Some(known) => *known = seen.clone(),
            }
        }
        for letter in &rest.letters {
            if !merged.letters.iter().any(|known| known.entry == letter.entry) {
                merged.letters.push(letter.clone());
            }
        }
        merged.letters.sort_by_key(|letter| (letter.at, letter.entry));
        merged.replies.sort_by_key(|seen| seen.entry.seq);
        merged.receipt = merged.receipt.or_else(|| rest.receipt.clone());
        merged.enclosures_receipt = merged.enclosures_receipt.or_else(|| rest.enclosures_receipt.clone());
        merged.words_kept |= rest.words_kept;
        merged.next = merged.next.max(rest.next);
        merged.own_copy |= rest.own_copy;
        merged.handed = merged.handed.max(rest.handed);
        merged.step_of = merged.step_of.or_else(|| rest.step_of.clone());
        merged.deleted = merged.deleted.or(rest.deleted);
        Ok(merged)
    }
}

#[cfg(test)]
mod tests {
    use sealpost_shared::timeline::{EventKind, PromiseState, view};
    use sealpost_shared::wire::v1::{Deleter, Deletion};

    use super::*;
    use crate::case_record::tests::{at, entry, record, reply, sent};

    #[test]
    fn that_a_case_was_deleted_at_the_relay_is_kept_and_older_records_do_not_say_it() {
        let deletion = Deletion { by: Deleter::Team, at: at("2026-11-24T13:00:00Z") };
        let (knows, other) = (CaseRecord { deleted: Some(deletion), ..sent() }, sent());
        assert!(!serde_json::to_string(&other).unwrap().contains("deleted"));
        let stored: CaseRecord = serde_json::from_str(&serde_json::to_string(&knows).unwrap()).unwrap();
        assert_eq!(stored.deleted, Some(deletion));
        for joined in [knows.merged(&other).unwrap(), other.merged(&knows).unwrap()] {
            assert_eq!(joined.deleted, Some(deletion));
        }
    }

    #[test]
    fn two_devices_that_learnt_different_things_agree_afterwards() {
        let (mut one, mut other) = (sent(), sent());
        let now = at("2026-11-24T00:00:00Z");
        one.replied(entry(2, "2026-11-23T13:00:00Z"), reply("2026-11-23T13:30:00Z"), now).unwrap();
        other.replied(entry(3, "2026-11-23T14:00:00Z"), reply("2026-11-23T14:30:00Z"), now).unwrap();
        other.by_hand(EventKind::AutoReply, now).unwrap();
        let (there, back) = (one.merged(&other).unwrap(), other.merged(&one).unwrap());
        assert_eq!(there, back);
        assert_eq!(there.replies.len(), 2);
        assert_eq!(there.merged(&one).unwrap(), there, "once more changes nothing");
        let policy = there.policy().unwrap();
        assert_eq!(view(&there.events, &policy, now).promises[0].state, PromiseState::Kept);
    }

    #[test]
    fn the_device_that_wrote_the_report_leads() {
        let mut restored = sent();
        restored.restored = true;
        restored.title = "Case 1".to_owned();
        restored.report_words = None;
        let full = sent();
        for merged in [restored.merged(&full).unwrap(), full.merged(&restored).unwrap()] {
            assert_eq!((&merged.title, merged.restored), (&full.title, false));
        }
    }

    #[test]
    fn a_letter_with_a_receipt_is_not_sent_from_a_backup() {
        let (waiting, done) = (record(), sent());
        let sealed = crate::vault::SealedReport {
            case: waiting.case,
            sealed: String::new(),
            sha256: waiting.sha256.clone(),
            size: 1,
            recipients: Vec::new(),
            own_copy: None,
        };
        let item = Item::queued(&sealed, waiting.team.clone(), waiting.desk.clone());
        assert!(Backup::is_unsent(&item, &waiting));
        assert_eq!(Backup::is_unsent(&item, &done), done.receipt.is_none());
    }

    #[test]
    fn the_files_form_is_frozen() {
        let backup = Backup {
            v: VERSION,
            made_at: at("2026-11-24T00:00:00Z"),
            cases: Vec::new(),
            unsent: Vec::new(),
            sealed: BTreeMap::new(),
            drafts: BTreeMap::new(),
            written: Vec::new(),
        };
        let json =
            r#"{"v":1,"made_at":"2026-11-24T00:00:00Z","cases":[],"unsent":[],"sealed":{},"drafts":{}}"#;
        assert_eq!(serde_json::to_string(&backup).unwrap(), json);
        assert_eq!(serde_json::from_str::<Backup>(json).unwrap().check(), Ok(backup.clone()));
        assert_eq!(Backup { v: 2, ..backup }.check(), Err(BackupError::Version));
    }
}
