//! The report while it is being written: what is kept, and what stops it from being sent.

pub use sealpost_shared::letter::room_for_files;
use sealpost_shared::letter::{FieldError, check_report, check_title};
use sealpost_shared::limits;
use serde::{Deserialize, Serialize};

use crate::vault::{ReportDraft, Secret};

/// What is kept of an unfinished report. Version 1 of the stored form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DraftRecord {
    /// What stands in the form.
    pub report: ReportDraft,
    /// The case's secret once its words were shown: a reload must not make the written-down words worthless.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Names of large files that were chosen. Their bytes are not kept with the draft: after a reload they are to be chosen again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub large_files: Vec<String>,
    /// Changes with every save, so that a tab sees that another one saved in between; 0 for a draft that was never saved.
    #[serde(default)]
    pub revision: u64,
    /// Any number that the saving tab chose for itself: what it wrote itself does not stand in its own way.
    #[serde(default)]
    pub tab: u32,
}

/// What becomes of a tab's draft when it is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// The same is stored already, as this revision.
    Stored(u64),
    /// It is stored in place of what this tab knew of.
    Put(Box<DraftRecord>),
    /// It is empty, and what this tab knew of is forgotten.
    Forget,
    /// Another tab saved something else in between. Nothing is overwritten; the person chooses.
    Overtaken,
}

impl DraftRecord {
    /// Decides whether this draft, last seen by its tab in its `revision`, may take the place of what is stored.
    ///
    /// `dice` begins the count of a new draft, so that one that was sent or emptied is never taken for its successor.
    #[must_use]
    pub fn saving(&self, stored: Option<&Self>, dice: u32) -> Saving {
        let nothing = Self::default();
        let stored = stored.unwrap_or(&nothing);
        if stored.says_the_same(self) {
            Saving::Stored(stored.revision)
        } else if stored.revision != self.revision && (stored.tab != self.tab || self.tab == 0) {
            Saving::Overtaken
        } else if self.is_empty() {
            Saving::Forget
        } else {
            Saving::Put(Box::new(Self { revision: self.next_revision(dice), ..self.clone() }))
        }
    }

    /// Whether only revision and tab differ.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.report == other.report && self.secret == other.secret && self.large_files == other.large_files
    }

    fn next_revision(&self, dice: u32) -> u64 {
        if self.revision == 0 { u64::from(dice) + 1 } else { self.revision.saturating_add(1) }
    }

    /// Whether there is nothing worth keeping.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secret.is_none() && self.large_files.is_empty() && self.report == ReportDraft::default()
    }
}

/// A part of the form that an error can point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The title.
    Title,
    /// The prose.
    Report,
    /// The attached files.
    Attachments,
}

/// Why a field cannot be sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The domain's own rules.
    Letter(FieldError),
    /// More files than a letter takes.
    TooManyFiles,
    /// Files and prose together are larger than a letter.
    TooLarge {
        /// By how many bytes of file.
        over: usize,
    },
    /// Large files were chosen, and are gone with the page that was closed.
    LostFiles,
}

/// Checks everything a form must have right before it is sealed: every fault, in the form's order.
#[must_use]
pub fn check(report: &ReportDraft) -> Vec<(Field, Fault)> {
    let title = check_title(&report.title).err();
    let text = check_report(&report.text).err();
    let mut faults = Vec::new();
    faults.extend(title.map(|error| (Field::Title, Fault::Letter(error))));
    faults.extend(text.map(|error| (Field::Report, Fault::Letter(error))));
    faults.extend(check_files(report).map(|fault| (Field::Attachments, fault)));
    faults
}

fn check_files(report: &ReportDraft) -> Option<Fault> {
    if report.attachments.len() > limits::MAX_ATTACHMENTS {
        return Some(Fault::TooManyFiles);
    }
    let over = attached_bytes(report).saturating_sub(room_for_files(report.text.len()));
    (over > 0 && !report.attachments.is_empty()).then_some(Fault::TooLarge { over })
}

