//! The public step's note: the prepared text, and the check that stands between it and the clipboard.
//!
//! The report's prose is not kept after sending; its words are, because the check needs them (promise 6).

use sealpost_shared::limits::MAX_REPORT_BYTES;
use sealpost_shared::note::{self, Check, Known, Leak, NoteFacts};
use sealpost_shared::policy::{Place, Policy};
use serde::{Deserialize, Serialize};

use crate::case_record::CaseRecord;
use crate::vault::ReportDraft;

/// How [`ReportWords`] were taken: folded, with the parts of names in code, and short rows of scripts without spaces. Words of a later
/// version are not used: then only the title is checked.
pub const WORDS_VERSION: u32 = 2;

/// The first version, lowercase words alone, from which the check takes what it needs.
const OLDEST_WORDS: u32 = 1;

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

/// What the team's policy says in public anyway: names of project and team, its address, addresses of its public places.
fn public_texts(policy: &Policy) -> Vec<&str> {
    let identity = &policy.identity;
    let places = policy.escalation.steps.iter().filter_map(|step| match &step.place {
        Place::Public(url) => Some(url.as_str()),
        Place::Desk(_) => None,
    });
    let said = [&identity.project, &identity.name, &identity.contact].map(String::as_str);
    said.into_iter().chain(places).collect()
}

/// What a note is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Everything the report says.
    Report,
    /// Its title: the report itself was not written here, or before its words were kept.
    TitleOnly,
    /// Nothing: the case was brought back by its words, and this device never saw the report.
    Nothing,
}

/// The longest text that a note is compared with, in bytes: twice the longest report, for a mail that quotes it.
pub const MAX_COMPARED_BYTES: usize = 2 * MAX_REPORT_BYTES;

/// A note that may be posted once [`PublicNote::check`] finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicNote {
    /// The prepared text.
    pub text: String,
    /// What the check knows.
    pub basis: Basis,
    title: String,
    public: Vec<String>,
    check: Check,
}

impl PublicNote {
    /// The note of a case; `None` before its report was sent.
    #[must_use]
    pub fn prepare(record: &CaseRecord, policy: &Policy) -> Option<Self> {
        let facts = note_facts(record, policy)?;
        let public = public_texts(policy);
        let (basis, words) = match &record.report_words {
            Some(kept) if (OLDEST_WORDS..=WORDS_VERSION).contains(&kept.v) => {
                (Basis::Report, kept.words.clone())
            }
            _ if record.restored => (Basis::Nothing, Vec::new()),
            _ => (Basis::TitleOnly, note::secret_words(&[&record.title], &public)),
        };
        let title = if record.restored { "" } else { &record.title };
        let text = note::write(&facts);
        let check = Check::new(Known { words: &words, title, public: &public, prepared: &text });
        let public = public.into_iter().map(str::to_owned).collect();
        Some(Self { check, text, basis, title: title.to_owned(), public })
    }

    /// The same note, checked against what the reporter sent another way, which is kept nowhere. Without a word to compare, or longer
    /// than [`MAX_COMPARED_BYTES`], it changes nothing.
    #[must_use]
    pub fn compared_with(self, sent: &str) -> Self {
        let public: Vec<&str> = self.public.iter().map(String::as_str).collect();
        if sent.len() > MAX_COMPARED_BYTES || note::secret_words(&[sent], &public).is_empty() {
            return self;
        }
        let words = note::secret_words(&[sent, &self.title], &public);
        let known = Known { words: &words, title: &self.title, public: &public, prepared: &self.text };
        Self { check: Check::new(known), basis: Basis::Report, ..self }
    }

    /// What in `note` must not be public, apart from words that the reporter called `harmless`. Empty means that it may be posted.
    #[must_use]
    pub fn check(&self, note: &str, harmless: &[String]) -> Vec<Leak> {
        self.check.leaks(note, harmless)
    }
}

fn note_facts<'a>(record: &CaseRecord, policy: &'a Policy) -> Option<NoteFacts<'a>> {
    let sent = record.events.sent()?;
    Some(NoteFacts {
        project: &policy.identity.project,
        team: &policy.identity.name,
        sent,
        promised: (!record.is_measure).then(|| policy.after(sent, policy.clocks.acknowledge)),
        last_word: record.last_word().map(|(at, _)| at),
    })
}

#[cfg(test)]
mod tests {
    use sealpost_shared::note::Why;
    use sealpost_shared::policy::PolicyFile;

    use super::*;
    use crate::case_record::tests::{record, sent, team};
    use crate::elsewhere::PRESETS;
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

    const TEMPLATE: &str = "somebody discussing reports in public, 2026-11-20, 22 answers, getting in touch";

