//! All cases of a device as one text. The vault seals it under the cases' own twelve words. **Rule:** PROTOCOL.md, "The backup file".

use std::collections::BTreeMap;

use sealpost_shared::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case_record::{self, CaseRecord};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::{at, record, sent};

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