/// The bytes of all attached files.
#[must_use]
pub fn attached_bytes(report: &ReportDraft) -> usize {
    let sizes = report.attachments.iter().map(|file| file.base64.len() / 4 * 3);
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::DraftAttachment;

    fn report() -> ReportDraft {
        ReportDraft { title: "Overflow".to_owned(), text: "How".to_owned(), ..ReportDraft::default() }
    }

    fn file(bytes: usize) -> DraftAttachment {
        DraftAttachment {
            name: "poc.bin".to_owned(),
            content_type: String::new(),
            base64: "A".repeat(bytes / 3 * 4),
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let empty = check(&ReportDraft::default());
        let fields: Vec<Field> = empty.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, [Field::Title, Field::Report]);
        assert_eq!(check(&report()), []);
    }

    #[test]
    fn files_that_do_not_fit_are_refused_with_the_excess() {
        let room = room_for_files(report().text.len());
        let mut fits = report();
        fits.attachments.push(file(room));
        assert_eq!(check(&fits), []);
        fits.attachments.push(file(3000));
        assert!(matches!(check(&fits)[..], [(Field::Attachments, Fault::TooLarge { over })] if over > 2000));
        let mut many = report();
        many.attachments = vec![file(3); limits::MAX_ATTACHMENTS + 1];
        assert_eq!(check(&many), [(Field::Attachments, Fault::TooManyFiles)]);
    }

    fn draft(title: &str, revision: u64) -> DraftRecord {
        let report = ReportDraft { title: title.to_owned(), ..ReportDraft::default() };
        DraftRecord { report, revision, ..DraftRecord::default() }
    }

    fn put(saving: Saving) -> DraftRecord {
        match saving {
            Saving::Put(draft) => *draft,
            other => panic!("{other:?} in place of a save"),
        }
    }

    #[test]
    fn one_tab_saves_again_and_again() {
        let first = put(draft("a", 0).saving(None, 41));
        assert_eq!(first, draft("a", 42));
        let second = put(draft("ab", 42).saving(Some(&first), 7));
        assert_eq!(second, draft("ab", 43));
        assert_eq!(draft("", 43).saving(Some(&second), 7), Saving::Forget);
        assert_eq!(draft("", 0).saving(None, 7), Saving::Stored(0));
    }

    #[test]
    fn a_second_tab_overwrites_nothing_that_it_has_not_seen() {
        let long = put(draft("a long report", 42).saving(Some(&draft("", 42)), 7));
        assert_eq!(draft("x", 42).saving(Some(&long), 7), Saving::Overtaken);
        assert_eq!(draft("", 42).saving(Some(&long), 7), Saving::Overtaken);
        assert_eq!(draft("x", 0).saving(Some(&long), 7), Saving::Overtaken);
        assert_eq!(draft("a long report", 42).saving(Some(&long), 7), Saving::Stored(43));
        let mine = put(draft("x", long.revision).saving(Some(&long), 7));
        assert_eq!(draft("a long report, longer", 43).saving(Some(&mine), 7), Saving::Overtaken);
    }

    #[test]
    fn what_a_tab_wrote_itself_a_moment_ago_does_not_stand_in_its_way() {
        let of = |tab, draft| DraftRecord { tab, ..draft };
        let stored = of(5, draft("ab", 43));
        assert_eq!(put(of(5, draft("abc", 42)).saving(Some(&stored), 7)).report.title, "abc");
        assert_eq!(of(6, draft("abc", 42)).saving(Some(&stored), 7), Saving::Overtaken);
    }

    #[test]
    fn a_draft_that_another_tab_sent_is_not_written_again() {
        assert_eq!(draft("x", 42).saving(None, 7), Saving::Overtaken);
        let next = put(draft("the next report", 0).saving(None, 99));
        assert_eq!(draft("x", 42).saving(Some(&next), 7), Saving::Overtaken);
    }

    #[test]
    fn a_stored_draft_of_an_older_form_still_opens() {
        let record: DraftRecord = serde_json::from_str(r#"{"report":{"title":"x"}}"#).unwrap();
        assert_eq!(record.report.title, "x");
        assert!(!record.is_empty() && DraftRecord::default().is_empty());
    }
}