    fn preset(name: &str) -> PolicyFile {
        let file = format!("{}/../../policies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        PolicyFile::from_toml(&std::fs::read_to_string(file).unwrap()).unwrap()
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
        assert_eq!((note.basis, note.check(&note.text, &[])), (Basis::Report, vec![]));
        assert!(note.text.contains("Ferrisware") && note.text.contains("2026-11-23"));
        assert!(!note.text.contains(&record().case.to_string()) && !note.text.contains(&record().title));
    }

    #[test]
    fn a_word_of_any_part_of_the_report_stops_the_note() {
        let note = note();
        for said in
            ["overflow", "PARSE_FRAME", "multiplexer", "43", "Quillfeather", "boom", "p-a-r-s-e frame"]
        {
            assert!(!note.check(&format!("{}It is about {said}.", note.text), &[]).is_empty(), "{said}");
        }
        assert_eq!(note.check("Please ask the security team of Ferrisware to answer.", &[]), []);
    }

    #[test]
    fn an_older_record_is_checked_against_its_title() {
        let mut record = sent();
        record.title = "Overflow in the multiplexer".to_owned();
        let unknown = ReportWords { v: WORDS_VERSION + 1, words: Vec::new() };
        for words in [None, Some(unknown)] {
            record.report_words = words;
            let note = PublicNote::prepare(&record, &record.policy().unwrap()).unwrap();
            assert_eq!((note.basis, note.check(&note.text, &[])), (Basis::TitleOnly, vec![]));
            assert_eq!(
                note.check("multiplexer", &[]).first().map(|leak| leak.why.clone()),
                Some(Why::InReport)
            );
        }
    }

    #[test]
    fn a_restored_case_says_that_nothing_can_be_checked() {
        let mut record = sent();
        (record.restored, record.report_words) = (true, None);
        let note = PublicNote::prepare(&record, &record.policy().unwrap()).unwrap();
        assert_eq!((note.basis, note.check(&note.text, &[])), (Basis::Nothing, vec![]));
    }

    #[test]
    fn a_case_keeps_words_and_not_the_prose() {
        let policy = team().policy;
        let json = serde_json::to_string(&ReportWords::of(&report(), &policy)).unwrap();
        assert!(json.contains("parse_frame") && !json.contains("function parse_frame"), "{json}");
        assert!(!json.contains("ferrisware"));
    }

    #[test]
    fn words_of_the_first_version_are_still_compared() {
        let mut record = sent();
        record.report_words = Some(ReportWords { v: 1, words: vec!["überlauf".to_owned()] });
        let note = PublicNote::prepare(&record, &record.policy().unwrap()).unwrap();
        assert_eq!((note.basis, note.check("Überläufe", &[]).len()), (Basis::Report, 1));
    }

    #[test]
    fn what_was_sent_another_way_can_be_compared() {
        let mut record = sent();
        for (restored, before) in [(false, Basis::TitleOnly), (true, Basis::Nothing)] {
            (record.restored, record.report_words) = (restored, None);
            let note = PublicNote::prepare(&record, &record.policy().unwrap()).unwrap();
            assert_eq!(note.basis, before);
            assert_eq!(note.check("It is the multiplexer.", &[]), []);
            for nothing in ["", "  \n", "the and you", &"x ".repeat(MAX_COMPARED_BYTES)] {
                assert_eq!(note.clone().compared_with(nothing), note);
            }
            let compared = note.clone().compared_with("Subject: the multiplexer fails");
            assert_eq!((compared.basis, &compared.text), (Basis::Report, &note.text));
            assert_eq!(compared.check(&note.text, &[]), []);
            assert_eq!(compared.check("It is the multiplexers.", &[]).len(), 1);
        }
    }

    #[test]
    fn a_word_that_the_reporter_calls_harmless_passes_unless_it_is_of_the_title() {
        let mut record = sent();
        record.title = "A strange thing".to_owned();
        record.report_words = Some(ReportWords::of(&report(), &record.policy().unwrap()));
        let note = PublicNote::prepare(&record, &record.policy().unwrap())
            .unwrap()
            .compared_with("A strange colour");
        let word = |text: &str| note.check(text, &[]).into_iter().next().and_then(|leak| leak.word);
        assert_eq!(word("The colour").as_deref(), Some("colour"));
        assert_eq!(note.check("The colour", &["colour".to_owned()]), []);
        assert_eq!((word("strange"), note.check("strange", &[]).len()), (None, 1));
    }

    #[test]
    fn the_prepared_note_of_every_preset_passes_in_every_basis() {
        for name in PRESETS {
            for (title, restored, pasted) in
                [("Reports in public", false, ""), ("Team", true, ""), ("I", false, TEMPLATE)]
            {
                let mut record = sent();
                let mut file = preset(name);
                file.identity.project = "Example".to_owned();
                (record.policy, record.title, record.restored) = (file, title.to_owned(), restored);
                let policy = record.policy().unwrap();
                let note = PublicNote::prepare(&record, &policy).unwrap().compared_with(pasted);
                assert_eq!(note.check(&note.text, &[]), [], "{name}: {title}");
                let said = ReportDraft { text: note.text.clone(), ..report() };
                record.report_words = Some(ReportWords::of(&said, &policy));
                let note = PublicNote::prepare(&record, &policy).unwrap();
                assert_eq!((note.basis, note.check(&note.text, &[])), (Basis::Report, vec![]), "{name}");
            }
        }
    }

    #[test]
    fn there_is_no_note_before_sending() {
        assert_eq!(PublicNote::prepare(&record(), &record().policy().unwrap()), None);
    }
}
