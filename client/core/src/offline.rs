//! A report that was written with the offline page: what that page puts into the case's file, and how it becomes a case of this device.
//! **Rule:** PROTOCOL.md, "The backup file".

use std::collections::BTreeMap;

use sealpost_shared::Timestamp;
use sealpost_shared::policy::PolicyError;
use sealpost_shared::wire::v1::BundleResponse;
use serde::{Deserialize, Serialize};

use crate::backup::{Backup, VERSION};
use crate::case_record::CaseRecord;
use crate::outbox::Item;
use crate::team::Team;
use crate::vault::{CheckedBundle, ReportDraft, SealedReport, Secret};

/// A sealed report with everything it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The team's bundle as it stood in the offline page.
    pub bundle: BundleResponse,
    /// What the reporter wrote.
    pub report: ReportDraft,
    /// What the vault made of it.
    pub sealed: SealedReport,
    /// When, by that computer's clock. No clock of the case runs from it.
    pub at: Timestamp,
}

/// Says why a report of the offline page cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrittenError {
    /// The words name another case than the one that was sealed.
    #[error("this report was sealed under other words")]
    OtherWords,
    /// The policy breaks a rule; the vault refuses such a bundle before.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Written {
    /// The same as another device's backup of this one case, its letter queued: joining it twice, or after it was sent, does no harm.
    /// `checked` is what the vault makes of [`Written::bundle`] at [`Written::at`].
    ///
    /// # Errors
    /// When the secret is of another case, or the policy breaks a rule.
    pub fn backup(&self, secret: Secret, checked: CheckedBundle) -> Result<Backup, WrittenError> {
        if secret.case != self.sealed.case {
            return Err(WrittenError::OtherWords);
        }
        let team = Team::new(self.bundle.clone(), checked)?;
        let mut record = CaseRecord::open(&team, &self.report, secret, &self.sealed, self.at);
        // They were typed just now, so they were kept.
        record.words_kept = true;
        let item = Item::queued(&self.sealed, record.team.clone(), record.desk.clone());
        let mut sealed = BTreeMap::from([(record.case.to_string(), self.sealed.sealed.clone())]);
        let copy = self.sealed.own_copy.iter();
        sealed.extend(copy.map(|copy| (format!("own-{}", record.case), copy.clone())));
        Ok(Backup {
            v: VERSION,
            made_at: self.at,
            cases: vec![record],
            unsent: vec![item],
            sealed,
            drafts: BTreeMap::new(),
            written: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::{at, record, sent, team};

    fn written() -> Written {
        let team = team();
        Written {
            bundle: team.bundle,
            report: ReportDraft { title: " A title ".to_owned(), ..ReportDraft::default() },
            sealed: SealedReport {
                case: record().case,
                sealed: "AAEC".to_owned(),
                sha256: record().sha256,
                size: 3,
                recipients: Vec::new(),
                own_copy: Some("AwQF".to_owned()),
            },
            at: at("2026-11-23T10:00:00Z"),
        }
    }

    #[test]
    fn it_becomes_a_case_whose_letter_waits_and_whose_clock_does_not_run() {
        let backup = written().backup(record().secret, team().checked).unwrap();
        let case = &backup.cases[0];
        assert_eq!((case.title.as_str(), case.events.sent(), case.words_kept), ("A title", None, true));
        assert!(case.report_words.is_some() && case.proof.is_some() && case.own_copy);
        assert!(Backup::is_unsent(&backup.unsent[0], case));
        let names: Vec<&str> = backup.sealed.keys().map(String::as_str).collect();
        assert_eq!(names, [case.case.to_string(), format!("own-{}", case.case)]);
    }

    #[test]
    fn joined_with_a_case_that_was_sent_nothing_is_sent_again() {
        let backup = written().backup(record().secret, team().checked).unwrap();
        let joined = sent().merged(&backup.cases[0]).unwrap();
        assert_eq!(joined.events.sent(), sent().events.sent());
        assert_eq!(Backup::is_unsent(&backup.unsent[0], &joined), sent().receipt.is_none());
    }

    #[test]
    fn other_words_are_refused() {
        let mut secret = record().secret;
        secret.case = sealpost_shared::CaseId::from_bytes([9; 16]);
        assert_eq!(written().backup(secret, team().checked), Err(WrittenError::OtherWords));
    }

    #[test]
    fn the_form_that_the_page_writes_is_read() {
        let json = serde_json::json!({
            "v": 1, "made_at": "2026-11-23T10:00:00Z", "cases": [], "written": [written()],
        });
        let backup: Backup = serde_json::from_value(json).unwrap();
        assert_eq!(backup.check().unwrap().written, [written()]);
    }
}
