//! The public step's note: the prepared text, and the check that stands between it and the clipboard.
//!
//! The report's prose is not kept after sending; its words are, because the check needs them (promise 6).

use sealpost_shared::note::{self, Leak, NoteFacts};
use sealpost_shared::policy::{Place, Policy};
use serde::{Deserialize, Serialize};

use crate::case_record::CaseRecord;
use crate::vault::ReportDraft;

/// How [`ReportWords`] were taken. Words of another version are not used: then only the title is checked.
pub const WORDS_VERSION: u32 = 1;

/// A report's words, lowercase and without everyday ones: enough to check a note, and less than the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportWords {
    /// [`WORDS_VERSION`].
    pub v: u32,
    /// The words.
    pub words: Vec<String>,
}

impl ReportWords {
    /// The words of everything the report says, and of the names of its files.
    #[must_use]
    pub fn of(report: &ReportDraft, policy: &Policy) -> Self {
        let fields = [&report.title, &report.text, &report.product, &report.versions, &report.credit];
        let files = report.attachments.iter().map(|file| &file.name);
        let said: Vec<&str> = fields.into_iter().chain(files).map(String::as_str).collect();
        Self { v: WORDS_VERSION, words: note::secret_words(&said, &public_texts(policy)) }
    }
}

/// What the team's policy says in public anyway: names of project and team, addresses of its public places.
fn public_texts(policy: &Policy) -> Vec<&str> {
    let identity = &policy.identity;
    let places = policy.escalation.steps.iter().filter_map(|step| match &step.place {
        Place::Public(url) => Some(url.as_str()),
        Place::Desk(_) => None,
    });
    [identity.project.as_str(), identity.name.as_str()].into_iter().chain(places).collect()
}

/// What a note is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Everything the report says.
    Report,
    /// Its title: the case was written before the words were kept.
    TitleOnly,
    /// Nothing: the case was brought back by its words, and this device never saw the report.
    Nothing,
}

/// A note that may be posted once [`PublicNote::check`] finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicNote {
    /// The prepared text.
    pub text: String,
    /// What the check knows.
    pub basis: Basis,
    words: Vec<String>,
    allowed: Vec<String>,
}

impl PublicNote {
    /// The note of a case; `None` before its report was sent.
    #[must_use]
    pub fn prepare(record: &CaseRecord, policy: &Policy) -> Option<Self> {
        let facts = note_facts(record, policy)?;
        let public = public_texts(policy);
        let (basis, words) = match &record.report_words {
            Some(kept) if kept.v == WORDS_VERSION => (Basis::Report, kept.words.clone()),
            _ if record.restored => (Basis::Nothing, Vec::new()),
            _ => (Basis::TitleOnly, note::secret_words(&[&record.title], &public)),
        };
        let allowed = public.into_iter().map(str::to_owned).chain(facts.days()).collect();
        Some(Self { text: note::write(&facts), basis, words, allowed })
    }

    /// What in `note` must not be public. Empty means that it may be posted.
    #[must_use]
    pub fn check(&self, note: &str) -> Vec<Leak> {
        let allowed: Vec<&str> = self.allowed.iter().map(String::as_str).collect();
        note::check_words(note, &self.words, &allowed)
    }
}

fn note_facts<'a>(record: &CaseRecord, policy: &'a Policy) -> Option<NoteFacts<'a>> {
    let sent = record.events.sent()?;
    Some(NoteFacts {
        project: &policy.identity.project,
        team: &policy.identity.name,
        sent,
        promised: policy.after(sent, policy.clocks.acknowledge),
        last_word: record.last_word().map(|(at, _)| at),
    })
}

#[cfg(test)]
mod tests {
    use sealpost_shared::note::Why;

    use super::*;
    use crate::case_record::tests::{record, sent, team};
    use crate::vault::DraftAttachment;

    fn report() -> ReportDraft {
        let file = DraftAttachment {
            name: "boom.pcap".to_owned(),
            content_type: String::new(),
            base64: String::new(),
        };
        ReportDraft {
            title: "Overflow".to_owned(),
            text: "In Ferrisware the function parse_frame fails since 2026".to_owned(),
            product: "the multiplexer".to_owned(),
            versions: "41 to 43".to_owned(),
            credit: "Zoë Quillfeather".to_owned(),
            attachments: vec![file],
            ..ReportDraft::default()
        }
    }

    fn note() -> PublicNote {
        let mut record = sent();
        let policy = record.policy().unwrap();
        record.report_words = Some(ReportWords::of(&report(), &policy));
        PublicNote::prepare(&record, &policy).unwrap()
    }

    #[test]
    fn the_prepared_text_passes_and_says_neither_case_nor_title() {
        let note = note();
        assert_eq!((note.basis, note.check(&note.text)), (Basis::Report, vec![]));
        assert!(note.text.contains("Ferrisware") && note.text.contains("2026-11-23"));
        assert!(!note.text.contains(&record().case.to_string()) && !note.text.contains(&record().title));
    }

    #[test]
    fn a_word_of_any_part_of_the_report_stops_the_note() {
        let note = note();
        for said in
            ["overflow", "PARSE_FRAME", "multiplexer", "43", "Quillfeather", "boom", "p-a-r-s-e frame"]
        {
            assert!(!note.check(&format!("{}It is about {said}.", note.text)).is_empty(), "{said}");
        }
        assert_eq!(note.check("Please ask the security team of Ferrisware to answer."), []);
    }

    #[test]
    fn an_older_record_is_checked_against_its_title() {
        let mut record = sent();
        record.title = "Overflow in the multiplexer".to_owned();
        let unknown = ReportWords { v: WORDS_VERSION + 1, words: Vec::new() };
        for words in [None, Some(unknown)] {
            record.report_words = words;
            let note = PublicNote::prepare(&record, &record.policy().unwrap()).unwrap();
            assert_eq!((note.basis, note.check(&note.text)), (Basis::TitleOnly, vec![]));
            assert_eq!(note.check("multiplexer").first().map(|leak| leak.why), Some(Why::InReport));
        }
    }

    #[test]
    fn a_restored_case_says_that_nothing_can_be_checked() {
        let mut record = sent();
        (record.restored, record.report_words) = (true, None);
        let note = PublicNote::prepare(&record, &record.policy().unwrap()).unwrap();
        assert_eq!((note.basis, note.check(&note.text)), (Basis::Nothing, vec![]));
    }

    #[test]
    fn a_case_keeps_words_and_not_the_prose() {
        let policy = team().policy;
        let json = serde_json::to_string(&ReportWords::of(&report(), &policy)).unwrap();
        assert!(json.contains("parse_frame") && !json.contains("function parse_frame"), "{json}");
        assert!(!json.contains("ferrisware"));
    }

    #[test]
    fn there_is_no_note_before_sending() {
        assert_eq!(PublicNote::prepare(&record(), &record().policy().unwrap()), None);
    }
}
