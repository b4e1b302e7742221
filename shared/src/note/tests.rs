//! What is common to the tests of the check: one report, and what is public about its project.

use super::*;

mod harmless;
mod laws;
mod planted;

const REPORT: [&str; 3] = [
    "Heap overflow in frame_decoder",
    "Ferrisware",
    "In Ferrisware 2.7.1 the function `parse_continuation` in src/http2/frames.rs trusts the length field of a \
     CONTINUATION frame (CWE-122). Send 17 frames and the worker dies:\n\
     thread 'main' panicked at 'index out of bounds: the len is 4096'\n\
     The stack of the parsers overflows too, and buffers leak; XSS follows. It doesn't crash before. I don't know why.\n\
     Found by Zoë Quillfeather. See https://github.com/ferrisware/core/issues/4711 and CVE-2024-31337.",
];

const PUBLIC: [&str; 3] = ["Ferrisware", "Demo Security Team", "https://forum.demo.example"];

fn leaks(note: &str) -> Vec<Leak> {
    check(note, &REPORT, &PUBLIC)
}

fn facts() -> NoteFacts<'static> {
    NoteFacts {
        project: "Ferrisware",
        team: "Demo Security Team",
        sent: "2026-11-20T12:00:00Z".parse().unwrap(),
        promised: Some("2026-11-22T12:00:00Z".parse().unwrap()),
        last_word: None,
    }
}

#[test]
fn the_template_says_nothing_about_the_problem() {
    let note = write(&facts());
    assert!(note.contains("2026-11-20") && note.contains("2026-11-22"));
    assert_eq!(leaks(&note), []);
    let again = write(&NoteFacts { last_word: Some("2026-11-21T08:00:00Z".parse().unwrap()), ..facts() });
    assert_eq!(leaks(&again), []);
}

#[test]
fn every_reason_has_a_sentence() {
    let form = Why::FormOf("overflows".to_owned());
    for why in [
        Why::InReport,
        form.clone(),
        Why::InReportBrokenUp,
        Why::Identifier,
        Why::Version,
        Why::Code,
        Why::Disguised,
    ] {
        assert!(why.sentence().ends_with('.'));
    }
    assert!(form.sentence().contains("overflows"));
}

#[test]
fn the_words_alone_find_what_the_whole_report_finds() {
    let words = secret_words(&REPORT, &PUBLIC);
    let has = |word: &str| words.iter().any(|secret| secret == word);
    assert!(has("parse_continuation") && has("4096") && has("zoe"));
    assert!(!has("ferrisware") && !has("the") && !has("don"));
    for note in ["Ask Quillfeather.", "con-\ntinua-\ntion", "Release 2.7.1", "Please get in touch."] {
        assert_eq!(check_words(note, &words, &PUBLIC), leaks(note), "{note}");
    }
}

#[test]
fn only_the_reporter_can_tell_whether_some_words_are_harmless() {
    let check = Check::new(Known {
        words: &secret_words(&REPORT, &PUBLIC),
        title: "Frames for a worker",
        public: &PUBLIC,
        prepared: "",
    });
    let word = |note: &str| check.leaks(note, &[]).first().and_then(|leak| leak.word.clone());
    assert_eq!(word("I trust the team.").as_deref(), Some("trust"));
    assert_eq!(check.leaks("I trust the team.", &["trust".to_owned()]), []);
    assert_eq!(check.leaks("We trusted the len.", &["trust".to_owned(), "len".to_owned()]).len(), 1);
    for firm in
        ["overflow", "parsing", "frame", "workers", "17", "2.7.1", "parse_continuation", "CWE-122", "h-e-a-p"]
    {
        assert!(!check.leaks(firm, &[]).is_empty(), "{firm}");
        assert_eq!(word(firm), None, "{firm}");
    }
}

#[test]
fn words_that_were_kept_in_an_older_form_are_still_found() {
    let kept = ["heap", "überlauf", "parse_continuation", "解析器中的堆溢出漏洞", "don"].map(str::to_owned);
    let leaks = |note: &str| check_words(note, &kept, &PUBLIC);
    for note in ["Heap", "Ueberlauf? Überlauf!", "continuation", "堆溢出"] {
        assert_eq!(leaks(note).len(), 1, "{note}");
    }
    assert_eq!(leaks("They don't answer."), []);
}
